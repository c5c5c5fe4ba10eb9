// planes turns [size][size][3] into [3][size][size].
export function planes(input, size) {
  const out = new Float32Array(input.length), n = size * size;
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < 3; c++) out[c * n + i] = input[3 * i + c];
  }
  return out;
}

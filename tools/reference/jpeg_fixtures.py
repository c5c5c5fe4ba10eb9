"""Makes small JPEGs of every kind that core/photo/jpeg reads, whole and damaged, and what libjpeg-turbo makes of them.

    jpeg_fixtures.py

Needs pillow 13 and numpy. Writes ../../core/photo/jpeg/testdata/parity.tar.gz:

NAME.jpg          the file
NAME-D.ppm        what Pillow reads from it at 1/D of its size, for D of 1, 2, 4 and 8 (P6, 8-bit RGB)

Most encoders write only the commonest kinds, so there is an encoder here, after ITU-T T.81: any sampling factors, any scans,
Huffman and arithmetic coding, restarts. Where Pillow reads no such file though the standard has it (DNL), the pixels are those of the
same picture in the usual form. Pixels are formulas of their place, so a run repeats them.
"""

import gzip
import io
import pathlib
import re
import tarfile

import numpy as np
from PIL import Image, ImageFile

ImageFile.LOAD_TRUNCATED_IMAGES = True
OUT = pathlib.Path(__file__).resolve().parents[2] / "core" / "photo" / "jpeg" / "testdata" / "parity.tar.gz"
GO = OUT.parents[1] / "arithmetic.go"

ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, (i // 8 if (i // 8 + i % 8) % 2 else i % 8)))
# Qe, next after the less and the more probable symbol, switch: table D.3, which the decoder has, too.
ESTIMATES = [tuple(int(x, 0) for x in m) for m in re.findall(r"\{(0x[0-9a-f]{4}), (\d+), (\d+), (\d)\}", GO.read_text())]
assert len(ESTIMATES) == 113


def segment(marker, body):
    return bytes([255, marker]) + (len(body) + 2).to_bytes(2, "big") + bytes(body)


# Pictures as coefficients


def scene(w, h, n):
    y, x = np.mgrid[:h, :w]
    u, v = x / max(w - 1, 1), y / max(h - 1, 1)
    ring = (np.hypot(u - 0.35, v - 0.6) * 9).astype(int) % 2
    planes = [40 + 180 * u * v + 30 * ring, 90 + 90 * ring * v - 40 * u, 60 + 150 * u * (1 - v) + 20 * ring, 200 - 120 * v - 60 * ring]
    return [p.clip(0, 255) for p in planes[:n]]


BASIS = np.array([[(np.sqrt(1 / 8) if k == 0 else 0.5) * np.cos((2 * x + 1) * k * np.pi / 16) for x in range(8)] for k in range(8)])


class Picture:
    """Quantised coefficients of components with given sampling factors, padded to whole units."""

    def __init__(self, w=37, h=29, factors=((2, 2), (1, 1), (1, 1)), coarse=2, ids=None):
        self.w, self.h, self.factors = w, h, factors
        self.ids = ids or list(range(1, len(factors) + 1))
        self.H, self.V = max(f[0] for f in factors), max(f[1] for f in factors)
        self.ux, self.uy = -(-w // (8 * self.H)), -(-h // (8 * self.V))
        y, x = np.mgrid[:8, :8]
        self.quant = [np.clip(coarse * (2 + x + y + i * (x + y)), 1, 255).astype(int) for i in range(4)]
        self.blocks = []
        for i, (p, (fh, fv)) in enumerate(zip(scene(w, h, len(factors)), factors)):
            cw, ch = self.ux * fh * 8, self.uy * fv * 8
            ys = np.minimum((np.arange(ch) + 0.5) * self.V / fv, h - 1).astype(int)
            xs = np.minimum((np.arange(cw) + 0.5) * self.H / fh, w - 1).astype(int)
            s = p[np.ix_(ys, xs)] - 128
            b = s.reshape(ch // 8, 8, cw // 8, 8).transpose(0, 2, 1, 3)
            c = np.rint(BASIS @ b @ BASIS.T / self.quant[min(i, 3)]).astype(int)
            self.blocks.append(c.reshape(ch // 8, cw // 8, 64)[:, :, ZIGZAG])

    def own(self, i):
        """Blocks of component i that have a part in the picture, across and down."""
        fh, fv = self.factors[i]
        return -(-self.w * fh // (8 * self.H)), -(-self.h * fv // (8 * self.V))

    def units(self, comps):
        """The blocks of a scan, unit by unit."""
        if len(comps) == 1:
            nx, ny = self.own(comps[0])
            for y in range(ny):
                for x in range(nx):
                    yield [(comps[0], self.blocks[comps[0]][y, x])]
            return
        for y in range(self.uy):
            for x in range(self.ux):
                yield [(i, self.blocks[i][y * self.factors[i][1] + v, x * self.factors[i][0] + u])
                       for i in comps for v in range(self.factors[i][1]) for u in range(self.factors[i][0])]


# Huffman coding


def wide_table():
    """A table that has all symbols: half of them in 8 bits, the others in 9."""
    return [0] * 7 + [128, 128] + [0] * 7, list(range(256))


def standard_tables():
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "JPEG")
    data, tables = data.getvalue(), {}
    at = 2
    while data[at + 1] != 0xDA:
        n = int.from_bytes(data[at + 2:at + 4], "big")
        body = data[at + 4:at + 2 + n]
        if data[at + 1] == 0xC4:
            while body:
                count = sum(body[1:17])
                tables[body[0] >> 4, body[0] & 15] = list(body[1:17]), list(body[17:17 + count])
                body = body[17 + count:]
        at += 2 + n
    return tables


STANDARD = standard_tables()


class Huffman:
    def __init__(self, tables):
        self.codes = {}
        for key, (counts, symbols) in tables.items():
            code, it = 0, iter(symbols)
            for n, count in enumerate(counts, 1):
                for _ in range(count):
                    self.codes[key, next(it)] = code, n
                    code += 1
                code <<= 1
        self.start()

    def start(self):
        self.out, self.acc, self.n, self.run, self.held = bytearray(), 0, 0, 0, []
        self.last = {}

    def put(self, value, n):
        self.acc, self.n = self.acc << n | value & (1 << n) - 1, self.n + n

    def symbol(self, cls, to, symbol):
        self.put(*self.codes[(cls, to), symbol])

    def flush(self):
        self.end_of_bands()
        pad = -self.n % 8
        self.put((1 << pad) - 1, pad)
        return self.acc.to_bytes(self.n // 8, "big").replace(b"\xff", b"\xff\x00")

    def value(self, v, n):
        self.put(v if v >= 0 else v + (1 << n) - 1, n)

    def dc(self, comp, table, v):
        diff = v - self.last.get(comp, 0)
        self.last[comp] = v
        n = abs(diff).bit_length()
        self.symbol(0, table, n)
        self.value(diff, n)

    def block(self, comp, dc, ac, b):
        self.dc(comp, dc, int(b[0]))
        self.band(ac, b[1:], 0)

    def band(self, ac, band, low):
        run = 0
        values = [int(v) >> low if v >= 0 else -(-int(v) >> low) for v in band]
        end = max((k for k, v in enumerate(values) if v), default=-1)
        for v in values[:end + 1]:
            if v == 0:
                run += 1
                continue
            while run > 15:
                self.symbol(1, ac, 0xF0)
                run -= 16
            n = abs(v).bit_length()
            self.symbol(1, ac, run << 4 | n)
            self.value(v, n)
            run = 0
        if end + 1 < len(values):
            self.symbol(1, ac, 0)

    # Progressive scans

    def dc_first(self, comp, dc, b, low):
        self.dc(comp, dc, int(b[0]) >> low)

    def dc_more(self, b, low):
        self.put(int(b[0]) >> low, 1)

    def end_of_bands(self):
        if self.run:
            n = self.run.bit_length() - 1
            self.symbol(1, self.table, n << 4)
            self.put(self.run, n)
            self.run = 0
        for bit in self.held:
            self.put(bit, 1)
        self.held = []

    def ac_first(self, ac, b, lo, hi, low):
        self.table = ac
        values = [int(v) >> low if v >= 0 else -(-int(v) >> low) for v in b[lo:hi + 1]]
        run = 0
        for v in values:
            if v == 0:
                run += 1
                continue
            self.end_of_bands()
            while run > 15:
                self.symbol(1, ac, 0xF0)
                run -= 16
            n = abs(v).bit_length()
            self.symbol(1, ac, run << 4 | n)
            self.value(v, n)
            run = 0
        if run:
            self.run += 1
            if self.run == 0x7FFF:
                self.end_of_bands()

    def ac_more(self, ac, b, lo, hi, low):
        self.table = ac
        values = [abs(int(v)) >> low for v in b[lo:hi + 1]]
        end = max((k for k, v in enumerate(values) if v == 1), default=-1)
        run, bits = 0, []
        for k, v in enumerate(values):
            if v == 0:
                run += 1
                continue
            if run > 15 and k <= end:
                self.end_of_bands()
                while run > 15:
                    self.symbol(1, ac, 0xF0)
                    for bit in bits:
                        self.put(bit, 1)
                    bits, run = [], run - 16
            if v > 1:
                bits.append(v & 1)
                continue
            self.end_of_bands()
            self.symbol(1, ac, run << 4 | 1)
            self.put(int(b[lo + k] > 0), 1)
            for bit in bits:
                self.put(bit, 1)
            bits, run = [], 0
        if run or bits:
            self.run += 1
            self.held += bits
            if self.run == 0x7FFF or len(self.held) > 900:
                self.end_of_bands()


# Arithmetic coding, annex D. The code is one number of any length, so there is no carry to see to.


class Arithmetic:
    def __init__(self, lower=0, upper=1, kx=5):
        self.lower, self.upper, self.kx = lower, upper, kx
        self.start()

    def start(self):
        self.c, self.a, self.n = 0, 1 << 16, 0
        self.states, self.last, self.context = {}, {}, {}

    def decide(self, key, bit):
        fixed = key is None
        index, more = (0, 0) if fixed else self.states.get(key, (0, 0))
        qe, after_less, after_more, switch = ESTIMATES[index]
        bit = int(bool(bit))
        self.a -= qe
        if bit != more:
            if self.a >= qe:
                self.c, self.a = self.c + self.a, qe
            state = after_less, more ^ switch
        elif self.a < 0x8000:
            if self.a < qe:
                self.c, self.a = self.c + self.a, qe
            state = after_more, more
        else:
            return bit
        if not fixed:
            self.states[key] = state
        while self.a < 0x8000:
            self.a, self.c, self.n = self.a << 1, self.c << 1, self.n + 1
        return bit

    def flush(self):
        # Of the numbers in the last interval the one with most zeros at its end, which need not be written.
        c = self.c
        for zeros in range(16, -1, -1):
            top = -(-c >> zeros) << zeros
            if top < c + self.a:
                c = top
                break
        bits = self.n + 16
        pad = -bits % 8
        data = (c << pad).to_bytes((bits + pad) // 8, "big").rstrip(b"\0")
        return data.replace(b"\xff", b"\xff\x00")

    def magnitude(self, key, first, more, m):
        """Figures F.8 and F.9: the size of m = |v| - 1 and its bits below the highest."""
        n = m.bit_length()
        self.decide((*key, first), n > 0)
        if n == 0:
            return
        if more == "dc":
            bin, sizes = 20, range(1, n)
        else:
            self.decide((*key, first), n > 1)
            if n == 1:
                return
            bin, sizes = more, range(2, n)
        for _ in sizes:
            self.decide((*key, bin), 1)
            bin += 1
        self.decide((*key, bin), 0)
        for k in range(n - 2, -1, -1):
            self.decide((*key, bin + 14), m >> k & 1)

    def dc(self, comp, table, v):
        diff = v - self.last.get(comp, 0)
        self.last[comp] = v
        key, s = ("dc", table), self.context.get(comp, 0)
        self.decide((*key, s), diff != 0)
        if diff == 0:
            self.context[comp] = 0
            return
        self.decide((*key, s + 1), diff < 0)
        m = abs(diff) - 1
        self.magnitude(key, s + 2 + (diff < 0), "dc", m)
        top = 1 << m.bit_length() >> 1  # as the decoder has it
        self.context[comp] = 0 if top < 1 << self.lower >> 1 else (12 if top > 1 << self.upper >> 1 else 4) + 4 * (diff < 0)

    def block(self, comp, dc, ac, b):
        self.dc(comp, dc, int(b[0]))
        self.ac_first(ac, b, 1, 63, 0)

    def dc_first(self, comp, dc, b, low):
        self.dc(comp, dc, int(b[0]) >> low)

    def dc_more(self, b, low):
        self.decide(None, int(b[0]) >> low & 1)

    def ac_first(self, ac, b, lo, hi, low):
        values = {k: int(b[k]) >> low if b[k] >= 0 else -(-int(b[k]) >> low) for k in range(lo, hi + 1)}
        end = max((k for k, v in values.items() if v), default=0)
        key, k = ("ac", ac), lo
        while k <= hi:
            self.decide((*key, 3 * (k - 1)), k > end)
            if k > end:
                return
            while values[k] == 0:
                self.decide((*key, 3 * (k - 1) + 1), 0)
                k += 1
            self.decide((*key, 3 * (k - 1) + 1), 1)
            self.decide(None, values[k] < 0)
            self.magnitude(key, 3 * (k - 1) + 2, 189 if k <= self.kx else 217, abs(values[k]) - 1)
            k += 1

    def ac_more(self, ac, b, lo, hi, low):
        values = {k: abs(int(b[k])) >> low for k in range(lo, hi + 1)}
        end = max((k for k, v in values.items() if v), default=0)
        before = max((k for k in range(1, hi + 1) if abs(int(b[k])) >> (low + 1)), default=0)
        key, k = ("ac", ac), lo
        while k <= hi:
            if k > before:
                self.decide((*key, 3 * (k - 1)), k > end)
                if k > end:
                    return
            while values[k] == 0:
                self.decide((*key, 3 * (k - 1) + 1), 0)
                k += 1
            if values[k] > 1:
                self.decide((*key, 3 * (k - 1) + 2), values[k] & 1)
            else:
                self.decide((*key, 3 * (k - 1) + 1), 1)
                self.decide(None, b[k] < 0)
            k += 1


# Files

ALL = None  # all components in one scan
# (components, from, to, high, low) of each scan, as most encoders have them.
USUAL = [(ALL, 0, 0, 0, 1), ([0], 1, 5, 0, 2), ([2], 1, 63, 0, 1), ([1], 1, 63, 0, 1), ([0], 6, 63, 0, 2), ([0], 1, 63, 2, 1),
         (ALL, 0, 0, 1, 0), ([2], 1, 63, 1, 0), ([1], 1, 63, 1, 0), ([0], 1, 63, 1, 0)]


def usual(n):
    out = []
    for comps, *rest in USUAL:
        if comps is ALL or comps[0] < n:
            out.append((comps, *rest))
        if comps == [2] and n == 4:
            out.append(([3], *rest))
    return out


def dri(n):
    return segment(0xDD, n.to_bytes(2, "big"))


def encode(p, scans=None, progressive=False, arithmetic=None, restart=0, tables=None, head=b"", height=None, between=None, sof=None, wide=False, end=b"\xff\xd9"):
    """A file of the picture. scans are (components, from, to, high, low); head comes after SOI; between(i) before scan i."""
    n = len(p.factors)
    scans = scans or (usual(n) if progressive else [(ALL, 0, 63, 0, 0)])
    if arithmetic is None and tables is None:
        tables = {(c, t): wide_table() for c in (0, 1) for t in (0, 1)} if progressive else STANDARD
        if progressive:
            tables |= {(0, t): STANDARD[0, t] for t in (0, 1)}
    out = bytearray(b"\xff\xd8" + head)
    for i in range(min(n, 4)):
        q = [int(p.quant[i].reshape(64)[k]) for k in ZIGZAG]
        out += segment(0xDB, bytes([i | 16]) + b"".join(v.to_bytes(2, "big") for v in q) if wide else bytes([i, *q]))
    frame = [8, *(p.h if height is None else height).to_bytes(2, "big"), *p.w.to_bytes(2, "big"), n]
    for i, (fh, fv) in enumerate(p.factors):
        frame += [p.ids[i], fh << 4 | fv, i]
    out += segment(sof or (0xC0 if arithmetic is None else 0xC9) + (progressive and (2 if arithmetic is None else 1)), bytes(frame))
    if tables:
        for (cls, to), (counts, symbols) in tables.items():
            out += segment(0xC4, bytes([cls << 4 | to, *counts, *symbols]))
    if restart:
        out += dri(restart)
    coder = Arithmetic(**arithmetic) if arithmetic is not None else Huffman(tables or STANDARD)
    for number, (comps, lo, hi, high, low) in enumerate(scans):
        comps = list(range(n)) if comps is ALL else comps
        if between:
            out += between(number)
        table = {i: int(i > 0) for i in comps}
        body = [len(comps)]
        for i in comps:
            body += [p.ids[i], table[i] << 4 | table[i]]
        out += segment(0xDA, bytes([*body, lo, hi, high << 4 | low]))
        coder.start()
        for u, unit in enumerate(p.units(comps)):
            if restart and u and u % restart == 0:
                out += coder.flush() + bytes([255, 0xD0 + (u // restart - 1) % 8])
                coder.start()
            for i, b in unit:
                t = table[i]
                if not progressive:
                    coder.block(i, t, t, b)
                elif lo == 0:
                    coder.dc_more(b, low) if high else coder.dc_first(i, t, b, low)
                elif high:
                    coder.ac_more(t, b, lo, hi, low)
                else:
                    coder.ac_first(t, b, lo, hi, low)
        out += coder.flush()
    return bytes(out + end)


# Lossless files

PREDICTORS = [None, lambda a, b, c: a, lambda a, b, c: b, lambda a, b, c: c, lambda a, b, c: a + b - c,
              lambda a, b, c: a + (b - c >> 1), lambda a, b, c: b + (a - c >> 1), lambda a, b, c: a + b >> 1]
SIZES = {(0, 0): ([0] * 3 + [12, 5] + [0] * 11, list(range(17)))}  # codes for 0 to 16 bits


def lossless(planes, factors, scans, restart=0, head=b"", ids=None, dht=SIZES):
    """A lossless file of planes of samples, after annex H. scans are (components, predictor, point transform); a restart comes
    after so many rows of units. Samples are kept modulo 2**16, as differences are."""
    n = len(planes)
    ids = ids or list(range(1, n + 1))
    most_h, most_v = max(f[0] for f in factors), max(f[1] for f in factors)
    h, w = planes[0].shape
    out = bytearray(b"\xff\xd8" + head)
    frame = [8, *h.to_bytes(2, "big"), *w.to_bytes(2, "big"), n]
    for i, (fh, fv) in zip(ids, factors):
        frame += [i, fh << 4 | fv, 0]
    out += segment(0xC3, bytes(frame))
    for (cls, to), (counts, symbols) in dht.items():
        out += segment(0xC4, bytes([cls << 4 | to, *counts, *symbols]))
    coder = Huffman(dht)
    for comps, predictor, low in scans:
        units_x, units_y = -(-w // most_h), -(-h // most_v)
        if len(comps) == 1:
            units_y, units_x = planes[comps[0]].shape
        if restart:
            out += dri(restart * units_x)
        out += segment(0xDA, bytes([len(comps), *(v for i in comps for v in (ids[i], 0)), predictor, 0, low]))
        coder.start()
        first = 0
        for y in range(units_y):
            if restart and y and y % restart == 0:
                out += coder.flush() + bytes([255, 0xD0 + (y // restart - 1) % 8])
                coder.start()
                first = y
            for x in range(units_x):
                for i in comps:
                    fh, fv = factors[i] if len(comps) > 1 else (1, 1)
                    p = planes[i].astype(int) >> low
                    p = np.pad(p, ((0, units_y * fv - p.shape[0]), (0, units_x * fh - p.shape[1])), "edge")
                    for yy in range(y * fv, (y + 1) * fv):
                        for xx in range(x * fh, (x + 1) * fh):
                            if yy == first * fv:
                                guess = p[yy, xx - 1] if xx else 1 << (7 - low)
                            elif xx == 0:
                                guess = p[yy - 1, xx]
                            else:
                                guess = PREDICTORS[predictor](p[yy, xx - 1], p[yy - 1, xx], p[yy - 1, xx - 1])
                            by = (int(p[yy, xx]) - int(guess)) % 65536
                            by -= 65536 if by > 32768 else 0
                            size = abs(by).bit_length()
                            coder.symbol(0, 0, size)
                            if size < 16:
                                coder.value(by, size)
        out += coder.flush()
    return bytes(out + b"\xff\xd9")


# What Pillow reads

entries = {}


def pixels(data, scale):
    with Image.open(io.BytesIO(data)) as image:
        if scale > 1:
            image.draft(None, (max(1, image.width // scale), max(1, image.height // scale)))
        image.load()
        return image.convert("RGB")


def add(name, data, like=None, scales=(1, 2, 4, 8)):
    assert name not in entries, name
    entries[f"{name}.jpg"] = data
    with Image.open(io.BytesIO(like or data)) as image:
        w, h = image.size
    for scale in scales:
        if scale > min(w, h):
            continue  # Pillow does not reduce it as much
        image = pixels(like or data, scale)
        assert image.size == (-(-w // scale), -(-h // scale)), (name, scale, image.size)
        out = io.BytesIO()
        image.save(out, "PPM")
        entries[f"{name}-{scale}.ppm"] = out.getvalue()


ADOBE = segment(0xEE, b"Adobe\0\x64\0\0\0\0\2")
EQUAL = ((1, 1),) * 3


def whole_files():
    for h in range(1, 5):
        for v in range(1, 5):
            p = Picture(factors=((h, v), (1, 1), (1, 1)))
            together = h * v + 2 <= 10
            apart = [([i], 0, 63, 0, 0) for i in range(3)]
            add(f"sequential-{h}x{v}", encode(p, None if together else apart))
            scans = usual(3)
            if not together:
                scans = [s for c, *rest in scans for s in ([([i], *rest) for i in range(3)] if c is ALL else [(c, *rest)])]
            add(f"progressive-{h}x{v}-restart", encode(p, scans, progressive=True, restart=1 + (h + v) % 3))
    for name, factors in {
        "chroma-larger": ((1, 1), (2, 2), (2, 1)), "all-2x2": ((2, 2),) * 3, "second-2x1": ((2, 2), (2, 1), (1, 2)),
        "3x3-beside-1x1": ((3, 1), (1, 1), (3, 1)), "second-4x1": ((1, 2), (4, 1), (1, 1)),
    }.items():
        p = Picture(factors=factors, w=51, h=40)
        apart = [([i], 0, 63, 0, 0) for i in range(3)]
        together = sum(h * v for h, v in factors) <= 10
        add(f"sequential-{name}", encode(p, None if together else apart, restart=2))
        add(f"arithmetic-{name}", encode(p, None if together else apart, arithmetic={}))
    for f in ((1, 1), (2, 2), (3, 3), (4, 2)):
        p = Picture(factors=(f,))
        add(f"grey-{f[0]}x{f[1]}", encode(p, restart=3))
        add(f"grey-{f[0]}x{f[1]}-progressive", encode(p, progressive=True))
    for name, head in {"cmyk": b"", "ycck": ADOBE}.items():
        for f in ((1, 1), (2, 2), (2, 1)):
            p = Picture(factors=(f, (1, 1), (1, 1), f))
            together = 2 * f[0] * f[1] + 2 <= 10
            add(f"{name}-{f[0]}x{f[1]}", encode(p, head=head))
            add(f"{name}-{f[0]}x{f[1]}-progressive", encode(p, progressive=True, head=head, restart=2))
    p = Picture()
    apart = [([0], 0, 63, 0, 0), ([2], 0, 63, 0, 0), ([1], 0, 63, 0, 0)]
    pair = [([0, 2], 0, 63, 0, 0), ([1], 0, 63, 0, 0)]
    add("three-scans", encode(p, apart))
    add("three-scans-restart", encode(p, apart, restart=4))
    add("two-scans", encode(p, pair, restart=1))
    add("16-bit-quantisers", encode(p, wide=True, sof=0xC1))
    add("rgb-by-names", encode(Picture(factors=EQUAL, ids=[82, 71, 66])))
    add("names-0-1-2", encode(Picture(ids=[0, 1, 2])))
    add("without-tables", encode(p, tables={}))
    add("fill-bytes", encode(p, restart=2).replace(b"\xff\xd3", b"\xff\xff\xff\xd3"))
    add("tables-between-scans", encode(p, apart, between=lambda i: segment(0xDB, bytes([0] + [99] * 64)) if i == 1 else b""))
    add("one-pixel", encode(Picture(w=1, h=1)))
    add("one-column", encode(Picture(w=1, h=40)))
    add("five-wide", encode(Picture(w=5, h=9)))
    for size in ((16, 16), (64, 33)):
        add(f"progressive-{size[0]}x{size[1]}-pixels", encode(Picture(*size, coarse=1), progressive=True))
    for name, options in {"": {}, "-restart": {"restart": 2}, "-conditioned": {"arithmetic": {"lower": 2, "upper": 4, "kx": 12}}}.items():
        options = {"arithmetic": {}} | options
        c = options["arithmetic"]
        head = segment(0xCC, bytes([0, c["upper"] << 4 | c["lower"], 1, c["upper"] << 4 | c["lower"], 16, c["kx"], 17, c["kx"]])) if c else b""
        add(f"arithmetic{name}", encode(p, head=head, **options))
        add(f"arithmetic-three-scans{name}", encode(p, apart, head=head, **options))
        add(f"arithmetic-progressive{name}", encode(p, progressive=True, head=head, **options))
    # The height stands behind the scan, which libjpeg does not read; and where it stands in both places.
    lines = b"\xff\xdc\0\4" + p.h.to_bytes(2, "big")
    add("dnl", encode(p, height=0, end=lines + b"\xff\xd9"), like=encode(p))
    add("dnl-progressive", encode(p, progressive=True, height=0).replace(b"\xff\xda", lines + b"\xff\xda", 2).replace(lines, b"", 1), like=encode(p, progressive=True))
    add("dnl-and-height", encode(p, end=lines + b"\xff\xd9"))


def damaged_files():
    p = Picture()
    plain, restarts = encode(p), encode(p, restart=1)
    progressive = encode(p, progressive=True)
    tall = Picture(w=40, h=61)
    slow, lost = encode(tall, progressive=True), encode(tall, restart=2)
    add("damaged-no-end-and-a-trailer", plain[:-2] + b"\0\0\0\0maker's own data\0\1\2\3" * 3)
    add("damaged-progressive-no-end", progressive[:-2])
    for n in (0, 1):
        add(f"damaged-segment-of-{n}", plain[:2] + b"\xff\xe0\0" + bytes([n]) + plain[2:])
        add(f"damaged-comment-of-{n}", plain[:2] + b"\xff\xfe\0" + bytes([n]) + plain[2:])
    add("damaged-bytes-between-segments", plain[:71] + b"\1\2\3" + plain[71:])
    for name, data in {"": restarts, "-tall": lost, "-progressive": encode(tall, progressive=True, restart=2), "-three-scans": encode(tall, [([i], 0, 63, 0, 0) for i in range(3)], restart=3)}.items():
        at = [m.start() for m in re.finditer(b"\xff[\xd0-\xd7]", data)]
        k = at[len(at) // 2]
        add(f"damaged-restart-lost{name}", data[:k] + data[k + 2:])
        for by in (1, 2, 3, 4, 6, 7):
            add(f"damaged-restart-number-{by}{name}", data[:k + 1] + bytes([0xD0 + (data[k + 1] + by) % 8]) + data[k + 2:])
        add(f"damaged-part-lost{name}", data[:at[1]] + data[at[3]:])
        add(f"damaged-part-twice{name}", data[:at[3]] + data[at[1]:])
        add(f"damaged-stray-restart{name}", data[:k - 3] + b"\xff\xd5" + data[k - 3:])
        add(f"damaged-unknown-marker{name}", data[:k] + b"\xff\x02" + data[k + 2:])
    k = plain.index(b"\xff\xda")
    add("damaged-stray-restart-without-interval", plain[:k + 60] + b"\xff\xd0" + plain[k + 60:])
    for name, data in {"sequential": encode(tall), "restarts": lost, "progressive": slow, "three-scans": encode(tall, [([i], 0, 63, 0, 0) for i in range(3)])}.items():
        first = data.index(b"\xff\xda") + 14
        for share in (0.05, 0.3, 0.6, 0.95):
            # not within the tables between scans, of which nothing could be made
            add(f"damaged-cut-{name}-{share}", data[:first + int(share * (len(data) - first))])
            add(f"damaged-cut-{name}-{share}-end", data[:first + int(share * (len(data) - first))] + b"\xff\xd9")
    starts = [m.start() for m in re.finditer(b"\xff\xda\0", slow)]
    for i, at in enumerate(starts[1:], 1):
        add(f"damaged-{i}-scans-of-{len(starts)}", slow[:at] + b"\xff\xd9")
    for name, data in {"sequential": plain, "progressive": progressive}.items():
        add(f"damaged-no-data-{name}", data[:data.index(b"\xff\xda") + 14] + b"\xff\xd9")
    add("damaged-bits-turned", bytes(b ^ (0x10 if k + 80 < i < k + 82 else 0) for i, b in enumerate(plain)))
    for i in range(4):
        at = k + 30 + 37 * i
        add(f"damaged-bytes-lost-{i}", plain[:at] + plain[at + 3:])


def lossless_files():
    def picture(factors=EQUAL, w=13, h=10):
        planes = scene(w, h, len(factors))
        return [p.astype(int)[::factors[0][1] // v, ::factors[0][0] // u] for p, (u, v) in zip(planes, factors)]

    def save(name, data):
        add(name, data, scales=(1,))  # libjpeg does not reduce them

    planes, grey, pair = picture(), picture(((1, 1),)), [[0, 2], [1]]
    for predictor in range(1, 8):
        save(f"lossless-{predictor}", lossless(planes, EQUAL, [([0, 1, 2], predictor, 0)]))
        save(f"lossless-{predictor}-restart", lossless(planes, EQUAL, [([0, 1, 2], predictor, 0)], restart=1 + predictor % 3))
        save(f"lossless-{predictor}-points", lossless(planes, EQUAL, [([0, 1, 2], predictor, predictor)]))
        save(f"lossless-{predictor}-grey", lossless(grey, EQUAL[:1], [([0], predictor, 0)], restart=predictor % 2))
        past = [p + 256 * np.arange(p.size).reshape(p.shape) * 97 % 65536 for p in planes]
        save(f"lossless-{predictor}-past-8-bits", lossless(past, EQUAL, [([0, 1, 2], predictor, 0)]))
    save("lossless-scans", lossless(planes, EQUAL, [([i], i + 2, i) for i in range(3)], restart=3))
    save("lossless-two-scans", lossless(planes, EQUAL, [(c, 7, 0) for c in pair]))
    save("lossless-rgb-by-adobe", lossless(planes, EQUAL, [([0, 1, 2], 4, 0)], head=ADOBE[:-1] + b"\0"))
    save("lossless-rgb-by-names", lossless(planes, EQUAL, [([0, 1, 2], 4, 0)], ids=[82, 71, 66]))
    save("lossless-cmyk", lossless(picture(EQUAL + EQUAL[:1]), EQUAL + EQUAL[:1], [([0, 1, 2, 3], 5, 0)]))
    for u, v in ((2, 1), (1, 2), (2, 2), (4, 1)):
        factors = ((u, v), (1, 1), (1, 1))
        save(f"lossless-{u}x{v}", lossless(picture(factors), factors, [([0, 1, 2], 7, 0)], restart=u))
        save(f"lossless-{u}x{v}-scans", lossless(picture(factors), factors, [([i], 6, 0) for i in range(3)]))
    for name, data in {"": lossless(planes, EQUAL, [([0, 1, 2], 7, 0)]), "-restart": lossless(planes, EQUAL, [([0, 1, 2], 5, 1)], restart=2)}.items():
        first = data.index(b"\xff\xda") + 14
        for share in (0.1, 0.5, 0.9):
            save(f"damaged-lossless{name}-cut-{share}", data[:first + int(share * (len(data) - first))] + b"\xff\xd9")
        at = [m.start() for m in re.finditer(b"\xff[\xd0-\xd7]", data)]
        if at:
            save(f"damaged-lossless{name}-lost", data[:at[1]] + data[at[1] + 2:])
            save(f"damaged-lossless{name}-part-lost", data[:at[1]] + data[at[2]:])


whole_files()
damaged_files()
lossless_files()
few = Picture(w=72, h=56, coarse=1)
for name, scans in {"only-first": [(ALL, 0, 0, 0, 0)], "only-first-but-a-bit": [(ALL, 0, 0, 0, 1)],
                    "first-and-few": [(ALL, 0, 0, 0, 0), ([0], 1, 5, 0, 2)], "first-and-few-of-all": [(ALL, 0, 0, 0, 0), ([0], 1, 2, 0, 0), ([1], 1, 9, 0, 1), ([2], 1, 2, 0, 2)]}.items():
    add(f"unfinished-{name}", encode(few, scans, progressive=True))

OUT.parent.mkdir(parents=True, exist_ok=True)
with open(OUT, "wb") as f, gzip.GzipFile("", "wb", 9, f, 0) as z, tarfile.open(fileobj=z, mode="w", format=tarfile.USTAR_FORMAT) as archive:
    for name, data in sorted(entries.items()):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
print(sum(name.endswith(".jpg") for name in entries), "files,", OUT.stat().st_size, "bytes")

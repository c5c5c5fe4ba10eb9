"""Makes the pictures that the tests of core/photo read, and what Pillow and torchvision make of them.

    photo_fixtures.py

Needs pillow 13, numpy and torchvision 0.24. Writes ../../core/photo/testdata:

pictures/*        a small file of every kind that is read
expected.tar.gz   as PPM (P6), 8-bit RGB:
                  pictures/FILE.ppm                   what Pillow reads from a picture, turned upright
                  resize/SOURCE.ppm                   pictures to resize,
                  resize/SOURCE-WxH-FILTER.ppm        and what Pillow's Image.resize makes of them
                  crop/SOURCE-SIZE-SHORT-FILTER.ppm   what torchvision's Resize(SHORT) and CenterCrop(SIZE) do, and
                  squash/SOURCE-SIZE-FILTER.ppm       its Resize((SIZE, SIZE))

Files called flat-* are JPEGs without loss: every block of samples has one level, so that no inverse DCT can differ in
its rounding, and smoothing of chroma and conversion of colours can be compared exactly.

Pixels are formulas of their place, so a run repeats them.
"""

import gzip
import io
import pathlib
import shutil
import struct
import tarfile
import zlib

import numpy as np
from PIL import Image, ImageOps
from torchvision import transforms

OUT = pathlib.Path(__file__).resolve().parents[2] / "core" / "photo" / "testdata"
W, H = 37, 29

pictures = {}  # file name to bytes
expected = {}  # path in the archive to image


def add(name, data, like=None):
    """Adds a picture. like is a file that Pillow reads in its place, or the pixels that are expected."""
    assert name not in pictures
    pictures[name] = data
    if not isinstance(like, Image.Image):
        with Image.open(io.BytesIO(like or data)) as image:
            like = ImageOps.exif_transpose(image).convert("RGB")
    expected[f"pictures/{name}.ppm"] = like


# Pixels


def scene(w=W, h=H, channels=3):
    """Smooth colours with edges in them, no two corners alike."""
    y, x = np.mgrid[:h, :w]
    u, v = x / max(w - 1, 1), y / max(h - 1, 1)
    ring = (np.hypot(u - 0.35, v - 0.6) * 12).astype(int) % 2
    planes = [
        40 + 200 * u,
        230 - 180 * v * u - 40 * ring,
        60 + 150 * ring * (1 - u) + 40 * v,
        255 * np.clip(1.3 * v, 0, 1),
    ]
    return np.stack(planes[:channels], -1).round().astype(np.uint8)


def noise(w, h, channels=3, depth=8):
    """Samples without any order, from 0 to 2**depth - 1."""
    i = np.arange(w * h * channels, dtype=np.uint32) * np.uint32(2654435761)
    i ^= i >> np.uint32(15)
    i *= np.uint32(2246822519)
    return (i >> np.uint32(32 - depth)).reshape(h, w, channels)


def flat(w, h, bw, bh):
    """Blocks of bw x bh pixels, each of one colour."""
    colours = noise(-(-w // bw), -(-h // bh)).astype(np.uint8)
    return colours.repeat(bw, 1).repeat(bh, 0)[:h, :w]


def saved(image, kind, **arguments):
    out = io.BytesIO()
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    image.save(out, kind, **arguments)
    return out.getvalue()


def exif(orientation, order, kind):
    """EXIF with the tag Orientation, as a number of 16 bits (kind 3) or 32 (kind 4), after another tag."""
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    value = struct.pack(order + "HH", orientation, 0) if kind == 3 else struct.pack(order + "I", orientation)
    entries = struct.pack(order + "HHII", 0x0100, 4, 1, W) + struct.pack(order + "HHI", 0x0112, kind, 1) + value
    return b"Exif\0\0" + mark + struct.pack(order + "IH", 8, 2) + entries + bytes(4)


# JPEG

SUBSAMPLING = {"444": (1, 1), "422": (2, 1), "420": (2, 2), "440": (1, 2), "411": (4, 1)}


def frame(data):
    """Where the start of frame is."""
    at = 2
    while data[at + 1] not in (0xC0, 0xC2):
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at


def without(data, marker):
    """The file without the segments of a marker."""
    out, at = data[:2], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] != marker:
            out += data[at:end]
        at = end
    return out + data[at:]


def jpeg(make, w, h, ratio, **arguments):
    """A JPEG of make(w, h, width and height of the pixels to a block of chroma), with any ratio.

    Pillow writes 4:4:4, 4:2:2 and 4:2:0. The others have as many blocks to a unit as one of those, so their header is
    put onto a picture with as many units. Blocks of luma then change their places, which is no matter.
    """
    across, down = SUBSAMPLING[ratio]
    if ratio in ("444", "422", "420"):
        number = {"444": 0, "422": 1, "420": 2}[ratio]
        return saved(make(w, h, 8 * across, 8 * down), "JPEG", subsampling=number, **arguments)
    twin = {"440": "422", "411": "420"}[ratio]
    columns, rows = -(-w // (8 * across)), -(-h // (8 * down))
    a, d = SUBSAMPLING[twin]
    data = bytearray(jpeg(make, 8 * a * columns, 8 * d * rows, twin, **arguments))
    at = frame(data)
    data[at + 5 : at + 9] = struct.pack(">HH", h, w)
    data[at + 11] = across << 4 | down
    return bytes(data)


def jpegs():
    for ratio in SUBSAMPLING:
        smooth = lambda w, h, *_: scene(w, h)
        add(f"{ratio}.jpg", jpeg(smooth, W, H, ratio, quality=90))
        add(f"{ratio}-progressive.jpg", jpeg(smooth, W, H, ratio, quality=90, progressive=True))
        for w, h in (W, H), (1, 1), (2, 3), (4, 17), (5, 2), (17, 1), (32, 32):
            add(f"flat-{ratio}-{w}x{h}.jpg", jpeg(flat, w, h, ratio, quality=100))
    grey = scene(channels=1)[..., 0]
    add("grey.jpg", saved(grey, "JPEG", quality=90))
    add("grey-progressive.jpg", saved(grey, "JPEG", quality=90, progressive=True))
    twos = bytearray(saved(grey, "JPEG", quality=90))
    twos[frame(twos) + 11] = 0x22  # which has no meaning with one component
    add("grey-22.jpg", bytes(twos))
    add("rgb.jpg", saved(scene(), "JPEG", quality=90, keep_rgb=True))
    add("flat-rgb.jpg", saved(flat(W, H, 8, 8), "JPEG", quality=100, keep_rgb=True))
    add("restarts.jpg", saved(scene(), "JPEG", quality=90, restart_marker_blocks=2))

    inks = Image.fromarray(scene(channels=4), "CMYK")
    cmyk = saved(inks, "JPEG", quality=90)
    assert cmyk.count(b"Adobe") == 1
    add("cmyk.jpg", cmyk)
    add("cmyk-progressive.jpg", saved(inks, "JPEG", quality=90, progressive=True))
    add("cmyk-without-adobe.jpg", without(cmyk, 0xEE))
    exact = saved(Image.fromarray(np.concatenate([flat(W, H, 8, 8), flat(W, H, 16, 8)[..., :1]], -1), "CMYK"), "JPEG", quality=100)
    add("flat-cmyk.jpg", exact)
    add("flat-cmyk-without-adobe.jpg", without(exact, 0xEE))
    ycck = bytearray(cmyk)
    at = ycck.index(b"Adobe") + 11
    assert ycck[at] == 0
    ycck[at] = 2
    add("ycck.jpg", bytes(ycck))

    whole = saved(scene(), "JPEG", quality=90)
    assert whole.endswith(b"\xff\xd9")
    add("without-end.jpg", whole[:-2], like=whole)
    add("without-end-grey.jpg", saved(grey, "JPEG", quality=90)[:-2], like=saved(grey, "JPEG", quality=90))
    add("bytes-after-end.jpg", whole + b"\xff\xd8and more")
    add("fill-bytes.jpg", whole[:2] + b"\xff\xff" + whole[2:])
    add("comment.jpg", whole[:2] + b"\xff\xfe\x00\x06\xff\xda\xff\xd9" + whole[2:])

    stored = scene(21, 13)
    for order in "<>":
        for orientation in range(1, 9):
            kind = 3 if orientation % 4 else 4
            data = saved(stored, "JPEG", quality=90, exif=exif(orientation, order, kind))
            add(f"exif-{'little' if order == '<' else 'big'}-{orientation}.jpg", data)
    # More rows and columns than are turned at once.
    for orientation in 5, 6, 7, 8:
        add(f"exif-large-{orientation}.jpg", saved(flat(67, 70, 8, 8), "JPEG", quality=100, subsampling=0, exif=exif(orientation, "<", 3)))
    for value in 0, 9:
        add(f"exif-{value}.jpg", saved(stored, "JPEG", quality=90, exif=exif(value, "<", 3)))


# PNG

ADAM7 = (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def filtered(samples, depth):
    """Rows of samples as bytes, each with another filter."""
    h, w, channels = samples.shape
    if depth == 16:
        rows = samples.astype(">u2").reshape(h, -1).view(np.uint8)
    elif depth == 8:
        rows = samples.astype(np.uint8).reshape(h, -1)
    else:
        bits = samples[..., 0, None].astype(np.uint8) >> np.arange(depth - 1, -1, -1) & 1
        rows = np.packbits(bits.reshape(h, -1), axis=1)
    step = max(1, channels * depth // 8)
    out = b""
    before = np.zeros(rows.shape[1], int)
    for y, row in enumerate(rows.astype(int)):
        left = np.concatenate([np.zeros(step, int), row])[: len(row)]
        corner = np.concatenate([np.zeros(step, int), before])[: len(row)]
        near = left + before - corner
        a, b, c = abs(near - left), abs(near - before), abs(near - corner)
        paeth = np.where((a <= b) & (a <= c), left, np.where(b <= c, before, corner))
        guess = (0, left, before, (left + before) // 2, paeth)[y % 5]
        out += bytes([y % 5]) + ((row - guess) % 256).astype(np.uint8).tobytes()
        before = row
    return out


def png(samples, depth, colour, interlaced=False, before=b"", after=b""):
    h, w = samples.shape[:2]
    if interlaced:
        passes = [samples[y::down, x::across] for x, y, across, down in ADAM7]
        data = b"".join(filtered(p, depth) for p in passes if p.size)
    else:
        data = filtered(samples, depth)
    head = struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", zlib.compress(data, 9)) + after + chunk(b"IEND", b"")


KINDS = {"grey": (0, 1, (1, 2, 4, 8, 16)), "rgb": (2, 3, (8, 16)), "palette": (3, 1, (1, 2, 4, 8)), "grey-alpha": (4, 2, (8, 16)), "rgba": (6, 4, (8, 16))}  # fmt: skip


def high(samples):
    """What is expected of grey with 16 bits: Pillow keeps the low bits, clipped, core/photo the high ones."""
    return Image.fromarray((samples[..., 0] >> 8).astype(np.uint8)).convert("RGB")


def pngs():
    w, h = 19, 13
    for kind, (colour, channels, depths) in KINDS.items():
        for depth in depths:
            samples = noise(w, h, channels, depth)
            before = chunk(b"PLTE", noise(2**depth, 1).astype(np.uint8).tobytes()) if kind == "palette" else b""
            like = high(samples) if (kind, depth) == ("grey", 16) else None
            for interlaced in False, True:
                name = f"{kind}-{depth}{'-interlaced' if interlaced else ''}.png"
                add(name, png(samples, depth, colour, interlaced, before), like)
    for kind, depth in ("grey", 1), ("grey", 2), ("grey", 8), ("grey", 16), ("rgb", 8), ("rgb", 16):
        colour, channels, _ = KINDS[kind]
        samples = noise(w, h, channels, depth)
        clear = struct.pack(f">{channels}H", *samples[h // 2, w // 2].tolist())
        like = high(samples) if (kind, depth) == ("grey", 16) else None
        add(f"{kind}-{depth}-transparent.png", png(samples, depth, colour, before=chunk(b"tRNS", clear)), like)
    for depth in 1, 4, 8:
        samples = noise(w, h, 1, depth)
        before = chunk(b"PLTE", noise(2**depth, 1).astype(np.uint8).tobytes()) + chunk(b"tRNS", bytes([0, 128][: 2**depth]))
        add(f"palette-{depth}-transparent.png", png(samples, depth, 3, before=before))
    add("palette-short.png", png(noise(w, h, 1, 4), 4, 3, before=chunk(b"PLTE", noise(5, 1).astype(np.uint8).tobytes())))
    for w, h in (1, 1), (3, 2), (2, 5), (5, 1):
        add(f"interlaced-{w}x{h}.png", png(noise(w, h), 8, 2, True))
    note = exif(6, ">", 3)[6:]
    add("exif-before.png", png(noise(7, 4), 8, 2, before=chunk(b"eXIf", note)))
    add("exif-after.png", png(noise(7, 4), 8, 2, after=chunk(b"eXIf", note)))
    add("exif-interlaced-grey.png", png(noise(7, 4, 1), 8, 0, True, before=chunk(b"eXIf", exif(8, "<", 4)[6:])))
    add("animated.png", saved(scene(), "PNG", save_all=True, append_images=[Image.fromarray(255 - scene())]))


# GIF


def gif(paletted, **arguments):
    return saved(paletted, "GIF", **{"interlace": 0, "optimize": False, **arguments})


def on_screen(data, w, h, left, top):
    """The file with its only frame laid onto a larger screen."""
    data = bytearray(data)
    data[6:10] = struct.pack("<HH", w, h)
    at = 13 + 3 * (2 << (data[10] & 7))
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
    assert data[at] == 0x2C
    data[at + 1 : at + 5] = struct.pack("<HH", left, top)
    return bytes(data)


def own_table(data):
    """The file with its colours in the frame and none for all frames."""
    flags = data[10]
    size = 3 * (2 << (flags & 7))
    at = data.index(b"\x2c", 13 + size)
    while data[at + 1 : at + 9] != bytes(4) + data[6:10]:
        at = data.index(b"\x2c", at + 1)
    return data[:10] + bytes([flags & 0x78]) + data[11:13] + data[13 + size : at + 9] + bytes([0x80 | flags & 7]) + data[13 : 13 + size] + data[at + 10 :]


def gifs():
    colours = Image.fromarray(scene()).quantize(60, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    two = Image.fromarray(scene()).quantize(2, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    add("plain.gif", gif(colours))
    add("interlaced.gif", gif(colours, interlace=1))
    add("two-colours.gif", gif(two))
    add("grey.gif", gif(Image.fromarray(scene(channels=1)[..., 0])))
    add("comment.gif", gif(colours, comment=b"x" * 300))
    add("transparent.gif", gif(colours, transparency=colours.getpixel((3, 3))))
    add("offset.gif", on_screen(gif(colours), W + 9, H + 6, 5, 4))
    add("offset-transparent.gif", on_screen(gif(colours, transparency=7), W + 9, H + 6, 5, 4))
    add("offset-corner.gif", on_screen(gif(two), W + 1, H + 1, 1, 1))
    add("own-table.gif", own_table(gif(colours)))
    add("animated.gif", gif(colours, save_all=True, append_images=[colours.transpose(Image.Transpose.ROTATE_180)] * 2, duration=100, loop=0))


# WebP


def webp(image, **arguments):
    return saved(image, "WEBP", **{"method": 4, **arguments})


def chunks(data):
    at = 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def riff(parts):
    body = b"".join(k + struct.pack("<I", len(b)) + b + bytes(len(b) % 2) for k, b in parts)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def on_canvas(data, w, h, left, top):
    """The animation on a larger canvas, its first frame moved; places are even."""
    out, moved = [], False
    for kind, body in chunks(data):
        if kind == b"VP8X":
            body = body[:4] + struct.pack("<I", w - 1)[:3] + struct.pack("<I", h - 1)[:3]
        if kind == b"ANMF" and not moved:
            body = struct.pack("<I", left // 2)[:3] + struct.pack("<I", top // 2)[:3] + body[6:]
            moved = True
        out.append((kind, body))
    assert moved
    return riff(out)


def webps():
    other = Image.fromarray(255 - scene())
    for w, h in (W, H), (1, 1), (2, 2), (3, 1), (1, 4), (33, 16):
        add(f"lossy-{w}x{h}.webp", webp(scene(w, h), quality=80))
    add("lossy-coarse.webp", webp(scene(64, 48), quality=5))
    add("lossy-alpha.webp", webp(scene(channels=4), quality=80, exact=True))
    for n, pixels in ("lossless", scene()), ("lossless-noise", noise(W, H).astype(np.uint8)), ("lossless-two-colours", flat(W, H, 5, 7) // 200 * 200):
        add(f"{n}.webp", webp(pixels, lossless=True))
    add("lossless-alpha.webp", webp(scene(channels=4), lossless=True, exact=True))
    moving = webp(scene(), quality=80, save_all=True, append_images=[other], duration=100)
    add("animated.webp", moving)
    add("animated-offset.webp", on_canvas(moving, W + 10, H + 7, 6, 4))
    still = webp(scene(channels=4), lossless=True, exact=True, save_all=True, append_images=[Image.fromarray(255 - scene(channels=4))], duration=100)
    add("animated-lossless-alpha.webp", still)
    for orientation, order in (3, "<"), (6, ">"):
        add(f"exif-{orientation}.webp", webp(scene(), quality=80, exif=exif(orientation, order, 3)))
    plain = webp(scene(), quality=80)
    add("bytes-after-end.webp", plain + b"and more")


# BMP


def bmp(w, h, bits, body, palette=b"", compression=0, header=40, masks=b""):
    """A BMP; a height below 0 has its first row on top."""
    info = struct.pack("<IiiHHIIiiII", header, w, h, 1, bits, compression, len(body), 2835, 2835, len(palette) // 4, 0)
    info += masks + bytes(header - 40 - len(masks) if header > 40 else 0)
    start = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + info + palette + body


def lines(rows):
    """Rows of bytes, each filled up to four."""
    return b"".join(r + bytes(-len(r) % 4) for r in rows)


def bmps():
    add("rgb.bmp", saved(scene(), "BMP"))
    add("grey.bmp", saved(scene(channels=1)[..., 0], "BMP"))
    add("palette.bmp", saved(Image.fromarray(scene()).quantize(60), "BMP"))
    add("two-colours.bmp", saved(Image.fromarray(scene(channels=1)[..., 0]).convert("1"), "BMP"))
    add("rgba.bmp", saved(Image.fromarray(scene(channels=4), "RGBA"), "BMP"))
    rows = [r.tobytes() for r in scene()[..., ::-1]]
    add("top-down.bmp", bmp(W, -H, 24, lines(rows)))
    table = np.concatenate([noise(16, 1), np.zeros((1, 16, 1), np.uint32)], -1).astype(np.uint8).tobytes()
    nibbles = noise(W + 1, H, 1, 4)[..., 0]
    add("palette-4.bmp", bmp(W, H, 4, lines(r.tobytes() for r in (nibbles[:, ::2] << 4 | nibbles[:, 1::2]).astype(np.uint8)), table))
    four = scene(channels=4)[..., [2, 1, 0, 3]]
    add("rgb-32.bmp", bmp(W, H, 32, four.tobytes()))
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs"
    add("rgba-v4.bmp", bmp(W, H, 32, four.tobytes(), compression=3, header=108, masks=masks))
    add("rgba-v5.bmp", bmp(W, H, 32, four.tobytes(), compression=3, header=124, masks=masks))


# Resizing


def resizes():
    sources = {"scene": scene(45, 35), "noise": noise(31, 23).astype(np.uint8), "wide": noise(700, 3).astype(np.uint8), "tall": noise(2, 500).astype(np.uint8), "portrait": noise(40, 97).astype(np.uint8), "dot": noise(1, 1).astype(np.uint8)}  # fmt: skip
    targets = {
        "scene": [(45, 35), (44, 34), (23, 18), (91, 71), (48, 14), (13, 75)],
        "noise": [(31, 23), (30, 24), (15, 11), (62, 46), (7, 5), (1, 1), (31, 3), (2, 23), (48, 7)],
        "wide": [(20, 20), (350, 3), (1, 9), (350, 1)],
        "tall": [(20, 20), (3, 499), (9, 1), (1, 250)],
        "portrait": [(29, 70), (20, 48), (41, 96), (13, 40), (12, 40)],  # around where Pillow changes the order of its passes
        "dot": [(1, 1), (9, 4)],
    }
    filters = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
    for name, pixels in sources.items():
        image = Image.fromarray(pixels)
        expected[f"resize/{name}.ppm"] = image
        for kind, f in filters.items():
            for w, h in targets[name]:
                expected[f"resize/{name}-{w}x{h}-{kind}.ppm"] = image.resize((w, h), f)
    modes = {"bilinear": transforms.InterpolationMode.BILINEAR, "bicubic": transforms.InterpolationMode.BICUBIC}
    # Margins of even, odd and half pixels, along either side.
    cases = [("scene", 32, 37), ("scene", 33, 36), ("scene", 24, 24), ("noise", 31, 38), ("noise", 30, 33), ("noise", 29, 34), ("tall", 11, 13), ("wide", 10, 13), ("wide", 9, 14), ("portrait", 24, 29), ("dot", 8, 9)]  # fmt: skip
    for name, size, short in cases:
        image = Image.fromarray(sources[name])
        for kind, mode in modes.items():
            crop = transforms.Compose([transforms.Resize(short, mode), transforms.CenterCrop(size)])
            expected[f"crop/{name}-{size}-{short}-{kind}.ppm"] = crop(image)
    for name in "noise", "tall", "wide":
        for kind, mode in modes.items():
            expected[f"squash/{name}-19-{kind}.ppm"] = transforms.Resize((19, 19), mode)(Image.fromarray(sources[name]))


def main():
    for make in jpegs, pngs, gifs, webps, bmps, resizes:
        make()
    shutil.rmtree(OUT / "pictures", ignore_errors=True)
    (OUT / "pictures").mkdir(parents=True)
    for name, data in pictures.items():
        (OUT / "pictures" / name).write_bytes(data)
    # Without times, so that a run repeats the file.
    with open(OUT / "expected.tar.gz", "wb") as f, gzip.GzipFile("", "wb", 9, f, 0) as z, tarfile.open(None, "w", z) as archive:
        for path, image in expected.items():
            entry, data = tarfile.TarInfo(path), saved(image, "PPM")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


if __name__ == "__main__":
    main()

"""Makes pictures of the odd kinds that people have, and what Pillow makes of them, for the tests of core/photo.

    odd_fixtures.py

Needs what photo_fixtures.py needs. Writes ../../core/photo/testdata/odd: NAME.KIND, a small file, and NAME.KIND.want, what Pillow
reads from it as a PNG of 8-bit RGB, turned upright. Of a picture named cut-* that is what Pillow shows when it is told to read
what there is (LOAD_TRUNCATED_IMAGES). Where Pillow refuses what browsers show, or shows it without sense, another file stands in
for it; the reasons stand beside each.
"""

import io
import shutil
import struct
import zlib

import numpy as np
from PIL import Image, ImageFile, ImageOps

from photo_fixtures import OUT, W, H, bmp, chunk, exif, gif, lines, noise, on_screen, png, riff, saved, scene, webp, chunks

odd = {}


def add(name, data, like=None):
    """Adds a picture. like is a file that is read in its place, or the picture that is expected."""
    assert name not in odd
    ImageFile.LOAD_TRUNCATED_IMAGES = name.startswith("cut-")
    if not isinstance(like, Image.Image):
        with Image.open(io.BytesIO(like or data)) as image:
            try:
                image.load()
                image = ImageOps.exif_transpose(image)
            except SyntaxError:  # of the notes, which must not hide the picture
                pass
            like = image.convert("RGB")
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    odd[name] = data, saved(like, "PNG")


# BMP


def core(w, h, bits, body, palette=b""):
    """A BMP of OS/2 1.x, whose palette has three bytes a colour."""
    info = struct.pack("<IHHHH", 12, w, h, 1, bits)
    start = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + info + palette + body


def packed(indices, bits):
    """Rows of indices as bytes, bottom up."""
    out = []
    for row in indices[::-1]:
        spread = row[:, None].astype(np.uint8) >> np.arange(bits - 1, -1, -1) & 1
        out.append(np.packbits(spread.reshape(-1)).tobytes())
    return lines(out)


def run_lengths(indices, four):
    """Run lengths: runs, then pixels as they are, and the marks at the ends of rows."""
    out = b""
    for row in indices[::-1]:
        x = 0
        while x < len(row):
            n = 1
            while x + n < len(row) and row[x + n] == row[x] and n < 200:
                n += 1
            if n > 2 or len(row) - x < 4:
                out += bytes([n, row[x] << 4 | row[x] if four else row[x]])
                x += n
                continue
            some = row[x : x + 7]
            x += len(some)
            if len(some) < 3:
                for v in some:
                    out += bytes([1, v << 4 if four else v])
                continue
            body = bytes(some)
            if four:
                padded = np.append(some, [0] * (len(some) % 2)).astype(np.uint8)
                body = (padded[::2] << 4 | padded[1::2]).tobytes()
            out += bytes([0, len(some)]) + body + bytes(len(body) % 2)
        out += b"\0\0"
    return out + b"\0\1"


def table(n, padding=1):
    colours = noise(n, 1).astype(np.uint8)[0]
    return np.concatenate([colours, np.zeros((n, padding), np.uint8)], -1).tobytes()


def bmps():
    blocks = (scene(channels=1)[..., 0] // 17).astype(np.uint8)  # 0 to 15, with runs
    for bits in 1, 4, 8:
        indices = blocks % min(2**bits, 16)
        add(f"os2-1-{bits}.bmp", core(W, H, bits, packed(indices, bits), table(2**bits, 0)))
        add(f"palette-{bits}.bmp", bmp(W, H, bits, packed(indices, bits), table(2**bits)))
        add(f"top-down-{bits}.bmp", bmp(W, -H, bits, packed(indices, bits), table(2**bits)))
        add(f"os2-2-{bits}.bmp", bmp(W, H, bits, packed(indices, bits), table(2**bits), header=64))
    # Pillow has no pictures of two bits: the same with four.
    add("palette-2.bmp", bmp(W, H, 2, packed(blocks % 4, 2), table(4)), like=bmp(W, H, 4, packed(blocks % 4, 4), table(4)))
    add("palette-short.bmp", bmp(W, H, 8, packed(blocks % 5, 8), table(5)))
    add("palette-too-short.bmp", bmp(W, H, 8, packed(blocks, 8), table(5)))
    rgb = [r.tobytes() for r in scene()[::-1, :, ::-1]]
    add("os2-1-24.bmp", core(W, H, 24, lines(rgb)))
    # A header of OS/2 2.x that ends after its sixteenth byte; Pillow wants all 64.
    short = b"BM" + struct.pack("<IHHI", 30 + len(lines(rgb)), 0, 0, 30) + struct.pack("<IiiHH", 16, W, H, 1, 24) + lines(rgb)
    add("os2-2-short.bmp", short, like=core(W, H, 24, lines(rgb)))
    add("run-lengths-8.bmp", bmp(W, H, 8, run_lengths(blocks, False), table(16), compression=1))
    add("run-lengths-4.bmp", bmp(W, H, 4, run_lengths(blocks, True), table(16), compression=2))
    onwards = b"\5\1\0\2\7\1\3\2\0\0" + run_lengths(blocks[: H - 2], False)
    add("run-lengths-onwards.bmp", bmp(W, H, 8, onwards, table(16), compression=1))
    sixteen = noise(W, H, 1, 16)[..., 0].astype("<u2")[::-1]
    body = lines(r.tobytes() for r in sixteen)
    add("555.bmp", bmp(W, H, 16, body))
    mask = struct.pack("<III", 0xF800, 0x7E0, 0x1F)
    add("565.bmp", bmp(W, H, 16, body, compression=3, palette=mask))
    add("565-v2.bmp", bmp(W, H, 16, body, compression=3, header=52, masks=mask))
    add("555-fields.bmp", bmp(W, H, 16, body, compression=3, palette=struct.pack("<III", 0x7C00, 0x3E0, 0x1F)))
    four = scene(channels=4)[::-1]
    for name, order, masks in ("bgrx", [2, 1, 0, 3], (0xFF0000, 0xFF00, 0xFF, 0)), ("xbgr", [3, 2, 1, 0], (0xFF000000, 0xFF0000, 0xFF00, 0)), ("rgba", [0, 1, 2, 3], (0xFF, 0xFF00, 0xFF0000, 0xFF000000)):  # fmt: skip
        for header in 56, 108, 124:
            data = bmp(W, H, 32, four[..., order].tobytes(), compression=3, header=header, masks=struct.pack("<IIII", *masks))
            add(f"fields-{name}-{header}.bmp", data)
    data = bmp(W, H, 32, four[..., [2, 1, 0, 3]].tobytes(), compression=3, palette=struct.pack("<III", 0xFF0000, 0xFF00, 0xFF))
    add("fields-behind-header.bmp", data)
    # Ten bits a channel; Pillow refuses these masks. Equal to eight bits of the same.
    ten = (scene().astype(np.uint32) * 1023 + 254) // 255
    words = (ten[..., 0] << 20 | ten[..., 1] << 10 | ten[..., 2]).astype("<u4")[::-1]
    data = bmp(W, H, 32, words.tobytes(), compression=3, palette=struct.pack("<III", 0x3FF00000, 0xFFC00, 0x3FF))
    add("fields-ten-bits.bmp", data, like=Image.fromarray(scene()))
    whole = bmp(W, H, 24, lines(rgb))
    add("reserved-bytes.bmp", whole[:6] + b"\1\2\3\4" + whole[10:])
    add("without-file-header.bmp", whole[14:])
    add("wrong-lengths.bmp", whole[:2] + b"\7\0\0\0" + whole[6:34] + b"\xff\xff\xff\xff" + whole[38:])
    add("bytes-after-end.bmp", whole + b"and more")
    add("cut-half.bmp", whole[: len(whole) // 2])
    add("cut-palette.bmp", bmp(W, H, 8, packed(blocks, 8), table(16))[:-500])


# PNG


def again(data, kind, change):
    """The file with its chunks of a kind replaced by what change makes of the whole chunk."""
    out, at = data[:8], 8
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        part = data[at:end]
        out += change(part) if part[4:8] == kind else part
        at = end
    return out


def wrong_sum(part):
    return part[:-1] + bytes([part[-1] ^ 0x55])


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description tiff:Orientation="%d"/></rdf:RDF></x:xmpmeta>'


def pngs():
    pixels = noise(19, 13)
    plain = png(pixels, 8, 2)
    note = chunk(b"tEXt", b"Comment\0of no weight")
    profile = chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(128)))
    # Pillow refuses a wrong sum of any chunk before the pixels; libpng and browsers leave the note out.
    for name, part in ("text", note), ("profile", profile), ("gamma", chunk(b"gAMA", struct.pack(">I", 45455))):
        add(f"wrong-sum-{name}.png", png(pixels, 8, 2, before=wrong_sum(part)), like=plain)
    add("wrong-sum-pixels.png", again(plain, b"IDAT", wrong_sum))
    add("without-end.png", plain[:-12], like=plain)
    add("bytes-after-end.png", plain + b"\0" * 40 + b"and more")
    add("unknown-chunk.png", png(pixels, 8, 2, before=chunk(b"abCd", b"what")))
    indices = noise(19, 13, 1, 4)
    palette = chunk(b"PLTE", noise(16, 1).astype(np.uint8).tobytes())
    clear = chunk(b"tRNS", bytes(range(0, 160, 10)))
    add("transparency-before-palette.png", png(indices, 4, 3, before=clear + palette), like=png(indices, 4, 3, before=palette))
    two = [chunk(b"IDAT", part) for data in [b"".join(filter_rows(pixels))] for z in [zlib.compress(data)] for part in (z[:50], z[50:50], z[50:])]
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 19, 13, 8, 2, 0, 0, 0))
    add("three-parts.png", plain[:8] + head + b"".join(two) + chunk(b"IEND", b""))
    frame = struct.pack(">IIIIIHHBB", 0, 19, 13, 0, 0, 1, 10, 0, 0)
    moving = png(pixels, 8, 2, before=chunk(b"acTL", struct.pack(">II", 2, 0)) + chunk(b"fcTL", frame))
    second = chunk(b"fcTL", struct.pack(">I", 1) + frame[4:]) + chunk(b"fdAT", struct.pack(">I", 2) + zlib.compress(b"".join(filter_rows(255 - pixels))))
    add("animated.png", moving[:-12] + second + moving[-12:])
    hidden = png(pixels, 8, 2, before=chunk(b"acTL", struct.pack(">II", 1, 0)))
    add("animated-without-first.png", hidden[:-12] + second + hidden[-12:])
    large = png(scene(60, 40), 8, 2)
    add("cut-half.png", large[: len(large) // 2])
    grey = png(noise(60, 40, 1, 4), 4, 0)
    add("cut-grey.png", grey[: len(grey) * 2 // 3])
    add("notes-before-header.png", plain[:8] + note + chunk(b"eXIf", exif(6, "<", 3)[6:]) + plain[8:])
    add("interlaced-after-note.png", plain[:8] + note + png(pixels, 8, 2, interlaced=True)[8:])
    add("xmp.png", png(pixels, 8, 2, before=chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP % 6)))
    add("xmp-and-exif.png", png(pixels, 8, 2, before=chunk(b"eXIf", exif(3, "<", 3)[6:]) + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP % 6)))
    block = exif(8, ">", 3)
    raw = b"Raw profile type exif\0\nexif\n%8d\n" % len(block) + block.hex().encode() + b"\n"
    add("exif-as-text.png", png(pixels, 8, 2, before=chunk(b"tEXt", raw)))
    raw = b"Raw profile type exif\0\0" + zlib.compress(raw.split(b"\0", 1)[1])
    add("exif-as-packed-text.png", png(pixels, 8, 2, before=chunk(b"zTXt", raw)))


def filter_rows(samples):
    return [b"\0" + row.astype(np.uint8).tobytes() for row in samples]


# EXIF of all sorts, in a PNG


def tiff(order, entries, magic=42, more=b""):
    """A TIFF header with one directory: entries are tag, type, count and the value's four bytes."""
    body = struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        body += struct.pack(order + "HHI", tag, kind, count) + value
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", magic, 8)
    return head + body + struct.pack(order + "I", 0) + more


def exifs():
    def put(name, note, like=None):
        def with_note(n):
            return n and png(noise(7, 4), 8, 2, before=chunk(b"eXIf", n))

        add(f"exif-{name}.png", with_note(note), like=with_note(like))

    for order in "<>":
        end = {"<": "little", ">": "big"}[order]
        for kind, code, value in ("sbyte", 6, "b3x"), ("sshort", 8, "h2x"), ("slong", 9, "i"), ("float", 11, "f"), ("ifd", 13, "I"), ("long", 4, "I"):
            put(f"{kind}-{end}", tiff(order, [(0x0112, code, 1, struct.pack(order + value, 6))]))
        behind = struct.pack(order + "I", 8 + 2 + 12 + 4)
        for kind, code, value in ("rational", 5, struct.pack(order + "II", 12, 2)), ("srational", 10, struct.pack(order + "ii", 6, 1)), ("double", 12, struct.pack(order + "d", 6)):
            put(f"{kind}-{end}", tiff(order, [(0x0112, code, 1, behind)], more=value))
        put(f"two-values-{end}", tiff(order, [(0x0112, 3, 2, struct.pack(order + "HH", 6, 3))]))
        put(f"three-values-{end}", tiff(order, [(0x0112, 3, 3, behind)], more=struct.pack(order + "HHH", 8, 3, 1)))
        put(f"twice-{end}", tiff(order, [(0x0112, 3, 1, struct.pack(order + "HH", 3, 0)), (0x0112, 3, 1, struct.pack(order + "HH", 6, 0))]))
        put(f"undefined-{end}", tiff(order, [(0x0112, 7, 1, struct.pack(order + "HH", 6, 0))]))
        put(f"value-past-end-{end}", tiff(order, [(0x0112, 3, 9, struct.pack(order + "I", 4000))]))
        put(f"odd-tags-{end}", tiff(order, [(0, 99, 7, b"what"), (0x0112, 3, 1, struct.pack(order + "HH", 5, 0)), (0xFFFF, 0, 0xFFFFFFFF, b"\xff" * 4)]))
    turned = tiff("<", [(0x0112, 3, 1, struct.pack("<HH", 6, 0))])
    put("twice-named", b"Exif\0\0Exif\0\0" + turned, like=turned)  # Pillow gives up
    put("swapped-magic", tiff(">", [(0x0112, 3, 1, struct.pack(">HH", 6, 0))], magic=0x2A00))
    put("empty", b"Exif\0\0")
    put("cut", tiff("<", [(0x0112, 3, 1, struct.pack("<HH", 6, 0)), (1, 3, 1, bytes(4))])[:30])


# GIF


def gifs():
    colours = Image.fromarray(scene()).quantize(60, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    plain = gif(colours)
    start = 13 + 3 * (2 << (plain[10] & 7))

    def with_extension(part):
        return plain[:start] + part + plain[start:]

    def screen(w, h, left=0, top=0):
        return on_screen(plain, w, h, left, top)

    add("screen-0x0.gif", screen(0, 0))
    add("screen-smaller.gif", screen(W - 10, H - 4))
    add("frame-beyond-screen.gif", screen(W, H, 9, 7))
    add("frame-far-beyond.gif", screen(2, 3, 30, 50))
    add("unknown-extension.gif", with_extension(b"!\x99\3abc\2de\0"))
    add("empty-extension.gif", with_extension(b"!\x99\0"), like=plain)  # Pillow reads on into the picture
    add("plain-text.gif", with_extension(b"!\1\x0c" + bytes(12) + b"\5hello\0"))
    add("bytes-between-blocks.gif", with_extension(b"\0\0\7"))
    add("data-after-end.gif", plain + b"\0\1\2;;and more")
    add("without-trailer.gif", plain[:-1])
    wide = gif(colours, interlace=1)
    # Of a block that is cut Pillow shows nothing, so these end behind a whole one.
    add("cut-first-block.gif", whole_blocks(plain, start, 1))
    add("cut-interlaced.gif", whole_blocks(wide, start, 2))
    add("clear-late.gif", full_table())
    add("no-palette.gif", plain[:10] + bytes([plain[10] & 0x7F]) + plain[11:13] + plain[start:])
    add("short-palette.gif", plain[:10] + bytes([plain[10] & 0xF8 | 3]) + plain[11:13] + plain[13 : 13 + 48] + plain[start:])


def whole_blocks(data, at, n):
    """The file up to the end of the picture's block n."""
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
    at += 11
    for _ in range(n):
        assert data[at]
        at += 1 + data[at]
    return data[:at]


def full_table():
    """A GIF whose codes go on after the table is full, without a new one."""
    pixels = noise(90, 90, 1, 2)[..., 0].astype(np.uint8).reshape(-1)
    strings, width, codes = {(i,): i for i in range(4)}, 3, []
    after = 6
    bits, have = 4, 3  # begins with a clear code
    held = ()
    for v in pixels.tolist():
        if held + (v,) in strings:
            held += (v,)
            continue
        codes.append((strings[held], width))
        if after < 4096:
            strings[held + (v,)] = after
            after += 1
            if after - 1 == 1 << width and width < 12:
                width += 1
        held = (v,)
    codes.append((strings[held], width))
    codes.append((5, width))
    for code, n in codes:
        bits |= code << have
        have += n
    data = bits.to_bytes((have + 7) // 8, "little")
    blocks = b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255))
    return b"GIF89a" + struct.pack("<HHBBB", 90, 90, 0x81, 0, 0) + bytes(range(0, 240, 20)) + b"," + struct.pack("<HHHHB", 0, 0, 90, 90, 0) + b"\2" + blocks + b"\0;"


# WebP


def webps():
    plain = webp(scene(), quality=80)
    parts = list(chunks(plain))
    extended = [(b"VP8X", struct.pack("<I", 4) + struct.pack("<I", W - 1)[:3] + struct.pack("<I", H - 1)[:3])]
    add("xmp.webp", riff(extended + parts + [(b"XMP ", XMP % 6)]))
    add("unknown-chunk.webp", riff(extended + [(b"what", b"abc")] + parts))
    add("wrong-length.webp", plain[:4] + struct.pack("<I", len(plain) + 100) + plain[8:], like=plain)
    # A first frame without a picture: the next one is shown.
    moving = saved(Image.fromarray(scene()), "WEBP", save_all=True, append_images=[Image.fromarray(255 - scene())], lossless=True)
    add("cut-first-frame.webp", moving.replace(b"VP8L", b"what", 1))
    # A changed byte makes the last codes longer than the data.
    codes = bytearray(webp(scene(), lossless=True))
    codes[258] = 164
    add("cut-last-codes.webp", bytes(codes))


# JPEG: only what lies beside the picture


def jpegs():
    plain = saved(Image.fromarray(noise(24, 16).astype(np.uint8)), "JPEG", quality=95, subsampling=0)

    def with_notes(*bodies):
        return plain[:2] + b"".join(b"\xff\xe1" + struct.pack(">H", 2 + len(b)) + b for b in bodies) + plain[2:]

    # Three codes of one bit: a table that can't be, which no scan needs, or the last one alone.
    impossible = b"\xff\xc4" + struct.pack(">H", 22) + b"%c\x03" + bytes(15) + b"abc"
    add("cut-table.jpg", plain[:2] + impossible % 0x13 + plain[2:])
    progressive = saved(scene(), "JPEG", quality=90, progressive=True)
    last = progressive.rindex(b"\xff\xda")
    add("cut-table-of-last-scan.jpg", progressive[:last] + impossible % 0x10 + progressive[last:], like=progressive[:last] + b"\xff\xd9")

    note = b"Exif\0\0" + tiff("<", [(0x0112, 3, 1, struct.pack("<HH", 6, 0))])
    packet = b"http://ns.adobe.com/xap/1.0/\0" + XMP % 6
    add("xmp.jpg", with_notes(packet))
    element = packet.replace(b'tiff:Orientation="6"/', b"><tiff:Orientation>8</tiff:Orientation></rdf:Description")
    add("xmp-element.jpg", with_notes(element))
    add("empty-exif-first.jpg", with_notes(b"Exif\0\0", note))
    add("exif-in-two-parts.jpg", with_notes(note[:20], b"Exif\0\0" + note[20:]))
    add("exif-without-orientation-and-xmp.jpg", with_notes(b"Exif\0\0" + tiff("<", [(0x0100, 3, 1, bytes(4))]), packet))


def main():
    for make in bmps, pngs, exifs, gifs, webps, jpegs:
        make()
    folder = OUT / "odd"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, (data, want) in odd.items():
        (folder / name).write_bytes(data)
        (folder / f"{name}.want").write_bytes(want)


if __name__ == "__main__":
    main()

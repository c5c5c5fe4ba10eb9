"""Damages the pictures of core/photo's tests in small ways and keeps those that Pillow still reads, for TestVaried.

    varied.py SEED COUNT OUT

Of each picture COUNT variants are tried: a byte set, in the header or anywhere, some cut out or put in. OUT has for each
variant that Pillow reads four numbers of four bytes, little-endian, the lengths of its name and of the file, its width and its
height, and then the name, the file and its pixels as Pillow gives them, RGB and upright. Needs pillow 13 and numpy.
"""

import io
import pathlib
import random
import struct
import sys
import warnings

import numpy as np
from PIL import Image, ImageOps

PICTURES = pathlib.Path(__file__).resolve().parents[2] / "core/photo/testdata"
FORMATS = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "BMP", "DIB")
MOST = 4_000_000  # pixels


def varied(data, n):
    data = bytearray(data)
    at, some = random.randrange(len(data)), random.randrange(1, 8)
    if n % 4 == 2:
        del data[at : at + some]
        return bytes(data), f"without {some} at {at}"
    if n % 4 == 3:
        data[at:at] = random.randbytes(some)
        return bytes(data), f"with {some} more at {at}"
    if n % 4 == 0:
        at %= 700
    data[at] = random.randrange(256)
    return bytes(data), f"{data[at]} at {at}"


def read(data):
    """The pixels as Pillow gives them, or None."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format not in FORMATS or image.width * image.height > MOST:
                return None
            image.load()
            try:
                image = ImageOps.exif_transpose(image)
            except Exception:  # of the notes, which must not hide the picture
                pass
            if image.mode == "I;16":  # which Pillow would cut off at 255
                image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
            return image.convert("RGB")
    except Exception:
        return None


def main(seed, count, out):
    warnings.simplefilter("ignore")
    random.seed(int(seed))
    kept = 0
    with open(out, "wb") as f:
        for path in sorted(p for folder in ("pictures", "odd") for p in (PICTURES / folder).iterdir() if p.suffix != ".want"):
            for n in range(int(count)):
                data, how = varied(path.read_bytes(), n)
                image = read(data)
                if image is not None:
                    name = f"{path.name}, {how}".encode()
                    f.write(struct.pack("<4I", len(name), len(data), *image.size) + name + data + image.tobytes())
                    kept += 1
    print(kept, "variants that Pillow reads")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Makes the photos of tools/bench's part "whole", and times Pillow with native ONNX Runtime on them.

    bench_photos.py make PICTURES OUT    24 JPEGs as cameras make them, in OUT, from pictures anywhere below PICTURES
    bench_photos.py native MODEL.onnx PHOTOS --threads N --way full|draft --rounds N
                                         what it takes from the files to the best classes, as one line of JSON

It needs the packages of bench_photos.txt. The pictures are photographs from Debian's packages lomiri-wallpapers-16.04
and lomiri-wallpapers-20.04 (CC BY 4.0, CC BY-SA 3.0 and 4.0, CC0) and mate-backgrounds (GPL 2 or later); who made which
is in each package's copyright file. Their names are below.

Each is cut to 4:3, resized to 4000 x 3000 pixels, and given the noise of a small sensor, which is most of what the files
of cameras hold. Qualities are 75 to 95; every other file is progressive; a third has restart markers; chroma is as
phones have it (4:2:0) but in every sixth file, which has 4:2:2 as many cameras write it. Some lie on their side and are
turned by their EXIF, which also has what cameras put there: a thumbnail, and a maker's note.
"""

import argparse
import io
import json
import pathlib
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

PICTURES = """
Bridge_by_Sander_Klootwijk Dragonfly_by_Bolly Kleiber_by_Lukas_Baubkus Picture_0B_by_freespace Picture_1A_by_freespace Wine_by_Jakkub_Mede
aitzgorri_by_Aitzol_Berasategi analogpattern_by_Peter_Nerlich free_by_Peter_Nerlich friends_by_Aitzol_Berasategi greentock_by_Peter_Nerlich
life_by_Aitzol_Berasategi picosdeeuropa_by_Aitzol_Berasategi seeding_by_Clements_Engelhardt sunset_by_Aitzol_Berasategi
Aqua Blinds Garden LadyBird RainDrops Storm TwoWings Wood YellowFlower
""".split()
LONG, SHORT = 4000, 3000
QUALITIES = (75, 80, 85, 88, 90, 92, 95)
ORIENTATIONS = (1, 1, 6, 1, 8, 1)


def find(folder):
    files = {p.stem: p for p in sorted(pathlib.Path(folder).rglob("*.jpg"))}
    missing = [name for name in PICTURES if name not in files]
    if missing:
        sys.exit(f"{folder} has no {', '.join(missing)}: they are in Debian's packages lomiri-wallpapers-16.04, lomiri-wallpapers-20.04 and mate-backgrounds")
    return [files[name] for name in PICTURES]


def grain(rng):
    """Noise as a small sensor has it, a little soft from what a camera does against it; deviation 1."""
    white = rng.standard_normal((SHORT + 1, LONG + 1), np.float32)
    return (white[1:, 1:] + white[:-1, 1:] + white[1:, :-1] + white[:-1, :-1]) / 2


def scene(path, noise):
    """The picture as a sensor of 12 megapixels would have it, landscape."""
    image = Image.open(path).convert("RGB")
    if image.width < image.height:
        image = image.transpose(Image.Transpose.ROTATE_90)
    w = min(image.width, image.height * LONG // SHORT)
    h = min(image.height, image.width * SHORT // LONG)
    x, y = (image.width - w) // 2, (image.height - h) // 2
    levels = np.array(image.resize((LONG, SHORT), Image.Resampling.BICUBIC, (x, y, x + w, y + h)))
    # Shot noise grows with the root of the light.
    deviation = (1.5 + np.sqrt(np.arange(256)) / 5).astype(np.float32)
    for y in range(0, SHORT, 100):  # a little at a time is quicker
        band = levels[y : y + 100]
        more = noise[y : y + 100] * deviation[band[:, :, 1]]
        band[:] = np.clip(band + more[:, :, None] + 0.5, 0, 255)
    return Image.fromarray(levels)


def exif(image, orientation, number, rng):
    """What cameras write beside the picture."""
    small = image.copy()
    small.thumbnail((160, 120))
    thumb = io.BytesIO()
    small.save(thumb, "JPEG", quality=75)
    tags = Image.Exif()
    tags[0x010F], tags[0x0110], tags[0x0112], tags[0x0131] = "Homeroom", "Bench 12", orientation, "1.0"
    when = f"2024:05:{1 + number:02d} 12:{number:02d}:00"
    tags[0x0132] = when
    more = tags.get_ifd(0x8769)
    more[0x829A], more[0x829D], more[0x8827], more[0x9003], more[0x920A] = 1 / 250, 1.8, 100, when, 4.25
    more[0xA002], more[0xA003] = image.size
    more[0x927C] = rng.bytes(16 << 10)  # the maker's note
    data = bytearray(tags.tobytes(8)[6:])
    if len(data) % 2:
        data += b"\0"
    # The second directory, which Pillow does not write: where the thumbnail is, and how long.
    end = "<" if data[:2] == b"II" else ">"
    (entries,) = struct.unpack_from(end + "H", data, 8)
    struct.pack_into(end + "I", data, 10 + 12 * entries, len(data))
    data += struct.pack(end + "H", 3)
    thumbnail = thumb.getvalue()
    at = len(data) + 3 * 12 + 4
    for tag, kind, value in ((0x0103, 3, 6), (0x0201, 4, at), (0x0202, 4, len(thumbnail))):
        data += struct.pack(end + "HHI", tag, kind, 1) + struct.pack(end + ("HH" if kind == 3 else "I"), *((value, 0) if kind == 3 else (value,)))
    return b"Exif\0\0" + bytes(data) + b"\0\0\0\0" + thumbnail


def make(folder, out):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.Generator(np.random.PCG64(12))
    noise = grain(rng)
    for number, path in enumerate(find(folder)):
        noise = np.roll(noise, (31 * SHORT // 97, 53 * LONG // 97), (0, 1))
        image = scene(path, noise)
        options = {"quality": QUALITIES[number % len(QUALITIES)], "progressive": number % 2 == 1, "subsampling": "4:2:2" if number % 6 == 2 else "4:2:0"}
        if number % 6 in (0, 1):
            options["restart_marker_rows"] = 1
        image.save(out / f"{number:02d}.jpg", "JPEG", exif=exif(image, ORIENTATIONS[number % len(ORIENTATIONS)], number, rng), **options)


# What torchvision's pre-processing of EfficientNet-Lite0 does, as fast as Pillow can: only what is seen is resampled, and
# what is small is turned.
SIZE, SHORTER = 224, 256
TURNS = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}


def read(path, draft):
    image = Image.open(path)
    w, h = image.size
    turn = TURNS.get(image.getexif().get(0x0112))
    if draft:
        image.draft("RGB", (w * SHORTER // min(w, h), h * SHORTER // min(w, h)))
    w, h = image.size
    side = min(w, h) * SIZE / SHORTER
    x, y = (w - side) / 2, (h - side) / 2
    image = image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BICUBIC, (x, y, x + side, y + side))
    if turn is not None:
        image = image.transpose(turn)
    levels = (np.asarray(image, dtype=np.float32) - 127) / 128
    return np.ascontiguousarray(levels.transpose(2, 0, 1)[None])


def native(model, folder, threads, way, rounds):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Every thread has photos of its own: that leaves none waiting for another.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    files = sorted(pathlib.Path(folder).glob("*.jpg"))

    def best(path):
        return int(session.run(None, {name: read(path, way == "draft")})[0].argmax())

    times = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(rounds + 1):
            start = time.perf_counter()
            names = list(pool.map(best, files))
            times.append(1000 * (time.perf_counter() - start))
    print(json.dumps({"times": times[1:], "best": names}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    p = commands.add_parser("make")
    p.add_argument("pictures")
    p.add_argument("out")
    p = commands.add_parser("native")
    p.add_argument("model")
    p.add_argument("photos")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--way", choices=("full", "draft"), default="full")
    p.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if args.command == "make":
        make(args.pictures, args.out)
    else:
        native(args.model, args.photos, args.threads, args.way, args.rounds)


if __name__ == "__main__":
    main()

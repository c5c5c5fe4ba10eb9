"""Lays out the photos that efficientnet-lite0-compact was rounded on, and others to judge it by.

    python3 tools/reference/rounding_photos.py DIR

Has apt-get download Debian's packages below into DIR/packages, and copies pictures of them, as they are, to
DIR/calibrate and DIR/judge. Photos that the accuracy of networks is told of, or that the page opens on, go to neither.
Whose they are and under which licence stands in each package's copyright file: CC0, CC BY, CC BY-SA, GPL and the
public domain. No photo gets into the pack, which has what the layers see of all of them together.
"""

import hashlib
import json
import pathlib
import shutil
import struct
import subprocess
import sys

# Photographs for the desktop. Every other one is to judge by.
WALLPAPERS = ["gnome-backgrounds", "lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04", "mate-backgrounds", "palapeli-data", "plasma-workspace-wallpapers", "ukui-wallpapers"]
# What children learn from: photos of animals, buildings and things, in files of Qt's resources.
LESSONS = "gcompris-qt-data"
# Photographed things cut out, which are put on white.
STAMPS = "tuxpaint-stamps-default"

# The first eight digits of the SHA-256 of photos that accuracy is told of.
TOLD = """
15b49393 15ec5fcb 1f4a276a 22704727 2c85b956 30a07d3c 3b674115 4300aa0c 459198d8 4b7cfd9b 4fccf91d 52899efd
55918533 56bdd761 596aa1e7 5a952205 5cb9d4a0 5ce6131c 6600743e 70ccf9a9 71544b12 720ddce0 77b243c2 780aceaa
7dcb1048 80fac341 840cf54b 8a338c7d 9d54ae70 a0d5498b a7b242c4 a811a6b2 b552994f b9e560a9 c5ab1633 cc02f8ca
cd94fbfc e356d9ea f0e75c31 f3ececf0
""".split()

here = pathlib.Path(__file__).resolve().parents[2]
LEAST, MOST = 10_000, 20_000_000  # bytes of a picture


def unpacked(packages, name):
    """The folder that a package of Debian is unpacked in."""
    out = packages / name
    if not out.exists():
        if not list(packages.glob(name + "_*.deb")):
            subprocess.run(["apt-get", "-q", "download", name], cwd=packages, check=True)
        part = packages / (name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        subprocess.run(["dpkg-deb", "-x", next(packages.glob(name + "_*.deb")), part], check=True)
        part.rename(out)
    return out


def files(folder, *ends):
    return sorted(p for p in folder.rglob("*") if p.suffix in ends and p.is_file() and not p.is_symlink() and LEAST <= p.stat().st_size <= MOST)


def wallpapers(folder):
    """One picture of each wallpaper, which lies there in several sizes: the largest file."""
    best = {}
    for p in files(folder, ".jpg", ".png", ".webp"):
        # KDE's lie in NAME/contents/images, named by their size.
        name = p.parents[2] if p.parent.parent.name == "contents" else p
        if "screenshot" not in p.stem and (name not in best or p.stat().st_size > best[name].stat().st_size):
            best[name] = p
    return [best[name].read_bytes() for name in sorted(best)]


def lessons(folder):
    """The WebP pictures that lie in files of Qt's resources as they are."""
    for path in files(folder, ".rcc"):
        data = path.read_bytes()
        at = data.find(b"RIFF")
        while at >= 0:
            if data[at + 8 : at + 12] == b"WEBP":
                picture = data[at : at + 8 + struct.unpack("<I", data[at + 4 : at + 8])[0]]
                if picture[12:16] == b"VP8 " and len(picture) >= LEAST:  # lossy and without transparency: a photo
                    yield picture
            at = data.find(b"RIFF", at + 4)


def main(out):
    packages = out / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    no = {p["sha256"][:8] for p in json.loads((here / "site/first/photos.json").read_text())} | set(TOLD)
    no |= {hashlib.sha256(p.read_bytes()).hexdigest()[:8] for p in (here / "tools/reference/photos").iterdir()}
    for name in ("calibrate", "judge"):
        shutil.rmtree(out / name, ignore_errors=True)
        (out / name).mkdir()
    count = {"calibrate": 0, "judge": 0}

    def lay(name, data):
        digest = hashlib.sha256(data).hexdigest()
        if digest[:8] in no:
            return
        no.add(digest[:8])
        kind = {b"RIFF": "webp", b"\x89PNG": "png"}.get(data[:4], "jpg")
        (out / name / f"{digest[:16]}.{kind}").write_bytes(data)
        count[name] += 1

    papers = [p for name in WALLPAPERS for p in wallpapers(unpacked(packages, name))]
    for i, picture in enumerate(papers):
        lay("judge" if i % 2 else "calibrate", picture)
    for picture in lessons(unpacked(packages, LESSONS)):
        lay("calibrate", picture)
    for path in files(unpacked(packages, STAMPS), ".png", ".jpg"):
        lay("calibrate", path.read_bytes())
    print(count)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

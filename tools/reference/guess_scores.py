"""Writes core/guess/testdata/scores.csv and unlike.csv. The first has how sure networks of the catalogue are of labelled photos, and whether they are right.

The photos are of two kinds: of things that ImageNet has words for, as a manifest with their indices says, and of clothes as people
photograph them at home, in folders of ten kinds (clothing-dataset-small, CC0). ImageNet's words for clothes are others: of each kind those
are right that stand in WORDS, and for shirts there is none, as for much of what people photograph. The photos are not in the repository; what
is kept of each is a score and whether the name is right. unlike.csv has how sure networks of ten words are of the clothes, which they have
no word for.

    python tools/reference/guess_scores.py IMAGENET_FOLDER CLOTHING_FOLDER

IMAGENET_FOLDER has manifest.csv with the columns file and imagenet_indices (several with ; between).
"""

import csv
import json
import pathlib
import subprocess
import sys

FEW = ["resnet20-cifar10", "vgg-cifar10"]
NETWORKS = ["efficientnet-lite0", "efficientnet-lite2"]
WORDS = {
    "dress": {"gown", "overskirt", "hoopskirt"},
    "hat": {"sombrero", "cowboy hat", "bonnet", "bearskin", "mortarboard", "bathing cap", "shower cap"},
    "longsleeve": {"sweatshirt", "jersey", "cardigan"},
    "outwear": {"trench coat", "fur coat", "cardigan", "cloak", "poncho", "suit"},
    "pants": {"jean", "pajama"},
    "shirt": set(),
    "shoes": {"sandal", "Loafer", "clog", "running shoe", "cowboy boot"},
    "shorts": {"swimming trunks"},
    "skirt": {"miniskirt", "overskirt", "hoopskirt", "sarong"},
    "t-shirt": {"jersey"},
}


def main(imagenet, clothing):
    root = pathlib.Path(__file__).parent.parent.parent
    with open(imagenet / "manifest.csv") as f:
        indices = {row["file"]: set(map(int, row["imagenet_indices"].split(";"))) for row in csv.DictReader(f)}
    with open(root / "core/guess/testdata/scores.csv", "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["network", "score", "right"])
        for network in NETWORKS:
            command = [root / "bin/homeroom", "classify", "--json", "--top", "1", "--model", network, imagenet, clothing]
            for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
                answer = json.loads(line)
                if not answer.get("results"):
                    continue
                best, file = answer["results"][0], pathlib.Path(answer["file"])
                if file.name in indices and file.parent == imagenet:
                    right = best["index"] in indices[file.name]
                else:
                    right = best["label"] in WORDS[file.parent.name]
                out.writerow([network, f"{best['score']:.4f}", int(right)])
    with open(root / "core/guess/testdata/unlike.csv", "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["network", "score"])
        for network in FEW:
            command = [root / "bin/homeroom", "classify", "--json", "--top", "1", "--model", network, clothing / "test"]
            for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
                answer = json.loads(line)
                if answer.get("results"):
                    out.writerow([network, f"{answer['results'][0]['score']:.4f}"])


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:]))

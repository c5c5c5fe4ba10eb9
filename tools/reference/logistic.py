"""Logistic regression of scikit-learn on the features of a project, beside Homeroom's own head.

    bin/homeroom finetune --train photos/train --test photos/test --head linear --out things.homeroom --json
    python tools/reference/logistic.py things.homeroom

Features are standardised on the training photos, as scikit-learn's users do. The first feature space of the
project is used. Where TestFigures left its splits beside the project (things.homeroom.splits.json; see core/training/FIGURES.md), the
means over those are told as well.
"""

import json
import os
import struct
import sys
import zipfile

import numpy as np
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.preprocessing import StandardScaler


def tensor(data, name):
    n = struct.unpack("<Q", data[:8])[0]
    entry = json.loads(data[8 : 8 + n])[name]
    begin, end = entry["data_offsets"]
    return np.frombuffer(data[8 + n + begin : 8 + n + end], dtype="<f4").reshape(entry["shape"])


with zipfile.ZipFile(sys.argv[1]) as z:
    manifest = json.loads(z.read("manifest.json"))
    space = manifest["spaces"][0]
    if space.get("missing"):
        sys.exit("some photos have no features of " + space["name"])
    x = tensor(z.read("features.safetensors"), space["name"])

y = np.array([p["class"] for p in manifest["photos"]])
split = np.array([p["split"] for p in manifest["photos"]])
train = split == "train"
known = np.isin(y, y[train])  # photos of classes that nothing is learnt of are no test
test = (split == "test") & known


def scaled(train, test):
    scaler = StandardScaler().fit(x[train])
    return scaler.transform(x[train]), scaler.transform(x[test])


a, b = scaled(train, test)
print(f"{space['name']}: {train.sum()} photos to learn from, {test.sum()} to test on")
for c in (1, 0.1, 0.01, 0.001):
    print(f"C = {c}: test accuracy {LogisticRegression(C=c, max_iter=1000).fit(a, y[train]).score(b, y[test]):.4f}")
cv = LogisticRegressionCV(Cs=[1e-4, 1e-3, 1e-2, 1e-1, 1], cv=5, max_iter=1000, scoring="accuracy").fit(a, y[train])
print(f"C = {cv.C_[0]}, by cross-validation: test accuracy {cv.score(b, y[test]):.4f}")

splits = sys.argv[1] + ".splits.json"
if os.path.exists(splits):
    with open(splits) as f:
        splits = json.load(f)
    for name, lists in splits.items():
        scores = []
        for rows in lists:
            inside = np.isin(np.arange(len(y)), rows)
            outside = known & ~inside if name == "resplits" else test
            a, b = scaled(inside, outside)
            scores.append(LogisticRegression(C=0.01, max_iter=1000).fit(a, y[inside]).score(b, y[outside]))
        print(f"{name}, C = 0.01: test accuracy {np.mean(scores):.3f} ± {np.std(scores, ddof=1):.3f}, {len(scores)} times")

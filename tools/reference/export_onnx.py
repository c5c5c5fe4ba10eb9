"""Runs exported ONNX models in ONNX Runtime and prints the largest difference to `homeroom classify`.

    python tools/reference/export_onnx.py bin/homeroom MODEL.onnx SOURCE PHOTO ...

SOURCE is what was exported: a project or the name of a network. Photos are taken as PNG, so that no
decoder of JPEG plays a part.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime
from PIL import Image, ImageOps


def picture(photo, card):
    """What the card says of an input, as the file's reader would do it with Pillow."""
    filters = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
    side, size = card["resize"], card["size"]
    w, h = photo.size
    if card["squash"]:
        w = h = side
    elif w <= h:
        w, h = side, int(side * h / w)
    else:
        w, h = int(side * w / h), side
    x, y = round((w - size) / 2), round((h - size) / 2)
    small = photo.resize((w, h), filters[card["filter"]])
    return np.asarray(small.crop((x, y, x + size, y + size)), np.float32)


def main(program, model, source, photos):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    card = json.loads(session.get_modelmeta().custom_metadata_map["homeroom"])
    head = ["--head", source] if source.endswith(".homeroom") else ["--model", source]
    worst, strange, same = 0.0, 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for i, path in enumerate(photos):
            files.append(os.path.join(folder, f"{i}.png"))
            ImageOps.exif_transpose(Image.open(path)).convert("RGB").save(files[-1])
        out = subprocess.run([program, "classify", "--json", "--top", "100000", *head, *files], capture_output=True, text=True, check=True)
        for file, line in zip(files, out.stdout.splitlines(), strict=True):
            want = json.loads(line)
            photo = Image.open(file)
            got = session.run(None, {c["name"]: picture(photo, c)[None] for c in card["inputs"]})
            names = [o.name for o in session.get_outputs()]
            p = got[names.index("probabilities")][0]
            expected = np.zeros(len(p))
            for r in want["results"]:
                expected[r["index"]] = r["score"]
            worst = max(worst, np.abs(p - expected).max())
            same += int(p.argmax() == expected.argmax())
            if "strangeness" in names:
                strange = max(strange, abs(got[names.index("strangeness")][0, 0] - want["strangeness"]))
    print(f"{model}: {len(photos)} photos, largest difference {worst:.2e}, of the strangeness {strange:.2e}, same best name {same}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])

"""Runs exported models in their peers and prints the largest difference to `homeroom classify`.

    python tools/reference/export_peers.py bin/homeroom MODEL SOURCE PHOTO ...

MODEL is a .onnx file, for ONNX Runtime, a .tflite file, for LiteRT, or a .zip, for
@teachablemachine/image in Node.js, whose packages NODE_MODULES names, or a .safetensors file, for
PyTorch with the loader as it stands in docs/pytorch.md.

SOURCE is what was exported: a project or the name of a network. Photos are taken as PNG, so that no
decoder of JPEG plays a part.
"""

import json
import os
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
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


def onnx(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    card = json.loads(session.get_modelmeta().custom_metadata_map["homeroom"])
    return card, lambda inputs: dict(zip(names, session.run(None, inputs), strict=True))


def tflite(path):
    from ai_edge_litert.interpreter import Interpreter

    with zipfile.ZipFile(path) as files:
        card = json.loads(files.read("homeroom.json"))
        if card.get("labels"):
            assert files.read("labels.txt").decode().split("\n") == card["labels"]
    run = Interpreter(path).get_signature_runner()
    return card, lambda inputs: run(**inputs)


def teachable_machine(path):
    with zipfile.ZipFile(path) as files:
        metadata = json.loads(files.read("metadata.json"))
    card = metadata["userMetadata"]["homeroom"]
    size = metadata["imageSize"]

    def run(inputs):
        with tempfile.TemporaryDirectory() as folder:
            with zipfile.ZipFile(path) as files:
                files.extractall(folder)
            command = ["node", os.path.join(os.path.dirname(__file__), "teachable_machine.mjs"), folder, str(size)]
            out = subprocess.run(command, input=inputs["image"].astype(np.uint8).tobytes(), capture_output=True, check=True)
        assert out.stderr.decode().strip().split("\n")[-len(card["labels"]):] == card["labels"]
        return {"probabilities": np.array([json.loads(out.stdout.splitlines()[-1])])}

    return card, run


def torch_loader(path):
    import torch

    with open(os.path.join(os.path.dirname(__file__), "../../docs/pytorch.md")) as page:
        loader = page.read().split("```python\n")[1].split("```")[0]
    assert len(loader.splitlines()) <= 25
    scope = {}
    exec(loader, scope)
    classifier = scope["Classifier"](path)

    def run(inputs):
        with torch.no_grad():
            return {k: v.numpy() for k, v in classifier(**{k: torch.from_numpy(v) for k, v in inputs.items()}).items()}

    return classifier.card, run


def main(program, model, source, photos):
    card, run = {".onnx": onnx, ".tflite": tflite, ".zip": teachable_machine, ".safetensors": torch_loader}[os.path.splitext(model)[1]](model)
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
            got = run({c["name"]: picture(photo, c)[None] for c in card["inputs"]})
            p = got["probabilities"][0]
            expected = np.zeros(len(p))
            for r in want["results"]:
                expected[r["index"]] = r["score"]
            worst = max(worst, np.abs(p - expected).max())
            same += int(p.argmax() == expected.argmax())
            if "strangeness" in got:
                strange = max(strange, abs(got["strangeness"][0, 0] - want["strangeness"]))
    print(f"{model}: {len(photos)} photos, largest difference {worst:.2e}, of the strangeness {strange:.2e}, same best name {same}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])

"""Runs exported classifiers in the peers that Python has, on pictures that Homeroom cut.

    python tools/reference/peers.py PEER MODEL PICTURES

PEER is onnxruntime, litert, mediapipe or pytorch. PICTURES is a JSON list of objects with a file of levels, [size][size][3], for each input by its name.
Prints a JSON list: for each picture the outputs by their names.
"""

import json
import sys

import numpy as np
from export_peers import onnx, tflite, torch_loader


def mediapipe(path):
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_path=path))
    classifier = vision.ImageClassifier.create_from_options(options)

    def run(inputs):
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=inputs["image"][0].astype(np.uint8))
        # Of several outputs the first is that of the classes.
        categories = classifier.classify(image).classifications[0].categories
        p = np.zeros(len(categories))
        for c in categories:
            p[c.index] = c.score
        return {"probabilities": p}

    return classifier, run


def main(peer, model, pictures):
    keep, run = {"onnxruntime": onnx, "litert": tflite, "mediapipe": mediapipe, "pytorch": torch_loader}[peer](model)
    answers = []
    with open(pictures) as f:
        for picture in json.load(f):
            inputs = {}
            for name, file in picture.items():
                levels = np.fromfile(file, np.uint8)
                size = round((len(levels) / 3) ** 0.5)
                inputs[name] = levels.reshape(1, size, size, 3).astype(np.float32)
            answers.append({k: np.asarray(v).ravel().astype(float).tolist() for k, v in run(inputs).items()})
    print(json.dumps(answers))
    if peer == "mediapipe":
        keep.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

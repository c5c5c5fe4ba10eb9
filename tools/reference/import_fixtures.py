"""Makes the image classifiers that tests of the importers read, with TensorFlow, Keras 3 and Keras 2.

    python tools/reference/import_fixtures.py

Needs the packages of import_fixtures.txt. They are small networks of the layers that MobileNet has, put together as
Teachable Machine does: a feature model and a head, each a Sequential of its own. answers.json has what their maker
answers for pictures that a formula makes. import_fixtures.mjs makes those of TensorFlow.js.
"""

import json
import os
import pathlib
import re
import zipfile

os.environ["CUDA_VISIBLE_DEVICES"] = ""
import h5py
import keras
import numpy as np
import tensorflow as tf
import tf_keras

from steady import WITHIN, steady_json

HERE = os.path.dirname(__file__)
SIZE = 32


def pictures(n):
    """Levels from 0 to 255, the same as the tests make: ((row*7 + column*13 + channel*29)*(picture+3)) modulo 256."""
    row, column, channel = np.meshgrid(np.arange(SIZE), np.arange(SIZE), np.arange(3), indexing="ij")
    return np.stack([((row * 7 + column * 13 + channel * 29) * (i + 3)) % 256 for i in range(n)]).astype(np.float32)


def network(k):
    """The classifier in a Keras: the module k is keras or tf_keras."""
    layers = k.layers
    x = image = k.Input((SIZE, SIZE, 3), name="input_1")
    x = layers.ZeroPadding2D(((0, 1), (0, 1)), name="Conv1_pad")(x)
    x = layers.Conv2D(8, 3, strides=2, padding="valid", use_bias=False, name="Conv1")(x)
    x = layers.BatchNormalization(name="bn_Conv1", epsilon=1e-3)(x)
    x = layers.ReLU(6.0, name="Conv1_relu")(x)
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
    y = layers.BatchNormalization(name="bn_depthwise", epsilon=1e-3)(y)
    y = layers.ReLU(6.0, name="depthwise_relu")(y)
    y = layers.Conv2D(8, 1, use_bias=False, name="project")(y)
    y = layers.BatchNormalization(name="bn_project", epsilon=1e-3)(y)
    x = layers.Add(name="add")([x, y])
    x = layers.SeparableConv2D(12, 3, strides=2, padding="same", activation="relu", name="separable")(x)
    y = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(x)
    y = layers.Conv2D(4, 1, activation="relu", name="reduce")(y)
    y = layers.Conv2D(12, 1, activation="sigmoid", name="excite")(y)
    x = layers.Multiply(name="scale")([x, y])
    x = layers.MaxPooling2D(2, name="pool")(x)
    features = k.Model(image, x, name="model1")
    truncated = k.Sequential([features, layers.GlobalAveragePooling2D(name="gap")], name="sequential_1")
    head = k.Sequential([layers.Dense(10, activation="relu", name="dense_Dense1"), layers.Dropout(0.5), layers.Dense(3, use_bias=False, activation="softmax", name="dense_Dense2")], name="sequential_3")
    whole = k.Sequential([truncated, head], name="sequential_4")
    whole.build((None, SIZE, SIZE, 3))
    random = np.random.default_rng(17)
    for w in whole.weights:
        name = getattr(w, "path", w.name)
        v = random.normal(0, 0.5 if len(w.shape) > 1 else 0.2, w.shape)
        if "variance" in name:
            v = random.uniform(0.5, 2, w.shape)
        elif "gamma" in name:
            v = random.uniform(0.5, 1.5, w.shape)
        w.assign(v.astype(np.float32))
    return whole


def agree(a, b):
    """Whether two models are the same but for the last digits of what the converter computed."""
    a, b = (tf.lite.Interpreter(model_content=m) for m in (a, b))
    for one, other in zip(*(m.get_tensor_details() for m in (a, b)), strict=True):
        if any(one[k] != other[k] for k in ("name", "dtype")) or one["shape"].tolist() != other["shape"].tolist():
            return False
        if not np.allclose(one["quantization"], other["quantization"], rtol=WITHIN, atol=0):
            return False
        try:
            x, y = (m.get_tensor(one["index"]).astype(np.float64) for m in (a, b))
        except ValueError:  # it is no constant
            continue
        if abs(x - y).max(initial=0) > (WITHIN if one["dtype"] == np.float32 else 1 if one["dtype"] == np.int32 else 0):
            return False
    return True


def undated(path):
    """Takes dates and addresses of objects out of a file of Keras 3."""
    with zipfile.ZipFile(path) as old:
        parts = [(info.filename, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(path, "w") as new:
        for name, data in parts:
            if name == "metadata.json":
                data = json.dumps({**json.loads(data), "date_saved": "1980-01-01@00:00:00"}).encode()
            if name == "config.json":
                seen = {}
                number = lambda found: found[1] + str(seen.setdefault(found[2], len(seen) + 1)).encode()
                data = re.sub(rb'("shared_object_id": )(\d+)', number, data)
            new.writestr(zipfile.ZipInfo(name), data)


def write_answers(answers, path):
    path = pathlib.Path(path)
    path.write_text(json.dumps(steady_json(answers, path)))


def tflite(model, folder, name, answers, **settings):
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    for key, v in settings.items():
        setattr(converter, key, v)
    data = converter.convert()
    path = pathlib.Path(folder, name)
    if path.exists() and agree(path.read_bytes(), data):
        data = path.read_bytes()
    path.write_bytes(data)
    run = tf.lite.Interpreter(model_content=data)
    run.allocate_tensors()
    into, out = run.get_input_details()[0], run.get_output_details()[0]
    got = []
    for p in pictures(3):
        x = p if into["dtype"] == np.uint8 else p / 127.5 - 1
        run.set_tensor(into["index"], x.astype(into["dtype"])[None])
        run.invoke()
        y = run.get_tensor(out["index"])[0]
        if out["dtype"] == np.uint8:
            scale, zero = out["quantization"]
            y = (y.astype(np.float32) - zero) * scale
        got.append(y.tolist())
    answers[name] = got


def main():
    folder = os.path.join(HERE, "..", "tflite", "testdata")
    os.makedirs(folder, exist_ok=True)
    two, three = network(tf_keras), network(keras)
    x = pictures(3) / 127.5 - 1
    answers = {}
    tflite(two, folder, "float.tflite", answers)
    tflite(two, folder, "half.tflite", answers, optimizations=[tf.lite.Optimize.DEFAULT], target_spec=tf.lite.TargetSpec(supported_types=[tf.float16]))

    def examples():
        for p in pictures(20):
            yield [p[None] / 127.5 - 1]

    tflite(
        two, folder, "quantised.tflite", answers, optimizations=[tf.lite.Optimize.DEFAULT], representative_dataset=examples,
        target_spec=tf.lite.TargetSpec(supported_ops=[tf.lite.OpsSet.TFLITE_BUILTINS_INT8]), inference_input_type=tf.uint8, inference_output_type=tf.uint8,
    )
    write_answers(answers, os.path.join(folder, "answers.json"))

    folder = os.path.join(HERE, "..", "hdf5", "testdata")
    os.makedirs(folder, exist_ok=True)
    with h5py.File(os.path.join(folder, "kinds.h5"), "w") as f:
        f.attrs["fixed"] = np.bytes_("one")
        f.attrs["list"] = ["two", "three"]
        f.attrs["number"] = 4
        for kind in ("f2", "f4", ">f4", "f8", "i4", "u1"):
            f.create_dataset(f"in/{kind}", data=np.arange(-3 if kind != "u1" else 0, 9).astype(kind))
        numbers = np.arange(7 * 9 * 2, dtype=np.float32).reshape(7, 9, 2)
        f.create_dataset("chunks", data=numbers, chunks=(3, 4, 2))
        f.create_dataset("packed", data=numbers, chunks=(3, 4, 2), compression="gzip")
        f.create_dataset("scalar", data=np.float32(0.5))
        f.create_dataset("text", data="no number")
        for i in range(60):  # more than a leaf of a B-tree holds
            f.create_dataset(f"many/{i}", data=np.float32([i]))

    folder = os.path.join(HERE, "..", "keras", "testdata")
    os.makedirs(folder, exist_ok=True)
    two.save(os.path.join(folder, "keras2.h5"))
    three.save(os.path.join(folder, "keras3.h5"))
    three.save(os.path.join(folder, "keras3.keras"))
    undated(os.path.join(folder, "keras3.keras"))
    answers = {"keras2.h5": two.predict(x, verbose=0).tolist(), "keras3.h5": three.predict(x, verbose=0).tolist()}
    answers["keras3.keras"] = answers["keras3.h5"]
    write_answers(answers, os.path.join(folder, "answers.json"))


if __name__ == "__main__":
    main()

"""Names the photos of a folder with ONNX Runtime, decoded by Pillow, and prints how long it took.

    python archive_speed.py NETWORK.onnx FOLDER THREADS

As many photos are in work at once as there are threads, each on one thread of the network, which is
the quickest way for many small photos. A file that Pillow can't open is passed over and counted.
"""

import json
import os
import stat
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy
import onnxruntime
from PIL import Image

network, folder, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
shape = session.get_inputs()[0].shape
first = shape[1] == 3  # channels before rows and columns
side = shape[2]


def answer(path):
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with Image.open(path) as photo:
            photo = photo.convert("RGB")
    except Exception:
        return None
    scale = round(side / 0.875) / min(photo.size)
    photo = photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.BICUBIC)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    pixels = numpy.asarray(photo.crop((left, top, left + side, top + side)), dtype=numpy.float32)
    if first:
        pixels = pixels.transpose(2, 0, 1)
    return int(session.run(None, {name: pixels[None]})[0].argmax())


paths = [os.path.join(root, file) for root, _, files in sorted(os.walk(folder)) for file in sorted(files)]
start = time.time()
with ThreadPoolExecutor(threads) as pool:
    answers = list(pool.map(answer, paths))
print(json.dumps({"photos": len(answers), "failed": answers.count(None), "seconds": time.time() - start}))

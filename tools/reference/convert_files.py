"""Checkpoints in tools/homeroom/testdata: networks with weights that repeat, so that gzip makes little of them."""

import gzip
import io
import math
import pathlib

import numpy as np
import torch

from parity import uniform
from saving import repeatable

OUT = pathlib.Path(__file__).resolve().parents[1] / "homeroom" / "testdata"
PERIOD = 61


def fill_repeating(network):
    """Weights that keep activations alive, and statistics and scales near 1."""
    for name, t in network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        u = np.resize(uniform(name, PERIOD), t.numel())
        if t.ndim >= 2:
            u = (u * 2 - 1) * math.sqrt(6 / math.prod(t.shape[1:]))
        elif name.endswith("running_var"):
            u = u + 0.5
        elif name.endswith("weight"):
            u = u * 0.5 + 0.25
        else:
            u = u * 0.5 - 0.25
        t.copy_(torch.from_numpy(u.astype(np.float32)).reshape(t.shape))
    return network.eval()


def photo(size):
    return (torch.from_numpy(uniform("input", 3 * size * size)) * 4 - 2).reshape(1, 3, size, size)


def write(name, data):
    with open(OUT / f"{name}.gz", "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="", compresslevel=9) as z:
        z.write(data)
    print(name, len(data), "bytes, packed", (OUT / f"{name}.gz").stat().st_size)


def saved(value, **how):
    out = io.BytesIO()
    with repeatable():
        torch.save(value, out, **how)
    return out.getvalue()

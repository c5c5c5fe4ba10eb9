"""Keeps the figures of expected outputs from changing in their last digits.

Another processor, or another number of threads, sums in another order, so the same network answers there with other last
digits. What says the same as the committed file keeps its digits: a run that changes a file then means that an answer changed.
"""

import gzip
import json

import numpy as np

WITHIN = 5e-5  # of 1, or of the figure where that is larger; the tests allow more


def steady(new, old):
    """new, where each number that agrees with the one at its place in old is that one. Both are what JSON can say."""
    if isinstance(new, dict) and isinstance(old, dict):
        return {k: steady(v, old.get(k)) for k, v in new.items()}
    if isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        return [steady(*pair) for pair in zip(new, old)]
    if isinstance(new, float) and isinstance(old, float) and abs(new - old) <= WITHIN * max(1, abs(old)):
        return old
    return new


def steady_json(new, path):
    """new with the digits of the JSON file that is at path, which may be packed and need not be there."""
    if not path.exists():
        return new
    data = path.read_bytes()
    return steady(new, json.loads(gzip.decompress(data) if path.suffix == ".gz" else data))


def steady_array(new, path):
    """new, float32 numbers, with the digits of those that are at path, which need not be there."""
    old = np.fromfile(path, new.dtype) if path.exists() else new[:0]
    if old.shape != new.shape:
        return new
    return np.where(abs(new - old) <= WITHIN * np.maximum(1, abs(old)), old, new).astype(new.dtype)

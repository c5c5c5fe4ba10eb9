"""Writes the small checkpoints that the tests of tools/checkpoint read, and what they hold.

    python tools/reference/checkpoint_fixtures.py

writes tools/checkpoint/testdata/* with expected.json, and tools/checkpoint/pickle/testdata/*.pickle.
Needs torch, numpy and safetensors. Values are formulas of the index, so that a run repeats them; with PYTHONHASHSEED=0 it
repeats the order of TorchScript's annotations, too.
"""

import argparse
import collections
import json
import pathlib
import pickle
import zipfile

import numpy as np
import torch
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import save_file as save_torch
from torch import nn

from saving import repeatable, saved_script

OUT = pathlib.Path(__file__).resolve().parents[1] / "checkpoint" / "testdata"
PICKLES = OUT.parent / "pickle" / "testdata"

expected = {}


def ramp(*shape, dtype=torch.float32, start=0):
    n = int(np.prod(shape)) if shape else 1
    return ((torch.arange(n, dtype=torch.float64) + start) / 4 - 1).reshape(shape).to(dtype)


def numbers(flat):
    """Whole numbers without their point; what JSON may not keep (infinities, the minus of -0) as strings."""
    return [str(v) if not np.isfinite(v) or (v == 0 and np.signbit(v)) else int(v) if v == int(v) else v for v in flat]


def describe(tensors):
    rows = []
    for name, t in tensors.items():
        if isinstance(t, np.ndarray):
            t = np.asarray(t)
            dtype, shape = t.dtype.name, t.shape
            values = None if t.dtype.kind == "c" else numbers(t.astype(np.float64).ravel(order="C").tolist())
        else:
            dtype, shape = str(t.dtype).removeprefix("torch."), tuple(t.shape)
            values = None if t.is_complex() else numbers(t.detach().to(torch.float64).flatten().tolist())
        rows.append({"name": name, "dtype": dtype, "dims": list(shape), "values": values})
    return rows


def torch_files(name, obj, tensors, formats=("zip", "legacy"), protocol=2):
    for kind in formats:
        file = f"{name}.{kind}.pt"
        with repeatable():
            torch.save(obj, OUT / file, _use_new_zipfile_serialization=kind == "zip", pickle_protocol=protocol)
        expected[file] = {"format": {"zip": "pytorch", "legacy": "pytorch-legacy"}[kind], "tensors": describe(tensors)}


def dtypes():
    plain = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8]
    tensors = {str(d).removeprefix("torch."): ramp(2, 3, dtype=d) * 3 for d in plain}
    tensors["uint8"] = torch.arange(250, 256, dtype=torch.uint8).reshape(2, 3)
    tensors["bool"] = torch.tensor([[True, False, True], [False, False, True]])
    tensors["complex64"] = torch.complex(ramp(3), ramp(3))
    tensors["half_edges"] = torch.tensor([65504, 6e-8, 1e-5, -0.0, float("inf")], dtype=torch.float16)
    torch_files("dtypes", tensors, tensors)
    new = {}
    for d in (torch.uint16, torch.uint32, torch.uint64):
        new[str(d).removeprefix("torch.")] = torch.arange(1, 5, dtype=torch.int64).to(d)
    for d in (torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz):
        # Every finite value of the type.
        every = torch.arange(256, dtype=torch.uint8).view(d)
        new[str(d).removeprefix("torch.")] = every.view(torch.uint8)[torch.isfinite(every.float())].clone().view(d)
    torch_files("newer_dtypes", new, new, formats=("zip",))
    return tensors


def strides():
    base = ramp(4, 6)
    flat = ramp(24, start=100)
    tensors = {
        "transposed": base.t(),
        "columns": base[:, 1:4],
        "every_second": flat[3::2],
        "expanded": ramp(3, 1).expand(3, 4),
        "channels_last": ramp(2, 3, 2, 2).contiguous(memory_format=torch.channels_last),
        "scalar": torch.tensor(2.5),
        "offset": flat[20:],
        "empty": torch.zeros(0, 3),
        "one": base[1:2, 2:3],
    }
    torch_files("strides", tensors, tensors)


def shared():
    w = nn.Parameter(ramp(3, 4))
    bias = ramp(4)
    tensors = collections.OrderedDict(
        [("encoder.weight", w), ("decoder.weight", w), ("row", w.data[1]), ("bias", bias), ("bias_again", bias.clone())]
    )
    w.tag = "kept with the parameter"
    torch_files("shared", tensors, tensors)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(4)
        self.act = nn.ReLU6()
        self.register_buffer("scale", torch.tensor(0.5), persistent=False)


class Net(nn.Module):
    """A network of somebody's own, whose classes no reader has ever heard of."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(Block(), nn.MaxPool2d(2), nn.Identity())
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(4, 2)
        self.none = None
        self.sizes = [1, (2, 3)]
        self.fn = nn.functional.relu


def fill(module):
    with torch.no_grad():
        for i, t in enumerate(module.state_dict().values()):
            t.copy_(ramp(*t.shape, start=i).to(t.dtype))
    return module


def modules():
    standard = fill(
        nn.Sequential(
            collections.OrderedDict(
                [
                    ("conv", nn.Conv2d(2, 3, 3, stride=2, padding=1, groups=1)),
                    ("bn", nn.BatchNorm2d(3, eps=1e-3)),
                    ("act", nn.SiLU()),
                    ("pool", nn.AdaptiveAvgPool2d(1)),
                    ("flat", nn.Flatten()),
                    ("fc", nn.Linear(3, 2)),
                ]
            )
        )
    ).eval()
    torch_files("module", standard, standard.state_dict())
    for protocol in (1, 4, 5):
        torch_files(f"module_p{protocol}", standard, standard.state_dict(), formats=("legacy",), protocol=protocol)
    own = fill(Net())
    every = own.state_dict()
    every["features.0.scale"] = own.features[0].scale
    order = ["features.0.conv.weight", "features.0.bn.weight", "features.0.bn.bias", "features.0.bn.running_mean", "features.0.bn.running_var",
             "features.0.bn.num_batches_tracked", "features.0.scale", "head.weight", "head.bias"]
    torch_files("own_module", {"epoch": 7, "net": own}, {k: every[k] for k in sorted(order)})
    parallel = nn.DataParallel(fill(nn.Linear(3, 2)))
    torch_files("parallel_module", parallel, parallel.module.state_dict(), formats=("zip",))
    script = torch.jit.script(fill(nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))).eval())
    (OUT / "script.zip.pt").write_bytes(saved_script(script))
    expected["script.zip.pt"] = {"format": "pytorch", "tensors": describe(script.state_dict())}


def wrappers():
    tensors = {"conv.weight": ramp(2, 1, 3, 3), "conv.bias": ramp(2)}
    extra = {"epoch": 12, "best_acc1": 0.75, "arch": "resnet18", "args": argparse.Namespace(lr=0.1, data=pathlib.PurePosixPath("/data")), "lr": [0.1, 0.01]}
    for key in ("state_dict", "model", "model_state_dict", "network", "net", "ema"):
        torch_files(f"wrapped_{key}", {**extra, key: tensors}, tensors, formats=("zip",))
    prefixed = {f"module.{k}": v for k, v in tensors.items()}
    optimiser = {"state": {0: {"momentum_buffer": ramp(2)}}, "param_groups": [{"lr": 0.1, "params": [0]}]}
    torch_files("wrapped_deep", {**extra, "optimizer": optimiser, "model": {"state_dict": prefixed}}, tensors)
    torch_files("wrapped_prefix", prefixed, tensors)
    averaged = {"n_averaged": torch.tensor(3), **prefixed}
    torch_files("wrapped_averaged", averaged, {"n_averaged": averaged["n_averaged"], **tensors}, formats=("zip",))
    torch_files("lone_tensor", ramp(2, 2), {"tensor": ramp(2, 2)})
    metadata = nn.Conv2d(1, 2, 1)
    torch_files("with_metadata", fill(metadata).state_dict(), metadata.state_dict())


def endian(tensors):
    """The dtypes file as a big endian machine would have written it."""
    source = zipfile.ZipFile(OUT / "dtypes.zip.pt")
    sizes = {"float64": 8, "int64": 8, "float32": 4, "int32": 4, "complex64": 4, "float16": 2, "bfloat16": 2, "int16": 2, "half_edges": 2}
    order = list(tensors)
    with zipfile.ZipFile(OUT / "big_endian.zip.pt", "w") as out:
        for info in source.infolist():
            data = source.read(info)
            leaf = info.filename.split("/", 1)[1]
            if leaf == "byteorder":
                data = b"big"
            elif leaf.startswith("data/"):
                size = sizes.get(order[int(leaf.removeprefix("data/"))], 1)
                data = np.frombuffer(data, dtype=f"V{size}").tobytes() if size == 1 else np.frombuffer(data, dtype=f"u{size}").byteswap().tobytes()
            out.writestr(zipfile.ZipInfo(info.filename), data)
    expected["big_endian.zip.pt"] = {**expected["dtypes.zip.pt"]}
    # And as someone packed it again, compressed.
    with zipfile.ZipFile(OUT / "deflated.zip.pt", "w", zipfile.ZIP_DEFLATED) as out:
        for info in source.infolist():
            out.writestr(zipfile.ZipInfo(info.filename), source.read(info), zipfile.ZIP_DEFLATED)
    expected["deflated.zip.pt"] = {**expected["dtypes.zip.pt"]}


def refused():
    """Tensors that have no plain elements: named and refused when their values are asked for."""
    tensors = {
        "quantised": torch.quantize_per_tensor(ramp(4), 0.1, 10, torch.quint8),
        "plain": ramp(2),
    }
    torch.save(tensors, OUT / "quantised.zip.pt")
    torch.save({"sparse": torch.eye(3).to_sparse(), "plain": ramp(2)}, OUT / "sparse.zip.pt")


def sort_metadata(path):
    """The library writes it in an order that changes from run to run."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header = {"__metadata__": dict(sorted(header.pop("__metadata__").items())), **header}
    path.write_bytes(data[:8] + json.dumps(header, separators=(",", ":")).encode().ljust(size) + data[8 + size :])


def arrays():
    tensors = {
        "float64": np.arange(6, dtype=np.float64).reshape(2, 3) / 4,
        "float32": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
        "float16": np.arange(6, dtype=np.float16).reshape(2, 3) / 4,
        "int64": np.arange(-3, 3, dtype=np.int64),
        "int32": np.arange(-3, 3, dtype=np.int32),
        "int16": np.arange(-3, 3, dtype=np.int16),
        "int8": np.arange(-3, 3, dtype=np.int8),
        "uint8": np.arange(250, 256, dtype=np.uint8),
        "uint16": np.arange(3, dtype=np.uint16),
        "uint32": np.arange(3, dtype=np.uint32),
        "uint64": np.arange(3, dtype=np.uint64),
        "bool": np.array([True, False]),
        "complex64": np.array([1 + 2j], dtype=np.complex64),
        "scalar": np.array(2.5, dtype=np.float32),
        "empty": np.zeros((0, 3), dtype=np.float32),
    }
    awkward = {
        "fortran": np.asfortranarray(tensors["float32"]),
        "big": tensors["float32"].astype(">f4"),
        "fortran_big": np.asfortranarray(np.arange(24, dtype=">i2").reshape(2, 3, 4)),
        "layers/0/kernel": tensors["float16"],
    }
    np.savez(OUT / "arrays.npz", **tensors, **awkward)
    np.savez_compressed(OUT / "compressed.npz", **tensors, **awkward)
    for file in ("arrays.npz", "compressed.npz"):
        expected[file] = {"format": "npz", "tensors": describe({**tensors, **awkward})}
    np.save(OUT / "array.npy", awkward["fortran"])
    expected["array.npy"] = {"format": "npy", "tensors": describe({"array": awkward["fortran"]})}
    with open(OUT / "version3.npy", "wb") as f:
        np.lib.format.write_array(f, tensors["float32"], version=(3, 0))
    expected["version3.npy"] = {"format": "npy", "tensors": describe({"array": tensors["float32"]})}
    np.save(OUT / "object.npy", np.array({"a": tensors["float32"], "b": [1, tensors["int8"]]}, dtype=object), allow_pickle=True)
    expected["object.npy"] = {"format": "npy", "tensors": describe({"a": tensors["float32"], "b.1": tensors["int8"]})}
    np.save(OUT / "structured.npy", np.zeros(2, dtype=[("x", "f4"), ("y", "i4")]))

    save_numpy({k: v for k, v in tensors.items() if k not in ("complex64", "empty")}, OUT / "arrays.safetensors", metadata={"format": "np", "arch": "tiny"})
    sort_metadata(OUT / "arrays.safetensors")
    expected["arrays.safetensors"] = {
        "format": "safetensors", "tensors": describe({k: v for k, v in tensors.items() if k not in ("complex64", "empty")})}
    some = {"bfloat16": ramp(2, 3, dtype=torch.bfloat16), "float8_e4m3fn": ramp(2, 2, dtype=torch.float8_e4m3fn),
            "float8_e5m2": ramp(2, 2, dtype=torch.float8_e5m2), "module.x": ramp(1), "empty": torch.zeros(0, 3)}
    save_torch(some, OUT / "torch.safetensors")
    expected["torch.safetensors"] = {"format": "safetensors", "tensors": describe(some)}

    long = np.arange(1100, dtype=np.float32) % 100  # long enough to be left in the file
    nested = {"Net_0": {"Conv_0": {"kernel": tensors["float32"], "bias": awkward["big"]}, "empty": {}, "steps": np.float32(3)},
              "list": [tensors["int8"], (awkward["fortran"],)]}
    flat = {"Net_0.Conv_0.kernel": tensors["float32"], "Net_0.Conv_0.bias": awkward["big"], "list.0": tensors["int8"], "list.1.0": awkward["fortran"]}
    for protocol in range(6):
        file = f"nested_p{protocol}.pickle"
        (OUT / file).write_bytes(pickle.dumps(nested, protocol))
        expected[file] = {"format": "pickle", "tensors": describe(flat)}
    for protocol in (2, 4):
        file = f"long_p{protocol}.pickle"
        (OUT / file).write_bytes(pickle.dumps({"long": long, "bytes": np.arange(4608).astype(np.uint8)}, protocol))
        expected[file] = {"format": "pickle", "tensors": describe({"long": long, "bytes": np.arange(4608).astype(np.uint8)})}


class Thing:
    pass


class OldThing(dict):
    pass


def pickles():
    thing = Thing()
    thing.a = [1]
    old = OldThing(k=1)
    value = [None, True, False, 0, 255, -1, 65535, 70000, -(2**31), 2**40, 2**70, -(2**70), 1.5, float("inf"), "text é 🙂\n\\u0041", "", b"\x00\xff", b"",
             (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [1, [2]], {}, {"a": 1, 2: "b", (3,): None, 1.5: {}}, {4}, frozenset([5]), thing, old,
             collections.OrderedDict(x=1, y=2), bytearray(b"z"), Thing]
    shared = ["shared"]
    value += [shared, shared]
    for protocol in range(6):
        (PICKLES / f"values_p{protocol}.pickle").write_bytes(pickle.dumps(value, protocol))


def main():
    for folder in (OUT, PICKLES):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if old.is_file() and old.suffix != ".hostile":
                old.unlink()
    tensors = dtypes()
    strides()
    shared()
    modules()
    wrappers()
    endian(tensors)
    refused()
    arrays()
    pickles()

    def compact(file):
        return json.dumps(file, separators=(",", ":"))

    (OUT / "expected.json").write_text("{\n" + ",\n".join(f"{json.dumps(k)}:{compact(v)}" for k, v in sorted(expected.items())) + "\n}\n")
    total = sum(f.stat().st_size for folder in (OUT, PICKLES) for f in folder.iterdir() if f.is_file())
    print(f"{len(expected)} files with expectations, {total} bytes in all")


main()

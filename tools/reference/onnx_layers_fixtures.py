"""Makes tools/onnxgraph/testdata/layers: small networks with their weights, one for each kind of layer, and ONNX Runtime's answers.

Each is exported by PyTorch's older exporter and by its newer one, with random weights. Those in testdata/cases are as people
sent them and stay; their answers are made anew. Needs torch, timm, onnx, onnxscript and onnxruntime.
"""

import gzip
import io
import json
import math
import pathlib
import warnings

import numpy as np
import onnx
import onnxruntime
import timm
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional as F

from parity import uniform
from steady import steady_json

DATA = pathlib.Path(__file__).resolve().parents[1] / "onnxgraph" / "testdata"
SIZE = 32


class Net(nn.Module):
    """A stem of 16 channels at half the size, some layers, and a head of 7 classes."""

    def __init__(self, *layers, out=16):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 2, 1)
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(out, 7)

    def forward(self, x):
        return self.head(self.layers(self.stem(x)).mean((2, 3)))


class Do(nn.Module):
    """A function as a layer, with layers of its own."""

    def __init__(self, f, *layers):
        super().__init__()
        self.f, self.inner = f, nn.ModuleList(layers)

    def forward(self, x):
        return self.f(x, *self.inner)


def conv(a, b, k=3, **more):
    return nn.Conv2d(a, b, k, padding=k // 2, **more)


def shuffle(x, groups):
    b, c, h, w = x.shape
    return x.view(b, groups, c // groups, h, w).transpose(1, 2).reshape(b, c, h, w)


def shuffled_unit(x, branch):
    keep, go = x.chunk(2, 1)
    return shuffle(torch.cat((keep, branch(go)), 1), 2)


def expanded_gate(x, reduce, expand):
    s = torch.sigmoid(expand(F.relu(reduce(x.mean((2, 3))))))
    return x * s.view(1, -1, 1, 1).expand_as(x)


def eca(x, over):
    return x * torch.sigmoid(over(x.mean((2, 3)).unsqueeze(1))).view(1, -1, 1, 1)


def grn(x):
    g = x.norm(p=2, dim=(2, 3), keepdim=True)
    return x + x * (g / (g.mean(1, keepdim=True) + 1e-6))


def windows(x, qkv, project):
    b, c, h, w = x.shape
    n = 4
    y = x.permute(0, 2, 3, 1).reshape(b, h // n, n, w // n, n, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, n * n, c)
    q, k, v = qkv(y).reshape(-1, n * n, 3, 2, c // 2).permute(2, 0, 3, 1, 4).unbind(0)
    bias = torch.linspace(-1, 1, 2 * n**4).reshape(1, 2, n * n, n * n)
    y = (((q * 0.3) @ k.transpose(-2, -1)) + bias).softmax(-1) @ v
    y = project(y.transpose(1, 2).reshape(-1, n * n, c))
    y = y.reshape(b, h // n, w // n, n, n, c).permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, c)
    return x + torch.roll(y, (-2, -2), (1, 2)).permute(0, 3, 1, 2)


def across(x, q, kv):
    """Attention from every position to keys and values of a coarser grid, and between channels."""
    b, c, h, w = x.shape
    small = F.avg_pool2d(x, 4).flatten(2).transpose(1, 2)
    k, v = kv(small).chunk(2, -1)
    y = (q(x.flatten(2).transpose(1, 2)) @ k.transpose(1, 2) / 4).softmax(-1) @ v
    z = F.normalize(y, dim=1)
    return x + (y @ (z.transpose(1, 2) @ z).softmax(-1)).transpose(1, 2).reshape(b, c, h, w)


def fused(x, a, b):
    """As in selective kernels: a softmax over branches."""
    u = torch.stack((a(x), b(x)), 1)
    s = u.sum(1).mean((2, 3), keepdim=True)
    s = torch.cat((s, -s), 1).reshape(1, 2, 16, 1, 1).softmax(1)
    return (u * s).sum(1)


class Standardised(nn.Conv2d):
    def forward(self, x):
        w = F.batch_norm(self.weight.reshape(1, self.out_channels, -1), None, None, training=True, eps=1e-6).reshape_as(self.weight)
        return F.conv2d(x, w, self.bias, 1, 1)


class Pooled(nn.Module):
    """fastai's head: the largest and the mean of each channel, joined."""

    def forward(self, x):
        return torch.cat((F.adaptive_max_pool2d(x, 1), F.adaptive_avg_pool2d(x, 1)), 1)


def networks():
    dense = [Do(lambda x, n, c: torch.cat((x, c(F.relu(n(x)))), 1), nn.BatchNorm2d(16 + 8 * i), conv(16 + 8 * i, 8)) for i in range(3)]
    yield "dense", Net(*dense, nn.BatchNorm2d(40), nn.ReLU(), out=40)
    yield "shuffle", Net(*[Do(shuffled_unit, nn.Sequential(conv(8, 8, 1), nn.ReLU(), conv(8, 8, groups=8))) for _ in range(3)])
    yield "activations", Net(conv(16, 16), nn.ELU(0.8), conv(16, 16), nn.Mish(), conv(16, 16), nn.SELU(), conv(16, 16), nn.Hardtanh(-0.7, 0.9), conv(16, 16), nn.GELU("tanh"), conv(16, 16), nn.LeakyReLU(0.2), Do(lambda x: torch.square(F.relu(x)) * 0.9 - 0.4))
    yield "norms", Net(nn.GroupNorm(4, 16), nn.ReLU(), conv(16, 16), nn.InstanceNorm2d(16, affine=True), conv(16, 16), nn.GroupNorm(1, 16), conv(16, 16), Do(grn))
    yield "gates", Net(Do(expanded_gate, nn.Linear(16, 4), nn.Linear(4, 16)), Do(eca, nn.Conv1d(1, 1, 3, padding=1)), Do(lambda x, c: x * torch.sigmoid(c(torch.cat((x.mean(1, keepdim=True), x.amax(1, keepdim=True)), 1))), conv(2, 1, 7)))
    yield "pools", Net(nn.AvgPool2d(3, 2, 1, ceil_mode=True), conv(16, 16), nn.AvgPool2d(3, 2, 0, ceil_mode=True), nn.AvgPool2d(3, 2, 1, count_include_pad=False), conv(16, 16))
    yield "resized", Net(conv(16, 16), nn.MaxPool2d(2), conv(16, 16), nn.Upsample(scale_factor=2), conv(16, 16), nn.Upsample(scale_factor=2, mode="bilinear"), conv(16, 16))
    yield "padded", Net(nn.ReflectionPad2d((1, 2, 2, 1)), nn.Conv2d(16, 16, 3), nn.ReplicationPad2d(1), nn.Conv2d(16, 16, 3), Do(lambda x: F.pad(x, (0, 1, 0, 1))), nn.MaxPool2d(2, 1), Do(lambda x: F.pad(x, (1, 1, 0, 0), value=0.3)), nn.Conv2d(16, 16, 3))
    yield "windows", Net(Do(windows, nn.Linear(16, 48), nn.Linear(16, 16)))
    yield "across", Net(Do(across, nn.Linear(16, 16), nn.Linear(16, 32)))
    yield "fused", Net(Do(fused, conv(16, 16), conv(16, 16, 5)), Standardised(16, 16, 3))
    yield "pooled", nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), Pooled(), nn.Flatten(), nn.BatchNorm1d(32), nn.Linear(32, 16), nn.ReLU(), nn.BatchNorm1d(16), nn.Linear(16, 7))


def enliven(network):
    for m in network.modules():
        if isinstance(m, nn.modules.batchnorm._BatchNorm):
            m.running_mean.uniform_(-0.3, 0.3)
            m.running_var.uniform_(0.5, 1.5)
        if getattr(m, "weight", None) is not None and m.weight.ndim == 1:
            m.weight.data.uniform_(0.5, 1.5)
            m.bias.data.uniform_(-0.3, 0.3)


def export(network, opset, newer):
    x = torch.zeros(1, 3, SIZE, SIZE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if newer:
            return torch.onnx.export(network, (x,), opset_version=opset, dynamo=True, verbose=False).model_proto
        out = io.BytesIO()
        torch.onnx.export(network, (x,), out, opset_version=opset, dynamo=False)
        return onnx.load_from_string(out.getvalue())


def quantised(model):
    """The weights of convolutions and of the head as int8 behind DequantizeLinear, with a scale for each output channel."""
    model = onnx.load_from_string(model.SerializeToString())
    nodes = []
    for t in list(model.graph.initializer):
        w = numpy_helper.to_array(t)
        if w.ndim < 2 or w.dtype != np.float32:
            continue
        scale = np.abs(w).reshape(len(w), -1).max(1) / 127
        q = np.round(w / scale.reshape(-1, *[1] * (w.ndim - 1))).astype(np.int8)
        model.graph.initializer.remove(t)
        model.graph.initializer.append(numpy_helper.from_array(q, t.name + ".q"))
        model.graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), t.name + ".scale"))
        nodes.append(helper.make_node("DequantizeLinear", [t.name + ".q", t.name + ".scale"], [t.name], axis=0))
    for n in reversed(nodes):
        model.graph.node.insert(0, n)
    return model


def answer(model):
    session = onnxruntime.InferenceSession(model if isinstance(model, str) else model.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0]
    size = feed.shape[2]
    x = uniform("input", 3 * size * size).reshape(1, 3, size, size)
    x = np.floor(x * 256).astype(np.uint8) if "uint8" in feed.type else (x * 4 - 2).astype(np.float32)
    return [float(f"{v:.7g}") for v in session.run(None, {feed.name: x})[0].ravel().tolist()]


def main():
    layers = DATA / "layers"
    layers.mkdir(parents=True, exist_ok=True)
    answers = {}
    torch.manual_seed(3)
    for name, network in networks():
        with torch.no_grad():
            enliven(network)
        network.eval()
        # The newer exporter knows no adaptive pooling of the largest.
        for opset, newer in ((17, False), (20, True), (23, True))[: 1 if name == "pooled" else 3]:
            model = export(network, opset, newer)
            models = {f"{name}_{model.opset_import[0].version}": model}
            if name == "dense" and not newer:
                models["quantised_17"] = quantised(model)
            for of, model in models.items():
                del model.metadata_props[:]
                del model.graph.value_info[:]
                for n in model.graph.node:
                    n.ClearField("doc_string")
                    del n.metadata_props[:]
                for t in model.graph.initializer:
                    t.ClearField("doc_string")
                    del t.metadata_props[:]
                with open(layers / f"{of}.onnx.gz", "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="", compresslevel=9) as z:
                    z.write(model.SerializeToString(deterministic=True))
                print(of, len(model.graph.node), "nodes,", (layers / f"{of}.onnx.gz").stat().st_size, "bytes", flush=True)
    for path in sorted(layers.glob("*.onnx.gz")):
        of = path.name.removesuffix(".onnx.gz")
        answers[of] = answer(onnx.load_from_string(gzip.decompress(path.read_bytes())))
        assert np.std(answers[of]) > 1e-3, of
    for path in sorted((DATA / "cases").glob("*.onnx")):
        answers["cases/" + path.stem] = answer(str(path))
    path = DATA / "layers.json"
    path.write_text(json.dumps(steady_json(answers, path), indent=1) + "\n")


if __name__ == "__main__":
    main()

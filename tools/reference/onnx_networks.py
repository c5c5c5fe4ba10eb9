"""Makes tools/onnxgraph/testdata: networks as exporters write them, without their weights, and what ONNX Runtime says.

    onnx_networks.py             the networks below, exported by PyTorch
    onnx_networks.py FILE...     what ONNX Runtime says of models that others made, into others.json, by name

Needs torch, torchvision, timm, onnx, onnxscript and onnxruntime. No weights are downloaded and none are kept: before a
model is written, the floats of its larger initialisers are set to zero, so that the file compresses to little. The tests
fill them by the formula of parity.py, of the initialiser's name and the index of each element, as is done here before
ONNX Runtime answers.
"""

import gzip
import io
import json
import math
import os
import pathlib
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
import timm
import torch
import torchvision
from onnx import TensorProto, numpy_helper

import train_cifar10
from parity import uniform
from steady import steady_json

OUT = pathlib.Path(__file__).resolve().parents[1] / "onnxgraph" / "testdata"
FEW = 16  # initialisers of fewer elements keep them: they are shapes and factors


class Gates(torch.nn.Module):
    """Activations as they are written out by hand, before there were operators for them."""

    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 24, 3, 2, 1)
        self.conv2 = torch.nn.Conv2d(24, 24, 3, 1, 1, groups=24)
        self.reduce = torch.nn.Linear(24, 8)
        self.expand = torch.nn.Linear(8, 24)
        self.norm = torch.nn.LayerNorm(24)
        self.head = torch.nn.Linear(24, 20)

    def forward(self, x):
        x = (x - torch.tensor([0.1, 0.2, 0.3])[:, None, None]) / 0.5
        x = self.conv1(torch.nn.functional.pad(x, (0, 1, 0, 1)))
        x = x * torch.clamp(x + 3, 0, 6) / 6
        x = self.conv2(x)
        x = x * torch.sigmoid(x)
        s = torch.relu(self.reduce(x.mean((2, 3))))
        s = torch.clamp(self.expand(s) + 3, 0, 6) / 6
        x = x * s[:, :, None, None]
        x = torch.nn.functional.avg_pool2d(x, 2)
        x = self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        x = 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))
        return self.head(x.flatten(2).mean(2))


class Leaky(torch.nn.Module):
    """ReLUs that let something through, and GELU by tanh."""

    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 24, 3, 2, 1)
        self.conv2 = torch.nn.Conv2d(24, 24, 3, 2, 1)
        self.conv3 = torch.nn.Conv2d(24, 24, 3, 2, 1)
        self.slopes = torch.nn.PReLU(24)
        self.slope = torch.nn.PReLU(1, 0.3)
        self.head = torch.nn.Linear(24, 20)

    def forward(self, x):
        x = self.slopes(self.conv1(x))
        x = torch.nn.functional.leaky_relu(self.conv2(x), 0.1)
        x = self.slope(self.conv3(x))
        x = torch.nn.functional.gelu(x, approximate="tanh")
        return self.head(x.mean((2, 3)))


class Registers(timm.models.vision_transformer.VisionTransformer):
    """Registers between class token and patches, put there once those have their positions, as in the code of DINOv2."""

    def _pos_embed(self, x):
        x = x.flatten(1, 2) if x.ndim == 4 else x
        x = torch.cat((self.cls_token, x), 1) + self.pos_embed[:, : x.shape[1] + 1]
        return torch.cat((x[:, :1], self.registers, x[:, 1:]), 1)


def with_registers():
    network = Registers(img_size=64, embed_dim=192, depth=2, num_heads=3, num_classes=20)
    network.registers = torch.nn.Parameter(torch.zeros(1, 3, 192))
    return network


def networks():
    """(name, network, input size, operator set, with PyTorch's newer exporter)."""
    one = [1, 1, 1, 1]  # block in each stage
    basic, bottleneck = torchvision.models.resnet.BasicBlock, torchvision.models.resnet.Bottleneck
    yield "resnet", torchvision.models.ResNet(basic, one), 64, 9, False
    yield "resnext", torchvision.models.ResNet(bottleneck, one, groups=32, width_per_group=4), 64, 13, False
    yield "seresnet", timm.create_model("seresnet18", layers=one), 64, 11, False
    yield "mobilenet_v2", torchvision.models.mobilenet_v2(weights=None), 64, 10, False
    yield "mobilenet_v3_small", torchvision.models.mobilenet_v3_small(weights=None), 64, 13, False
    yield "mobilenet_v3_small_14", timm.create_model("mobilenetv3_small_100"), 64, 14, False
    yield "efficientnet_b0", timm.create_model("efficientnet_b0"), 64, 17, False
    yield "efficientnet_lite0", timm.create_model("tf_efficientnet_lite0"), 64, 12, False
    yield "vit_tiny_14", timm.create_model("vit_tiny_patch16_224", img_size=64, depth=3), 64, 14, False
    yield "vit_tiny_17", timm.create_model("vit_tiny_patch16_224", img_size=64, depth=3, global_pool="avg"), 64, 17, False
    yield "dinov2_17", timm.create_model("vit_small_patch14_dinov2", img_size=70, depth=2), 70, 17, False
    yield "vit_torchvision", torchvision.models.VisionTransformer(64, 16, 3, 2, 128, 256, num_classes=20), 64, 16, False
    yield "alexnet_cifar", train_cifar10.AlexNet(), 32, 11, False
    yield "vgg_cifar", train_cifar10.VGG(), 32, 15, False
    yield "gates_9", Gates(), 64, 9, False
    yield "gates_13", Gates(), 64, 13, False
    yield "resnet_18", torchvision.models.ResNet(basic, one), 64, 18, True
    yield "mobilenet_v3_small_20", torchvision.models.mobilenet_v3_small(weights=None), 64, 20, True
    yield "vit_tiny_21", timm.create_model("vit_tiny_patch16_224", img_size=64, depth=3), 64, 21, True
    yield "gates_20", Gates(), 64, 20, True
    yield "dinov2_registers_19", timm.create_model("vit_small_patch14_reg4_dinov2", img_size=70, depth=2), 70, 19, False
    yield "registers_18", with_registers(), 64, 18, False
    yield "deit_distilled_17", timm.create_model("deit_tiny_distilled_patch16_224", img_size=64, depth=2), 64, 17, False
    yield "leaky_19", Leaky(), 64, 19, False
    yield "leaky_20", Leaky(), 64, 20, True


def norms(network):
    """Gives batch norms what formulas of names cannot, once they are folded: statistics that keep the network alive."""
    for name, m in network.named_modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            for part, scale, shift in (("weight", 0.5, 0.75), ("bias", 0.5, -0.25), ("running_mean", 0.5, -0.25), ("running_var", 1, 0.5)):
                t = getattr(m, part)
                t.data = torch.from_numpy(uniform(f"{name}.{part}", t.numel())) * scale + shift


def export(network, size, opset, newer):
    x = torch.zeros(1, 3, size, size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if newer:
            program = torch.onnx.export(network, (x,), opset_version=opset, dynamo=True, verbose=False)
            return program.model_proto
        out = io.BytesIO()
        torch.onnx.export(network, (x,), out, opset_version=opset, dynamo=False, input_names=["image"], output_names=["logits"])
        return onnx.load_from_string(out.getvalue())


def fill(tensor):
    """The tests' TestNetworks has the same."""
    dims = list(tensor.dims)
    u = uniform(tensor.name, math.prod(dims))
    if len(dims) >= 2 and dims[0] > 1:
        fan = math.prod(dims[1:]) if len(dims) > 2 else max(dims)
        u = (u * np.float32(2) - np.float32(1)) * np.float32(math.sqrt(3 / fan))
    elif tensor.name.endswith("var"):
        u = u + np.float32(0.5)
    elif tensor.name.endswith("weight"):
        u = u * np.float32(0.5) + np.float32(0.5)
    else:
        u = u * np.float32(0.5) - np.float32(0.25)
    return u.astype(np.float32)


def filled(tensor):
    return tensor.data_type == TensorProto.FLOAT and math.prod(tensor.dims) >= FEW


def answer(model, x):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def make():
    OUT.mkdir(parents=True, exist_ok=True)
    answers = {}
    torch.manual_seed(0)  # for initialisers too small to be filled by the formula
    for name, network, size, opset, newer in networks():
        network.eval()
        norms(network)
        model = export(network, size, opset, newer)
        del model.metadata_props[:]
        for n in model.graph.node:
            n.ClearField("doc_string")
            del n.metadata_props[:]
        del model.graph.value_info[:]
        for t in model.graph.initializer:
            t.ClearField("doc_string")
            if filled(t):
                t.ClearField("float_data")
                t.raw_data = fill(t).tobytes()
        x = (uniform("input", 3 * size * size) * 4 - 2).reshape(1, 3, size, size).astype(np.float32)
        logits = answer(model, x)
        assert np.isfinite(logits).all() and logits.std() > 1e-4, (name, logits.std())
        step = -(-logits.size // 50)
        answers[name] = {"size": size, "opset": model.opset_import[0].version, "logits": [float(f"{v:.5g}") for v in logits.ravel()[::step].tolist()], "classes": int(logits.size)}
        for t in model.graph.initializer:
            if filled(t):
                t.raw_data = bytes(len(t.raw_data))
        data = model.SerializeToString(deterministic=True)
        with open(OUT / f"{name}.onnx.gz", "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="", compresslevel=9) as z:
            z.write(data)
        print(name, answers[name]["opset"], len(model.graph.node), "nodes", os.path.getsize(OUT / f"{name}.onnx.gz"), "bytes, logits", logits.std(), flush=True)
    path = OUT / "networks.json"
    path.write_text(json.dumps(steady_json(answers, path), indent=1) + "\n")


# Of models that others made: the value to take, where it is not the logits.
OUTPUTS = {"vit_s_focus": "/backbone/layernorm/Add_1_output_0"}


def others(paths):
    answers = {}
    for path in paths:
        model = onnx.load(path)
        name = pathlib.Path(path).stem
        want = OUTPUTS.get(name)
        if not want and model.graph.node[-1].op_type == "Softmax":
            want = model.graph.node[-1].input[0]
        if want:
            del model.graph.output[:]
            model.graph.output.append(onnx.helper.make_tensor_value_info(want, TensorProto.FLOAT, None))
        last = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim][3] == 3
        x = (uniform("input", 3 * 224 * 224) * 4 - 2).reshape(1, 3, 224, 224).astype(np.float32)
        y = answer(model, np.ascontiguousarray(x.transpose(0, 2, 3, 1)) if last else x)
        if y.ndim == 3:
            y = y[:, 0]
        answers[name] = {"output": OUTPUTS.get(name, ""), "values": [float(v) for v in y.ravel()]}
        print(name, y.shape, y.ravel()[:4])
    path = OUT / "others.json"
    path.write_text(json.dumps(steady_json(answers, path), indent=1) + "\n")


if sys.argv[1:]:
    others(sys.argv[1:])
else:
    make()

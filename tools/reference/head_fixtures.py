"""Makes models/testdata/heads.json.gz: what PyTorch says of networks with heads of people's own, under people's own names.

    head_fixtures.py

Needs torch, torchvision and timm. No weights are kept: every tensor is filled by parity.py's formula of its name. For each
network: every tensor of its state dict with its shape, in order, the variant that it is here, the logits at a size, and what
is to be said with it.
"""

import gzip
import json
import pathlib

import timm
import torch
import torchvision
from torch import nn

from parity import fill, uniform
from steady import steady_json

OUT = pathlib.Path(__file__).resolve().parents[2] / "models" / "testdata" / "heads.json.gz"
CLASSES = 5


class AdaptiveConcatPool2d(nn.Module):
    """fastai's: the largest, then the average."""

    def __init__(self):
        super().__init__()
        self.ap, self.mp = nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool2d(1)

    def forward(self, x):
        return torch.cat([self.mp(x), self.ap(x)], 1)


def fastai_head(features, classes=CLASSES):
    return nn.Sequential(
        AdaptiveConcatPool2d(), nn.Flatten(), nn.BatchNorm1d(2 * features), nn.Dropout(0.25), nn.Linear(2 * features, 64, bias=False),
        nn.ReLU(inplace=True), nn.BatchNorm1d(64), nn.Dropout(0.5), nn.Linear(64, classes, bias=False),
    )  # fmt: skip


def dropout(n, classes=CLASSES):
    return nn.Sequential(nn.Dropout(0.2), nn.Linear(n, classes))


def mlp(n, classes=CLASSES):
    return nn.Sequential(nn.Linear(n, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, classes))


def norm(n, classes=CLASSES):
    return nn.Sequential(nn.Linear(n, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, classes))


class Wrap(nn.Module):
    """Under names, as training scripts have it."""

    def __init__(self, names, network):
        super().__init__()
        first, _, rest = names.partition(".")
        setattr(self, first, Wrap(rest, network) if rest else network)
        self.first = first

    def forward(self, x):
        return getattr(self, self.first)(x)


class Own(nn.Module):
    """A backbone and a classifier beside it."""

    def __init__(self, backbone, classifier):
        super().__init__()
        self.backbone, self.classifier = backbone, classifier

    def forward(self, x):
        return self.classifier(self.backbone(x).flatten(1))


class Named(nn.Module):
    """A head of named layers."""

    def __init__(self, backbone, n):
        super().__init__()
        self.backbone = backbone
        self.fc1, self.bn1, self.fc2 = nn.Linear(n, 32), nn.BatchNorm1d(32), nn.Linear(32, CLASSES)

    def forward(self, x):
        return self.fc2(torch.relu(self.bn1(self.fc1(self.backbone(x)))))


def with_head(network, place, head):
    parent, _, name = place.rpartition(".")
    where = network.get_submodule(parent)
    if name.isdigit():
        where[int(name)] = head
    else:
        setattr(where, name, head)
    return network


def children(network, keep):
    return list(network.children())[:keep]


def networks():
    """(name, variant, network, size, what is said to be assumed)"""
    tv = torchvision.models
    relu = "ReLU between"
    for prefix in ("model", "net", "backbone", "module.model", "a.b.c.d.e"):
        yield f"resnet18 under {prefix}", "resnet18", Wrap(prefix, with_head(tv.resnet18(), "fc", dropout(512))), 64, ""
    yield "resnet18 linear", "resnet18", with_head(tv.resnet18(), "fc", nn.Linear(512, CLASSES)), 64, ""
    yield "resnet18 mlp", "resnet18", with_head(tv.resnet18(), "fc", mlp(512)), 64, relu
    yield "resnet18 norm", "resnet18", with_head(tv.resnet18(), "fc", norm(512)), 64, relu
    yield "resnet18 one output", "resnet18", Wrap("model", with_head(tv.resnet18(), "fc", nn.Linear(512, 1))), 64, ""
    yield "resnet18 beside", "resnet18", Own(with_head(tv.resnet18(), "fc", nn.Identity()), nn.Linear(512, CLASSES)), 64, ""
    yield "resnet18 numbered", "resnet18", Own(nn.Sequential(*children(tv.resnet18(), -1)), mlp(512)), 64, relu
    yield "resnet18 named", "resnet18", Named(with_head(tv.resnet18(), "fc", nn.Identity()), 512), 64, relu
    yield "resnet18 neighbours", "resnet18", nn.Sequential(tv.resnet18(), nn.Linear(1000, CLASSES)), 64, ""
    yield "resnet18 fastai", "resnet18", nn.Sequential(nn.Sequential(*children(tv.resnet18(), -2)), fastai_head(512)), 224, relu
    yield "resnet18 timm fastai", "resnet18", nn.Sequential(Wrap("model", timm.create_model("resnet18", num_classes=0, global_pool="")), fastai_head(512)), 224, relu
    yield "seresnet18 mlp", "se-resnet18", Wrap("net", with_head(timm.create_model("seresnet18"), "fc", mlp(512))), 64, relu
    yield "alexnet linear", "alexnet", Wrap("model", with_head(tv.alexnet(), "classifier.6", nn.Linear(4096, CLASSES))), 224, ""
    yield "alexnet mlp", "alexnet", with_head(tv.alexnet(), "classifier", mlp(9216)), 224, relu
    yield "alexnet deeper", "alexnet", with_head(tv.alexnet(), "classifier", nn.Sequential(nn.Dropout(), nn.Linear(9216, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 64), nn.ReLU(), mlp(64))), 224, relu
    vgg = with_head(tv.vgg11(), "avgpool", nn.AdaptiveAvgPool2d(1))
    yield "vgg11 average", "vgg11", with_head(vgg, "classifier", nn.Linear(512, CLASSES)), 64, ""
    yield "vgg11 mlp", "vgg11", Wrap("model", with_head(tv.vgg11(), "classifier", mlp(25088))), 224, ""
    yield "vgg11 fastai", "vgg11-bn", nn.Sequential(nn.Sequential(*children(tv.vgg11_bn(), -2)), fastai_head(512)), 224, relu
    yield "vgg11 features", "vgg11-bn", Own(nn.Sequential(tv.vgg11_bn().features, nn.AdaptiveAvgPool2d(1)), dropout(512)), 64, ""
    yield "mobilenet_v2 linear", "mobilenet-v2", with_head(tv.mobilenet_v2(), "classifier", nn.Linear(1280, CLASSES)), 64, ""
    yield "mobilenet_v2 mlp", "mobilenet-v2", Wrap("backbone", with_head(tv.mobilenet_v2(), "classifier.1", mlp(1280))), 64, relu
    yield "mobilenet_v3 linear", "mobilenet-v3-small", with_head(tv.mobilenet_v3_small(), "classifier.3", nn.Linear(1024, CLASSES)), 64, ""
    yield "mobilenet_v3 mlp", "mobilenet-v3-custom", with_head(tv.mobilenet_v3_small(), "classifier", mlp(576)), 64, relu
    yield "mobilenet_v3 average", "mobilenet-v3-custom", Wrap("model", with_head(tv.mobilenet_v3_small(), "classifier", nn.Linear(576, CLASSES))), 64, ""
    yield "mobilenet_v3 timm", "mobilenet-v3-small", with_head(timm.create_model("mobilenetv3_small_100"), "classifier", norm(1024)), 64, relu
    yield "efficientnet_b0 linear", "efficientnet-b0", with_head(tv.efficientnet_b0(), "classifier", nn.Linear(1280, CLASSES)), 64, ""
    yield "efficientnet_b0 norm", "efficientnet-b0", Wrap("module.model", with_head(tv.efficientnet_b0(), "classifier", norm(1280))), 64, relu
    yield "efficientnet_lite0 dropout", "efficientnet-lite0", Wrap("model", with_head(timm.create_model("efficientnet_lite0"), "classifier", dropout(1280))), 64, ""
    yield "vit timm", "vit-tiny-patch16", Wrap("model", with_head(timm.create_model("vit_tiny_patch16_224"), "head", mlp(192))), 224, relu
    vit = tv.VisionTransformer(image_size=64, patch_size=16, num_layers=2, num_heads=3, hidden_dim=192, mlp_dim=384)
    yield "vit torchvision", "vit-custom", with_head(vit, "heads", nn.Linear(192, CLASSES)), 64, ""
    vit = tv.VisionTransformer(image_size=64, patch_size=16, num_layers=2, num_heads=3, hidden_dim=192, mlp_dim=384)
    yield "vit torchvision norm", "vit-custom", Wrap("net", with_head(vit, "heads", norm(192))), 64, relu


def main():
    out = []
    torch.manual_seed(1)
    for name, arch, network, size, assumed in networks():
        dims = {k: list(v.shape) for k, v in network.state_dict().items()}
        network.load_state_dict({k: fill(k, d) for k, d in dims.items()}, assign=True)
        network.eval()
        x = (torch.from_numpy(uniform("input", 3 * size * size)) * 4 - 2).reshape(1, 3, size, size)
        with torch.inference_mode():
            logits = network(x)[0]
        assert torch.isfinite(logits).all()
        tensors = [{"name": k, "dims": d} for k, d in dims.items()]
        # What AveragedModel and thop leave in state dicts.
        tensors += [{"name": "n_averaged", "dims": []}, {"name": "total_ops", "dims": [1]}, {"name": "layer1.total_params", "dims": [1]}]
        out.append({"name": name, "arch": arch, "size": size, "assumed": assumed, "logits": [float(v) for v in logits], "tensors": tensors})
        print(name, [round(float(v), 3) for v in logits], flush=True)
    out = steady_json(out, OUT)
    with open(OUT, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as z:
        z.write(json.dumps(out, separators=(",", ":")).encode())


if __name__ == "__main__":
    main()

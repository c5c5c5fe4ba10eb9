"""Makes models/testdata/parity.json.gz: what PyTorch says of every variant of package models.

    parity.py OUT.json.gz [PART-OF-A-NAME]

Needs torch 2.9, torchvision 0.24, timm 1.0 and efficientnet_lite_pytorch 0.1. No weights are downloaded: every tensor
is filled by a formula of its name and the index of each element, which the Go tests repeat.

For each network: whose it is, its name there, the variant that it is here, every tensor of its state dict with its
shape, the parameters, the multiply-adds at the first size, and at each size the logits (every STEP-th, so that at most
50 are kept) and the feature vector (likewise), which is what the last linear layer reads, or for MobileNetV3 and for
the networks without a head what the pooling gives. An answer marked gap has the mean over the last feature map alone,
which is what a network with a flattened head gives at other sizes than its own. Networks that differ from one before
them in the names of their tensors alone have no answers: they test that the names are known.
"""

import functools
import gzip
import json
import math
import pathlib
import sys

import numpy as np
import timm
import timm.models.deit
import timm.models.vision_transformer
import torch
import torchvision
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from steady import steady_json


# Position embeddings are resampled as DeiT's and DINOv2's own code does. timm smooths them, too, when it makes the grid
# smaller, which changes the answers by up to 3 %.
for module in (timm.models.vision_transformer, timm.models.deit):
    module.resample_abs_pos_embed = functools.partial(module.resample_abs_pos_embed, antialias=False)
# The counter of operations does not see into the fused kernels of attention.
torch.backends.mha.set_fastpath_enabled(False)


def uniform(name, count):
    """count numbers from 0 to 1, by mixing the index with a hash of the name (FNV-1a, 32 bits)."""
    h = 2166136261
    for c in name.encode():
        h = (h ^ c) * 16777619 & 0xFFFFFFFF
    x = (np.arange(count, dtype=np.uint32) * np.uint32(2654435761)) ^ np.uint32(h)
    for _ in range(2):
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x45D9F3B)
    x ^= x >> np.uint32(16)
    # 24 bits fit a float32.
    return (x >> np.uint32(8)).astype(np.float32) * np.float32(2**-24)


def fill(name, dims):
    """The tensor of a name: weights that keep activations alive, statistics and scales near 1."""
    u = uniform(name, math.prod(dims))
    if name.endswith("num_batches_tracked"):
        return torch.zeros(dims, dtype=torch.int64)
    if len(dims) >= 2 and dims[0] > 1:
        bound = np.float32(math.sqrt(6 / math.prod(dims[1:])))
        u = (u * np.float32(2) - np.float32(1)) * bound
    elif name.endswith("running_var"):
        u = u + np.float32(0.5)
    elif name.endswith((".weight", ".gamma")):
        u = u * np.float32(0.5) + np.float32(0.25)
    else:
        u = u * np.float32(0.5) - np.float32(0.25)
    return torch.from_numpy(u.reshape(dims))


def networks():
    """(whose, name, variant, sizes, arguments). Sizes below 0 are run under GAP."""
    conv = (64, 97)
    for n in ("18", "34", "50", "101", "152"):
        yield "torchvision", f"resnet{n}", f"resnet{n}", conv, {}
    yield "torchvision", "wide_resnet50_2", "wide-resnet50-2", conv, {}
    yield "torchvision", "wide_resnet101_2", "wide-resnet101-2", conv, {}
    yield "torchvision", "resnext50_32x4d", "resnext50-32x4d", conv, {}
    yield "torchvision", "resnext101_32x8d", "resnext101-32x8d", conv, {}
    yield "torchvision", "resnext101_64x4d", "resnext101-64x4d", conv, {}
    for n in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wide_resnet50_2", "wide_resnet101_2",
              "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d"):  # fmt: skip
        yield "timm", n, n.replace("_", "-"), (), {}
    for n in ("18", "34", "50", "101", "152"):
        yield "timm", f"seresnet{n}", f"se-resnet{n}", conv, {}
        yield "timm", f"legacy_seresnet{n}", f"se-resnet{n}", conv, {}
    yield "torchvision", "alexnet", "alexnet", (224, -97), {}
    for n in ("11", "13", "16", "19"):
        for norm in ("", "_bn"):
            yield "torchvision", f"vgg{n}{norm}", f"vgg{n}{norm}".replace("_", "-"), (224, -97), {}
            timms = (224,) if n == "11" and not norm else ()
            yield "timm", f"vgg{n}{norm}", f"vgg{n}{norm}".replace("_", "-"), timms, {}
    yield "torchvision", "mobilenet_v2", "mobilenet-v2", conv, {}
    yield "timm", "mobilenetv2_100", "mobilenet-v2", conv, {}
    for n in ("035", "050", "075", "110d", "120d", "140"):
        yield "timm", f"mobilenetv2_{n}", f"mobilenet-v2-{n}", conv, {}
    for n in ("small", "large"):
        yield "torchvision", f"mobilenet_v3_{n}", f"mobilenet-v3-{n}", conv, {}
        yield "timm", f"mobilenetv3_{n}_100", f"mobilenet-v3-{n}", conv, {}
        yield "timm", f"tf_mobilenetv3_{n}_100", f"tf-mobilenet-v3-{n}", conv, {}
        yield "timm", f"mobilenetv3_{n}_075", f"mobilenet-v3-{n}-075", conv, {}
    yield "timm", "mobilenetv3_small_050", "mobilenet-v3-small-050", conv, {}
    for n in range(5):
        yield "torchvision", f"efficientnet_b{n}", f"efficientnet-b{n}", conv, {}
        yield "timm", f"efficientnet_b{n}", f"efficientnet-b{n}", conv, {}
        yield "timm", f"tf_efficientnet_b{n}", f"tf-efficientnet-b{n}", conv, {}
        yield "timm", f"efficientnet_lite{n}", f"efficientnet-lite{n}", conv, {}
        yield "timm", f"tf_efficientnet_lite{n}", f"tf-efficientnet-lite{n}", conv, {}
        # That port fixes the padding when the network is made, for its own size.
        size = {0: 224, 1: 240, 2: 260, 3: 280, 4: 300}[n]
        yield "efficientnet_lite_pytorch", f"efficientnet-lite{n}", f"efficientnet-lite{n}", (size,), {}
    # torchvision's transformers take their own size only.
    yield "torchvision", "vit_b_16", "vit-base-patch16", (224,), {}
    yield "torchvision", "vit_b_32", "vit-base-patch32", (224,), {}
    token = {"dynamic_img_size": True}
    for size, width in (("tiny", 192), ("small", 384), ("base", 768)):
        shape = {"embed_dim": width, "num_heads": width // 64, **token}
        for patch in (14, 16, 32):
            other = 12 * patch if patch < 32 else 160
            for whose in ("vit", "deit"):
                yield "timm", f"{whose}_{size}_patch16_224", f"{whose}-{size}-patch{patch}", (224, other), {**token, "patch_size": patch}
            if size == "tiny" or patch == 16:
                yield "timm", "vit_base_patch16_224", f"vit-{size}-patch{patch}", (224, other), {**shape, "patch_size": patch, "global_pool": "avg"}
    for size in ("tiny", "small", "base"):
        yield "timm", f"deit_{size}_distilled_patch16_224", f"deit-{size}-distilled-patch16", (224, 192), token
    yield "timm", "deit3_small_patch16_224", "vit-small-patch16", (224, 160), token
    # timm gives this one 16 heads; 12, of 64 channels each, are those of ViT-Base.
    yield "timm", "vit_base_patch16_gap_224", "vit-base-patch16", (224,), {"num_heads": 12}
    yield "timm", "vit_small_patch14_dinov2", "vit-small-patch14", (518, 224), token
    yield "timm", "vit_small_patch14_reg4_dinov2", "vit-small-patch14", (224, 280), token
    for n in ("32", "44", "56"):
        yield "train_cifar10", f"resnet{n}", f"resnet{n}-cifar10", (32, 48), {}
        yield "train_cifar10", f"se_resnet{n}", f"se-resnet{n}-cifar10", (32, 48), {}
    for name in ("resnet20", "se_resnet20", "vgg", "alexnet", "vit"):
        variant = name.replace("_", "-") + "-cifar10"
        sizes = {"alexnet": (32, -48), "vit": (32,)}.get(name, (32, 48))
        yield "train_cifar10", name, variant, sizes, {}


def build(whose, name, arguments):
    if whose == "timm":
        return timm.create_model(name, **arguments)
    if whose == "torchvision":
        return getattr(torchvision.models, name)(weights=None)
    if whose == "efficientnet_lite_pytorch":
        from efficientnet_lite_pytorch import EfficientNet

        return EfficientNet.from_name(name)
    import train_cifar10

    if name in train_cifar10.RECIPES:
        return train_cifar10.RECIPES[name]["network"]()
    network = train_cifar10.RECIPES["se_resnet20" if name.startswith("se_") else "resnet20"]["network"]()
    blocks = (int(name[-2:]) - 2) // 6
    for i, width in enumerate((16, 32, 64)):
        stage = getattr(network, f"layer{i + 1}")
        while len(stage) < blocks:
            stage.append(train_cifar10.BasicBlock(width, width, 1, network.reduction))
    return network


def some(x):
    """Every so many-th element, at most 50."""
    x = x.flatten()
    step = -(-len(x) // 50)
    return [float(np.float32(v)) for v in x[::step].tolist()]


def describe(whose, name, variant, sizes, arguments):
    with torch.device("meta"):
        network = build(whose, name, arguments)
    dims = {k: list(v.shape) for k, v in network.state_dict().items()}
    parameters = sum(p.numel() for p in network.parameters())
    tensors = [{"name": k, "dims": d} for k, d in dims.items() if not k.endswith("num_batches_tracked")]
    entry = {"whose": whose, "name": name, "arch": variant, "parameters": parameters, "tensors": tensors}
    if not sizes:
        return entry
    network.load_state_dict({k: fill(k, d) for k, d in dims.items()}, assign=True)
    network = build_anew(network, whose, name, arguments, dims)
    network.eval()
    read = []
    heads = [m for m in network.modules() if isinstance(m, torch.nn.Linear)]
    pools = [m for m in network.modules() if isinstance(m, torch.nn.AdaptiveAvgPool2d) or type(m).__name__ == "SelectAdaptivePool2d"]
    if "mobilenet-v3" in variant:
        pools[-1].register_forward_hook(lambda m, i, o: read.append(o.detach()))
    elif heads and dims_end_in_head(whose, name, network):
        # Distilled networks have two heads, and the mean of what those read is the feature vector.
        for head in heads[-2 if "distilled" in name else -1 :]:
            head.register_forward_hook(lambda m, i, o: read.append(i[0].detach()))
    answers, macs = [], 0
    with torch.inference_mode():
        for size in sizes:
            gap, size = size < 0, abs(size)
            x = (torch.from_numpy(uniform("input", 3 * size * size)) * 4 - 2).reshape(1, 3, size, size)
            if gap:
                answers.append({"size": size, "gap": True, "feature": some(network.features(x).mean((2, 3)))})
                continue
            read.clear()
            if not answers:
                with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
                    logits = network(x)
                macs = counter.get_total_flops() // 2
            else:
                logits = network(x)
            assert torch.isfinite(logits).all()
            answers.append({"size": size, "logits": some(logits), "feature": some(sum(read) / len(read) if read else logits)})
    return {**entry, "macs": macs, "answers": answers}


def build_anew(network, whose, name, arguments, dims):
    """The network on the CPU, since buffers that are no state stay on the meta device."""
    state = network.state_dict()
    network = build(whose, name, arguments)
    network.load_state_dict(state)
    return network


def dims_end_in_head(whose, name, network):
    return not name.endswith("dinov2")


def main():
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    out = []
    for whose, name, variant, sizes, arguments in networks():
        if part in f"{whose} {name} {variant}":
            out.append(describe(whose, name, variant, sizes, arguments))
            print(whose, name, variant, out[-1]["parameters"], out[-1].get("macs"), flush=True)
    out = steady_json(out, pathlib.Path(sys.argv[1]))
    with open(sys.argv[1], "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as z:
        z.write(json.dumps(out, separators=(",", ":")).encode())


if __name__ == "__main__":
    main()

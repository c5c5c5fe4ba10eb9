"""Makes models/testdata/rollout.json: attention rolled out (Abnar and Zuidema 2020, section 3) by PyTorch.

The network is the ViT of train_cifar10.py, the weights are those of parity.py's formula, and so is the photo: 32 × 32
pixels, whose levels are normalised by mean 127.5 and deviation 64. Written are the shares of the 64 patches, row by row.
"""

import json
import pathlib

import torch
from parity import fill, uniform
from steady import steady_json
from train_cifar10 import ViT

network = ViT().eval()
network.load_state_dict({name: fill(name, list(t.shape)) for name, t in network.state_dict().items()})
levels = torch.from_numpy(uniform("photo", 3 * 32 * 32)).mul(256).floor().reshape(32, 32, 3)
x = ((levels - 127.5) / 64).permute(2, 0, 1)[None]

rolled = torch.eye(65)


def roll(module, inputs):
    """Multiplies what was rolled out so far with the mean of a layer's heads and the identity."""
    global rolled
    n, tokens, width = inputs[0].shape
    q, k, _ = module.qkv(inputs[0]).reshape(n, tokens, 3, module.heads, width // module.heads).permute(2, 0, 3, 1, 4)
    weights = torch.softmax(q @ k.transpose(-2, -1) / (width // module.heads) ** 0.5, -1)[0].mean(0)
    rolled = (weights + torch.eye(tokens)) / 2 @ rolled


for block in network.blocks:
    block.attn.register_forward_pre_hook(roll)
with torch.no_grad():
    network(x)
    shares = rolled[0, 1:] / rolled[0, 1:].sum()
path = pathlib.Path(__file__).resolve().parents[2] / "models/testdata/rollout.json"
path.write_text(json.dumps(steady_json([round(v, 8) for v in shares.tolist()], path)) + "\n")

"""Makes tools/homeroom/testdata/script_*.pt.gz and trace_*.pt.gz, a small network as TorchScript keeps it, as it is and with one layer changed, and
scripts.json with PyTorch's answers.

    script_fixtures.py

Needs torch and torchvision. What an archive has of paths and lines of PyTorch's own code is left out.
"""

import json

import torch
import torchvision
from torch import nn

from convert_files import OUT, fill_repeating, photo, write
from saving import saved_script
from steady import steady_json

SIZE = 32


def network(change=""):
    m = torchvision.models.VGG(torchvision.models.vgg.make_layers([8, "M", 16, 16, "M"], batch_norm=True), num_classes=5, init_weights=False)
    m.avgpool, m.classifier = nn.AdaptiveAvgPool2d(1), nn.Linear(16, 5)
    if change == "leaky":
        m.features[6] = nn.LeakyReLU(0.3)
    elif change == "dilated":
        m.features[7].dilation, m.features[7].padding = (2, 2), (2, 2)
    return fill_repeating(m)


def main():
    answers = {}
    for change in ("plain", "leaky", "dilated"):
        m = network(change)
        with torch.no_grad():
            answers[change] = [float(v) for v in m(photo(SIZE))[0]]
            for how, made in (("script", torch.jit.script(m)), ("trace", torch.jit.trace(m, photo(SIZE)))):
                write(f"{how}_{change}.pt", saved_script(made))
    path = OUT / "scripts.json"
    path.write_text(json.dumps(steady_json({"size": SIZE, "answers": answers}, path), indent=1) + "\n")


if __name__ == "__main__":
    main()

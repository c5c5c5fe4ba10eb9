"""Exports networks of torchvision and timm, one of each family, by both of PyTorch's exporters, and holds Homeroom to ONNX Runtime.

    onnx_zoo.py                  all networks; writes tools/onnxgraph/ZOO.md
    onnx_zoo.py --exported       those alone that were exported before
    onnx_zoo.py NAME...          some of them; the other rows of the table stay as they are
    onnx_zoo.py --missing        those of which the table lacks a result

Weights are random, and no pretrained ones are fetched. Norms, layer scales and biases that begin as ones and zeros are made
random, since an importer could pass over those unseen, and the running statistics of batch norms are those of noise, so that
activations stay alive through deep networks. Exports stay in .cache/zoo and are used again while they are there.

Needs torch, torchvision, timm, onnx, onnxscript, onnxruntime and Go.
"""

import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "zoo"
TABLE = ROOT / "tools" / "onnxgraph" / "ZOO.md"
SECONDS = 600  # for one export
TOLERANCE = 1e-4

# Every classification network of torchvision; where sizes of a family differ in width and depth alone, its smallest.
TORCHVISION = {
    "alexnet": 224, "convnext_tiny": 64, "densenet121": 64, "efficientnet_b0": 64, "efficientnet_v2_s": 64, "googlenet": 64,
    "inception_v3": 96, "maxvit_t": 224, "mnasnet0_5": 64, "mobilenet_v2": 64, "mobilenet_v3_large": 64, "mobilenet_v3_small": 64,
    "regnet_x_400mf": 64, "regnet_y_400mf": 64, "resnet18": 64, "resnet50": 64, "resnext50_32x4d": 64, "shufflenet_v2_x0_5": 64,
    "shufflenet_v2_x1_0": 64, "squeezenet1_0": 64, "squeezenet1_1": 64, "swin_t": 64, "swin_v2_t": 64, "vgg11": 224, "vgg16_bn": 224,
    "vit_b_32": 224, "wide_resnet50_2": 64,
}

# One network of each family of timm that people train, by the file of timm that it is in.
TIMM = {
    "convnext_atto": 64, "densenet121": 64, "ghostnet_100": 64, "mobilenetv3_large_100": 64, "hgnetv2_b0": 64,
    "res2net50_26w_4s": 64, "cspresnet50": 64, "resnetv2_50d_gn": 64, "vit_tiny_patch16_224": 64, "lcnet_050": 64,
    "ese_vovnet19b_dw": 64, "dla34": 64, "dpn68": 64, "hrnet_w18_small": 64, "mobilenetv4_conv_small": 64, "resnest14d": 64,
    "skresnet18": 64, "ecaresnet26t": 64, "selecsls42b": 64, "poolformer_s12": 64, "mobileone_s0": 64, "repvgg_a0": 64,
    "inception_v4": 96, "rexnet_100": 64, "mixnet_s": 64, "efficientnet_b0": 64, "tf_efficientnetv2_b0": 64,
    "tf_efficientnet_lite0": 64, "regnety_002": 64, "resnet26d": 64, "nf_resnet50": 64, "eca_nfnet_l0": 64, "convnextv2_atto": 64,
    "fastvit_t8": 64, "mobilevit_xxs": 64, "levit_128s": 0, "pvt_v2_b0": 64, "swin_tiny_patch4_window7_224": 0, "pit_ti_224": 0,
    "mixer_s32_224": 0, "efficientvit_b0": 64, "efficientformer_l1": 0, "edgenext_xx_small": 64, "resnetblur50": 64,
    "deit3_small_patch16_224": 0, "eva02_tiny_patch14_224": 0, "repvit_m0_9": 64, "xception41": 96, "darknet53": 64,
    "inception_resnet_v2": 96, "gernet_s": 64, "inception_next_atto": 64, "mambaout_femto": 64, "caformer_s18": 64,
    "tresnet_m": 64, "visformer_tiny": 0,
}

EXPORTERS = {"legacy": 17, "dynamo": 20}


def build(name):
    import timm
    import torchvision

    library, _, arch = name.partition("/")
    if library == "torchvision":
        size = TORCHVISION[arch]
        options = {"aux_logits": False, "init_weights": False} if arch in ("googlenet", "inception_v3") else {}
        if arch == "maxvit_t":
            options["input_size"] = (size, size)
        return torchvision.models.get_model(arch, weights=None, **options), size
    size = TIMM[arch]
    options = {}
    if arch == "vit_tiny_patch16_224":
        options["img_size"] = size
    network = timm.create_model(arch, pretrained=False, num_classes=100, **options)
    return network, size or network.default_cfg["input_size"][-1]


def enliven(network, size):
    """Gives a network parameters that no importer can pass over, and batch norms the statistics of noise."""
    import torch

    torch.manual_seed(1)
    with torch.no_grad():
        for name, p in network.named_parameters():
            if p.numel() > 1 and (p == p.flatten()[0]).all():
                value = float(p.flatten()[0])
                if abs(value) < 1e-3:
                    p.uniform_(-0.2, 0.2)
                    if "gamma" in name or "scale" in name:
                        p.uniform_(0.1, 0.5)
                elif value == 1:
                    p.uniform_(0.5, 1.5)
    norms = [m for m in network.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    if norms:
        for m in norms:
            m.momentum = None  # the mean over all that is seen
        network.train()
        for m in network.modules():
            if isinstance(m, (torch.nn.Dropout, torch.nn.Dropout2d)) or type(m).__name__ == "DropPath":
                m.eval()
        with torch.no_grad():
            for _ in range(2):
                network(torch.randn(2, 3, size, size))
        for m in norms:
            # Channels that hardly vary would be blown up, and rounding with them.
            m.running_var.clamp_(min=0.3 * float(m.running_var.mean()))
    return network.eval()


def export(name, exporter):
    import numpy as np
    import onnx
    import onnxruntime
    import torch

    warnings.simplefilter("ignore")
    torch.set_num_threads(2)
    network, size = build(name)
    network = enliven(network, size)
    x = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(2))
    folder = CACHE / name / exporter
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "network.onnx"
    if exporter == "dynamo":
        # As PyTorch writes it when nothing is said: weights beside the model.
        torch.onnx.export(network, (x,), str(path), opset_version=EXPORTERS[exporter], dynamo=True, verbose=False, external_data=True)
    else:
        torch.onnx.export(network, (x,), str(path), opset_version=EXPORTERS[exporter], dynamo=False)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    want = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]
    if not np.isfinite(want).all() or want.std() < 1e-4:
        raise RuntimeError("its logits are of no use")
    x.numpy()[0].transpose(1, 2, 0).astype(np.float32).tofile(folder / "input.f32")
    want.astype(np.float32).tofile(folder / "logits.f32")
    (folder / "ready.json").write_text(json.dumps({"size": size, "opset": onnx.load(str(path), load_external_data=False).opset_import[0].version}))


def quietly(name, exporter):
    with open(os.devnull, "w") as null:
        os.dup2(null.fileno(), 1)
        os.dup2(null.fileno(), 2)
    folder = CACHE / name / exporter
    folder.mkdir(parents=True, exist_ok=True)
    try:
        export(name, exporter)
    except BaseException as e:  # whatever the exporter raises, the others go on
        (folder / "failed.txt").write_text(f"{type(e).__name__}: {e}".splitlines()[0][:200])


def exported(name, exporter):
    """Exports a network unless that was done before, and says why it could not be."""
    folder = CACHE / name / exporter
    if not (folder / "ready.json").exists() and not (folder / "failed.txt").exists():
        p = multiprocessing.get_context("fork").Process(target=quietly, args=(name, exporter))
        p.start()
        p.join(SECONDS)
        if p.is_alive():
            p.kill()
            p.join()
        if not (folder / "ready.json").exists() and not (folder / "failed.txt").exists():
            (folder / "failed.txt").write_text("it took too long or too much memory")
    if (folder / "failed.txt").exists():
        return (folder / "failed.txt").read_text()
    return ""


def main():
    only_exported, missing = "--exported" in sys.argv, "--missing" in sys.argv
    asked = [a for a in sys.argv[1:] if not a.startswith("--")]
    every = [f"torchvision/{n}" for n in TORCHVISION] + [f"timm/{n}" for n in TIMM]
    rows = told()
    names = every
    if missing:
        names = [n for n in every if "not tried" in rows.get(n, ["not tried"])]
    elif asked:
        names = [n for n in every if n in asked or n.partition("/")[2] in asked]
    compare = CACHE / "compare"
    CACHE.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "build", "-o", compare, "./tools/onnxgraph/compare"], cwd=ROOT, check=True)
    for name in names:
        row = [name]
        for exporter in EXPORTERS:
            folder = CACHE / name / exporter
            if only_exported and not (folder / "ready.json").exists() and not (folder / "failed.txt").exists():
                row.append("not tried")
                continue
            failed = exported(name, exporter)
            if failed:
                row.append(f"not exported by PyTorch: {failed}")
                continue
            out = subprocess.run([compare, folder / "network.onnx", folder / "input.f32", folder / "logits.f32"], capture_output=True, text=True)
            said = out.stdout.strip() or out.stderr.strip().splitlines()[0]
            try:
                row.append(f"{float(said):.1e}" if float(said) <= TOLERANCE else f"**beyond: {float(said):.1e}**")
            except ValueError:
                row.append("refused: " + said.replace("|", "\\|"))
        print(*row, sep="\t", flush=True)
        rows[name] = row
        write([rows[n] for n in every if n in rows])


def told():
    """Returns the rows of the table as it is, by the networks' names."""
    rows, library = {}, ""
    for line in TABLE.read_text().splitlines() if TABLE.exists() else []:
        if line.startswith("## "):
            library = line[3:].partition(":")[0]
        cells = [c.strip() for c in line.strip("|").replace("\\|", "\0").split("|")]
        if library and len(cells) == 3 and cells[0] not in ("network", "---"):
            name = f"{library}/{cells[0]}"
            rows[name] = [name] + [c.replace("\0", "\\|") for c in cells[1:]]
    return rows


def write(rows):
    def good(row, exporter):
        return row[1 + exporter][0].isdigit()

    lines = [
        "# Networks of torchvision and timm by way of ONNX", "",
        "`make onnx-zoo` exports each by PyTorch's older exporter (operator set 17) and its newer one (operator set 20, weights in a file beside",
        "the model), with random weights, and compares Homeroom's logits with those of ONNX Runtime: the largest difference, over the largest",
        "logit where that is above 1. What is refused is refused by the name of the operator. \"Beyond\" is rounding: these networks at these sizes, with random",
        "weights, make more of it than the tolerance of 1e-4. With direct sums in place of minimal filtering Inception v3 differs by 3.9e-05 and 3.8e-05,",
        "Inception v4 by 1.8e-04 and 4.5e-04. In probabilities, which people see, Inception v3 differs by 3.1e-05 and 7.3e-05 as it is.", "",
    ]
    for library in ("torchvision", "timm"):
        of = [r for r in rows if r[0].startswith(library)]
        tried = [sum(r[1 + e] != "not tried" for r in of) for e in (0, 1)]
        equal = [sum(good(r, e) for r in of) for e in (0, 1)]
        lines += [f"## {library}: {equal[0]} of {tried[0]} equal by the older exporter, {equal[1]} of {tried[1]} by the newer", "", "| network | older exporter | newer exporter |", "|---|---|---|"]
        lines += [f"| {r[0].partition('/')[2]} | {r[1]} | {r[2]} |" for r in of] + [""]
    TABLE.write_text("\n".join(lines))


if __name__ == "__main__":
    main()

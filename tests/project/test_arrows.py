"""The arrows of the package, read from its imports: which part may import which, and what from outside."""

import ast
import re
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "d2lmodels"
MODELS = ("vision", "language", "adapt", "compress", "explain", "metrics")
MAY_IMPORT = {  # a part and its siblings; `__init__` hands out names of all
    **dict.fromkeys(
        ("autograd", "optim", "nn", "cost", "data", "plot", "device", "checkpoint", "checkpoints", "results"),
        (),
    ),
    **dict.fromkeys(MODELS, ("nn",)),
    "train": ("device", "checkpoint"),
    "convert": ("nn", "data", *MODELS),
}
READY_MODELS = {
    "d2l",
    "diffusers",
    "efficientnet_pytorch",
    "gensim",
    "keras",
    "open_clip",
    "peft",
    "segmentation_models_pytorch",
    "sentence_transformers",
    "spacy",
    "tensorflow",
    "timm",
    "torchmetrics",
    "torchtext",
    "torchvision",
    "transformers",
    "ultralytics",
}
READY_PARTS = re.compile(
    r"(torch\.)?nn\.(\w+\.)*(Transformer\w*|MultiheadAttention|multi_head_attention_forward)"
)
ONLY_NUMPY = {"d2lmodels", "jaxtyping", "numpy", *sys.stdlib_module_names}


def imported_names(tree, module):
    """Yield the dotted name of each thing that a module imports, wherever in it, relative names resolved."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")[: -node.level] if node.level else []
            yield from (".".join([*parts, *filter(None, [node.module]), alias.name]) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (word.value for word in node.args if isinstance(word, ast.Constant))


def faults_of(path, package):
    """Return one line for each thing that a file of the package must not import or use."""
    relative = path.relative_to(package)
    area = relative.parts[0].removesuffix(".py")
    if len(relative.parts) == 1 and area != "__init__":
        area = area.split("_")[0]  # plot_graph is a piece of plot
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = list(imported_names(tree, ".".join(["d2lmodels", *relative.with_suffix("").parts])))
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    faults = [f"uses {name}" for name in sorted({*names, *used}) if READY_PARTS.fullmatch(name)]
    if area not in MAY_IMPORT and area != "__init__":
        faults.append("belongs to no part of the package that the arrows know")
    for name in names:
        top, sibling = [*name.split("."), ""][:2]
        if top == "d2lmodels" and area != "__init__" and sibling.split("_")[0] not in (
            area, "", *MAY_IMPORT.get(area, ())
        ):  # fmt: skip
            faults.append(f"imports d2lmodels.{sibling}")
        if top in READY_MODELS and area not in ("convert", "data"):
            faults.append(f"imports {top}")
        if area == "autograd" and top not in ONLY_NUMPY:
            faults.append(f"imports {top}")
    return [f"{relative}: {fault}" for fault in faults]


def faults(package):
    """Return the faults of every file of a package."""
    return [fault for path in sorted(package.rglob("*.py")) for fault in faults_of(path, package)]


def test_the_package_keeps_to_its_arrows():
    assert faults(PACKAGE) == []


@pytest.mark.parametrize(
    ("file", "line", "fault"),
    [
        ("autograd/tensor.py", "import torch", "imports torch"),
        ("autograd/tensor.py", "def f():\n    from torch import nn", "imports torch"),
        (
            "nn/linear.py",
            "from d2lmodels.vision import lenet",
            "imports d2lmodels.vision",
        ),
        ("nn/linear.py", "from ..optim import adam", "imports d2lmodels.optim"),
        ("vision/resnet.py", "from .. import plot", "imports d2lmodels.plot"),
        (
            "vision/resnet.py",
            "from d2lmodels.convert import load_pretrained",
            "imports d2lmodels.convert",
        ),
        (
            "vision/resnet.py",
            "import torchvision.models as models",
            "imports torchvision",
        ),
        ("vision/resnet.py", "models = importlib.import_module('timm')", "imports timm"),
        ("train.py", "from d2lmodels.nn import losses", "imports d2lmodels.nn"),
        (
            "language/bert.py",
            "layer = nn.TransformerEncoderLayer(4, 2)",
            "uses nn.TransformerEncoderLayer",
        ),
        (
            "language/bert.py",
            "torch.nn.MultiheadAttention(4, 2)",
            "uses torch.nn.MultiheadAttention",
        ),
        (
            "convert/torchvision.py",
            "from torch.nn import Transformer",
            "uses torch.nn.Transformer",
        ),
        ("odds.py", "", "belongs to no part"),
    ],
)
def test_a_wrong_arrow_is_found(tmp_path, file, line, fault):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(line)
    (found,) = faults(tmp_path)
    assert found.startswith(f"{file}: {fault}")


@pytest.mark.parametrize(
    ("file", "line"),
    [
        (
            "convert/torchvision.py",
            "import torchvision\nfrom d2lmodels.vision.resnet import ResNet",
        ),
        ("data/scenes.py", "from torchvision import datasets"),
        (
            "vision/unet.py",
            "from d2lmodels.nn.conv import Conv\nfrom .resnet import Block",
        ),
        (
            "language/bert.py",
            "from d2lmodels.nn.transformer import Block\nx = Block.TransformerBlock",
        ),
        ("plot_graph.py", "from d2lmodels.plot import INK"),
        ("plot.py", "from d2lmodels.plot_graph import graph"),
        ("train.py", "from . import device, checkpoint"),
        ("__init__.py", "from d2lmodels.vision import resnet"),
    ],
)
def test_a_right_arrow_passes(tmp_path, file, line):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(line)
    assert faults(tmp_path) == []

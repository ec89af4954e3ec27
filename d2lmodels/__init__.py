"""Deep learning from scratch: the package behind the book."""

from importlib import import_module

_HOME = {  # name → the module it is imported from when it is first asked for
    "Adam": "d2lmodels.optim",
    "AdamW": "d2lmodels.optim",
    "BPETokenizer": "d2lmodels.language.bpe",
    "Bert": "d2lmodels.language.bert",
    "BertConfig": "d2lmodels.language.bert",
    "BertForPreTraining": "d2lmodels.language.mlm",
    "EfficientNetLite0": "d2lmodels.vision.efficientnet",
    "LeNet": "d2lmodels.vision.lenet",
    "MultiHeadAttention": "d2lmodels.nn.attention",
    "RMSProp": "d2lmodels.optim",
    "ResNet": "d2lmodels.vision.resnet",
    "SGD": "d2lmodels.optim",
    "Tensor": "d2lmodels.autograd",
    "Transformer": "d2lmodels.nn.transformer",
    "UNet": "d2lmodels.vision.unet",
    "Value": "d2lmodels.autograd",
    "Vocabulary": "d2lmodels.language.vocab",
    "Word2Vec": "d2lmodels.language.word2vec",
    "WordPiece": "d2lmodels.language.wordpiece",
    "WordVectors": "d2lmodels.language.vectors",
    "YOLO": "d2lmodels.vision.yolo",
    "distillation_loss": "d2lmodels.compress.distill",
}
__all__ = sorted(_HOME)


def __getattr__(name):
    if name == "__version__":
        return import_module("importlib.metadata").version("d2lmodels")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'd2lmodels' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__():
    return [*globals(), *__all__]

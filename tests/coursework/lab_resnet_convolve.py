"""Wrong answers to the lab `resnet`, on the convolution. The others: lab_resnet.py."""

from lab_cases import Wrong
from lab_resnet_layers import changed

CONVOLVE = """
def convolve(X, W, bias=None, *, stride=1, padding=0, dilation=1):
    X = np.pad(X, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    spans = [dilation * (size - 1) + 1 for size in W.shape[2:]]
    height, width = ((n - span) // stride + 1 for n, span in zip(X.shape[2:], spans))
    Y = np.zeros((len(X), len(W), height, width), dtype=X.dtype)
    for i in range(height):
        for j in range(width):
            top, left = i * stride, j * stride
            window = X[:, :, top : top + spans[0] : dilation, left : left + spans[1] : dilation]
            Y[:, :, i, j] = window.reshape(len(X), -1) @ W.reshape(len(W), -1).T
    if bias is not None:
        Y += bias.reshape(1, -1, 1, 1)
    return Y
"""

BY_PLACES = """
def convolve(X, W, bias=None, *, stride=1, padding=0, dilation=1):
    X = np.pad(X, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    spans = [dilation * (size - 1) + 1 for size in W.shape[2:]]
    height, width = ((n - span) // stride + 1 for n, span in zip(X.shape[2:], spans))
    Y = 0
    for u in range(W.shape[2]):
        for v in range(W.shape[3]):
            top, left = u * dilation, v * dilation
            right = left + stride * width
            pixels = X[:, :, top : top + stride * height : stride, left:right:stride]
            Y = Y + np.einsum("oc,nchw->nohw", W[:, :, u, v], pixels)
    return Y if bias is None else Y + bias[:, None, None]
"""


CONVOLUTIONS = {
    "filter flipped": Wrong(
        replace={"convolve": changed(CONVOLVE, "W.reshape", "W[:, :, ::-1, ::-1].reshape")},
        loses={"test-convolve-window": 1},
        says="you flipped the filter",
    ),
    "bias not added": Wrong(
        replace={"convolve": changed(CONVOLVE, "bias is not None", "False")},
        loses={"test-convolve-channels": 1},
        says="the bias is missing",
    ),
    "stride ignored": Wrong(
        replace={"convolve": changed(CONVOLVE, "    spans", "    stride = 1\n    spans")},
        loses={"test-convolve-geometry": 1},
        says="windows must lie a stride apart",
    ),
    "stride down only": Wrong(
        replace={
            "convolve": changed(CONVOLVE, "j * stride", "j").replace(
                "    Y = np", "    width = X.shape[3] - spans[1] + 1\n    Y = np"
            )
        },
        loses={"test-convolve-geometry": 1},
        says="windows must lie a stride apart, down and across",
    ),
    "as many windows as with a stride, but neighbours": Wrong(
        replace={"convolve": changed(CONVOLVE, "i * stride, j * stride", "i, j")},
        loses={"test-convolve-geometry": 1},
        says="windows must lie a stride apart",
    ),
    "slices that end too early": Wrong(
        replace={"convolve": changed(BY_PLACES, "stride * ", "")},
        loses={"test-convolve-geometry": 1},
        says="must have shape (1, 1, 2, 3), got (1, 1, 1, 2)",
    ),
    # seen in a student's own notebook alone: the judge passes copies
    "images written into": Wrong(
        replace={
            "convolve": changed(
                CONVOLVE, "    X = np.pad", "    F, X[...] = X.copy(), 0\n    X = np.pad"
            ).replace("np.pad(X", "np.pad(F")
        },
        loses={"test-convolve-types": 1},
        says="X has changed: the arguments must stay as they are",
    ),
    "padding below and right only": Wrong(
        replace={
            "convolve": changed(
                CONVOLVE, "(padding, padding), (padding, padding)", "(0, padding), (0, padding)"
            )
        },
        loses={"test-convolve-geometry": 1},
        says="padding is put on both sides",
    ),
    "padding of the images too": Wrong(
        replace={"convolve": changed(CONVOLVE, "((0, 0), (0, 0)", "((padding, padding), (0, 0)")},
        loses={"test-convolve-geometry": 1},
        says="not around images and channels",
    ),
    "dilation ignored": Wrong(
        replace={"convolve": changed(CONVOLVE, "    spans", "    dilation = 1\n    spans")},
        loses={"test-convolve-geometry": 1},
        says="the pixels of a window must lie a dilation apart",
    ),
    "always float64": Wrong(
        replace={"convolve": changed(CONVOLVE, ", dtype=X.dtype", "")},
        loses={"test-convolve-types": 1},
        says="must be of dtype float32, got float64",
    ),
}

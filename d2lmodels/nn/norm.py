"""Batch normalization, a convolution with its normalization, and the two folded into one.

Not here: layer normalization (`layer_norm.py`), group normalization, `momentum=None` (a cumulative average),
statistics shared among GPUs.
"""

import copy

import torch
from jaxtyping import Float
from torch import Tensor, nn

from d2lmodels.nn.checks import check_floating


def batch_norm(
    X: Float[Tensor, "batch channels *size"],
    weight: Float[Tensor, " channels"] | None = None,
    bias: Float[Tensor, " channels"] | None = None,
    *,
    running_mean: Float[Tensor, " channels"] | None = None,
    running_var: Float[Tensor, " channels"] | None = None,
    training: bool,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Float[Tensor, "batch channels *size"]:
    """Give every channel mean 0 and variance 1, then scale it by `weight`, shift it by `bias`.

    X: `(batch, channels)`, where a channel is a feature, or with more axes, such as an image's height and
    width. weight, bias: one number per channel; None leaves them out.
    running_mean, running_var: one number per channel. In training the statistics are those of this batch, and
    the running ones move towards them in place by the share `momentum`; otherwise the running ones are used.
    eps: added to the variance. Raises ValueError for shapes that do not fit, for a training batch with one
    value per channel, and where the running statistics are wanted and missing; TypeError for whole numbers
    and for momentum=None.

    Ioffe and Szegedy (2015), algorithms 1 and 2.

    >>> X = torch.tensor([1.0, 3.0]).reshape(2, 1, 1, 1)
    >>> batch_norm(X, training=True).flatten()
    tensor([-1.0000,  1.0000])
    """
    check_batch_norm(X, weight, bias, running_mean, running_var, momentum, training=training)
    if training:
        dims = (0, *range(2, X.ndim))  # all but the channels
        mean = X.mean(dims)  # (C,)
        var = X.var(dims, correction=0)  # (C,): a mean over n squares
        if running_mean is not None:
            n = X.numel() // X.shape[1]
            unbiased = var.detach() * n / (n - 1)
            running_mean.lerp_(mean.detach(), momentum)  # (1 − momentum)·old + momentum·new
            running_var.lerp_(unbiased, momentum)
    else:
        mean, var = running_mean, running_var
    X_hat = (X - per_channel(mean, X)) / (per_channel(var, X) + eps).sqrt()  # (B, C, …)
    Y = X_hat if weight is None else X_hat * per_channel(weight, X)
    return Y if bias is None else Y + per_channel(bias, X)


def per_channel(
    v: Float[Tensor, " channels"], X: Float[Tensor, "batch channels *size"]
) -> Float[Tensor, "1 channels ..."]:
    """Shape one number per channel so that it broadcasts over X."""
    return v.reshape(1, -1, *[1] * (X.ndim - 2))


def check_batch_norm(X, weight, bias, running_mean, running_var, momentum, *, training):
    """Raise TypeError or ValueError where `batch_norm` cannot normalize."""
    check_floating(X)
    if momentum is None:
        raise TypeError("momentum must be a number, got None (a cumulative average is not done here)")
    if X.ndim < 2:
        raise ValueError(f"X must be (batch, channels) or have more axes, got shape {tuple(X.shape)}")
    names = ("weight", "bias", "running_mean", "running_var")
    for name, v in zip(names, (weight, bias, running_mean, running_var)):
        if v is not None and v.shape != X.shape[1:2]:
            raise ValueError(f"{name} must have shape ({X.shape[1]},) for this X, got {tuple(v.shape)}")
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must be given both or neither, got one of them")
    if not training and running_mean is None:
        raise ValueError("running_mean and running_var must be given when training is False, got None")
    if training and X.numel() <= X.shape[1]:
        raise ValueError(
            f"X must have more than one value per channel when training, got shape {tuple(X.shape)}"
        )


class BatchNorm(nn.Module):
    """`batch_norm` as a layer, with the state dict of `nn.BatchNorm1d` and `nn.BatchNorm2d`.

    channels: how many. momentum: the share of a new batch in the running statistics. eps: added to the
    variance. Raises ValueError for fewer than one channel, and what `batch_norm` raises.

    >>> norm = BatchNorm(2)
    >>> _ = norm(torch.tensor([[1.0, 0.0], [3.0, 4.0]]))
    >>> norm.running_mean, norm.running_var  # a tenth of (2, 2); nine tenths of 1 and a tenth of (2, 8)
    (tensor([0.2000, 0.2000]), tensor([1.1000, 1.7000]))
    """

    def __init__(self, channels: int, *, momentum: float = 0.1, eps: float = 1e-5):
        super().__init__()
        if channels < 1:
            raise ValueError(f"channels must be 1 or more, got {channels}")
        self.momentum, self.eps = momentum, eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(
        self,
        X: Float[Tensor, "batch channels *size"],
    ) -> Float[Tensor, "batch channels *size"]:
        Y = batch_norm(
            X,
            self.weight,
            self.bias,
            running_mean=self.running_mean,
            running_var=self.running_var,
            training=self.training,
            momentum=self.momentum,
            eps=self.eps,
        )
        self.num_batches_tracked += self.training
        return Y


class ConvNorm(nn.Module):
    """A convolution and the normalization of what it gives: `.conv`, then `.norm`.

    in_channels, out_channels, kernel_size, stride, groups: as in nn.Conv2d. padding: pixels of zeros on each
    side, by default `kernel_size // 2`, which keeps the size at stride 1 where the kernel is odd.
    norm: makes the normalization from the number of channels. It shifts each channel, so the convolution has
    a bias only where there is none: with `norm=nn.Identity`.

    >>> ConvNorm(3, 8, 3, stride=2)(torch.zeros(2, 3, 7, 9)).shape
    torch.Size([2, 8, 4, 5])
    """

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        *,
        stride=1,
        padding=None,
        groups=1,
        norm=nn.BatchNorm2d,
    ):
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size,
            stride=stride,
            padding=kernel_size // 2 if padding is None else padding,
            groups=groups,
            bias=norm is nn.Identity,
        )
        self.norm = norm(out_channels)

    def forward(
        self, X: Float[Tensor, "batch in_channels in_height in_width"]
    ) -> Float[Tensor, "batch out_channels height width"]:
        return self.norm(self.conv(X))


def fold_batch_norm(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    """Return one convolution that equals `conv` followed by `norm` in eval mode.

    In eval mode a channel c of the normalization is a straight line, with slope s and the statistics fixed:

        norm(x) = s·(x − mean) + β        with s = γ / sqrt(var + eps),

    and x = W∗X + b is linear in X, so norm(x) = (s·W)∗X + s·(b − mean) + β: again a convolution. Both
    arguments stay as they are. Raises TypeError for a `norm` that is no batch normalization, ValueError for
    one in training mode, without running statistics or with another number of channels.

    >>> conv, norm = nn.Conv2d(3, 4, 1, bias=False), nn.BatchNorm2d(4).eval()
    >>> fold_batch_norm(conv, norm).bias.shape
    torch.Size([4])
    """
    check_foldable(conv, norm)
    with torch.no_grad():
        gamma = 1 if norm.weight is None else norm.weight  # affine=False: γ = 1 and β = 0
        beta = 0 if norm.bias is None else norm.bias
        b = 0 if conv.bias is None else conv.bias
        s = gamma / (norm.running_var + norm.eps).sqrt()  # (C,)
        W = conv.weight * s.reshape(-1, 1, 1, 1)  # s·W: (C, C_in/groups, kernel, kernel)
        b = s * (b - norm.running_mean) + beta  # s·(b − mean) + β: (C,)
        folded = copy.deepcopy(conv).eval()
        folded.weight, folded.bias = nn.Parameter(W), nn.Parameter(b)
    return folded


def check_foldable(conv, norm):
    """Raise TypeError or ValueError where `fold_batch_norm` cannot fold."""
    for name, module, wanted in [("conv", conv, nn.Conv2d), ("norm", norm, nn.BatchNorm2d)]:
        if not isinstance(module, wanted):
            raise TypeError(f"{name} must be an nn.{wanted.__name__}, got {type(module).__name__}")
    if norm.training:
        raise ValueError("norm must be in eval mode, got one in training mode: call model.eval() first")
    if norm.running_mean is None:
        raise ValueError("norm must have running statistics, got one with track_running_stats=False")
    if norm.num_features != conv.out_channels:
        channels = f"{norm.num_features} for {conv.out_channels}"
        raise ValueError(f"norm must have as many channels as conv gives, got {channels}")


def fold_batch_norms(model: nn.Module) -> nn.Module:
    """Return a copy of a model in eval mode where every `ConvNorm` is one convolution.

    The model stays as it is. A `ConvNorm` without normalization (`nn.Identity`) becomes its convolution.
    Fold before casting to bfloat16, so that the folded weights are rounded once. Raises what
    `fold_batch_norm` raises.

    >>> model = nn.Sequential(ConvNorm(3, 4, 3), nn.ReLU()).eval()
    >>> fold_batch_norms(model)
    Sequential(
      (0): Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
      (1): ReLU()
    )
    """
    holder = nn.Sequential(copy.deepcopy(model))  # the model itself may be a ConvNorm
    for path, module in list(holder.named_modules(remove_duplicate=False)):
        if isinstance(module, ConvNorm):
            holder.set_submodule(path, folded_unit(module))
    return holder[0].eval()


def folded_unit(unit: ConvNorm) -> nn.Conv2d:
    """Return one convolution for a `ConvNorm` in eval mode."""
    if isinstance(unit.norm, nn.Identity):
        return unit.conv
    return fold_batch_norm(unit.conv, unit.norm)

"""Positions, which attention alone cannot tell: added to what stands there, or turned into queries and keys.

Not here: numbers added to attention's scores by distance.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from d2lmodels.nn.checks import check_floating

BASE = 10_000  # the slowest wave is about this many times as long as the fastest


def sinusoidal_positions(length: int, dim: int) -> Float[Tensor, "length dim"]:
    """Return a row of waves for each position: sin(t·ω) and cos(t·ω) side by side, for dim/2 frequencies ω.

    length: how many positions t, from 0. dim: numbers of each, even; the frequencies fall from 1 to nearly
    1/10,000, by the same factor each time. Raises ValueError for numbers below 1 and an odd dim. Vaswani et
    al., "Attention is all you need" (2017), section 3.5.

    >>> sinusoidal_positions(2, 4)
    tensor([[0.0000, 1.0000, 0.0000, 1.0000],
            [0.8415, 0.5403, 0.0100, 0.9999]])
    """
    check_whole(length=length, dim=dim)
    phases = phases_of(torch.arange(length), dim)  # (length, dim/2)
    waves = torch.stack([phases.sin(), phases.cos()], dim=-1)  # (length, dim/2, 2)
    return waves.flatten(1).to(torch.get_default_dtype())


def phases_of(positions: Tensor, dim: int) -> Float[Tensor, "... half"]:
    """Return positions times dim/2 frequencies, as doubles: position 1,000 would lose digits in float32."""
    if dim % 2:
        raise ValueError(f"the last axis must be even, to be cut into pairs, got {dim}")
    evens = torch.arange(0, dim, 2, device=positions.device, dtype=torch.float64)
    return positions[..., None] * BASE ** -(evens / dim)  # exponents from 0 to almost −1


class SinusoidalPositions(nn.Module):
    """`sinusoidal_positions` added to X `(batch, seq, dim)`, whose first position is `start`.

    max_length: how many positions there are. Raises ValueError for a position past them.

    >>> SinusoidalPositions(100, 4)(torch.zeros(1, 1, 4), start=1)
    tensor([[[0.8415, 0.5403, 0.0100, 0.9999]]])
    """

    def __init__(self, max_length: int, dim: int):
        super().__init__()
        weight = sinusoidal_positions(max_length, dim)
        self.register_buffer("weight", weight, persistent=False)

    def forward(
        self,
        X: Float[Tensor, "batch seq dim"],
        start: int = 0,
    ) -> Float[Tensor, "batch seq dim"]:
        return add_positions(X, self.weight, start)


class LearnedPositions(nn.Module):
    """A row of parameters for each position added to X `(batch, seq, dim)`, whose first one is `start`.

    max_length: how many positions there are; what lies past them was never learned, and raises ValueError.
    Drawn from N(0, 0.02²). Devlin et al., "BERT" (2019), section 3 and figure 2.

    >>> LearnedPositions(100, 4).weight.shape
    torch.Size([100, 4])
    """

    def __init__(self, max_length: int, dim: int):
        super().__init__()
        check_whole(max_length=max_length, dim=dim)
        self.weight = nn.Parameter(0.02 * torch.randn(max_length, dim))

    def forward(
        self,
        X: Float[Tensor, "batch seq dim"],
        start: int = 0,
    ) -> Float[Tensor, "batch seq dim"]:
        return add_positions(X, self.weight, start)


def add_positions(X, rows: Float[Tensor, "positions dim"], start: int):
    """Return X plus the rows of its positions; raise ValueError where there are not enough of them."""
    check_floating(X, axes="batch positions dim")
    length = X.shape[1]
    if not 0 <= start <= len(rows) - length:
        where = f"positions {start} to {start + length - 1}"
        raise ValueError(f"X must lie within {len(rows)} positions, from 0, got {where}")
    if X.shape[2] != rows.shape[1]:
        raise ValueError(f"X must be (batch, positions, {rows.shape[1]}), got {tuple(X.shape)}")
    return X + rows[start : start + length]


def rotary(
    X: Float[Tensor, "*batch seq size"],
    positions: Tensor | None = None,
) -> Float[Tensor, "*batch seq size"]:
    """Turn each pair of neighbouring numbers by an angle that grows with the position.

    X: queries or keys of a head, of an even size. positions: of its rows, `(seq,)`; 0, 1, 2, … unless given.
    The dot product of a query and a key that were turned depends on both and on how far apart they stand,
    not on where. Raises ValueError for an odd size and another number of positions, TypeError for what is
    no floating tensor. Su et al., "RoFormer: enhanced transformer with rotary position embedding" (2021),
    section 3.2; some models pair the first half's numbers with the second half's instead.

    >>> rotary(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([0.0, torch.pi / 2])).round()
    tensor([[1., 0.],
            [-0., 1.]])
    """
    check_floating(X)
    if positions is None:
        positions = torch.arange(X.shape[-2], device=X.device)
    if positions.shape != X.shape[-2:-1]:
        wanted, got = f"({X.shape[-2]},) for this X", tuple(positions.shape)
        raise ValueError(f"positions must have shape {wanted}, got {got}")
    phases = phases_of(positions, X.shape[-1])  # (T, size/2)
    cos, sin = phases.cos().to(X.dtype), phases.sin().to(X.dtype)
    first, second = X[..., 0::2], X[..., 1::2]  # (…, T, size/2)
    turned = torch.stack([first * cos - second * sin, first * sin + second * cos], dim=-1)
    return turned.flatten(-2)  # (…, T, size)


def check_whole(**counts) -> None:
    """Raise ValueError for what is no whole number from 1 up."""
    for name, number in counts.items():
        if not isinstance(number, int) or number < 1:
            raise ValueError(f"{name} must be a whole number from 1 up, got {number!r}")

"""Optimizers from scratch, over torch's parameters: torch.optim's rules, each as short as its box."""

from d2lmodels.optim.adam import Adam, AdamW
from d2lmodels.optim.rmsprop import RMSProp
from d2lmodels.optim.schedules import (
    Schedule,
    constant,
    cosine,
    inverse_square_root,
    linear,
    step_decay,
)
from d2lmodels.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "RMSProp",
    "Schedule",
    "constant",
    "cosine",
    "inverse_square_root",
    "linear",
    "step_decay",
]

"""Automatic differentiation from scratch, in NumPy: on numbers (`Value`) and on arrays (`Tensor`)."""

from d2lmodels.autograd.gradcheck import check_rule, gradcheck, numerical_gradient
from d2lmodels.autograd.tensor import Tensor, cross_entropy
from d2lmodels.autograd.value import Value

__all__ = ["Tensor", "Value", "check_rule", "cross_entropy", "gradcheck", "numerical_gradient"]

"""What every optimizer does beside its rule: groups of parameters, what is kept for each, saving and loading.

Not here: closures, hooks, `maximize`, learning rates that are tensors, sparse gradients, complex parameters.
"""

import math
import numbers
from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor

# Keys of torch's groups that change no number: how torch computes, and what its schedules leave behind.
HOW = {"foreach", "fused", "capturable", "differentiable", "param_names", "initial_lr", "max_lr", "min_lr"}


class Optimizer:
    """Go through the parameters that have a gradient, and let the subclass's `update` change each of them.

    params: an iterable of leaf tensors of floating numbers, or of dicts that are groups: "params" beside
        options of their own, such as `{"params": head.parameters(), "lr": 1e-2}`.
    options: each option of the rule by name, for groups that do not set it.

    `param_groups` is a list of dicts, "params" and every option, which schedules may change between steps.
    `state` holds what the rule keeps for each parameter once it has been stepped; "step" counts its steps.
    Both have torch's names, so that the `state_dict` of the optimizer of torch that has our class's name
    loads here, and ours there.

    A subclass defines `update` and, for what it saves, `keeps`: name → the option that needs it, or None if
    it is always there. `torch_flags` are keys of torch's groups that are on there.

    Raises TypeError for parameters that are no tensors of floating numbers, or in no order; ValueError for no
    parameter at all, one that is no leaf or comes twice, an option that is unknown or out of its range.

    >>> class SignDescent(Optimizer):
    ...     def update(self, theta, g, state, *, lr):
    ...         theta -= lr * g.sign()
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> (w**2).sum().backward()
    >>> SignDescent([w], lr=0.5).step()
    >>> w
    tensor([0.5000, 1.5000], requires_grad=True)
    """

    keeps: dict[str, str | None] = {}  # noqa: RUF012 (one for the whole class)
    torch_flags: frozenset[str] = frozenset()

    def __init__(self, params: Iterable, **options):
        check_iterable("params", params)
        self.defaults, self.param_groups, self.state = options, [], defaultdict(dict)
        params = list(params)
        for group in params if params and isinstance(params[0], dict) else [{"params": params}]:
            self.add_param_group(group)
        if not any(group["params"] for group in self.param_groups):
            raise ValueError("params must hold at least one parameter, got none (is the iterator used up?)")

    def add_param_group(self, group: dict) -> None:
        """Add a group: a dict of "params", an iterable of tensors, and options that differ from the defaults.

        Raises what the constructor raises, and leaves the groups as they were.
        """
        if not isinstance(group, dict) or "params" not in group:
            got = f"one with {sorted(group)}" if isinstance(group, dict) else type(group).__name__
            raise TypeError(f'a group must be a dict with "params", got {got}')
        unknown = sorted(group.keys() - self.defaults.keys() - {"params"})
        if unknown:
            raise ValueError(
                f"a group may set {', '.join(self.defaults)}, got {', '.join(map(str, unknown))}"
            )
        check_iterable('a group\'s "params"', group["params"])
        group = {
            "params": list(group["params"]),
            **self.defaults,
            **{k: group[k] for k in group if k != "params"},
        }
        held = {id(theta) for other in self.param_groups for theta in other["params"]}
        for k, theta in enumerate(group["params"]):
            check_parameter(theta, k)
            if id(theta) in held:
                raise ValueError(f"each parameter must come once, got parameter {k} of a group a second time")
            held.add(id(theta))
        self.check_options(group)
        self.param_groups.append(group)

    def check_options(self, group: dict) -> None:
        """Raise TypeError or ValueError for options out of their range; a subclass checks its own as well."""
        for name in {"lr", "eps", "momentum", "weight_decay"} & group.keys():
            check_number(name, group[name])

    @torch.no_grad()
    def step(self) -> None:
        """Change each parameter that has a gradient by the rule, in place; the others stay as they are.

        Raises TypeError for a sparse gradient, before anything has changed.
        """
        for group in self.param_groups:
            for k, theta in enumerate(group["params"]):
                if theta.grad is not None and theta.grad.layout != torch.strided:
                    raise TypeError(
                        f"gradients must be dense, got {theta.grad.layout} for parameter {k} of a group"
                    )
        for group in self.param_groups:
            options = {name: group[name] for name in self.defaults}
            for theta in group["params"]:
                if theta.grad is not None:
                    state = self.state[theta]
                    state["step"] = state.get("step", 0) + 1
                    self.update(theta, theta.grad, state, **options)

    def update(self, theta: Tensor, g: Tensor, state: dict, **options) -> None:
        """Change a parameter theta in place, given its gradient g, its state and its group's options."""
        raise NotImplementedError(f"{type(self).__name__} must define update")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients: set them to None, or fill them with zeros in place.

        With None, `step` passes over a parameter that the next backward pass does not reach; with zeros,
        momentum and weight decay still move it.
        """
        for group in self.param_groups:
            for theta in group["params"]:
                if set_to_none:
                    theta.grad = None
                elif theta.grad is not None:
                    theta.grad.detach_().zero_()

    def state_dict(self) -> dict:
        """Return a copy of the state and the options, with parameters as numbers counted through the groups.

        `{"state": {0: {...}, ...}, "param_groups": [{"params": [0, ...], "lr": ..., ...}, ...]}`
        """
        parameters = [theta for group in self.param_groups for theta in group["params"]]
        number = {id(theta): k for k, theta in enumerate(parameters)}
        state = {
            k: {name: copy_of(self.state[theta][name]) for name in self.keeps if name in self.state[theta]}
            for k, theta in enumerate(parameters)
            if theta in self.state
        }
        groups = [
            {name: group[name] for name in self.defaults}
            | {"params": [number[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        return {"state": {k: entry for k, entry in state.items() if entry}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict) -> None:
        """Take over a copy of what `state_dict` returned, here or in torch, in the dtypes of the parameters.

        Raises ValueError, or TypeError for what is no such dict, with what differs, and changes nothing then.
        """
        if not isinstance(state_dict, dict) or not {"state", "param_groups"} <= state_dict.keys():
            got = sorted(map(str, state_dict)) if isinstance(state_dict, dict) else type(state_dict).__name__
            raise TypeError(f'state_dict must be a dict with "state" and "param_groups", got {got}')
        saved = state_dict["param_groups"]
        sizes = (
            [len(group["params"]) for group in saved],
            [len(group["params"]) for group in self.param_groups],
        )
        if sizes[0] != sizes[1]:
            raise ValueError(f"state_dict must have groups of {sizes[1]} parameters, got {sizes[0]}")
        groups = [self._options_from(group, k) for k, group in enumerate(saved)]
        state = defaultdict(dict)
        for mine, options, theirs in zip(self.param_groups, groups, saved):
            for theta, number in zip(mine["params"], theirs["params"]):
                entry = self._state_from(state_dict["state"].get(number, {}), theta, options, number)
                if entry:
                    state[theta] = entry
        self.state = state
        for mine, options in zip(self.param_groups, groups):
            mine.update(options)

    def _options_from(self, saved, k):
        """Return the options of a saved group, or raise ValueError where it is of another optimizer."""
        missing = sorted(self.defaults.keys() - saved.keys())
        if missing:
            raise ValueError(
                f"state_dict must have every option in group {k}, got none of {', '.join(missing)}"
            )
        ours = {"params"} | self.defaults.keys() | HOW | self.torch_flags
        others = [f"{name}={saved[name]!r}" for name in saved if name not in ours and saved[name]]
        if others:
            raise ValueError(
                f"state_dict must have options of {type(self).__name__}, got {', '.join(others)}"
            )
        options = {name: saved[name] for name in self.defaults}
        self.check_options(options)
        return options

    def _state_from(self, saved, theta, options, number):
        """Return a copy of a parameter's saved state, or raise ValueError where it does not fit."""
        saved = {name: value for name, value in saved.items() if value is not None}
        needed = {name for name, option in self.keeps.items() if option is None or options[option]}
        if saved and (needed - saved.keys() or saved.keys() - self.keeps.keys()):
            wanted, got = sorted(needed), sorted(saved)
            raise ValueError(f"state_dict must keep {wanted} for parameter {number}, got {got}")
        state = {"step": int(saved.pop("step"))} if "step" in saved else {}
        for name, value in saved.items():
            if not isinstance(value, Tensor):
                raise TypeError(f"{name} of parameter {number} must be a tensor, got {type(value).__name__}")
            if value.shape != theta.shape:
                wanted, got = tuple(theta.shape), tuple(value.shape)
                raise ValueError(f"{name} of parameter {number} must have shape {wanted}, got {got}")
            state[name] = torch.empty_like(theta, requires_grad=False).copy_(value)
        return state


def copy_of(value):
    """Return a clone of a tensor, and anything else as it is."""
    return value.clone() if isinstance(value, Tensor) else value


def check_iterable(name, params) -> None:
    """Raise TypeError for what gives no tensors or groups one after the other, always in the same order."""
    if isinstance(params, Tensor | set | dict | str) or not isinstance(params, Iterable):
        got = type(params).__name__
        raise TypeError(f"{name} must be a list or another ordered iterable of tensors, got {got}")


def check_parameter(theta, k) -> None:
    """Raise TypeError or ValueError for what no optimizer can change; k is its number in its group."""
    if not isinstance(theta, Tensor):
        raise TypeError(
            f"parameters must be tensors, got {type(theta).__name__} for parameter {k} of a group"
        )
    if not theta.is_floating_point():
        raise TypeError(
            f"parameters must hold floating numbers, got {theta.dtype} for parameter {k} of a group"
        )
    if not theta.is_leaf:
        how = theta.grad_fn.name()
        raise ValueError(f"parameters must be leaves, got the result of {how} for parameter {k} of a group")


def check_number(name, value, *, least=0, below=math.inf) -> None:
    """Raise TypeError for no number, ValueError for one that is not in [least, below) or is infinite."""
    if not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, got {type(value).__name__}")
    if not least <= value < below or math.isinf(value):  # NaN is not
        raise ValueError(f"{name} must be in [{least}, {below}), got {value}")

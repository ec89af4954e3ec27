"""What the topics on whole networks share: a training step, evaluation, a loose check. No topic itself."""

import copy

import torch


def stepper(model, loss_fn):
    """A function that takes a training step with a copy of the model and returns the loss."""
    model = copy.deepcopy(model).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)

    def step():
        optimizer.zero_grad()
        loss = loss_fn(model)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def evaluator(network, X, dtype=torch.float32):
    """A function that gives what the network, which computes in `dtype`, finds in the images, in float32."""
    X = X.to(dtype)

    def evaluate():
        with torch.inference_mode():
            return network(X).float()

    return evaluate


def assert_finite(*functions, alike=False):
    """A function that asserts that all that is computed is finite, and of one shape where `alike`."""

    def check():
        results = [function() for function in functions]
        assert all(result.isfinite().all() for result in results)
        assert not alike or len({result.shape for result in results}) == 1

    return check

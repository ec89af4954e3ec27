"""Graphs: their order, their depth, and their end."""

import gc
import subprocess
import sys
import weakref
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2lmodels.autograd import Tensor, Value
from d2lmodels.autograd.graph import topological_order

LEAF = {"Value": "Value(1.0)", "Tensor": "Tensor(1.0, requires_grad=True)"}


@dataclass(eq=False)
class Node:
    parents: tuple


@given(st.lists(st.sets(st.integers(0, 1000), max_size=3), max_size=30))
def test_every_node_comes_once_and_after_its_parents(graph):
    nodes = [Node(())]
    for parents in graph:
        nodes.append(Node(tuple(nodes[k % len(nodes)] for k in parents)))
    root = Node(tuple(nodes))
    place = {node: k for k, node in enumerate(topological_order(root))}
    assert len(place) == len(topological_order(root)) == len(nodes) + 1
    assert all(place[parent] < place[node] for node in place for parent in node.parents)


def run(code):
    """Run code in a Python of its own, where a crash shows as a failure and takes no other test with it."""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, f"exit {result.returncode}: {result.stderr[-500:]}"
    return result.stdout.split()


@pytest.mark.parametrize("kind", LEAF)
def test_a_chain_of_100_000_is_walked_and_freed(kind):
    code = f"""
from d2lmodels.autograd import {kind}
x = y = {LEAF[kind]}
for _ in range(100_000):
    y = y + 1.0
y.backward()
print(float(x.grad))
del y
print("freed")
"""
    assert run(code) == ["1.0", "freed"]


def test_a_chain_of_1_000_000_is_freed():
    code = """
from d2lmodels.autograd import Value
y = Value(1.0)
for _ in range(1_000_000):
    y = Value(1.0, (y,), (1.0,))
del y
print("freed")
"""
    assert run(code) == ["freed"]


@pytest.mark.parametrize("leaf", [Value(1.0), Tensor(1.0, requires_grad=True)], ids=["Value", "Tensor"])
def test_a_shared_node_is_walked_once(leaf):
    y = leaf
    for _ in range(1000):  # 2 ** 1000 paths lead from the result to the leaf
        y = y + y
    y.backward()
    assert leaf.grad == 2.0**1000


@pytest.mark.parametrize("leaf", [Value(2.0), Tensor(2.0, requires_grad=True)], ids=["Value", "Tensor"])
def test_a_graph_dies_with_its_last_reference(leaf):
    gc.disable()
    try:
        middle = leaf.exp()
        result = middle * middle + leaf**2
        result.backward()
        references = weakref.ref(middle), weakref.ref(result)
        del middle, result
        assert [reference() for reference in references] == [None, None]
    finally:
        gc.enable()


def test_autograd_imports_no_torch():
    assert run("import sys, d2lmodels.autograd; print('torch' in sys.modules, 'numpy' in sys.modules)") == [
        "False",
        "True",
    ]

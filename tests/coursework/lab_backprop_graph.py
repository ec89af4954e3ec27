"""Wrong answers to the lab `backprop`, task 2: order and gradients. The others: lab_backprop.py."""

from lab_cases import Wrong

ORDER_BY_CALLS = """
def topological_order(graph, output):
    order = []

    def visit(name):
        if name in graph and name not in order:
            for source in graph[name][1:]:
                visit(source)
            order.append(name)

    visit(output)
    return order
"""

PREORDER = """
def topological_order(graph, output):
    order, seen, waiting = [], set(), [output]
    while waiting:
        name = waiting.pop()
        if name in graph and name not in seen:
            seen.add(name)
            order.append(name)
            waiting.extend(graph[name][1:])
    return order[::-1]
"""

EVERY_PATH = """
def topological_order(graph, output):
    order, waiting = [], [output]
    while waiting:
        name = waiting.pop()
        if name in graph:
            order.append(name)
            waiting.extend(graph[name][1:])
    return list(dict.fromkeys(reversed(order)))
"""

LEAF_LOOKED_UP = """
def topological_order(graph, output):
    order, seen, waiting = [], set(), [(output, iter(graph[output][1:]))]
    while waiting:
        name, sources = waiting[-1]
        for source in sources:
            if source in graph and source not in seen:
                seen.add(source)
                waiting.append((source, iter(graph[source][1:])))
                break
        else:
            order.append(name)
            waiting.pop()
    return order
"""

IN_PLACE = """
def backpropagate(graph, leaves, order):
    values, pullbacks = dict(leaves), {}
    for name in order:
        operation, *inputs = graph[name]
        values[name], pullbacks[name] = find_rule(operation)(*(values[source] for source in inputs))
    gradients = {order[-1]: np.ones(np.shape(values[order[-1]]))}
    for name in reversed(order):
        for source, pull in zip(graph[name][1:], pullbacks[name]):
            if pull is None:
                continue
            if source in gradients:
                gradients[source] += pull(gradients[name])
            else:
                gradients[source] = pull(gradients[name])
    return values[order[-1]], gradients
"""
ADDED = "gradients[source] += pull(gradients[name])"
BACKPROPAGATE = IN_PLACE.replace(ADDED, "gradients[source] = gradients[source] + pull(gradients[name])")
WITH_DEFAULT = """
from collections import defaultdict

def backpropagate(graph, leaves, order):
    values, pullbacks = dict(leaves), {}
    for name in order:
        operation, *inputs = graph[name]
        values[name], pullbacks[name] = find_rule(operation)(*(values[source] for source in inputs))
    gradients = defaultdict(float)
    gradients[order[-1]] = np.ones(np.shape(values[order[-1]]))
    for name in reversed(order):
        for source, pull in zip(graph[name][1:], pullbacks[name]):
            if pull is not None:
                gradients[source] = gradients[source] + pull(gradients[name])
    return values[order[-1]], gradients
"""

GRAPH = {
    "order: by calls of itself": Wrong(
        {"order": ORDER_BY_CALLS}, {"test-deep": 1}, "keep a stack of your own"
    ),
    "order: leaves listed": Wrong(
        {
            "order": ORDER_BY_CALLS.replace("name in graph and ", "").replace(
                "graph[name]", "graph.get(name, ())"
            )
        },
        {"test-order": 2, "test-deep": 1, "test-digits": 2},
        "it is a leaf, and leaves are not listed",
    ),
    "order: the order in which the rows stand": Wrong(
        {"order": "def topological_order(graph, output):\n    return list(graph)\n"},
        {"test-order": 2, "test-deep": 1, "test-digits": 2},
        "the list must end with the output",
    ),
    "order: each name before its inputs, reversed": Wrong(
        {"order": PREORDER}, {"test-order": 2}, "'v' is listed before its input 'u'"
    ),
    "order: a leaf as output is looked up": Wrong(
        {"order": LEAF_LOOKED_UP}, {"test-order": 2}, "the list is then empty"
    ),
    "order: every path followed, and doubles removed at the end": Wrong(
        {"order": EVERY_PATH}, {"test-deep": 1}, "each path is followed anew"
    ),
    "backpropagate: overwritten where a value is used twice": Wrong(
        {"backpropagate": IN_PLACE.replace(ADDED, ADDED.replace("+=", "="))},
        {"test-used-twice": 2},
        "ignores that p is used twice",
    ),
    "backpropagate: added in place": Wrong(
        {"backpropagate": IN_PLACE}, {"test-used-twice": 2}, "+= changed an array that two names hold"
    ),
    "backpropagate: the second amount taken twice": Wrong(
        {"backpropagate": IN_PLACE.replace(ADDED, "gradients[source] = 2 * pull(gradients[name])")},
        {"test-used-twice": 2},
        "a receives 5 and 2, and they are added",
    ),
    "backpropagate: gradients in a defaultdict, which is right": Wrong(
        {"backpropagate": WITH_DEFAULT}, {}, ""
    ),
}

# Seen in one's own notebook alone: what becomes of an argument does not travel back to the judge.
LEAVES_FILLED = {
    "backpropagate: the values put into the table of leaves": Wrong(
        {"backpropagate": BACKPROPAGATE.replace("dict(leaves)", "leaves")},
        {"test-gradients": 2},
        "changed the table of leaves that it was given",
    ),
}

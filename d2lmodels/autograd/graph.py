"""The order in which a computation graph is walked.

Works on anything with `.parents`; knows nothing of numbers or gradients.
"""


def topological_order(root):
    """List the graph below `root` so that every node comes after all of its parents.

    root: any hashable object whose `.parents` is a tuple of such objects.

    The walk keeps its own stack, so depth is bounded by memory and not by Python's recursion limit.

    >>> from d2lmodels.autograd import Value
    >>> a = Value(2.0)
    >>> b = a * 3.0
    >>> [node.data for node in topological_order(b + a)][-1]
    8.0
    """
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, parents_are_listed = stack.pop()
        if parents_are_listed:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order

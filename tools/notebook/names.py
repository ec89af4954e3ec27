"""Which names a cell needs at once, which only when its functions are called, and which it defines."""

import ast
import builtins
import symtable
from dataclasses import dataclass, field

KNOWN = {*dir(builtins), "display", "get_ipython", "__name__", "__doc__", "_"}
AT_ONCE = ("listcomp", "setcomp", "dictcomp", "genexpr")


@dataclass
class Names:
    """The global names of a piece of code."""

    now: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    defined: set[str] = field(default_factory=set)


def names(source: str) -> Names:
    """The names of a cell.

    Raises:
        SyntaxError: where the code does not parse.
    """
    found = Names()
    top = symtable.symtable(source, "cell", "exec")
    for symbol in top.get_symbols():
        if symbol.is_assigned() or symbol.is_imported():
            found.defined.add(symbol.get_name())
        if symbol.is_referenced():
            found.now.add(symbol.get_name())
    for table in top.get_children():
        visit(table, at_once=True, found=found)
    loops = only_in_comprehensions(ast.parse(source))
    found.defined -= loops
    found.now -= found.defined | loops | KNOWN
    found.later -= found.now | found.defined | KNOWN
    return found


def only_in_comprehensions(tree: ast.AST) -> set[str]:
    """The loop variables of comprehensions, which since Python 3.12 symtable lists beside other names."""
    loops = [node.target for node in ast.walk(tree) if isinstance(node, ast.comprehension)]
    inside = {id(name): name.id for loop in loops for name in ast.walk(loop) if isinstance(name, ast.Name)}
    stored = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return set(inside.values()) - {name.id for name in stored if id(name) not in inside}


def visit(table: symtable.SymbolTable, *, at_once: bool, found: Names) -> None:
    """Add the globals of an inner scope: a class body runs at once, a function's when it is called."""
    at_once = at_once and (isinstance(table, symtable.Class) or table.get_name() in AT_ONCE)
    for symbol in table.get_symbols():
        if symbol.is_global() and symbol.is_assigned():
            found.defined.add(symbol.get_name())
        if symbol.is_global() and symbol.is_referenced():
            (found.now if at_once else found.later).add(symbol.get_name())
    for inner in table.get_children():
        visit(inner, at_once=at_once, found=found)


def star_import(tree: ast.AST) -> bool:
    """Whether the code imports names that cannot be known without running it."""
    return any(
        isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        for node in ast.walk(tree)
    )

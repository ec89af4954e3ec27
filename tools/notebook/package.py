"""Which files and definitions of the package a piece of code rests on, read without importing."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NAME = "d2lmodels"


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree but those of annotations, on which no result depends."""
    yield tree
    for name, value in ast.iter_fields(tree):
        if name not in ("annotation", "returns"):
            for node in value if isinstance(value, list) else [value]:
                yield from running(node) if isinstance(node, ast.AST) else ()


@dataclass
class Package:
    """The package's syntax trees, and who needs whom in them."""

    root: Path
    trees: dict[str, ast.Module] = field(default_factory=dict)

    def file(self, module: str) -> Path | None:
        """The file of a dotted module name, or None where it is none of the package's."""
        if module.partition(".")[0] != NAME:
            return None
        base = self.root / module.replace(".", "/")
        return next(
            (file for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file()), None
        )

    def tree(self, module: str) -> ast.Module:
        if module not in self.trees:
            self.trees[module] = ast.parse(self.file(module).read_text(encoding="utf-8"))
        return self.trees[module]

    def imports(self, tree: ast.AST, module: str = "") -> dict[str, tuple[str, str | None]]:
        """What each name that `tree` imports from the package stands for: (module, name in it or None)."""
        found = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if self.file(alias.name):
                        bound = alias.asname or alias.name.partition(".")[0]
                        found[bound] = (alias.name if alias.asname else NAME, None)
                        found.setdefault(f"import {alias.name}", (alias.name, None))
            elif isinstance(node, ast.ImportFrom):
                source = self.absolute(node, module)
                for alias in node.names if self.file(source) else []:
                    found[alias.asname or alias.name] = self.resolve(source, alias.name)
        return found

    def absolute(self, node: ast.ImportFrom, module: str) -> str:
        """The dotted name of the module that an import statement in `module` means."""
        if not node.level:
            return node.module or ""
        is_package = bool(module) and self.file(module).name == "__init__.py"
        parts = module.split(".")
        parts = parts[: len(parts) - node.level + is_package]
        return ".".join([*parts, *([node.module] if node.module else [])])

    def resolve(self, module: str, name: str) -> tuple[str, str | None]:
        """Where `name`, taken from `module`, is defined; (module, None) for a module itself."""
        if self.file(f"{module}.{name}"):
            return f"{module}.{name}", None
        tree = self.tree(module)
        if name in self.definitions(module):
            return module, name
        imported = {key: value for key, value in self.imports(tree, module).items() if key == name}
        if imported:
            return imported[name]
        home = self.lazy_home(tree, module, name)
        return self.resolve(home, name) if home else (module, name)

    def lazy_home(self, tree: ast.Module, module: str, name: str) -> str | None:
        """The module that a dictionary of lazily imported names gives for `name`."""
        for table in (node for node in ast.walk(tree) if isinstance(node, ast.Dict)):
            for key, value in zip(table.keys, table.values, strict=True):
                words = [
                    part.value
                    for side in (key, value)
                    if side
                    for part in ast.walk(side)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                ]
                homes = [home for word in words for home in (word, f"{module}.{word.lstrip('.')}")]
                if name in words and (home := next(filter(self.file, homes), None)) and home != module:
                    return home
        return None

    def definitions(self, module: str) -> dict[str, ast.stmt]:
        """The statements at the top level of `module` by the names they bind; imports are left out."""
        found = {}
        for node in self.tree(module).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found[node.name] = node
            elif not isinstance(node, ast.Import | ast.ImportFrom):
                stored = (part for part in ast.walk(node) if isinstance(part, ast.Name))
                found |= {part.id: node for part in stored if isinstance(part.ctx, ast.Store)}
        return found

    def uses(self, tree: ast.AST, module: str = "") -> set[tuple[str, str | None]]:
        """The definitions of the package that the names in `tree` stand for."""
        known = {name: (module, name) for name in self.definitions(module)} if module else {}
        known |= self.imports(self.tree(module) if module else tree, module)
        found, bases = set(), set()
        nodes = list(running(tree))
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                home, name = known.get(node.value.id, (None, ""))
                if home and name is None and self.file(home):
                    found.add(self.resolve(home, node.attr))
                    bases.add(node.value)
        names = (node for node in nodes if isinstance(node, ast.Name) and node not in bases)
        return found | {known[node.id] for node in names if node.id in known}

    def needs(self, start: tuple[str, str | None]) -> set[tuple[str, str | None]]:
        """Every definition that `start` rests on, itself included."""
        found, waiting = set(), [start]
        while waiting:
            module, name = item = waiting.pop()
            if item in found or not self.file(module):
                continue
            found.add(item)
            own = self.definitions(module)
            nodes = [own[name]] if name in own else list(own.values()) if name is None else []
            for node in nodes:
                waiting += self.uses(node, module)
        return found

    def files(self, tree: ast.AST) -> dict[str, Path]:
        """Every file of the package on which `tree` rests, by its path.

        An `__init__.py` counts where it defines something that is used, not for what it hands on: a name
        added to one leaves alone what stands on the others.
        """
        waiting = self.targets(tree, "")
        found, seen = {}, set()
        while waiting:
            item = waiting.pop()
            module, name = item
            file = self.file(module)
            if item in seen or not file:
                continue
            seen.add(item)
            if file.name != "__init__.py" or name in self.definitions(module):
                found[file.relative_to(self.root).as_posix()] = file
                waiting |= self.targets(self.tree(module), module)
        return dict(sorted(found.items()))

    def targets(self, tree: ast.AST, module: str) -> set[tuple[str, str | None]]:
        """What `tree` imports from the package or reaches through a module's attribute."""
        return {*self.imports(tree, module).values(), *self.uses(tree, module)} - {(module, None)}

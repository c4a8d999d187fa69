"""The rooms: what stands in analysis/ is used by the house, and the house writes numbers, bounds and names in one way."""

from __future__ import annotations

import ast
from functools import cache

import networkx
from test_floors import HOUSE, ROOT, module_of, room_of

ANALYSIS = {module_of(path): path for path in HOUSE if room_of(path) == "analysis"}
FOUND_BY_THE_REGISTRY = {"Measure", "Failure"}
OUTSIDE = "called from outside"


@cache
def tree_of(path) -> ast.Module:
    return ast.parse(path.read_text())


def definitions(tree: ast.Module) -> list[ast.FunctionDef | ast.ClassDef]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]


def known_names(tree: ast.Module, module: str) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """What names of a file stand for: functions and classes as (module, name), modules of analysis/ by their dotted name."""
    names = {node.name: (module, node.name) for node in definitions(tree)}
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("valuescape.analysis"):
            for alias in node.names:
                target, name = f"{node.module}.{alias.name}", alias.asname or alias.name
                if target in ANALYSIS:
                    modules[name] = target
                else:
                    names[name] = (node.module, alias.name)
    return names, modules


def references(node: ast.AST, names: dict[str, tuple[str, str]], modules: dict[str, str]) -> set[tuple[str, str]]:
    found = {names[n.id] for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in names}
    attributes = [n for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)]
    return found | {(modules[n.value.id], n.attr) for n in attributes if n.value.id in modules}


def uncalled() -> list[str]:
    """Functions and classes of analysis/ that nothing of the house leads to: tests do not count, the registry does."""
    calls = networkx.DiGraph()
    for path in HOUSE:
        tree, module = tree_of(path), module_of(path)
        names, modules = known_names(tree, module)
        for node in tree.body:
            own = module in ANALYSIS and isinstance(node, ast.FunctionDef | ast.ClassDef)
            caller = (module, node.name) if own else OUTSIDE
            calls.add_edges_from((caller, called) for called in references(node, names, modules))
            if own and isinstance(node, ast.ClassDef):
                bases = {names.get(ast.unparse(b), ast.unparse(b)) for b in node.bases}
                calls.add_edges_from((base, caller) for base in bases)  # what a registered class is based on, it is too
    calls.add_edges_from((OUTSIDE, base) for base in FOUND_BY_THE_REGISTRY)
    reached = networkx.descendants(calls, OUTSIDE)
    return [
        f"{module}.{node.name}"
        for module, path in ANALYSIS.items()
        for node in definitions(tree_of(path))
        if (module, node.name) not in reached
    ]


def test_everything_in_analysis_is_called_outside_of_the_tests():
    assert len(ANALYSIS) > 15 and uncalled() == []


def docstrings(tree: ast.Module) -> set[int]:
    """The docstrings of a file, as ids of their nodes."""
    documented = [n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef) and n.body]
    return {id(n.body[0].value) for n in documented if isinstance(n.body[0], ast.Expr)}


def writes_by_itself(node: ast.AST) -> bool:
    """Whether it turns a name into words, a number into significant digits, or bounds into text."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "replace":
        return [a.value for a in node.args if isinstance(a, ast.Constant)] == ["_", " "]
    if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
        return ast.unparse(node.format_spec).strip("f'\"").endswith("g")
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and ("inf)" in node.value or "(-inf" in node.value)


def test_numbers_bounds_and_names_are_written_in_one_place():
    """`model/words.py`: no `replace("_", " ")`, no `:g` and no `inf)` anywhere else, docstrings apart."""
    places = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in HOUSE
        for known in [docstrings(tree_of(path))]
        for node in ast.walk(tree_of(path))
        if writes_by_itself(node) and id(node) not in known
    }
    assert {place.split(":")[0] for place in places} == {"model/words.py"}, sorted(places)

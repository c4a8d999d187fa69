"""The commands of the evaluation, which stands a floor above: its room is a string, imported when it is asked for."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

ROOM = "valuescape.evaluation.command_line"
BASES = {"Mechanism", "Policy"}


def evaluation(function: str, *arguments: Any, **options: Any) -> Any:
    """Import the evaluation's commands now, and call one."""
    return getattr(import_module(ROOM), function)(*arguments, **options)


def declares_submission(what: str) -> bool:
    """Whether a Python file declares a mechanism or a policy, by its text: nothing of it is imported."""
    file = Path(what)
    if file.suffix != ".py" or not file.is_file():
        return False
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return False
    bases = {
        ast.unparse(base).rpartition(".")[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    }
    return bool(bases & BASES)

"""Tables of cases and faults that name the tests that keep them."""

import ast
from collections.abc import Sequence
from pathlib import Path

from .workspace import ROOT


def check_named(wanted: Sequence[str], folder: Path) -> None:
    """Each `file::test` is there; a file below `tests/` is the house's, any other one is in the folder."""
    assert wanted
    for one in wanted:
        place, _, name = one.partition("::")
        file = (ROOT if place.startswith("tests/") else folder) / place
        assert file.exists(), one
        assert not name or name in _names_in(file), one


def _names_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}

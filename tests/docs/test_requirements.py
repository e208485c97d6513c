"""docs/requirements.toml: every row that is due has a proof, every proof is there, and no row is forgotten."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.docs.pages import ROOT, text_of

from crmbridge.cli.table import GROUPS

TOLD: dict[str, Any] = tomllib.loads(text_of(ROOT / "docs" / "requirements.toml"))
ROWS: dict[str, dict[str, Any]] = TOLD["rows"]
DUE = frozenset(
    {
        *("connect", "model", "stages", "analysis", "tiering", "cadence", "goals", "incentives", "care", "risk"),
        *("compliance", "reporting", "automation", "quote", "delivery"),
    }
)
"""The parts of the product that are built: their rows are proven."""

LACKING: frozenset[str] = frozenset()
"""Rows that are due and not there: nothing joins this list without a reason in the file."""

ROW = re.compile(r"^\| (S\d-\d+b?) \|.*\| (core|should|could|oos)\b[^|]*\|$", re.MULTILINE)


def is_asked(row: dict[str, Any]) -> bool:
    return row["weight"] in {"core", "should"}


@cache
def names_in(file: str) -> frozenset[str]:
    """The tests of a file, methods as `Class::name`, and its classes; nothing is imported."""
    path = ROOT / file
    if not path.exists():
        return frozenset()
    found: set[str] = set()
    for node in ast.parse(text_of(path)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{one.name}" for one in node.body if isinstance(one, ast.FunctionDef)}
    return frozenset(name for name in found if name.lower().startswith("test"))


def commands() -> set[str]:
    entries = [entry for _, entries in GROUPS for entry in entries]
    return {entry.name for entry in entries} | {f"{one.name} {child.name}" for one in entries for child in one.children}


def is_there(proof: str) -> bool:
    words = proof.split()
    if words[0] == "crmbridge":
        return words[1] in commands() or " ".join(words[1:3]) in commands()
    file, _, name = proof.partition("::")
    return name in names_in(file)


def test_every_row_that_is_due_is_proven() -> None:
    due = {name for name, row in ROWS.items() if row["service"] in DUE and is_asked(row)}
    assert {name for name in due if not ROWS[name].get("proof")} <= LACKING


def test_every_proof_is_there() -> None:
    gone = [(name, proof) for name, row in ROWS.items() for proof in row.get("proof", ()) if not is_there(proof)]
    assert not gone


def test_a_proof_that_is_not_there_is_noticed() -> None:
    assert not is_there("tests/docs/test_requirements.py::test_nothing")
    assert not is_there("tests/docs/test_nowhere.py::test_every_proof_is_there")
    assert not is_there("crmbridge fly")


def test_every_row_says_what_becomes_of_it() -> None:
    for name, row in ROWS.items():
        assert name.partition("-")[0] in TOLD["documents"]
        assert row["weight"] in {"core", "should", "could", "oos"}, name
        assert row.get("later") is None or row["later"] in TOLD["later"], name
        assert ("reason" in row) == (row["weight"] == "oos"), name
        assert not ("proof" in row and "later" in row), name
        assert not is_asked(row) or "proof" in row or "later" in row, name


def test_the_index_of_the_docs_lists_the_parts_of_the_product() -> None:
    index = " ".join(text_of(ROOT / "docs" / "README.md").split())
    parts = index.partition("**The parts.**")[2].partition("**Understand.**")[0].casefold()
    for part in ("goals", "stages", "connectors", "analysis"):
        assert re.search(rf"{part}: \[", parts), part
    assert "training: only its records" in parts


@pytest.mark.data
def test_no_row_is_forgotten() -> None:
    page = Path(__file__).resolve().parents[3] / "shared" / "spec" / "requirements.md"
    if not page.is_file():
        pytest.skip("the list of rows is not here")
    listed = dict(ROW.findall(page.read_text("utf-8")))
    assert listed == {name: row["weight"] for name, row in ROWS.items()}

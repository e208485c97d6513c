"""One word a notion: no public name of src/crmbridge has a word that the glossary lists as another word for it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, text_of

SOURCE = ROOT / "src" / "crmbridge"
GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"
TERMS = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]*)\|$", text_of(GLOSSARY), re.MULTILINE)
REFUSED = {
    word.strip(): ours.strip()
    for ours, _, _, words in TERMS
    if ours.strip() not in {"English", "---"}
    for word in words.split(",")
    if word.strip()
}

ALLOWED = {
    "breaker": "http/breaker.py: the circuit breaker of the door, as reliability.md calls it; a guard protects writes",
    "client": "--self-client: what Zoho's API console calls that kind of login",
    "customer": "model.md: a value of Account.status, the field customer_feedback and the KPI new_customers",
    "tenant": "--verify-tenant: what a vendor calls a company's account there; nothing of ours is called so",
    "todo": "sync/steps.py: the mapped objects that a run has still to read, no task of anybody",
}
"""Words that are right in some names, and why. An entry that no name needs any more is refused."""


def words_of(name: str) -> set[str]:
    """The words of a name, in small letters and without a plural s."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {part.lower().removesuffix("s") for part in parts} | {part.lower() for part in parts}


def public(name: str) -> bool:
    return not name.startswith("_")


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    arguments = node.args
    yield from (one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


def _strings(node: ast.Call) -> Iterator[str]:
    """Names that stand in texts: options, and the keys of listings."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    if called in {"Option", "Argument"}:
        yield from (text for text in texts if text.startswith("-"))
    elif called in {"Column", "_entry", "Entry"}:
        yield from texts[:1]


def names_in(file: Path) -> Iterator[tuple[str, int]]:
    tree = ast.parse(text_of(file))
    yield file.stem, 1
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and public(node.name):
            yield node.name, node.lineno
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    yield part.target.id, part.lineno
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and public(node.name):
            yield node.name, node.lineno
            yield from ((name, node.lineno) for name in _parameters(node))
        elif isinstance(node, ast.Call):
            yield from ((text, node.lineno) for text in _strings(node))
        elif isinstance(node, ast.Dict):
            keys = [key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
            yield from ((key, node.lineno) for key in keys if re.fullmatch(r"[a-z][a-z0-9_]*", key))


@cache
def uses() -> list[tuple[str, str, str]]:
    """Every use of a refused word: the word, the name, the place."""
    return [
        (word, name, f"{file.relative_to(ROOT)}:{line}")
        for file in sorted(SOURCE.rglob("*.py"))
        for name, line in names_in(file)
        if public(name)
        for word in words_of(name) & REFUSED.keys()
    ]


def test_the_glossary_has_a_chinese_word_and_a_meaning_for_each_term() -> None:
    assert len(TERMS) > 50
    for ours, chinese, meaning, _ in TERMS:
        assert ours.strip(), chinese
        assert chinese.strip(), ours
        assert meaning.strip(), ours
    assert REFUSED["opportunity"] == "deal"


def test_no_term_is_refused_itself() -> None:
    terms = {word for ours, _, _, _ in TERMS for part in ours.split(",") for word in part.split()}
    assert not terms & REFUSED.keys()


def test_public_names_use_the_words_of_the_glossary() -> None:
    wrong = [f"{place}: {name}: say {REFUSED[word]}, not {word}" for word, name, place in uses() if word not in ALLOWED]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("word", sorted(ALLOWED))
def test_every_exception_is_still_needed(word: str) -> None:
    assert word in {used for used, _, _ in uses()}


@pytest.mark.parametrize("name", ["list_customers", "ClientId", "opportunity_amount", "--tenant", "ConnectorConfig"])
def test_another_word_would_be_found(name: str) -> None:
    assert words_of(name) & REFUSED.keys()

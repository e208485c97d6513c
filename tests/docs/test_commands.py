"""Every command that a page names exists, with the options it names; nothing is run here."""

from pathlib import Path
from typing import Any

import pytest
import typer
from tests.docs.pages import OUR_PAGES, ROOT, blocks, commands, crmbridge_words, inline_codes

from crmbridge.cli.app import app

MADE_FROM_CODE = ROOT / "docs" / "reference" / "cli.md"


def named() -> list[tuple[Path, str, str]]:
    """Page, command line, and whether it is a whole call (in a block) or only named (in running text)."""
    found = []
    for page in OUR_PAGES:
        lines = [line for block in blocks(page) if block.language in {"console", "sh"} for line in commands(block)]
        found += [(page, line, "whole") for line in dict.fromkeys(lines) if "crmbridge" in line]
        codes = [code for code in inline_codes(page) if code.startswith("crmbridge ")]
        found += [(page, code, "named") for code in dict.fromkeys(codes)]
    return found


NAMED = named()


def parse(words: list[str]) -> None:
    """Walks down the groups to the command and reads its options, without running anything."""
    here: Any = typer.main.get_command(app)
    context = here.make_context("crmbridge", list(words), resilient_parsing=False)
    while hasattr(here, "resolve_command"):
        rest = [*context._protected_args, *context.args] if hasattr(context, "_protected_args") else context.args
        if not rest:
            return
        name, here, rest = here.resolve_command(context, rest)
        context = here.make_context(name, list(rest), parent=context)


def refusal(words: list[str]) -> tuple[str, str]:
    """Why the command line refuses the words: the class of the error and its message; nothing where it takes them."""
    try:
        parse(words)
    except typer.Exit:
        return "", ""
    except typer.TyperException as error:
        return type(error).__name__, str(getattr(error, "message", error))
    return "", ""


@pytest.mark.parametrize(("page", "line", "how"), NAMED, ids=[f"{p.relative_to(ROOT)}:{line}" for p, line, _ in NAMED])
def test_every_command_named_is_one(page: Path, line: str, how: str) -> None:
    for words in crmbridge_words(line):
        error, message = refusal(words)
        is_unfinished = how == "named" and error in {"MissingParameter", "NoArgsIsHelpError"}
        assert not error or is_unfinished, f"{page.relative_to(ROOT)}: {line}: {error} {message}"


def test_pages_name_commands() -> None:
    assert len(NAMED) > 60
    assert {page for page, _, _ in NAMED} >= {ROOT / "README.md", ROOT / "README.zh-CN.md", MADE_FROM_CODE}


@pytest.mark.parametrize("words", [["funnle"], ["funnel", "--buy", "owner"], ["goals", "split", "1"]])
def test_a_command_that_is_none_would_be_found(words: list[str]) -> None:
    with pytest.raises(typer.TyperException):
        parse(words)

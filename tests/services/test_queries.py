"""The query files: one query each, documented, used, and free of what a person could have typed."""

from importlib.resources import files

import pytest

from crmbridge.services import world

NAMES = sorted(entry.name.removesuffix(".sql") for entry in (files(world.__package__) / "sql").iterdir())
SOURCES = "\n".join(
    entry.read_text(encoding="utf-8") for entry in files(world.__package__).iterdir() if entry.name.endswith(".py")
)


@pytest.mark.parametrize("name", NAMES)
def test_every_query_says_what_it_gives_and_is_one_statement(name: str) -> None:
    text = world.text(name)
    assert text.startswith("-- ")
    code = "\n".join(line.partition("--")[0] for line in text.splitlines())
    assert ";" not in code
    assert f'"{name}"' in SOURCES

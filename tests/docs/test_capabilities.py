"""What is kept of each adapter for the page of capabilities is what its card, its answers and the kit say now.

Nothing of the kit is run here: the plugins' own tests do that.
"""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from tests.docs.pages import ROOT

from crmbridge.adapter import scale
from crmbridge.testing.kit.card import card_of
from crmbridge.testing.kit.conformance import kit_tests

PLUGINS = sorted(file.parent.name for file in ROOT.glob("plugins/*/quality.toml"))
MAY_BE = {
    "done": {"proved", "reviewer", "not seen", "disproved"},
    "exempt": {"exempt", "disproved"},
    "todo": {"todo"},
}
"""What may be found of a rule, by what the plugin says of it; a report of its own ends with 1 where it is disproved."""

KEPT = ROOT / "docs/reference/kit"


def kept(name: str) -> dict[str, Any]:
    file = KEPT / f"{name}.json"
    assert file.is_file(), f"crmbridge kit report plugins/{name} --save docs/reference/kit/{name}.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def renew(name: str) -> str:
    return f"stale: crmbridge kit report plugins/{name} --save docs/reference/kit/{name}.json"


@pytest.mark.parametrize("name", PLUGINS)
def test_the_card_that_is_kept_is_the_card(name: str) -> None:
    descriptor = importlib.import_module(f"crmbridge_{name}.plugin").DESCRIPTOR
    assert kept(name)["card"] == json.loads(card_of(descriptor)), renew(name)


@pytest.mark.parametrize("name", PLUGINS)
def test_every_test_of_the_kit_has_its_result(name: str) -> None:
    found = kept(name)
    assert set(found["tests"]) == set(kit_tests()), renew(name)
    assert set(found["skipped"]) <= set(kit_tests())
    assert not [word for counts in found["groups"].values() for word in counts if word == "failed"]


@pytest.mark.parametrize("name", PLUGINS)
def test_what_is_kept_of_each_rule_is_what_the_plugin_says(name: str) -> None:
    answers, found = scale.read(ROOT / f"plugins/{name}/quality.toml"), kept(name)
    said = {rule: one.state for rule, one in answers.by_rule.items()}
    assert set(found["rules"]) == set(said), renew(name)
    for rule, state in said.items():
        assert found["rules"][rule] in MAY_BE[state], f"{rule}: {renew(name)}"
    assert found["adapter"] == answers.adapter


def test_nothing_is_kept_of_an_adapter_that_is_gone() -> None:
    assert sorted(file.stem for file in Path(KEPT).glob("*.json")) == PLUGINS

"""The quality scale: one list of rules, and answers that are whole or refused with everything that is wrong."""

from pathlib import Path

import pytest

from crmbridge.adapter import scale
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.testing.kit.conformance import kit_tests

PLUGINS = sorted((Path(__file__).parents[2] / "plugins").glob("*/quality.toml"))


def written(folder: Path, **changes: str) -> Path:
    """Answers to every rule, all done but for those changes."""
    lines = ['adapter = "acme"', 'owner = "A team"', 'checked_against_docs = "2026-11-22"']
    for tier in scale.TIERS:
        own = [rule.name for rule in scale.rules() if rule.tier == tier]
        told = {name: changes.get(name.replace("-", "_"), '"done"') for name in own}
        lines += [f"[{tier}]", *(f"{name} = {answer}" for name, answer in told.items())]
    path = folder / "quality.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        scale.read(path)
    return [str(problem) for problem in caught.value.problems]


def test_answers_are_read(tmp_path: Path) -> None:
    reason = "the vendor has no export jobs at all"
    answers = scale.read(written(tmp_path, bulk_read=f'{{ exempt = "{reason}" }}', history='"todo"'))
    assert (answers.adapter, answers.owner, answers.checked) == ("acme", "A team", "2026-11-22")
    assert answers.by_rule["bulk-read"] == scale.Answer("exempt", reason)
    assert answers.todo() == ["history"]
    assert answers.todo(but="history") == []
    assert set(answers.by_rule) == {rule.name for rule in scale.rules()}


def test_an_owner_that_is_todo_is_none(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text().replace("A team", "todo").replace("2026-11-22", "todo"))
    assert (scale.read(path).owner, scale.read(path).checked) == ("", "")


@pytest.mark.parametrize("answer", ['"perhaps"', "true", '{ exempt = "short" }', '{ because = "it is as it is, so" }'])
def test_any_other_answer_is_refused(tmp_path: Path, answer: str) -> None:
    (problem,) = problems(written(tmp_path, bulk_read=answer))
    assert "bulk-read" in problem


def test_everything_wrong_is_told_at_once_with_the_nearest(tmp_path: Path) -> None:
    path = written(tmp_path)
    text = path.read_text().replace("readme =", "redme =").replace("owner =", "ovner =")
    path.write_text(text)
    found = problems(path)
    assert len(found) == 4
    assert any("does not answer the rule readme of bronze" in one for one in found)
    assert any("redme" in one and "did you mean readme" in one for one in found)
    assert any("does not say owner" in one for one in found)
    assert any("ovner" in one and "did you mean owner" in one for one in found)


def test_what_is_no_file_of_answers_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        scale.read(tmp_path / "quality.toml")
    (tmp_path / "quality.toml").write_text("adapter =")
    with pytest.raises(ConfigError, match="cannot be read"):
        scale.read(tmp_path / "quality.toml")


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.parent.name)
def test_our_own_plugins_answer_every_rule(path: Path) -> None:
    assert scale.read(path).adapter == path.parent.name


def test_rules_name_tests_and_groups_of_the_kit() -> None:
    every = kit_tests()
    for rule in scale.rules():
        assert set(rule.tests) <= set(every), rule.name
        assert set(rule.groups) <= set(every.values()), rule.name
    names = [rule.name for rule in scale.rules()]
    assert len(names) == len(set(names))
    assert {rule.tier for rule in scale.rules()} == set(scale.TIERS)

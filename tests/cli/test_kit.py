"""`crmbridge kit run` and `kit report`, on a plugin just made: what its own tests show."""

import json
from pathlib import Path
from typing import Any

import pytest

from crmbridge.app.extending import kit_process, making
from crmbridge.app.extending.found import plugin_folder
from crmbridge.report.listing import Column, listing
from crmbridge.testing.kit.conformance import kit_tests

from .conftest import Cli, Stage

ROOT = Path(__file__).parents[2]


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plugin with its tests, which run in one process here."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "ignored: what is set for these tests is not for those")
    folder = tmp_path / "crmbridge-acme"
    making.make("acme", folder, taken=frozenset())
    return folder


def rows(text: str, section: str) -> list[dict[str, Any]]:
    return [row for row in json.loads(text)["rows"] if row["section"] == section]


def test_a_run_counts_each_group(cli: Cli, plugin: Path) -> None:
    answer = cli("kit", "run", str(plugin), "--json")
    assert answer.code == 0, answer.err
    counted = {row["group"]: row for row in rows(answer.out, "groups")}
    assert list(counted) == [group for group in kit_process.GROUPS if group in counted]
    assert set(counted) == set(kit_tests().values())
    assert (counted["basic"]["passed"], counted["basic"]["failed"]) == (39, 0)
    assert counted["write"]["not_yet"] > 10
    assert rows(answer.out, "broken") == []
    assert "acme: 39 passed" in answer.err, "what pytest says is told"


def test_a_broken_promise_is_named_and_ends_with_1(cli: Cli, plugin: Path) -> None:
    adapter = plugin / "src/crmbridge_acme/adapter.py"
    adapter.write_text(adapter.read_text().replace("if is_last or self._context.stop.is_set():", "if is_last:"))
    answer = cli("kit", "run", str(plugin), "--group", "basic", "--json")
    assert answer.code == 1
    (broken,) = rows(answer.out, "broken")
    assert broken["test"] == "test_stop_is_obeyed_within_a_page"
    assert {row["group"] for row in rows(answer.out, "groups")} == {"basic"}


def test_a_report_says_what_is_proved_and_no_tier_that_is_not_reached(cli: Cli, plugin: Path, tmp_path: Path) -> None:
    picture, data = tmp_path / "out/quality.svg", tmp_path / "out/acme.json"
    answer = cli("kit", "report", str(plugin), "--json", "--badge", str(picture), "--save", str(data))
    assert answer.code == 0, answer.err
    (summary,) = rows(answer.out, "adapter")
    assert summary["reached"] == "below bronze"
    assert summary["live"]["message"] == "simulator only, never checked against vendor docs"
    assert summary["disproved"] == 0
    found = {row["rule"]: row["found"] for row in rows(answer.out, "rules")}
    proved = {rule for rule, word in found.items() if word == "proved"}
    assert proved == making.DONE_AT_ONCE - {"no-vendor-sdk-globals"}
    assert "below bronze · simulator only" in picture.read_text(encoding="utf-8")
    told = json.loads(data.read_text(encoding="utf-8"))
    assert (told["adapter"], told["tier"], told["rules"]) == ("acme", "", found)
    assert set(told["tests"]) == set(kit_tests())
    assert str(tmp_path) not in data.read_text(encoding="utf-8"), "a path of this machine"


def test_a_rule_that_is_said_to_be_done_and_is_not_ends_with_1(cli: Cli, plugin: Path, tmp_path: Path) -> None:
    quality = plugin / "quality.toml"
    quality.write_text(quality.read_text().replace('re-auth-flow = "todo"', 're-auth-flow = "done"'))
    results = tmp_path / "results.json"
    results.write_text(json.dumps(kit_process.results(plugin)), encoding="utf-8")
    answer = cli("kit", "report", str(plugin), "--results", str(results), "--lang", "zh")
    assert answer.code == 1
    assert "否定" in answer.out
    assert "re-auth-flow" in answer.out


def test_without_pytest_it_says_what_to_install(cli: Cli, plugin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    answer = cli("kit", "run", str(plugin))
    assert answer.code == 78
    assert "the conformance kit needs pytest" in answer.err
    assert 'pip install "crmbridge[testing]"' in answer.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no-such-plugin"], "there is neither a folder nor a plugin no-such-plugin"),
        (["zoh"], "did you mean zoho?"),
        (["PLUGIN/src"], "there is no pyproject.toml in it"),
        (["PLUGIN", "--group", "basics"], "did you mean basic?"),
    ],
)
def test_what_is_no_plugin_or_group_is_told(cli: Cli, plugin: Path, words: list[str], said: str) -> None:
    answer = cli("kit", "run", *(word.replace("PLUGIN", str(plugin)) for word in words))
    assert answer.code == 78
    assert said in answer.err


def test_a_plugin_without_the_kit_is_told(cli: Cli, plugin: Path) -> None:
    (plugin / "tests/test_conformance.py").unlink()
    answer = cli("kit", "run", str(plugin))
    assert answer.code == 78
    assert "there is no test of the conformance kit" in answer.err


def test_tests_that_cannot_be_run_are_told(cli: Cli, plugin: Path) -> None:
    (plugin / "tests/test_broken.py").write_text("import no_such_module_at_all\n")
    answer = cli("kit", "run", str(plugin))
    assert answer.code == 78
    assert "no_such_module_at_all" in answer.err


@pytest.mark.parametrize("text", ["{", "[]", '{"adapters": {}}', '{"adapters": {"other": {}}}'])
def test_results_that_are_none_are_told(cli: Cli, plugin: Path, tmp_path: Path, text: str) -> None:
    results = tmp_path / "results.json"
    results.write_text(text)
    answer = cli("kit", "report", str(plugin), "--results", str(results))
    assert answer.code == 78


def test_a_plugin_that_is_installed_is_found_by_its_adapter_or_its_distribution() -> None:
    assert plugin_folder("csv") == plugin_folder("crmbridge-csv") == plugin_folder(str(ROOT / "plugins/csv"))


def test_a_recording_is_asked_for_as_it_was_written(cli: Cli, stage: Stage, tmp_path: Path) -> None:
    stage.answer = listing("kit-record/1", [Column("path", "path")], [{"path": "/deals"}])
    file = tmp_path / "x.recording.json"
    answer = cli("kit", "record", "crm", str(file), "--object", "Deals", "--pages", "3", "--keep", "vendor.example")
    assert answer.code == 0, answer.err
    named = {"objects": ["Deals"], "pages": 3, "keep": ["vendor.example"]}
    assert ("kit_record", ("crm", file), named) in stage.calls


def test_tests_that_cannot_be_imported_are_not_taken_for_none(cli: Cli, plugin: Path) -> None:
    file = plugin / "tests/test_conformance.py"
    file.write_text("import nothing_of_that_name\n" + file.read_text("utf-8"), "utf-8")
    answer = cli("kit", "run", str(plugin))
    assert answer.code == 78
    assert "pytest ended with 2" in answer.err

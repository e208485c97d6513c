"""What a plugin says of itself is held against what was seen: proved, disproved, or left to somebody."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from crmbridge.adapter import scale
from crmbridge.adapter.capabilities import Capability
from crmbridge.app.extending import judging, kit_process, making
from crmbridge.app.extending.judging import Judgement, Verdict, judge
from crmbridge.app.extending.looks import Plugin
from crmbridge.model.errors import ConfigError
from crmbridge.report import kit
from crmbridge.testing.kit.conformance import kit_tests
from crmbridge.testing.kit.reading import COURTESY

REASON = "the vendor has nothing of the kind"
FULL = {"level": "full", "note": "", "note_zh": ""}
CARD = {
    "package": "crmbridge_acme.adapter",
    "options": ["credentials", "page_size"],
    "login": True,
    "mapping": "",
    "checked_against_docs": "2026-11-22",
    "support": {str(capability): FULL for capability in Capability},
}


def results(outcomes: Mapping[str, str] = {}, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every test of the kit, passed but for those outcomes (`outcome` or `outcome: reason`)."""
    tests = []
    for name, group in kit_tests().items():
        outcome, _, reason = outcomes.get(name, "passed").partition(": ")
        tests.append({"test": name, "group": group, "outcome": outcome, "reason": reason})
    ran = [test for test in tests if test["test"] not in without and test["group"] not in without]
    not_run = sorted({test["test"] for test in tests} - {test["test"] for test in ran})
    groups = {group: [name for name in not_run if kit_tests()[name] == group] for group in set(kit_tests().values())}
    return {"tests": ran, "not_run": not_run, "not_run_of": groups}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    making.make("acme", tmp_path / "made", taken=frozenset())
    return tmp_path / "made"


def answers(owner: str = "A team", checked: str = "2026-11-22", **others: str) -> scale.Answers:
    """Every rule done, but for those: todo, or any other text, which is the reason of an exemption."""
    told = {}
    for rule in scale.rules():
        other = others.get(rule.name.replace("-", "_"), "done")
        told[rule.name] = scale.Answer("todo" if other == "todo" else "exempt", "" if other == "todo" else other)
        if other == "done":
            told[rule.name] = scale.Answer("done")
    return scale.Answers("acme", owner, checked, told)


def judged(
    folder: Path, told: scale.Answers | None = None, found: dict[str, Any] | None = None, **card: object
) -> Judgement:
    return judge(Plugin(folder, {**CARD, **card}, told or answers(recordings_replayed=REASON)), found or results())


def of(judgement: Judgement, rule: str) -> Verdict:
    (verdict,) = (one for one in judgement.verdicts if one.rule.name == rule)
    return verdict


def test_what_tests_show_is_proved_and_the_rest_is_not_called_so(folder: Path) -> None:
    judgement = judged(folder)
    assert not judgement.is_disproved
    assert judgement.tier == "platinum"
    found = {verdict.rule.name: verdict.found for verdict in judgement.verdicts}
    assert found["basic-kit-green"] == found["writes-kit-green"] == found["default-mapping-valid"] == "proved"
    assert found["readme"] == found["verified-live"] == found["no-vendor-sdk-globals"] == "reviewer"
    assert found["coverage"] == found["crash-matrix-green"] == found["mapping-explain-complete"] == "not seen"
    assert found["recordings-replayed"] == "exempt"


@pytest.mark.parametrize(
    ("outcome", "rule", "reason"),
    [
        ({"test_pull_returns_every_record": "failed"}, "basic-kit-green", "pull_returns_every_record did not pass"),
        ({"test_closed_twice": "overridden"}, "basic-kit-green", "overridden"),
        ({"test_closed_twice": "skipped: no time"}, "basic-kit-green", "skipped"),
        ({"test_null_is_not_absent": "not yet"}, "basic-kit-green", "is not yet"),
        ({"test_stop_is_obeyed_within_a_page": "failed"}, "stop-within-a-page", "did not pass"),
        ({"test_throttling_waits_then_succeeds": "vendor cannot"}, "throttle-aware", "exempt is meant"),
        ({"test_lost_answer_is_unknown_and_settles_to_one": "failed"}, "unknown-reconciled", "did not pass"),
    ],
)
def test_what_a_test_shows_against_it_disproves_a_rule(
    folder: Path, outcome: dict[str, str], rule: str, reason: str
) -> None:
    verdict = of(judged(folder, found=results(outcome)), rule)
    assert verdict.found == "disproved"
    assert reason in str(verdict.note)


def test_a_test_that_was_not_run_proves_nothing(folder: Path) -> None:
    judgement = judged(folder, found=results(without=("history", "test_closed_twice")))
    assert "was not run" in str(of(judgement, "history").note)
    assert of(judgement, "basic-kit-green").found == "disproved"


def test_a_courtesy_that_an_adapter_does_without_is_no_fault(folder: Path) -> None:
    assert judging.COURTESY == COURTESY
    found = results({"test_a_part_is_described_as_in_the_whole": f"skipped: {COURTESY}it describes everything at once"})
    assert of(judged(folder, found=found), "basic-kit-green").found == "proved"


def test_an_exemption_holds_unless_its_tests_fail(folder: Path) -> None:
    told = answers(history=REASON, recordings_replayed=REASON)
    assert of(judged(folder, told), "history").found == "exempt"
    verdict = of(judged(folder, told, results({"test_every_move_arrives": "failed"})), "history")
    assert verdict.found == "disproved"


@pytest.mark.parametrize(
    ("card", "rule", "reason"),
    [
        ({"mapping": None}, "default-mapping-valid", "there is no default mapping"),
        ({"mapping": "ConfigError: no kind deel"}, "default-mapping-valid", "no kind deel"),
        ({"login": False}, "re-auth-flow", "names no connector"),
        ({"options": ["client_secret"]}, "secrets-by-reference", "client_secret"),
        ({"support": {"write": FULL}}, "declared-support-complete", "bulk"),
        ({"support": {**CARD["support"], "subscribe": {"level": "not yet"}, "incremental": {"level": "vendor cannot"}}},  # type: ignore[dict-item]
         "webhooks-or-one-minute-incremental", "neither"),
    ],
)  # fmt: skip
def test_what_the_card_shows_against_it_disproves_a_rule(
    folder: Path, card: dict[str, Any], rule: str, reason: str
) -> None:
    verdict = of(judged(folder, **card), rule)
    assert verdict.found == "disproved"
    assert reason in str(verdict.note)


def test_a_library_of_ones_own_for_calls_is_seen(folder: Path) -> None:
    module = folder / "src/crmbridge_acme/more.py"
    module.write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import httpx\n")
    assert of(judged(folder), "no-vendor-sdk-globals").found == "reviewer"
    module.write_text("def call():\n    import requests.sessions\n")
    verdict = of(judged(folder), "no-vendor-sdk-globals")
    assert verdict.found == "disproved"
    assert "requests in more.py" in str(verdict.note)


def test_a_plugin_without_a_readme_or_the_door_is_seen(folder: Path) -> None:
    (folder / "README.md").write_text(" \n")
    (folder / "src/crmbridge_acme/session.py").write_text("")
    (folder / "src/crmbridge_acme/adapter.py").write_text("")
    judgement = judged(folder)
    assert of(judgement, "readme").found == of(judgement, "credits-budget").found == "disproved"


@pytest.mark.parametrize(("covered", "found"), [(95, "proved"), (94, "disproved"), (None, "not seen")])
def test_coverage_counts_where_it_was_measured(folder: Path, covered: int | None, found: str) -> None:
    if covered is not None:
        summary = f'{{"num_statements": 100, "covered_lines": {covered}}}'
        other = '"src/other/x.py": {"summary": {"num_statements": 900, "covered_lines": 0}}'
        text = f'{{"files": {{"src/crmbridge_acme/adapter.py": {{"summary": {summary}}}, {other}}}}}'
        (folder / "coverage.json").write_text(text)
    assert of(judged(folder), "coverage").found == found


@pytest.mark.parametrize(
    ("told", "tier"),
    [
        ({"readme": "todo"}, ""),
        ({"drift_reported": "todo"}, "bronze"),
        ({"docs": "todo"}, "silver"),
        ({"verified_live": "todo", "zero_todo": "todo"}, "gold"),
        ({"verified_live": "todo"}, "gold"),
        ({}, "platinum"),
        ({"owner": ""}, "bronze"),
    ],
)
def test_the_tier_is_the_highest_whose_rules_are_all_met(folder: Path, told: dict[str, str], tier: str) -> None:
    assert judged(folder, answers(**{"recordings_replayed": REASON, **told})).tier == tier


def test_one_todo_disproves_that_there_is_none(folder: Path) -> None:
    judgement = judged(folder, answers(verified_live="todo", recordings_replayed=REASON))
    assert of(judgement, "zero-todo").found == "disproved"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"verified_live": "todo"}, "simulator only, last checked against vendor docs on 2026-11-22"),
        ({"verified_live": "todo", "checked": ""}, "simulator only, never checked against vendor docs"),
        (
            {"verified_live": REASON, "checked": "exempt: a file has no vendor"},
            "no vendor to ask: a file has no vendor",
        ),
        ({}, "verified on a live account"),
    ],
)
def test_nothing_is_called_live_that_was_not(told: dict[str, str], said: str) -> None:
    assert str(judging.live(answers(**told))) == said


def test_two_days_of_checking_are_told(folder: Path) -> None:
    assert judged(folder).warnings == ()
    (warning,) = judged(folder, checked_against_docs="2026-01-01").warnings
    assert "2026-01-01" in str(warning)
    assert "2026-11-22" in str(warning)


def test_the_groups_are_those_of_the_kit() -> None:
    assert set(kit_process.GROUPS) == set(kit_tests().values())
    with pytest.raises(ConfigError, match="did you mean write"):
        kit_process.check_groups(["wriet"])


def test_words_of_the_report_are_those_of_the_scale() -> None:
    assert kit.TIERS == scale.TIERS
    assert set(kit.FOUND) == {"proved", "disproved", "reviewer", "not seen", "exempt", "todo"}


def test_a_badge_says_the_tier_and_how_it_was_tried() -> None:
    picture = kit.badge("acme", "gold", "simulator only & <never> live")
    assert "gold · simulator only &amp; &lt;never&gt; live" in picture
    assert picture.startswith("<svg ")
    assert "below bronze" in kit.badge("acme", "", "x")

"""Holds what a plugin says of itself against what its tests and a look at it show, and gives its tier.

A rule that is said to be done is proved, disproved, for a reviewer to tell, or not seen by anything that was run here;
the last two count as they are said. The tier is the highest whose rules, and those of the tiers below, are all done
or exempt, and not disproved; without an owner it is bronze at most.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from crmbridge.adapter import scale
from crmbridge.adapter.scale import Answers, Rule
from crmbridge.app.extending.looks import Plugin, look
from crmbridge.model.notes import Note

Found = Literal["proved", "disproved", "reviewer", "not seen", "exempt", "todo"]
COURTESY = "no courtesy: "
"""What a skip of the kit starts with that says nothing against an adapter."""

CODE = "KIT_RULE"
MOST_NAMED = 3
LIVE = "verified-live"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule: what the plugin says of it, what was found, and why."""

    rule: Rule
    said: scale.State
    found: Found
    note: Note | None = None

    @property
    def is_met(self) -> bool:
        """Whether it counts for the tier."""
        return self.found not in {"disproved", "todo"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """Every rule of one adapter, the tier it comes to (empty below bronze), and how far it was tried for real."""

    adapter: str
    verdicts: tuple[Verdict, ...]
    tier: str
    live: Note
    warnings: tuple[Note, ...] = ()

    @property
    def is_disproved(self) -> bool:
        """Whether anything that is said to be so is not."""
        return any(verdict.found == "disproved" for verdict in self.verdicts)

    def count(self, found: Found) -> int:
        """How many rules that was found of."""
        return sum(verdict.found == found for verdict in self.verdicts)


def judge(plugin: Plugin, results: Mapping[str, Any]) -> Judgement:
    """The judgement on a plugin by the results of the kit for its adapter."""
    verdicts = tuple(_verdict(rule, plugin, results) for rule in scale.rules())
    return Judgement(
        plugin.answers.adapter,
        verdicts,
        _tier(verdicts, has_owner=bool(plugin.answers.owner)),
        live(plugin.answers),
        tuple(_warnings(plugin)),
    )


def live(answers: Answers) -> Note:
    """What may be said of its being tried on a real account: never more than was done."""
    if answers.by_rule[LIVE].state == "done":
        return Note(CODE, "verified on a live account", {})
    if answers.checked.startswith(scale.EXEMPT_FROM_DOCS):
        reason = answers.checked.removeprefix(scale.EXEMPT_FROM_DOCS)
        return Note(CODE, "no vendor to ask: {reason}", {"reason": reason})
    if _day(answers.checked):
        return Note(CODE, "simulator only, last checked against vendor docs on {day}", {"day": answers.checked})
    return Note(CODE, "simulator only, never checked against vendor docs", {})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _warnings(plugin: Plugin) -> Iterable[Note]:
    card, said = plugin.card["checked_against_docs"], plugin.answers.checked
    if card != (said if _day(said) else None):
        text = "the descriptor says that it was checked against vendor docs on {card}, and quality.toml says {said}"
        yield Note(CODE, text, {"card": card or "-", "said": said or "-"})


def _tier(verdicts: Sequence[Verdict], *, has_owner: bool) -> str:
    reached = ""
    for tier in scale.TIERS:
        if not all(verdict.is_met for verdict in verdicts if verdict.rule.tier == tier):
            break
        if reached and not has_owner:
            break
        reached = tier
    return reached


def _verdict(rule: Rule, plugin: Plugin, results: Mapping[str, Any]) -> Verdict:
    answer = plugin.answers.by_rule[rule.name]
    if answer.state == scale.TODO:
        return Verdict(rule, answer.state, "todo")
    tested, problem = _tested(rule, results, is_exempt=answer.state == "exempt")
    if answer.state == "exempt":
        found: Found = "disproved" if problem else "exempt"
        return Verdict(rule, answer.state, found, problem or Note(CODE, "{reason}", {"reason": answer.reason}))
    seen = [look(name, plugin) for name in rule.looks]
    problem = problem or next((one.problem for one in seen if one and one.problem), None)
    if problem:
        return Verdict(rule, answer.state, "disproved", problem)
    if rule.by == "reviewer":
        return Verdict(rule, answer.state, "reviewer")
    is_proved = (tested or any(seen)) and not any(one is None for one in seen)
    return Verdict(rule, answer.state, "proved" if is_proved else "not seen")


def _tested(rule: Rule, results: Mapping[str, Any], *, is_exempt: bool) -> tuple[bool, Note | None]:
    """Whether tests show that the rule is kept, and what they show against it."""
    own = [test for test in results["tests"] if test["test"] in rule.tests or test["group"] in rule.groups]
    passed = [test for test in own if test["outcome"] == "passed"]
    broken = [test for test in own if not _is_fine(test) and test["outcome"] != "not yet"]
    if broken:
        return False, _against("{tests} did not pass: {outcome}", broken)
    if is_exempt:
        return False, None
    if waiting := [test for test in own if test["outcome"] == "not yet"]:
        return False, _against("{tests} is not yet", waiting)
    of_groups = [name for group in rule.groups for name in results["not_run_of"].get(group, ())]
    if not_run := sorted({*(set(rule.tests) & set(results["not_run"])), *of_groups}):
        return False, Note(CODE, "{tests} was not run", {"tests": _some(not_run)})
    if own and not passed:
        return False, _against("nothing of it was tested, because the vendor cannot: exempt is meant ({tests})", own)
    return bool(passed), None


def _is_fine(test: Mapping[str, str]) -> bool:
    is_courtesy = test["outcome"] == "skipped" and test["reason"].startswith(COURTESY)
    return test["outcome"] in {"passed", "vendor cannot"} or is_courtesy


def _against(template: str, tests: Sequence[Mapping[str, str]]) -> Note:
    names = sorted({test["test"] for test in tests})
    outcomes = ", ".join(sorted({test["outcome"] for test in tests}))
    return Note(CODE, template, {"tests": _some(names), "outcome": outcomes})


def _some(names: Sequence[str]) -> str:
    more = f" (+{len(names) - MOST_NAMED})" if len(names) > MOST_NAMED else ""
    return ", ".join(name.removeprefix("test_") for name in names[:MOST_NAMED]) + more

"""Experiments as a listing: how each stands, and what was decided with which numbers."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Rate, Section, Word
from crmbridge.services import stats
from crmbridge.services.experiments import ARMS
from crmbridge.services.experiments_report import Choice, Counted, Decision, ExperimentsReport, Standing, State

_COLUMNS = (
    Column("id", mark("id")),
    Column("hypothesis", mark("hypothesis")),
    Column("change", mark("change")),
    Column("unit", mark("kind"), "word"),
    Column("metric", mark("measured by"), "value"),
    Column("metric_id", mark("id of the KPI")),
    Column("start", mark("from"), "date"),
    Column("end", mark("to"), "date"),
    Column("owner", mark("owner")),
    Column("state", mark("state"), "word"),
    Column("planned", mark("needed in each arm"), "count"),
    Column("control_in", mark("in the control arm"), "count"),
    Column("treatment_in", mark("in the treatment arm"), "count"),
    Column("control", mark("control"), "rate"),
    Column("treatment", mark("treatment"), "rate"),
    Column("difference", mark("difference of rates"), "percent"),
    Column("low", mark("at least"), "percent"),
    Column("high", mark("at most"), "percent"),
    Column("verdict", mark("verdict"), "word"),
    Column("waits_for", mark("verdict waits for"), "word"),
    Column("why", mark("why")),
    Column("decision", mark("decision"), "word"),
    Column("on", mark("decided on"), "date"),
    Column("by", mark("decided by")),
    Column("reason", mark("reason")),
    Column("until", mark("extended to"), "date"),
)
_ARM_COLUMNS = (
    Column("experiment", mark("experiment")),
    Column("kind", mark("kind"), "word"),
    Column("id", mark("id")),
    Column("subject", mark("subject")),
    Column("bucket", mark("bucket"), "count"),
    Column("arm", mark("arm"), "word"),
    Column("what", mark("what")),
    Column("is_in", mark("came in while it runs"), "bool"),
)
_STATES: Mapping[State, str] = {
    "planned": mark("not begun"),
    "running": mark("running"),
    "ended": mark("is over"),
    "too_few": mark("over with too few records"),
}
_CHOICES: Mapping[Choice, str] = {"adopt": mark("adopted"), "drop": mark("dropped"), "extend": mark("extended")}
_WORDS = (
    mark("control"),
    mark("treatment"),
    mark("records"),
    mark("end"),
    mark("lead"),
    mark("deal"),
)
_SECTIONS = (
    Section(
        "experiments",
        mark("Experiments"),
        (
            "id",
            "metric",
            "start",
            "end",
            "state",
            "planned",
            "control",
            "treatment",
            "difference",
            "low",
            "high",
            "verdict",
            "waits_for",
            "why",
            "decision",
        ),
    ),
    Section(
        "decisions",
        mark("What was decided"),
        ("id", "decision", "on", "by", "control", "treatment", "verdict", "until", "reason"),
    ),
)


def experiments_listing(report: ExperimentsReport, explain: Mapping[str, object] | None = None) -> Listing:
    """Each experiment, and beneath them each decision as it was made."""
    rows = [{"section": "experiments", **_row(one)} for one in report.standings]
    rows += [{"section": "decisions", **_decision(one.id, made)} for one in report.standings for made in one.decisions]
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=tuple(rows),
        as_of=report.as_of,
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Experiments"),
        sections=_SECTIONS,
        empty=mark("experiments.toml names no experiment"),
    )


def arm_listing(as_of: datetime, row: Mapping[str, object]) -> Listing:
    """Which arm one record is in."""
    return Listing("experiment-arm/1", _ARM_COLUMNS, (row,), as_of=as_of, title=mark("Arm of an experiment"))


def state_word(state: State) -> Word:
    """A state as people read it."""
    return Word(state, _STATES[state])


def choice_word(choice: Choice) -> Word:
    """A decision as people read it."""
    return Word(choice, _CHOICES[choice])


def rate(pair: Counted) -> Rate:
    """The share of an arm with its interval."""
    return Rate(*pair, pair[1], *(stats.wilson(*pair) or ()))


def _row(one: Standing) -> dict[str, object]:
    plan = one.plan
    row: dict[str, object] = {
        "id": one.id,
        "hypothesis": plan.hypothesis,
        "change": plan.change,
        "unit": plan.unit,
        "metric": Names({**one.kpi.names} or {"en": one.kpi.id}),
        "metric_id": one.kpi.id,
        "start": plan.start,
        "end": one.end,
        "owner": plan.owner,
        "state": state_word(one.state),
        "planned": plan.planned,
    }
    if one.unavailable is not None:
        return row | {"why": one.unavailable}
    for name in ARMS:
        row |= {f"{name}_in": one.arms[name].assigned, name: rate(one.arms[name].pair)}
    if one.result is not None:
        told = {name: getattr(one.result, name) for name in ("difference", "low", "high")}
        row |= {name: Fraction(value) for name, value in told.items() if value is not None}
        row["verdict"] = one.result.verdict
    if one.waits_for is not None:
        row["waits_for"] = one.waits_for
    if one.decision is not None:
        row["decision"] = choice_word(one.decision.choice)
    return row


def _decision(name: str, made: Decision) -> dict[str, object]:
    row: dict[str, object] = {
        "id": name,
        "metric_id": made.metric,
        "decision": choice_word(made.choice),
        "on": made.on,
        "by": made.by,
        "reason": made.reason,
        "planned": made.planned,
        "control": rate(made.control),
        "treatment": rate(made.treatment),
    }
    if made.verdict is not None:
        row["verdict"] = made.verdict
    if made.until is not None:
        row["until"] = made.until
    return row

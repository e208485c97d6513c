"""The risk of losing each customer: 0 to 100, the sum of the reasons that hold, each with its figures (services.md 11).

A reason of which nobody knows whether it holds has no points and is named; it is no reason that does not hold.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from crmbridge.facts.store import Facts
from crmbridge.model.instants import business_date
from crmbridge.model.money import Money, from_e4
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.care_document import CareConfig, Churn
from crmbridge.services.customers import customer_of, write_customers
from crmbridge.services.customers_report import Customer, CustomersReport
from crmbridge.services.quality_supply import Unfilled
from crmbridge.services.results import Evidence
from crmbridge.services.risk_register import Fired
from crmbridge.services.telling import write_telling
from crmbridge.services.touched import write_account_touches
from crmbridge.services.world import World

DEFINITION = "churn/1"
RULE_SET = "churn"
"""The name under which the register of risks knows these items."""

Level = Literal["high", "medium", "low"]
LEVELS: tuple[Level, ...] = ("high", "medium", "low")
ReasonName = Literal["order_gap", "silence", "unhappy", "revenue_drop", "renewal_unmet", "complaint"]
REASONS: tuple[ReasonName, ...] = ("order_gap", "silence", "unhappy", "revenue_drop", "renewal_unmet", "complaint")
"""In the order in which they are told."""
Said = tuple[Note, tuple[str, ...]]
"""What a reason that holds says, and the ids of its records."""


@dataclass(frozen=True, slots=True)
class ChurnRequest:
    """Of whose customers (None: all).

    `unfilled` is what mappings cannot fill, `not_connected` are the outcomes of calls that reached nobody.
    """

    owners: Collection[str] | None = None
    least: Level = "low"
    unfilled: Unfilled = field(default_factory=dict)
    not_connected: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason: `points` None is not known, 0 does not hold. `says` are the figures behind it, `records` their ids."""

    name: ReasonName
    points: int | None
    says: Note | None = None
    records: tuple[str, ...] = ()


_ABSENT: Mapping[ReasonName, Reason] = {name: Reason(name, 0) for name in REASONS}
_UNTOLD: Mapping[ReasonName, Reason] = {name: Reason(name, None) for name in REASONS}
"""Most reasons of most customers are one of these: so they are there once."""


@dataclass(frozen=True, slots=True)
class ChurnRisk:
    """A customer's risk; `score` and `level` are None where not one reason is known."""

    customer: Customer
    owner_id: str | None
    owner: str | None
    reasons: tuple[Reason, ...]
    score: int | None
    level: Level | None

    @property
    def unknown(self) -> tuple[ReasonName, ...]:
        """The reasons of which nobody knows."""
        return tuple(one.name for one in self.reasons if one.points is None)


@dataclass(frozen=True, slots=True)
class ChurnReport:
    """The customers, those at the highest risk first, and how many stand at each level."""

    request: ChurnRequest
    customers: tuple[ChurnRisk, ...]
    levels: Mapping[Level | None, int]
    unknown: Mapping[ReasonName, int]
    evidence: Evidence


def churn(
    facts: Facts, pipelines: Sequence[Pipeline], report: CustomersReport, request: ChurnRequest, config: CareConfig
) -> ChurnReport:
    """The risk of losing the customers of a report, at its moment; of all of them, however many it lists."""
    as_of, today = report.request.as_of, business_date(report.request.as_of, facts.zone)
    world = World(facts, pipelines, cut=as_of)
    write_customers(world, report.request, report.config, report.satisfaction)
    write_telling(world, request.unfilled)
    write_account_touches(world, request.not_connected)
    world.parameters |= _parameters(config.churn) | {
        "owners": None if request.owners is None else sorted(request.owners),
        "only_state": report.request.state,
    }
    for table in ("care_contracts", "care_complaints", "care_churn"):
        world.run(table)
    (counted,) = world.rows("care_churn_counted")
    least = LEVELS[: LEVELS.index(request.least) + 1]
    rows = world.rows("care_churn_listed", levels=list(least), with_unknown=request.least == "low")
    unknown = {name: counted[name] for name in REASONS}
    return ChurnReport(
        request,
        tuple(_risk(row, config.churn, today, report.currency) for row in rows),
        {**{level: counted[level] for level in LEVELS}, None: counted["nobody"]},
        unknown,
        Evidence(
            DEFINITION,
            counted["n"],
            as_of,
            cut=as_of,
            zone=str(facts.zone),
            warnings=tuple(_notes(counted["n"], unknown, counted["nobody"])),
        ),
    )


def _parameters(rules: Churn) -> dict[str, object]:
    """The rules as care_churn.sql takes them: the points of each reason by its name, and from where on it holds."""
    above, below = rules.order_gap.times.as_integer_ratio()
    return {
        **{name: getattr(rules, name).points for name in REASONS},
        "gap_above": above,
        "gap_below": below,
        "silent_days": rules.silence.days,
        "drop_percent": rules.revenue_drop.percent,
        "renewal_days": rules.renewal_unmet.renewal_days,
        "meeting_days": rules.renewal_unmet.meeting_days,
        "dormant": rules.dormant,
        "high_from": rules.high_from,
        "medium_from": rules.medium_from,
    }


def _risk(row: Mapping[str, Any], rules: Churn, today: date, currency: str) -> ChurnRisk:
    """The risk of one customer; what a reason says is put together only where it holds: few do."""
    reasons = tuple(
        Reason(name, row[name], *_SAYS[name](row, rules, today, currency))
        if row[name]
        else (_UNTOLD if row[name] is None else _ABSENT)[name]
        for name in REASONS
    )
    return ChurnRisk(customer_of(row, currency), row["owner_id"], row["owner"], reasons, row["score"], row["level"])


def fired(report: ChurnReport, config: CareConfig) -> Iterator[Fired]:
    """How customers stand that an item of the register may be about."""
    wish = config.churn.register_from
    for one in report.customers:
        if wish != "none" and one.level is not None:
            yield Fired(
                key=f"{RULE_SET}|{one.customer.id}",
                title=one.customer.name or one.customer.external_id,
                category="customer",
                source="auto",
                probability=_PROBABILITY[one.level],
                impact=None,
                owner=one.owner_id,
                kind="account",
                record=one.customer.id,
                signals=() if one.level == "low" else tuple(reason.name for reason in one.reasons if reason.points),
                untold=one.unknown,
                is_due=one.level == "high" or (wish == "medium" and one.level == "medium"),
            )


_PROBABILITY: Mapping[Level, int] = {"high": 4, "medium": 3, "low": 2}


def _order_gap(row: Mapping[str, Any], rules: Churn, _today: date, _currency: str) -> Said:
    days, gap = row["days_since"], Fraction(row["twice_gap"], 2)
    told = {"days": days, "gap": _shown(gap), "times": _shown(days / gap) if gap else "-"}
    told |= {"points": rules.order_gap.points}
    return Note("ORDER_GAP", "{days} days since the last order, {times} times the usual {gap}", told), ()


_SILENT = "no word from them for {days} days"
_NEVER = "never a word from them, known for {days} days"


def _silence(row: Mapping[str, Any], rules: Churn, today: date, _currency: str) -> Said:
    told = {"days": (today - (row["two_way"] or row["since"])).days, "points": rules.silence.points}
    return Note("SILENCE", _SILENT if row["two_way"] else _NEVER, told), ()


def _unhappy(row: Mapping[str, Any], rules: Churn, _today: date, _currency: str) -> Said:
    told = {"said": row["said"], "day": row["answered_on"], "points": rules.unhappy.points}
    return Note("UNHAPPY", "last answer {said} on {day}", told), tuple(row["answers"] or ())


def _revenue_drop(row: Mapping[str, Any], rules: Churn, _today: date, currency: str) -> Said:
    told: dict[str, object] = {
        name: Money(from_e4(row[f"{name}_e4"], currency), currency) for name in ("recent", "prior")
    }
    told["points"] = rules.revenue_drop.points
    return Note("REVENUE_DROP", "{recent} in twelve months, {prior} in the twelve before", told), ()


def _renewal_unmet(row: Mapping[str, Any], rules: Churn, _today: date, _currency: str) -> Said:
    wish = rules.renewal_unmet
    told = {"day": row["end_date"], "days": wish.meeting_days, "points": wish.points}
    says = Note("RENEWAL_UNMET", "a contract ends on {day}, and no meeting for {days} days", told)
    return says, tuple(row["contracts"] or ())


def _complaint(row: Mapping[str, Any], rules: Churn, _today: date, _currency: str) -> Said:
    found = row["complaints"]
    says = Note("COMPLAINT", "{n} complaints open", {"n": len(found), "points": rules.complaint.points})
    return says, tuple(found)


_SAYS: Mapping[ReasonName, Callable[[Mapping[str, Any], Churn, date, str], Said]] = {
    "order_gap": _order_gap,
    "silence": _silence,
    "unhappy": _unhappy,
    "revenue_drop": _revenue_drop,
    "renewal_unmet": _renewal_unmet,
    "complaint": _complaint,
}


def _shown(value: Fraction) -> str:
    """A number with a decimal at most."""
    return f"{float(value):.1f}".removesuffix(".0")


def _notes(judged: int, unknown: Mapping[ReasonName, int], nobody: int) -> Iterator[Note]:
    silent = [name for name in REASONS if judged and unknown[name] == judged]
    if silent:
        text = "no source tells these reasons of any customer: {reasons}"
        yield Note("REASONS_UNAVAILABLE", text, {"reasons": ", ".join(silent)})
    if nobody:
        yield Note("NOT_JUDGED", "of {n} customers not one reason is known", {"n": nobody})

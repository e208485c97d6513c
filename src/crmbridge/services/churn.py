"""The risk of losing each customer: 0 to 100, the sum of the reasons that hold, each with its figures (services.md 11).

A reason of which nobody knows whether it holds has no points and is named; it is no reason that does not hold.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
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
from crmbridge.services.customers import source_of
from crmbridge.services.customers_report import Customer, CustomersReport
from crmbridge.services.quality_supply import Unfilled
from crmbridge.services.results import Evidence
from crmbridge.services.risk_register import Fired
from crmbridge.services.satisfaction import write_surveys
from crmbridge.services.satisfaction_document import SatisfactionConfig
from crmbridge.services.satisfaction_document import built_in as built_in_satisfaction
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
_MOST = 100


@dataclass(frozen=True, slots=True)
class ChurnRequest:
    """Of whose customers (None: all).

    `unfilled` is what mappings cannot fill, `not_connected` are the outcomes of calls that reached nobody.
    """

    owners: Collection[str] | None = None
    least: Level = "low"
    unfilled: Unfilled = field(default_factory=dict)
    not_connected: Sequence[str] = ()
    satisfaction: SatisfactionConfig = field(default_factory=built_in_satisfaction)


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
    """The risk of losing the customers of a report, at its moment."""
    as_of = report.request.as_of
    world = World(facts, pipelines, cut=as_of)
    today = business_date(as_of, facts.zone)
    world.parameters |= {
        "today": today,
        "owners": None if request.owners is None else sorted(request.owners),
        "only_currency": report.request.currency,
        "renewal_days": config.churn.renewal_unmet.renewal_days,
    }
    world.run("purchases_orders" if source_of(world, report.config) == "orders" else "purchases_deals")
    write_surveys(world, request.satisfaction, report.config.life)
    write_telling(world, request.unfilled)
    write_account_touches(world, request.not_connected)
    for table in ("care_contracts", "care_complaints"):
        world.run(table)
    known = {row["id"]: row for row in world.rows("care_churn")}
    judged = [
        judge(one, known[one.id], config.churn, today, report.currency)
        for one in report.customers
        if one.id in known and _is_judged(one, known[one.id], config.churn)
    ]
    judged.sort(key=_worst_first)
    unknown = Counter(name for one in judged for name in one.unknown)
    levels = Counter(one.level for one in judged)
    least = LEVELS[: LEVELS.index(request.least) + 1]
    return ChurnReport(
        request,
        tuple(one for one in judged if one.level in least or (one.level is None and request.least == "low")),
        {level: levels[level] for level in (*LEVELS, None)},
        {name: unknown[name] for name in REASONS},
        Evidence(
            DEFINITION,
            len(judged),
            as_of,
            cut=as_of,
            zone=str(facts.zone),
            warnings=tuple(_notes(len(judged), unknown, levels[None])),
        ),
    )


def judge(one: Customer, row: Mapping[str, Any], rules: Churn, today: date, currency: str) -> ChurnRisk:
    """The risk of one customer out of what is known of it."""
    reasons = tuple(_reasons(one, row, rules, today, currency))
    told = [reason.points for reason in reasons if reason.points is not None]
    score = min(_MOST, sum(told)) if told else None
    return ChurnRisk(one, row["owner_id"], row["owner"], reasons, score, level_of(score, rules))


def level_of(score: int | None, rules: Churn) -> Level | None:
    """The level of a score."""
    if score is None:
        return None
    return "high" if score >= rules.high_from else "medium" if score >= rules.medium_from else "low"


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


def _is_judged(one: Customer, row: Mapping[str, Any], rules: Churn) -> bool:
    """Who never bought is no customer to lose, but for a contract; who is lost already only where it is wanted."""
    if one.state == "potential":
        return bool(row["contracts"])
    return one.state != "dormant" or rules.dormant


def _worst_first(one: ChurnRisk) -> tuple[Any, ...]:
    name = one.customer.name or one.customer.external_id
    return (one.score is None, -(one.score or 0), -one.customer.amount.e4, name, one.customer.id)


def _reasons(one: Customer, row: Mapping[str, Any], rules: Churn, today: date, currency: str) -> Iterator[Reason]:
    """What a reason says is put together only where it holds: few do."""
    yield _order_gap(one, rules)
    yield _silence(row, rules, today)
    yield _unhappy(row, rules)
    yield _revenue_drop(row, rules, currency)
    yield _renewal_unmet(row, rules, today)
    yield _complaint(row, rules)


def _order_gap(one: Customer, rules: Churn) -> Reason:
    days, gap, points = one.days_since, one.gap_days, rules.order_gap.points
    if days is None:
        return _UNTOLD["order_gap"]
    above, below = rules.order_gap.times.as_integer_ratio()
    if days * gap.denominator * below <= gap.numerator * above:
        return _ABSENT["order_gap"]
    told = {"days": days, "gap": _shown(gap), "times": _shown(days / gap) if gap else "-", "points": points}
    says = Note("ORDER_GAP", "{days} days since the last order, {times} times the usual {gap}", told)
    return Reason("order_gap", points, says)


_SILENT = "no word from them for {days} days"
_NEVER = "never a word from them, known for {days} days"


def _silence(row: Mapping[str, Any], rules: Churn, today: date) -> Reason:
    since, points = row["two_way"] or row["since"], rules.silence.points
    if since is None or not row["is_told"]:
        return _UNTOLD["silence"]
    silent = (today - since).days
    if silent < rules.silence.days:
        return _ABSENT["silence"]
    told = {"days": silent, "points": points}
    return Reason("silence", points, Note("SILENCE", _SILENT if row["two_way"] else _NEVER, told))


def _unhappy(row: Mapping[str, Any], rules: Churn) -> Reason:
    if not row["is_low"]:
        return (_UNTOLD if row["is_low"] is None else _ABSENT)["unhappy"]
    points = rules.unhappy.points
    told = {"said": row["said"], "day": row["answered_on"], "points": points}
    return Reason("unhappy", points, Note("UNHAPPY", "last answer {said} on {day}", told), tuple(row["answers"] or ()))


def _revenue_drop(row: Mapping[str, Any], rules: Churn, currency: str) -> Reason:
    if row["prior_e4"] is None:
        return _UNTOLD["revenue_drop"]
    recent, prior, points = int(row["recent_e4"]), int(row["prior_e4"]), rules.revenue_drop.points
    if recent * 100 > prior * (100 - rules.revenue_drop.percent):
        return _ABSENT["revenue_drop"]
    told: dict[str, object] = {
        name: Money(from_e4(e4, currency), currency) for name, e4 in (("recent", recent), ("prior", prior))
    }
    says = Note("REVENUE_DROP", "{recent} in twelve months, {prior} in the twelve before", told | {"points": points})
    return Reason("revenue_drop", points, says)


def _renewal_unmet(row: Mapping[str, Any], rules: Churn, today: date) -> Reason:
    wish, ends = rules.renewal_unmet, row["end_date"]
    if ends is None:
        return (_ABSENT if row["has_contracts"] else _UNTOLD)["renewal_unmet"]
    if not row["is_told"]:
        return _UNTOLD["renewal_unmet"]
    if row["met"] is not None and (today - row["met"]).days < wish.meeting_days:
        return _ABSENT["renewal_unmet"]
    told = {"day": ends, "days": wish.meeting_days, "points": wish.points}
    says = Note("RENEWAL_UNMET", "a contract ends on {day}, and no meeting for {days} days", told)
    return Reason("renewal_unmet", wish.points, says, tuple(row["contracts"] or ()))


def _complaint(row: Mapping[str, Any], rules: Churn) -> Reason:
    if not row["complaints"]:
        return (_ABSENT if row["has_tickets"] else _UNTOLD)["complaint"]
    points, found = rules.complaint.points, row["complaints"]
    says = Note("COMPLAINT", "{n} complaints open", {"n": len(found), "points": points})
    return Reason("complaint", points, says, tuple(found))


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

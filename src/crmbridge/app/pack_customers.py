"""The sections of a pack about customers: what they ask for, and how many stand in which value class."""

from collections.abc import Iterator, Sequence
from functools import reduce

from crmbridge.app import quoting, satisfactions
from crmbridge.app.pack_asking import LISTED, PackAsked
from crmbridge.model.errors import CrmBridgeError
from crmbridge.model.notes import Note
from crmbridge.report.cells import once
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Word
from crmbridge.report.pack import PackSection
from crmbridge.services.complaints import open_complaints
from crmbridge.services.customers_report import Customer, Group
from crmbridge.services.results import Amount

_WORDS = (
    mark("VIP"),
    mark("complaint"),
    mark("low score"),
    mark("contract ends"),
    mark("VIP not in touch"),
    mark("may leave us"),
    mark("offer has expired"),
)
_CLASSES = {"A": mark("customers of class A"), "B": mark("customers of class B"), "C": mark("customers of class C")}
_EVERY = {
    "bd": mark("the policy says every {count} workdays"),
    "d": mark("the policy says every {count} days"),
    "bh": mark("the policy says every {count} working hours"),
}
_COLUMNS = ("what", "customer", "who", "amount", "score", "from", "to", "age", "why")


def customers_section(asked: PackAsked) -> PackSection:
    """Open complaints, low scores, contracts that end, VIPs without contact, who may leave us, offers that expired.

    What one of them lacks is said below, and the others are there all the same.
    """
    rows: list[dict[str, object]] = []
    why: list[Note] = []
    for listed in (_complaints, _low_scores, _renewals, _gaps, _leaving, _expired):
        try:
            found = list(listed(asked))
        except CrmBridgeError as error:
            why.append(Note("UNAVAILABLE", error.message, dict(error.context)))
            continue
        rows += found[:LISTED]
        if len(found) > LISTED:
            more = {"what": found[0]["what"], "count": len(found) - LISTED}
            rows.append({"what": found[0]["what"], "why": Note("MORE", mark("{count} more"), more)})
    if not rows:
        why.append(Note("NO_CUSTOMERS", mark("no customer asks for anything, or no source tells of it")))
    return PackSection("customers", _COLUMNS, rows, tuple(once(why)))


def _complaints(asked: PackAsked) -> Iterator[dict[str, object]]:
    """The open complaints, the oldest first."""
    calendar, asker = asked.asker.wiring.calendar, asked.asker
    for one in open_complaints(asker.facts, asker.as_of):
        if asked.is_ours(one.owner_id):
            day = one.since
            age = None if day is None else calendar.business_days_between(day, max(day, asked.today))
            row: dict[str, object] = {
                "what": Word("complaint"),
                "customer": one.customer,
                "who": one.owner,
                "from": day,
            }
            row |= {} if age is None else {"age": age}
            yield row | ({} if one.name is None else {"why": one.name}) | {"records": [one.id]}


def _low_scores(asked: PackAsked) -> Iterator[dict[str, object]]:
    """The low scores that were given in the period."""
    for one in satisfactions.low_scores(asked.asker, {}).scores:
        if asked.period.start <= one.day < asked.period.end and asked.is_ours(one.owner_id):
            row: dict[str, object] = {"what": Word("low score"), "customer": one.customer, "who": one.owner}
            row |= {"score": one.score, "from": one.day, "records": [one.id]}
            yield row | ({"why": one.comment} if one.comment else {})


def _renewals(asked: PackAsked) -> Iterator[dict[str, object]]:
    """The contracts that are to be renewed, the one that ends first first."""
    steps = asked.care.renewals.steps
    found = {one.contract.id: one.contract for one in steps if asked.is_ours(one.contract.owner_id)}
    for one in sorted(found.values(), key=lambda contract: (contract.end_date, contract.subject)):
        row: dict[str, object] = {
            "what": Word("contract ends"),
            "customer": one.customer or one.label,
            "who": one.owner,
        }
        row |= {} if one.amount_e4 is None else {"amount": asked.money(one.amount_e4, one.currency)}
        yield row | {"to": one.end_date, "records": [one.id]}


def _gaps(asked: PackAsked) -> Iterator[dict[str, object]]:
    """The VIPs with whom nobody was in touch for longer than agreed, the longest first."""
    for one in asked.care.gaps.gaps:
        if one.customer.is_vip and asked.is_ours(one.owner_id):
            row: dict[str, object] = {"what": Word("VIP not in touch"), "customer": _named(one.customer)}
            row |= {"who": one.owner, "from": one.since, "age": one.gap, "records": [one.customer.id]}
            yield row | {"why": Note("GAP", _EVERY[one.limit.unit], {"count": one.limit.count})}


def _leaving(asked: PackAsked) -> Iterator[dict[str, object]]:
    """The customers at a high risk of leaving, with what tells it."""
    for one in asked.care.churn.customers:
        if one.level == "high" and asked.is_ours(one.owner_id):
            why = [reason.says for reason in one.reasons if reason.points and reason.says is not None]
            row: dict[str, object] = {"what": Word("may leave us"), "customer": _named(one.customer), "who": one.owner}
            row |= {"score": one.score, "records": [one.customer.id]}
            yield row | ({"why": why} if why else {})


def _expired(asked: PackAsked) -> Iterator[dict[str, object]]:
    """The offers that expired while their deal is open."""
    for one in quoting.reported(asked.asker, made={}).quotes:
        if one.status == "expired" and one.is_deal_open and asked.is_ours(one.owner_id):
            row: dict[str, object] = {
                "what": Word("offer has expired"),
                "customer": one.customer or one.deal or one.label,
            }
            yield row | {"who": one.owner, "to": one.valid_until, "records": [one.id]}


def _named(one: Customer) -> str:
    return one.name or one.external_id


def tiers_section(asked: PackAsked) -> PackSection:
    """How many customers stand in each value class and are VIPs, and what they bought in the window."""
    asker = asked.asker
    report = asked.care.customers
    groups: Sequence[Group] = (*report.classes, report.vips)
    if asked.members is not None:
        owners = dict(asker.facts.query("SELECT id, owner_id FROM accounts", {}))
        ours = [one for one in report.customers if asked.is_ours(owners.get(one.id))]
        groups = [
            *(_group(name, [one for one in ours if one.value_class == name], report.currency) for name in _CLASSES),
            _group("vip", [one for one in ours if one.is_vip], report.currency),
        ]
    rows = [
        {"what": Word(one.key, _CLASSES.get(one.key, "VIP")), "n": one.customers, "amount": one.amount.money}
        for one in groups
        if one.customers
    ]
    none = Note("NO_PURCHASES", mark("no customer has bought anything in the window"))
    return PackSection("tiers", ("what", "n", "amount"), rows, () if rows else (none,))


def _group(name: str, found: Sequence[Customer], currency: str) -> Group:
    nothing = Amount(0, currency, 0)
    return Group(name, len(found), reduce(_added, (one.amount for one in found), nothing))


def _added(one: Amount, other: Amount) -> Amount:
    return Amount(one.e4 + other.e4, one.currency, one.n + other.n, one.unknown + other.unknown)

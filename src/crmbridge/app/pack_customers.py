"""The sections of a pack about customers: what they complain of, and how many stand in which value class."""

from collections.abc import Sequence
from functools import reduce

from crmbridge.app import customer_ranks
from crmbridge.app.pack_asking import PackAsked
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Word
from crmbridge.report.pack import PackSection
from crmbridge.services.customers import customers
from crmbridge.services.customers_report import Customer, CustomersRequest, Group
from crmbridge.services.results import Amount
from crmbridge.services.world import naive, text

_WORDS = (mark("complaint"), mark("VIP"))
_CLASSES = {"A": mark("customers of class A"), "B": mark("customers of class B"), "C": mark("customers of class C")}


def customers_section(asked: PackAsked) -> PackSection:
    """The open complaints, the oldest first."""
    calendar, asker = asked.asker.wiring.calendar, asked.asker
    found = asker.facts.query(text("pack_complaints"), {"cut": naive(asker.as_of), "zone": str(asker.facts.zone)})
    rows: list[dict[str, object]] = [
        {
            "what": Word("complaint"),
            "deal": name,
            "who": owner,
            "from": day,
            "age": None if day is None else calendar.business_days_between(day, max(day, asked.today)),
            "records": [id_],
        }
        for id_, name, owner, day, owner_id in found
        if asked.is_ours(owner_id)
    ]
    none = Note("NO_COMPLAINTS", mark("no complaint is open, or no source holds any"))
    return PackSection("customers", ("what", "deal", "who", "from", "age"), rows, () if rows else (none,))


def tiers_section(asked: PackAsked) -> PackSection:
    """How many customers stand in each value class and are VIPs, and what they bought in the window."""
    asker = asked.asker
    limit = 0 if asked.members is None else None
    request = CustomersRequest(asker.as_of, asked.currency, limit=limit)
    report = customers(asker.facts, asker.pipelines, request, customer_ranks.own_document(asker.wiring))
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

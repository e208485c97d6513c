"""Customers as a listing: how many stand where, and the customers themselves with what ranks them."""

from collections.abc import Iterator, Mapping, Sequence

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section, Word
from crmbridge.services.customers_report import Customer, CustomersReport, Group

_COLUMNS = (
    Column("state", mark("life cycle"), "word"),
    Column("value_class", mark("value class"), "word"),
    Column("group", mark("which"), "word"),
    Column("customers", mark("customers"), "count"),
    Column("id", mark("id")),
    Column("customer", mark("customer")),
    Column("days_since", mark("days since the last purchase"), "count"),
    Column("orders", mark("purchases"), "count"),
    Column("amount", mark("amount"), "money"),
    Column("recency", mark("R"), "count"),
    Column("frequency", mark("F"), "count"),
    Column("money", mark("M"), "count"),
    Column("points", mark("points"), "count"),
    Column("vip", mark("VIP"), "bool"),
    Column("unhappy", mark("unhappy"), "bool"),
    Column("gap_days", mark("usual gap"), "days"),
    Column("was", mark("was"), "word"),
    Column("purchase", mark("purchase")),
    Column("day", mark("day"), "date"),
)
_LISTED = ("customer", "state", "value_class", "vip", "points", "days_since", "orders", "amount", "was")
_BOUGHT = ("customer", "purchase", "day", "amount")
_SHOWN = {"active": mark("active customer"), "at_risk": mark("customer at risk")}
"""States of customers whose words mean something else, or nothing, of a record."""


def customers_listing(report: CustomersReport, explain: Mapping[str, object] | None = None) -> Listing:
    """The states and value classes with their customers counted, then the customers, those who bought most first."""
    rows: list[Mapping[str, object]] = [
        *_groups("states", "state", report.states),
        *_groups("classes", "value_class", report.classes),
        {"section": "vips", "group": Word(report.vips.key, mark("VIP")), **_figures(report.vips)},
        *(_customer(one) for one in report.customers),
        *_purchases(report),
    ]
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=tuple(rows),
        as_of=report.request.as_of,
        window={
            "days": report.config.window_days,
            "zone": report.evidence.zone,
            "currency": report.currency,
            "purchases": report.source,
            "points": "fifths" if report.by_quintiles else "steps",
        },
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Customers"),
        sections=(
            Section("states", mark("Life cycle"), ("state", "customers", "amount")),
            Section("classes", mark("Value classes"), ("value_class", "customers", "amount")),
            Section("vips", mark("VIP"), ("group", "customers", "amount")),
            Section("customers", mark("Customers"), _LISTED),
            *([Section("purchases", mark("What they bought"), _BOUGHT)] if report.purchases else []),
        ),
    )


def _groups(section: str, column: str, groups: Sequence[Group]) -> list[Mapping[str, object]]:
    return [{"section": section, column: _state(group.key), **_figures(group)} for group in groups]


def _state(state: str | None) -> str | None:
    return None if state is None else Word(state, _SHOWN.get(state, ""))


def _purchases(report: CustomersReport) -> Iterator[Mapping[str, object]]:
    names = {one.id: one.name or one.external_id for one in report.customers}
    for one in report.purchases:
        yield {
            "section": "purchases",
            "id": one.customer,
            "customer": names[one.customer],
            "purchase": one.id,
            "day": one.day,
            "amount": one.amount,
        }


def _figures(group: Group) -> dict[str, object]:
    return {"customers": group.customers, "amount": group.amount.money}


def _customer(one: Customer) -> dict[str, object]:
    return {
        "section": "customers",
        "id": one.id,
        "customer": one.name or one.external_id,
        "state": _state(one.state),
        "was": _state(one.was),
        "value_class": one.value_class,
        "vip": one.is_vip,
        "unhappy": one.is_unhappy,
        "days_since": one.days_since,
        "orders": one.orders,
        "amount": one.amount.money if one.orders else None,
        "recency": one.recency_points,
        "frequency": one.frequency_points,
        "money": one.money_points,
        "points": one.points,
        "gap_days": one.gap_days,
    }

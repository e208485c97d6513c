"""Customers by recency, frequency and money, by value class and VIP, and where each stands in its life cycle.

All of it is worked out in one query over the purchases; formulas and defaults: `services.md` 6.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from crmbridge.facts.store import Facts
from crmbridge.model.money import MixedCurrency, Money, from_e4, to_e4
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.customers_report import (
    STATES,
    Change,
    Customer,
    CustomersConfig,
    CustomersReport,
    CustomersRequest,
    Group,
    Purchase,
    built_in,
)
from crmbridge.services.lazily import Lazily
from crmbridge.services.results import Amount, Evidence
from crmbridge.services.satisfaction import write_surveys
from crmbridge.services.satisfaction_document import SatisfactionConfig
from crmbridge.services.satisfaction_document import built_in as built_in_satisfaction
from crmbridge.services.world import World, naive

DEFINITION = "customers/1"
SERVICE = "customers"
"""The service of the events that say which customer came into which state, and when."""
_TEN_THOUSANDTHS = 10_000


def customers(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    request: CustomersRequest,
    config: CustomersConfig | None = None,
    satisfaction: SatisfactionConfig | None = None,
) -> CustomersReport:
    """Every account as a customer, at `as_of`; MixedCurrency where purchases of several currencies would be summed."""
    config, satisfaction = config or built_in(), satisfaction or built_in_satisfaction()
    world = World(facts, pipelines, cut=request.as_of)
    currency = write_customers(world, request, config, satisfaction)
    (counted,) = world.rows("customers_counted")
    names, rows = world.table("customers_listed", state=request.state, most=request.limit)
    listed = Lazily(rows, lambda row: customer_of(dict(zip(names, row, strict=True)), currency))
    return CustomersReport(
        request=request,
        config=config,
        satisfaction=satisfaction,
        currency=currency,
        source=source_of(world, config),
        by_quintiles=counted["ranked"] >= config.rfm.quintiles_from,
        customers=listed,
        states=_groups(world, "state", STATES, currency),
        classes=_groups(world, "value_class", ("A", "B", "C"), currency),
        vips=Group("vip", counted["vips"], Amount(int(counted["vip_e4"]), currency, counted["vips"])),
        changes=Lazily(world.tuples("customers_changed"), lambda row: Change(*row)),
        unplaced=counted["unplaced"],
        evidence=Evidence(
            DEFINITION,
            counted["customers"],
            request.as_of,
            cut=request.as_of,
            zone=str(facts.zone),
            warnings=_notes(counted),
        ),
        purchases=_purchases(world, listed, currency) if request.explained else (),
    )


def write_customers(
    world: World, request: CustomersRequest, config: CustomersConfig, satisfaction: SatisfactionConfig
) -> str:
    """The tables svc_purchases, svc_surveys and svc_customers are there; the currency of their amounts.

    MixedCurrency where purchases of several currencies would be summed.
    """
    source = source_of(world, config)
    told = {"source": source, **_parameters(world.facts, request, config)}
    world.parameters |= told
    write_purchases(world, source)
    currency = _currency(world, request)
    surveys = write_surveys(world, satisfaction, config.life)
    world.make("customers", *told, *surveys)
    return currency


def write_purchases(world: World, source: Literal["orders", "deals"]) -> None:
    """The table svc_purchases is there: what was bought, in the currency `only_currency` if one was asked for."""
    world.make("purchases_orders" if source == "orders" else "purchases_deals", "only_currency")


def source_of(world: World, config: CustomersConfig) -> Literal["orders", "deals"]:
    """Which records are purchases: orders where there are any, unless the document says otherwise."""
    if config.source != "auto":
        return config.source
    return "orders" if world.sql("SELECT 1 FROM orders LIMIT 1") else "deals"


def _parameters(facts: Facts, request: CustomersRequest, config: CustomersConfig) -> dict[str, object]:
    life, rfm = config.life, config.rfm
    return {
        "today": request.as_of.astimezone(facts.zone).date(),
        "only_currency": request.currency,
        "window_days": config.window_days,
        "quintiles_from": rfm.quintiles_from,
        "recency_steps": list(rfm.recency_days),
        "order_steps": list(rfm.orders),
        "money_steps": [_scaled(times) for times in rfm.money],
        "a_below": _scaled(config.value.a_below),
        "b_below": _scaled(config.value.b_below),
        "vip_e4": None if config.vip.amount is None else to_e4(config.vip.amount),
        "vip_points": config.vip.points,
        "own_gap_from": life.own_gap_from,
        "gap_days": life.gap_days,
        "gap_segments": list(life.gap_days_of),
        "segment_gaps": list(life.gap_days_of.values()),
        "at_risk_gaps": _scaled(life.at_risk_gaps),
        "dormant_days": life.dormant_days,
        "dormant_gaps": _scaled(life.dormant_gaps),
        "loyal_orders": life.loyal_orders,
        "loyal_days": life.loyal_days,
        "held_since": naive(request.as_of - timedelta(days=life.hold_days)),
    }


def _scaled(times: Decimal) -> int:
    return int(times * _TEN_THOUSANDTHS)


def _currency(world: World, request: CustomersRequest) -> str:
    found = world.sql("SELECT DISTINCT currency FROM svc_purchases WHERE e4 IS NOT NULL ORDER BY 1")
    currencies = [currency for (currency,) in found]
    if len(currencies) > 1:
        raise MixedCurrency(currencies)
    return request.currency or (currencies[0] if currencies else world.facts.currency)


def customer_of(row: Mapping[str, Any], currency: str) -> Customer:
    """The customer of a row of svc_customers."""
    orders = row["orders"] or 0
    return Customer(
        id=row["id"],
        external_id=row["external_id"],
        name=row["name"],
        days_since=row["days_since"],
        orders=row["orders"],
        amount=Amount(int(row["e4"] or 0), currency, row["known"] or 0, orders - (row["known"] or 0)),
        recency_points=row["r"],
        frequency_points=row["f"],
        money_points=row["m"],
        value_class=row["value_class"],
        is_vip=row["is_vip"],
        state=row["state"],
        gap_days=Fraction(row["twice_gap"], 2),
        is_unhappy=row["is_unhappy"],
        was=row["before_state"] if row["before_state"] != row["state"] else None,
    )


def _purchases(world: World, listed: Sequence[Customer], currency: str) -> tuple[Purchase, ...]:
    found = world.tuples("customers_purchases", ids=[one.id for one in listed])
    return tuple(
        Purchase(id_, customer, day, None if e4 is None else Money(from_e4(e4, currency), currency))
        for customer, id_, day, e4 in found
    )


def _groups(world: World, column: str, keys: Sequence[str], currency: str) -> tuple[Group, ...]:
    counted = {row["key"]: row for row in world.rows("customers_groups", {"column": column})}
    none = {"customers": 0, "e4": 0}
    found = ((key, counted.get(key, none)) for key in keys)
    return tuple(Group(key, row["customers"], Amount(int(row["e4"]), currency, row["customers"])) for key, row in found)


def _notes(counted: dict[str, Any]) -> tuple[Note, ...]:
    told = (
        Note("UNPLACED", "{n} purchases name no customer: they are in no figure", {"n": counted["unplaced"]}),
        Note("UNDATED", "{n} purchases have no day: they are in no figure", {"n": counted["undated"]}),
        Note("NO_AMOUNT", "{n} purchases have no amount: they count as none", {"n": counted["without_amount"]}),
    )
    return tuple(note for note in told if note.params["n"])

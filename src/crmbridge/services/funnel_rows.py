"""The rows of a funnel: the whole, and one for each slice, with leads joined to deals slice by slice."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any

from crmbridge.model.notes import Note
from crmbridge.services.dimensions import Dimension
from crmbridge.services.funnel_report import CohortRates, FunnelRow
from crmbridge.services.results import DAY_US, Amount, Durations, MoneyRate, Rate, Unavailable, View
from crmbridge.services.velocity import velocity
from crmbridge.services.world import World

UNKNOWN_LABEL = "unknown"
WHOLE = Dimension("all", "deal", "'all'", "'all'")
_EMPTY_AMOUNT: Mapping[str, int] = {"e4": 0, "n": 0, "unknown": 0}
_EMPTY_STATS: Mapping[str, Any] = {"n": 0, "total": None, "low": None, "high": None, "quantiles": None}
_COUNTS = ("total", "won", "lost", "no_decision", "open", "void", "unknown", "undated", "in_play")
_AMOUNTS = ("won_amount", "lost_amount", "decided_amount", "open_amount", "unknown_amount")
_CYCLES = ("cycle", "cycle_gross", "lost_cycle")
_EMPTY: Mapping[str, Any] = (
    dict.fromkeys(_COUNTS, 0) | dict.fromkeys(_AMOUNTS, _EMPTY_AMOUNT) | dict.fromkeys(_CYCLES, _EMPTY_STATS)
)
NO_LEADS = Unavailable(Note("NO_LEADS", "there are no leads"))
NO_LEAD_SLICES = Unavailable(Note("NO_LEAD_SLICES", "leads cannot be sliced this way"))
NO_SEPARATE_REASON = Unavailable(Note("NO_DECISION_UNKNOWN", "no reason tells a lost deal from one nobody decided"))


def rows(
    world: World, deals: Dimension, leads: Dimension | None, *, view: View, currency: str, separates: bool
) -> list[FunnelRow]:
    """The rows of a dimension, the unknown one last. `separates`: some reason names deals that nobody decided."""
    world.run("slices", deals.fragments, **deals.parameters)
    found = {row["key"]: row for row in world.rows("rows")}
    counted: dict[str | None, dict[str, Any]] = {}
    if leads is not None:
        world.run("slices", leads.fragments, **leads.parameters)
        counted = {row["key"]: row for row in world.rows("leads")}
    keys: list[str | None] = sorted({key for key in (*found, *counted) if key is not None}, key=str)
    if not {None}.isdisjoint((*found, *counted)):
        keys.append(None)
    return [_row(key, found.get(key), counted.get(key), leads is not None, view, currency, separates) for key in keys]


def whole(world: World, *, view: View, currency: str, separates: bool, has_leads: bool) -> FunnelRow:
    """The row of everything, there even where there is nothing."""
    leads = Dimension("all", "lead", "'all'", "'all'") if has_leads else None
    found = rows(world, WHOLE, leads, view=view, currency=currency, separates=separates)
    row = found[0] if found else _row("all", None, None, has_leads, view, currency, separates)
    values = {item.name: getattr(row, item.name) for item in fields(row)}
    return FunnelRow(**(values | {"key": "all", "label": "all", "is_whole": True}))


def amount(found: Mapping[str, int], currency: str) -> Amount:
    """What `svc_amount` gave."""
    return Amount(int(found["e4"]), currency, found["n"], found["unknown"])


def durations(found: Mapping[str, Any], n: int, *, unit_us: int = DAY_US) -> Durations:
    """What `svc_stats` gave over `n` records, in days."""
    known = found["n"]
    if not known:
        return Durations(0, None, None, None, None, None, n)
    median, p90 = found["quantiles"]
    return Durations(
        known,
        Fraction(int(found["total"]), known * unit_us),
        median / unit_us,
        p90 / unit_us,
        Fraction(int(found["low"]), unit_us),
        Fraction(int(found["high"]), unit_us),
        n - known,
    )


def check_sums(total: FunnelRow, slices: Iterable[FunnelRow]) -> None:
    """The slices add up to the whole, deal by deal and to the last 1/10,000; RuntimeError is a bug of ours."""
    parts = list(slices)
    for name in _COUNTS:
        if sum(getattr(part, name) for part in parts) != getattr(total, name):
            raise RuntimeError(f"slices do not add up to the total in {name}")
    for name in ("won_amount", "lost_amount", "open_amount", "unknown_amount"):
        if sum(getattr(part, name).e4 for part in parts) != getattr(total, name).e4:
            raise RuntimeError(f"slices do not add up to the total in {name}")


def _row(  # noqa: PLR0917 - one call, spelled out above
    key: str | None,
    deals: Mapping[str, Any] | None,
    leads: Mapping[str, Any] | None,
    has_leads: bool,  # noqa: FBT001 - one call, spelled out above
    view: View,
    currency: str,
    separates: bool,  # noqa: FBT001 - one call, spelled out above
) -> FunnelRow:
    found = deals or _EMPTY
    won, lost = found["won"], found["lost"]
    narrow = Rate.of(won, won + lost - found["no_decision"])
    money: dict[str, Any] = {name: amount(found[name], currency) for name in _AMOUNTS}
    decided = money.pop("decided_amount")
    cycle = durations(found["cycle"], won)
    counts: dict[str, Any] = {name: found[name] for name in _COUNTS}
    label = (deals or leads or {}).get("label")
    return FunnelRow(
        key=key,
        label=UNKNOWN_LABEL if key is None else str(label or key),
        **counts,
        win_rate=narrow,
        win_rate_broad=Rate.of(won, won + lost) if separates else NO_SEPARATE_REASON,
        win_rate_value=MoneyRate.of(money["won_amount"], decided),
        **money,
        cycle=cycle,
        cycle_gross=durations(found["cycle_gross"], won),
        lost_cycle=durations(found["lost_cycle"], lost),
        velocity_e4=velocity(found["in_play"], narrow.value, money["won_amount"].mean_e4, cycle.mean),
        cohort=_cohort(found, narrow) if view == "cohort" else None,
        leads=None if not has_leads else leads["leads"] if leads else 0,
        lead_conversion=_conversion(leads) if has_leads else NO_LEAD_SLICES,
    )


def _cohort(found: Mapping[str, Any], narrow: Rate) -> CohortRates:
    created = found["total"] - found["void"]
    still_open = found["open"] + found["unknown"]
    return CohortRates(Rate.of(found["won"], created), narrow, Rate.of(still_open, created))


def _conversion(leads: Mapping[str, Any] | None) -> Rate:
    return Rate.of(leads["converted"], leads["leads"]) if leads else Rate.of(0, 0)

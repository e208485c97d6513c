"""The rows of a funnel: the whole, and one for each slice, with leads joined to deals slice by slice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
LEADS_UNTOLD = Unavailable(Note("CONVERSION_UNKNOWN", "nothing in this source tells whether a lead became a deal"))
NO_LEAD_SLICES = Unavailable(Note("NO_LEAD_SLICES", "leads cannot be sliced this way"))
NO_SEPARATE_REASON = Unavailable(Note("NO_DECISION_UNKNOWN", "no reason tells a lost deal from one nobody decided"))


@dataclass(frozen=True, slots=True)
class RowRules:
    """What holds for every row of a report. `separates`: some reason names deals that nobody decided."""

    view: View
    currency: str
    separates: bool
    has_leads: bool
    leads_tell: bool

    @property
    def leads_refused(self) -> Unavailable | None:
        """Why no lead conversion can be given, None where it can."""
        if not self.has_leads:
            return NO_LEADS
        return None if self.leads_tell else LEADS_UNTOLD


def rows(world: World, deals: Dimension, leads: Dimension | None, rules: RowRules) -> list[FunnelRow]:
    """The rows of a dimension, the unknown one last; `leads` is None where leads have no such dimension."""
    found = {row["key"]: row for row in world.rows("rows", _slices(world, deals, "c.deal_no"))}
    counted: dict[str | None, dict[str, Any]] = {}
    if leads is not None and rules.has_leads:
        counted = {row["key"]: row for row in world.rows("leads", _slices(world, leads, "l.lead_no"))}
    refused = rules.leads_refused or (NO_LEAD_SLICES if leads is None else None)
    keys: list[str | None] = sorted({key for key in (*found, *counted) if key is not None})
    if None in found or None in counted:
        keys.append(None)
    return [_row(key, found.get(key), counted.get(key), rules, refused) for key in keys]


def _slices(world: World, by: Dimension, row_no: str) -> dict[str, str]:
    """The fragments of a query by slice; the one slice of everything needs no table."""
    if by.name == WHOLE.name:
        return {"key": by.key, "label": by.label, "slices": ""}
    world.run("slices", by.fragments, **by.parameters)
    return {"key": "s.slice_key", "label": "s.slice_label", "slices": f"JOIN svc_slices s ON s.row_no = {row_no}"}


def whole(world: World, rules: RowRules) -> FunnelRow:
    """The row of everything, there even where there is nothing."""
    found = rows(world, WHOLE, Dimension("all", "lead", "'all'", "'all'"), rules)
    row = found[0] if found else _row("all", None, None, rules, rules.leads_refused)
    return replace(row, key="all", label="all", is_whole=True)


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


def _row(
    key: str | None,
    deals: Mapping[str, Any] | None,
    leads: Mapping[str, Any] | None,
    rules: RowRules,
    refused: Unavailable | None,
) -> FunnelRow:
    found = deals or _EMPTY
    won, lost = found["won"], found["lost"]
    narrow = Rate.of(won, won + lost - found["no_decision"])
    money: dict[str, Any] = {name: amount(found[name], rules.currency) for name in _AMOUNTS}
    decided = money.pop("decided_amount")
    cycle = durations(found["cycle"], won)
    counts: dict[str, Any] = {name: found[name] for name in _COUNTS}
    label = (deals or leads or {}).get("label")
    return FunnelRow(
        key=key,
        label=UNKNOWN_LABEL if key is None else str(label or key),
        **counts,
        win_rate=narrow,
        win_rate_broad=Rate.of(won, won + lost) if rules.separates else NO_SEPARATE_REASON,
        win_rate_value=MoneyRate.of(money["won_amount"], decided),
        **money,
        cycle=cycle,
        cycle_gross=durations(found["cycle_gross"], won),
        lost_cycle=durations(found["lost_cycle"], lost),
        velocity_e4=velocity(found["in_play"], narrow.value, money["won_amount"].mean_e4, cycle.mean),
        cohort=_cohort(found, narrow) if rules.view == "cohort" else None,
        leads=None if refused in (NO_LEADS, NO_LEAD_SLICES) else leads["leads"] if leads else 0,
        lead_conversion=refused or _conversion(leads),
    )


def _cohort(found: Mapping[str, Any], narrow: Rate) -> CohortRates:
    created = found["total"] - found["void"]
    still_open = found["open"] + found["unknown"]
    return CohortRates(Rate.of(found["won"], created), narrow, Rate.of(still_open, created))


def _conversion(leads: Mapping[str, Any] | None) -> Rate:
    return Rate.of(leads["converted"], leads["leads"]) if leads else Rate.of(0, 0)

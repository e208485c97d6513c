"""A KPI's figures out of the row of a slice: exact quotients, units, intervals, the smallest sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from crmbridge.model.money import SCALE, MixedCurrency, Money, from_e4
from crmbridge.services import stats
from crmbridge.services.kpi_document import Formula, Kpi, Unit
from crmbridge.services.measures import measure
from crmbridge.services.results import DAY_US

_SCALES: Mapping[Unit, int] = {"money": SCALE, "days": DAY_US}
_NOTHING: Mapping[str, Any] = (
    {"key": None, "label": None, "currencies": None}
    | dict.fromkeys(("matched", "base", "known", "base_known", "members"), 0)
    | dict.fromkeys(("total", "base_total", "median"))
)


@dataclass(frozen=True, slots=True)
class KpiSlice:
    """A KPI's figures for one slice or for the whole (`key` None is the slice of the blank ones, label `unknown`).

    `value`, `numerator` and `denominator` are exact and in the KPI's unit: amounts in whole currency units, days,
    counts, shares; `currency` is that of the amounts, those that a share is made of among them. `n` are the records it
    rests on; `low` and `high` bound a rate of counts. `unknown` records are left out because the field is blank on
    them. `is_enough` is False below the smallest sample.
    """

    key: str | None
    label: str
    n: int
    value: Fraction | None
    numerator: Fraction | None
    denominator: Fraction | None
    low: float | None = None
    high: float | None = None
    unknown: int = 0
    currency: str | None = None
    is_enough: bool = True

    @property
    def money(self) -> Money | None:
        """The value as money, rounded once; None where it is none."""
        return self.amount(self.value)

    def amount(self, exact: Fraction | None) -> Money | None:
        """The value, or what a share is made of, as money, rounded once; None where it is none."""
        if exact is None or self.currency is None:
            return None
        return Money(from_e4(exact * SCALE, self.currency), self.currency)


def kpi_slice(kpi: Kpi, found: Mapping[str, Any], default_currency: str) -> KpiSlice:
    """A slice out of its row, which holds as much as the KPI's query adds up. MixedCurrency for several currencies."""
    row = {**_NOTHING, **found}
    currencies = sorted(currency for currency in row["currencies"] or () if currency is not None)
    if len(currencies) > 1:
        raise MixedCurrency(currencies)
    n, value, numerator, denominator, unknown = _figures(kpi, row)
    low = high = None
    if kpi.formula.aggregate == "rate" and kpi.formula.field is None:
        low, high = stats.wilson(row["matched"], row["base"]) or (None, None)
    return KpiSlice(
        key=row["key"],
        label="unknown" if row["key"] is None else str(row["label"] or row["key"]),
        n=n,
        value=value,
        numerator=numerator,
        denominator=denominator,
        low=low,
        high=high,
        unknown=unknown,
        currency=(currencies[0] if currencies else default_currency) if _is_of_money(kpi) else None,
        is_enough=n >= kpi.min_sample,
    )


Figures = tuple[int, Fraction | None, Fraction | None, Fraction | None, int]
"""n, value, numerator, denominator, unknown."""


def _figures(kpi: Kpi, row: Mapping[str, Any]) -> Figures:
    formula = kpi.formula
    scale = _SCALES.get(kpi.unit, 1)
    matched, known = row["matched"], row["known"]
    total = _exact(row["total"]) / scale
    if formula.aggregate == "rate":
        return _rate(formula, row, total)
    if formula.aggregate == "count":
        return matched, Fraction(matched), Fraction(matched), None, 0
    value: Mapping[str, tuple[Fraction | None, Fraction | None, Fraction | None]] = {
        "distinct": (Fraction(row["members"]), Fraction(row["members"]), None),
        "sum": (total if known or not matched else None, total, None),
        "mean": (stats.ratio(total, known), total, Fraction(known)),
        "median": (None if row["median"] is None else Fraction(row["median"]) / scale, None, Fraction(known)),
    }
    return known, *value[formula.aggregate], matched - known


def _rate(formula: Formula, row: Mapping[str, Any], total: Fraction) -> Figures:
    """A share of records, or of what they add up to; records without a value are left out of the latter."""
    if formula.field is None and formula.of_field is None:
        top, bottom = Fraction(row["matched"]), Fraction(row["base"])
        return row["base"], stats.ratio(top, bottom), top, bottom, 0
    top = total / _scale(formula.kind, formula.field) if formula.field else Fraction(row["matched"])
    bottom = _exact(row["base_total"]) / _scale(formula.kind, formula.of_field or formula.field)
    return row["base_known"], stats.ratio(top, bottom), top, bottom, row["base"] - row["base_known"]


def _is_of_money(kpi: Kpi) -> bool:
    """Whether its value, or both parts of its share, are amounts."""
    formula = kpi.formula
    if formula.aggregate != "rate" or formula.field is None:
        return kpi.unit == "money"
    return all(
        measure(formula.kind, name).type == "money" for name in (formula.field, formula.of_field or formula.field)
    )


def _scale(kind: str, name: str | None) -> int:
    """How many of what the facts count make one of the unit people read."""
    found = measure(kind, name).type if name else "number"
    return {"money": SCALE, "days": DAY_US}.get(found, 1)


def _exact(value: Decimal | int | None) -> Fraction:
    return Fraction(0) if value is None else Fraction(value)

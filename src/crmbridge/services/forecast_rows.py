"""The rows of a forecast, added up from counted deals, and what has to be said about them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from crmbridge.model.notes import Note
from crmbridge.services.forecast_chances import Odds
from crmbridge.services.forecast_report import ForecastRow
from crmbridge.services.results import Amount

CATEGORIES = ("pipeline", "best_case", "commit")
"""What an open deal may count as, from the least to the most certain."""
BESIDE = ("past_due", "past_due_before", "unmapped", "on_hold", "omitted", "undated", "elsewhere")
"""The rows of open deals that are not counted."""


class Fold:
    """Adds up what `forecast_rows.sql` counted."""

    def __init__(self, currency: str, odds: Odds) -> None:
        self.currency = currency
        self.odds = odds

    def rows(self, counted: Sequence[Mapping[str, Any]], *, is_whole: bool = False) -> tuple[ForecastRow, ...]:
        """One row for each key, the unknown one last."""
        keys = sorted({row["key"] for row in counted if row["key"] is not None})
        if any(row["key"] is None for row in counted):
            keys.append(None)
        return tuple(self.row(key, [row for row in counted if row["key"] == key], is_whole=is_whole) for key in keys)

    def row(self, key: str | None, counted: Sequence[Mapping[str, Any]], *, is_whole: bool = False) -> ForecastRow:
        """The row of one slice."""
        sums = {place: self._amount(counted, {place}) for place in ("closed", *BESIDE)}
        in_play = [row for row in counted if row["place"] in CATEGORIES]
        weighted, by_vendor = Fraction(0), Fraction(0)
        unweighted = told = 0
        for row in in_play:
            vendor = None if row["probability"] is None else Fraction(row["probability"])
            chance = self.odds.of(row["pipeline"], row["stage"], vendor)
            if chance is None:
                unweighted += row["deals"]
            else:
                weighted += int(row["e4"]) * chance
            if vendor is not None:
                by_vendor, told = by_vendor + int(row["e4"]) * vendor, told + row["deals"]
        closed = {"closed"}
        label = next((row["label"] for row in counted if row["label"]), None)
        return ForecastRow(
            key=key,
            label="unknown" if key is None else str(label or key),
            **sums,
            commit=self._amount(counted, closed | {"commit"}),
            best_case=self._amount(counted, closed | {"commit", "best_case"}),
            total=self._amount(counted, closed | set(CATEGORIES)),
            open_mapped=self._amount(counted, set(CATEGORIES)),
            weighted_e4=weighted,
            weighted_by_vendor_e4=by_vendor if told else None,
            unweighted=unweighted,
            without_amount=sum(row["deals"] for row in counted if row["place"] == "without_amount"),
            is_whole=is_whole,
        )

    def _amount(self, counted: Sequence[Mapping[str, Any]], places: set[str]) -> Amount:
        mine = [row for row in counted if row["place"] in places]
        known = sum(row["n"] for row in mine)
        return Amount(
            sum(int(row["e4"]) for row in mine), self.currency, known, sum(row["deals"] for row in mine) - known
        )


def check_sums(whole: ForecastRow, slices: Sequence[ForecastRow]) -> None:
    """The slices add up to the whole; RuntimeError is a bug of ours."""
    for name in ("closed", "commit", "best_case", "total", "open_mapped", *BESIDE) if slices else ():
        if sum(getattr(part, name).e4 for part in slices) != getattr(whole, name).e4:
            raise RuntimeError(f"slices do not add up to the total in {name}")


def notes(row: ForecastRow, *, lost_nowhere: int, odd_categories: int) -> tuple[Note, ...]:
    """What a person must know before she believes the figures."""
    told = (
        Note(
            "STAGE_UNMAPPED",
            "{n} open deals of the period stand in a stage that no mapping names: they are in no sum",
            {"n": _deals(row.unmapped)},
        ),
        Note(
            "PAST_DUE",
            "{n} open deals of the period are past their expected closing date: they are in no sum",
            {"n": _deals(row.past_due)},
        ),
        Note("NO_AMOUNT", "{n} open deals of the period have no amount", {"n": row.without_amount}),
        Note("NO_CHANCE", "{n} deals are not weighted: nothing tells how likely they are", {"n": row.unweighted}),
        Note(
            "HISTORY_LEFT_OUT",
            "{n} lost deals are in no history: nobody knows in which stage they were lost",
            {"n": lost_nowhere},
        ),
        Note(
            "ODD_CATEGORY",
            "{n} deals have a forecast category nobody knows: that of their stage counts",
            {"n": odd_categories},
        ),
    )
    return tuple(note for note in told if note.params["n"])


def _deals(amount: Amount) -> int:
    return amount.n + amount.unknown

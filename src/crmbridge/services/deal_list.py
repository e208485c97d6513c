"""What people call the deals behind a figure, and over which days the data tells anything at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.model.money import Money, from_e4
from crmbridge.services.world import naive, text


@dataclass(frozen=True, slots=True)
class ListedDeal:
    """A deal as a list shows it; None is unknown. `external_id` is the source's own id."""

    id: str
    external_id: str
    name: str | None
    account: str | None
    owner: str | None
    reason: str | None
    amount: Money | None


@dataclass(frozen=True, slots=True)
class DataDays:
    """The first and the last business date that anything of a deal is known to have happened; None where none is."""

    first: date | None
    last: date | None


def listed_deals(facts: Facts, ids: Iterable[str]) -> dict[str, ListedDeal]:
    """The deals of these ids, by id."""
    wanted = sorted(set(ids))
    rows = facts.query(text("listed_deals"), {"ids": wanted, "currency": facts.currency}) if wanted else []
    found = (_listed(row) for row in rows)
    return {deal.id: deal for deal in found}


def _listed(row: tuple[Any, ...]) -> ListedDeal:
    """One row of listed_deals.sql."""
    one, external_id, name, account, owner, reason, amount_e4, currency = row
    amount = None if amount_e4 is None else Money(from_e4(amount_e4, currency), currency)
    return ListedDeal(one, external_id, name, account, owner, reason, amount)


def data_days(facts: Facts, as_of: datetime) -> DataDays:
    """The days that the data tells of, up to `as_of`."""
    first, last = facts.query(text("data_days"), {"cut": naive(as_of), "zone": str(facts.zone)})[0]
    return DataDays(first, last)

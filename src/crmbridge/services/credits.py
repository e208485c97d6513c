"""Who has earned which credit, and what of it was given back: the money that incentive plans pay for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from crmbridge.model.money import SCALE, MixedCurrency, exponent
from crmbridge.services.allocation import allocate
from crmbridge.services.incentive_document import Event
from crmbridge.services.results import Period
from crmbridge.services.world import World

Splits = Mapping[str, Sequence[tuple[str, Fraction]]]
"""By the id of a deal: the users who share its credit, and their shares, which sum to 1."""


class Credit(NamedTuple):
    """A share of what a record earned, in minor units of the plan's currency. `user` None: nobody owns it."""

    record_id: str
    kind: str
    deal_id: str | None
    name: str | None
    day: date
    user: str | None
    minor: int


class Back(NamedTuple):
    """What was given back of one credit. `day` None: nobody says when, so it counts as given back at once."""

    refund_id: str
    day: date | None
    of: Credit
    minor: int


@dataclass(slots=True)
class Credits:
    """All credits of some days, what was given back of them, and what could not be counted."""

    earned: list[Credit] = field(default_factory=list)
    returned: list[Back] = field(default_factory=list)
    undated: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    undated_refunds: list[str] = field(default_factory=list)


class _Row(NamedTuple):
    record_id: str
    kind: str
    deal_id: str | None
    order_id: str | None
    day: date | None
    amount_e4: int | None
    currency: str
    owner_id: str | None
    name: str | None


class _Refund(NamedTuple):
    id: str
    deal_id: str | None
    order_id: str | None
    day: date | None
    amount_e4: int | None
    currency: str


def credits_of(world: World, event: Event, days: Period, currency: str, splits: Splits) -> Credits:
    """The credits that the event earned on those days. MixedCurrency where an amount is in another currency."""
    found = Credits()
    ledger = _Returns(currency, found)
    for row in (_Row(*row) for row in world.tuples("payout_credits", event=event, first=days.start, after=days.end)):
        if row.day is None:
            found.undated.append(row.record_id)
        elif row.amount_e4 is None:
            found.unknown.append(row.record_id)
        else:
            _same(currency, row.currency)
            parts = _shared(row, row.day, minor_of(row.amount_e4, currency), splits)
            found.earned += parts
            ledger.add(row, parts)
    for refund in world.tuples("payout_refunds"):
        ledger.give_back(_Refund(*refund))
    return found


def minor_of(amount_e4: int, currency: str) -> int:
    """An amount in minor units of its currency, rounded half away from zero where it is finer."""
    scale: int = SCALE // 10 ** exponent(currency)
    sign = -1 if amount_e4 < 0 else 1
    return sign * ((2 * abs(amount_e4) + scale) // (2 * scale))


def _same(currency: str, other: str) -> None:
    if other != currency:
        raise MixedCurrency({currency, other})


def _shared(row: _Row, day: date, minor: int, splits: Splits) -> list[Credit]:
    """The credit of a row for each who shares it; the parts sum to the whole."""
    sharing = splits.get(row.deal_id or "")
    if not sharing:
        return [Credit(row.record_id, row.kind, row.deal_id, row.name, day, row.owner_id, minor)]
    parts = allocate(minor, [share for _, share in sharing])
    return [
        Credit(row.record_id, row.kind, row.deal_id, row.name, day, user, part)
        for (user, _), part in zip(sharing, parts, strict=True)
    ]


class _Returns:
    """Takes refunds from the credits of their order, else of their deal, the earliest first, as far as they reach."""

    def __init__(self, currency: str, found: Credits) -> None:
        self._currency = currency
        self._found = found
        self._of_order: dict[str, list[_Row]] = {}
        self._of_deal: dict[str, list[_Row]] = {}
        self._parts: dict[str, list[Credit]] = {}
        self._left: dict[str, int] = {}

    def add(self, row: _Row, parts: list[Credit]) -> None:
        """A credit of which something may be given back."""
        self._parts[row.record_id] = parts
        self._left[row.record_id] = sum(part.minor for part in parts)
        if row.order_id is not None:
            self._of_order.setdefault(row.order_id, []).append(row)
        if row.deal_id is not None:
            self._of_deal.setdefault(row.deal_id, []).append(row)

    def give_back(self, refund: _Refund) -> None:
        """Notes what a refund takes from whom; MixedCurrency where it is in another currency than the credit."""
        rows = self._of_order.get(refund.order_id or "") or self._of_deal.get(refund.deal_id or "")
        if refund.amount_e4 is None or not rows:
            return
        _same(self._currency, refund.currency)
        left = minor_of(refund.amount_e4, self._currency)
        if refund.day is None:
            self._found.undated_refunds.append(refund.id)
        for row in rows:
            if refund.day is not None and row.day is not None and refund.day < row.day:
                continue
            taken = min(left, self._left[row.record_id])
            if taken > 0:
                self._take(refund, row.record_id, taken)
                left -= taken

    def _take(self, refund: _Refund, record_id: str, taken: int) -> None:
        parts = self._parts[record_id]
        self._left[record_id] -= taken
        shares = allocate(taken, [part.minor for part in parts])
        self._found.returned += [
            Back(refund.id, refund.day, part, share) for part, share in zip(parts, shares, strict=True)
        ]

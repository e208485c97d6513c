"""What a quote comes to: list total, net, discount and VAT out of its lines, compared with what its source says.

Lines are rounded one by one and then summed; VAT is reckoned once, on the net total (services.md 16).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from crmbridge.model.money import Money, from_e4
from crmbridge.model.notes import Note
from crmbridge.services.quote_lines import EXACT, ONE, Line, PriceOf, read_lines, rounded, total

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Totals:
    """The amounts of a quote, in `currency`. None is unknown: `notes` say why, and what differs from the source's own.

    `discount` is 1 - net / list, of the smaller net where the source names a smaller one than its lines come to.
    """

    currency: str
    lines: tuple[Line, ...]
    list_total: Decimal | None
    net: Decimal | None
    judged_net: Decimal | None
    told_discount: Decimal | None
    discount: Fraction | None
    vat: Decimal | None
    gross: Decimal | None
    notes: tuple[Note, ...]
    is_different: bool

    def money(self, amount: Decimal | None) -> Money | None:
        """An amount of the quote."""
        return None if amount is None else Money(amount, self.currency)

    def is_over(self, authority: Decimal) -> bool | None:
        """Whether the discount is larger than the share that may be given; None where nobody knows the discount.

        Cents that rounding takes off a line are no discount: the net is compared with what the authority itself gives.
        """
        if self.discount is None:
            return None
        if self.told_discount is not None and self.told_discount > authority:
            return True
        if self.list_total is None or self.judged_net is None:
            return False
        if self.discount <= authority:
            return False
        kept = EXACT.subtract(ONE, authority)
        parts = [line.list_amount for line in self.lines] or [self.list_total]
        floor = total(rounded(EXACT.multiply(part, kept), self.currency) for part in parts)
        return self.judged_net < floor


def totals(row: Row, home: str, price_of: PriceOf = lambda _: None) -> Totals:
    """The totals of a row of `sql/quotes.sql`; `home` is the currency where the quote names none."""
    named = {row[name] for name in ("amount_currency", "list_total_currency") if row[name]}
    currency = min(named) if named else home
    told_net, told_list = (_told(row, name, currency) for name in ("amount", "list_total"))
    told_discount = _as_share(row["discount"])
    found = read_lines(row["lines"], currency, price_of)
    notes = [found] if isinstance(found, Note) else []
    lines = found if isinstance(found, tuple) else ()
    if len(named) > 1:
        notes.append(Note("TWO_CURRENCIES", "its totals are in two currencies"))
        told_net = told_list = None
    if lines:
        list_total: Decimal | None = total(line.list_amount for line in lines)
        net: Decimal | None = total(line.amount for line in lines)
    else:
        list_total, net = told_list, _net(told_net, told_list, told_discount, currency)
    vat, gross = _vat(net, row["vat_rate"], currency)
    if row["vat_rate"] is not None and not 0 <= row["vat_rate"] <= 1:
        notes.append(Note("VAT_RATE", "its VAT rate {rate} is no share such as 0.13", {"rate": str(row["vat_rate"])}))
    pieces = (_pieces(lines, currency), told_list)
    different = list(_differences(currency, (net, told_net, gross), pieces)) if lines and net is not None else []
    judged = net
    if net is not None and told_net is not None and told_net != gross:
        judged = min(net, told_net)
    if list_total is not None and net is not None and net > list_total:
        notes.append(_ABOVE_LIST)
    if list_total is None and not notes:
        notes.append(_NO_LIST)
    return Totals(
        currency,
        lines,
        list_total,
        net,
        judged,
        told_discount,
        _discount(list_total, judged, told_discount),
        vat,
        gross,
        (*notes, *different),
        bool(different),
    )


def _pieces(lines: tuple[Line, ...], currency: str) -> Decimal:
    """The list total by the unit prices of the quote itself, as its source reckons."""
    return total(
        rounded(EXACT.multiply(line.quantity, line.unit_price), currency) if line.is_below_list else line.list_amount
        for line in lines
    )


def _told(row: Row, name: str, currency: str) -> Decimal | None:
    e4 = row[f"{name}_e4"]
    return None if e4 is None else from_e4(e4, currency)


def _as_share(value: Decimal | None) -> Decimal | None:
    return value if value is not None and 0 <= value <= 1 else None


def _net(net: Decimal | None, listed: Decimal | None, discount: Decimal | None, currency: str) -> Decimal | None:
    """The net total that a source tells, or that its list total and discount come to."""
    if net is not None or listed is None or discount is None:
        return net
    return rounded(EXACT.multiply(listed, EXACT.subtract(ONE, discount)), currency)


def _discount(listed: Decimal | None, net: Decimal | None, told: Decimal | None) -> Fraction | None:
    """The largest discount that the totals or the quote itself say."""
    reckoned = 1 - Fraction(net) / Fraction(listed) if listed and net is not None and net <= listed else None
    known = [one for one in (reckoned, None if told is None else Fraction(told)) if one is not None]
    return max(known, default=None)


def _vat(net: Decimal | None, rate: Decimal | None, currency: str) -> tuple[Decimal | None, Decimal | None]:
    if net is None or rate is None or not 0 <= rate <= 1:
        return None, None
    vat = rounded(EXACT.multiply(net, rate), currency)
    return vat, EXACT.add(net, vat)


def _differences(
    currency: str, nets: tuple[Decimal, Decimal | None, Decimal | None], lists: tuple[Decimal, Decimal | None]
) -> Iterator[Note]:
    """What the source's own totals are, where its lines come to others: ours, theirs, and ours with VAT."""
    (net, told_net, gross), (listed, told_list) = nets, lists
    if told_net is not None and told_net != net:
        told: dict[str, object] = {"told": str(Money(told_net, currency)), "ours": str(Money(net, currency))}
        if told_net == gross:
            yield Note("TOTAL_WITH_VAT", "its total {told} is with VAT; its lines come to {ours} net", told)
        else:
            yield Note("TOTAL_DIFFERS", "its total is {told}; its lines come to {ours}", told)
    if told_list is not None and told_list != listed:
        told = {"told": str(Money(told_list, currency)), "ours": str(Money(listed, currency))}
        yield Note("LIST_TOTAL_DIFFERS", "its list total is {told}; its lines come to {ours}", told)


_ABOVE_LIST = Note("ABOVE_LIST", "its net total is above its list total: one of the two may be with VAT")
_NO_LIST = Note("NO_LIST_TOTAL", "neither its lines nor its list total are known")

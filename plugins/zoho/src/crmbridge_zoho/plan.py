"""Which way to read: what each would cost in credits and calls, which is taken, and why.

    list     1 credit for 200 records; 2 more for each further set of 49 fields; 1 for each record with single fields
    query    1, 2 or 3 credits for up to 200, 1,000 or 2,000 records (COQL)
    bulk     50 credits for up to 200,000 records, and the calls that make, watch and fetch the job

The fewest credits win, then the fewest calls (dossier 5.1), but an export is waited for: seconds at best, and nobody
knows how long. So it is taken only where it saves more than `WORTH_A_WAIT` credits. Pure: numbers in, a decision out.
"""

from dataclasses import dataclass, field

from crmbridge.adapter.contract import Problem
from crmbridge_zoho.fields import LIST_FIELDS, QUERY_FIELDS, Wanted, Way, field_sets

LIST_PAGE = 200
QUERY_PAGE = 2_000
IDS_A_CALL = 100
BULK_ROWS = 200_000
BULK_CREDITS = 50
WORTH_A_WAIT = 200
"""An hour's share of the smallest edition (5,000 in 24 hours); an export of 100,000 records saves half of that."""
_BULK_CALLS = 6
"""Made, looked at a few times, fetched."""
NO_QUERY = frozenset({"Notes"})
NO_BULK = frozenset({"Notes", "Attachments", "Emails"})
"""Modules without an export (dossier 2.9); nobody says that Notes can be queried."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One way: its cost, or why it cannot be taken (a template over `params`)."""

    way: Way
    credits: int
    calls: int
    unfit: str | None = None
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """The way taken, beside what the others would have cost. `records` None: nobody could say how many there are."""

    way: Way
    offers: tuple[Offer, ...]
    records: int | None
    forced: bool = False

    def offer(self, way: Way) -> Offer:
        """What a way would cost."""
        return next(one for one in self.offers if one.way is way)

    def notice(self, object_name: str) -> Problem:
        """What a person is told: the way, the numbers behind it, and what stood against the others."""
        taken = self.offer(self.way)
        others = [one for one in self.offers if one.way is not self.way]
        template = "{object} is read by {way}: {records} records, {credits} credits, {calls} calls"
        if self.forced:
            template = "{object} is read by {way} as read_by says: {records} records, {credits} credits, {calls} calls"
        compared = "; ".join(
            f"{one.way}: {one.unfit.format(**one.params)}" if one.unfit else f"{one.way}: {one.credits} / {one.calls}"
            for one in others
        )
        params = {
            "object": object_name,
            "way": str(self.way),
            "records": "?" if self.records is None else self.records,
            "credits": taken.credits,
            "calls": taken.calls,
            "others": compared,
        }
        return Problem("read.way", template + " ({others})", params)


def decide(
    module: str,
    wanted: Wanted,
    records: int | None,
    *,
    forced: str = "auto",
    page: int = LIST_PAGE,
    joins: bool = False,
) -> Decision:
    """The cheapest way that carries the wanted fields; a forced one is taken where it can be.

    With `joins` an export carries all fields: what a CSV cannot hold is asked for by id.
    """
    offers = (
        _list(wanted, records or 0, page),
        _query(module, wanted, records or 0, page * QUERY_PAGE // LIST_PAGE),
        _bulk(module, wanted, records or 0, joins=joins),
    )
    fit = [one for one in offers if one.unfit is None]
    named = next((one for one in fit if str(one.way) == forced), None)
    if named is not None:
        return Decision(named.way, offers, records, forced=True)
    if records is None:
        return Decision(Way.LIST, offers, None)
    return Decision(min(fit, key=_price).way, offers, records)


def _price(offer: Offer) -> tuple[int, int]:
    """Credits, then calls; waiting for an export counts as credits."""
    return offer.credits + (WORTH_A_WAIT if offer.way is Way.BULK else 0), offer.calls


def _list(wanted: Wanted, records: int, page: int) -> Offer:
    pages = max(1, _ceil(records, page))
    more_sets = len(field_sets(wanted.listed, limit=LIST_FIELDS)) - 1
    calls = pages + more_sets * _ceil(records, IDS_A_CALL) + (records if wanted.single else 0)
    return Offer(Way.LIST, calls, calls)


def _query(module: str, wanted: Wanted, records: int, page: int) -> Offer:
    calls = max(1, _ceil(records, page))
    cost = sum(query_credits(min(page, records - start)) for start in range(0, max(records, 1), page))
    names = wanted.unfit(Way.QUERY)
    if module in NO_QUERY:
        return Offer(Way.QUERY, cost, calls, "not offered for {module}", {"module": module})
    if names or wanted.single:
        fields = ", ".join((*names, *wanted.single)[:3])
        return Offer(Way.QUERY, cost, calls, "gives no {fields}", {"fields": fields})
    if len(wanted.fields) > QUERY_FIELDS:
        return Offer(Way.QUERY, cost, calls, "takes {limit} fields", {"limit": QUERY_FIELDS})
    return Offer(Way.QUERY, cost, calls)


def _bulk(module: str, wanted: Wanted, records: int, *, joins: bool) -> Offer:
    jobs = max(1, _ceil(records, BULK_ROWS))
    calls = jobs * _BULK_CALLS + 1
    cost = jobs * (BULK_CREDITS + _BULK_CALLS - 1) + 1
    names = wanted.unfit(Way.BULK)
    if module in NO_BULK:
        return Offer(Way.BULK, cost, calls, "not offered for {module}", {"module": module})
    if joins and (names or wanted.single):
        more = len(field_sets(names)) * _ceil(records, IDS_A_CALL) + (records if wanted.single else 0)
        return Offer(Way.BULK, cost + more, calls + more)
    if names or wanted.single:
        return Offer(Way.BULK, cost, calls, "gives no {fields}", {"fields": ", ".join((*names, *wanted.single)[:3])})
    return Offer(Way.BULK, cost, calls)


def query_credits(limit: int) -> int:
    """The credits of a query by its LIMIT."""
    return 1 if limit <= LIST_PAGE else 2 if limit <= LIST_PAGE * 5 else 3


def _ceil(count: int, size: int) -> int:
    return -(-count // size)

"""Splitting what is left of an object by id, so that its parts can be read side by side.

Ids are 24 hexadecimal signs that rise with the time of creation, old ones 32 of any kind (dossier 2.3), so the middle
is looked for by counting. Whatever the parts are, together they are everything behind the place, in any order of ids
that the vendor keeps to: a bad border makes parts of unequal size, and no more.
"""

import re
from bisect import bisect_left

from crmbridge_fxiaoke.cursor import Part
from crmbridge_fxiaoke.listing import Listing
from crmbridge_fxiaoke.querying import Query, ask, key_of, where

_ID = re.compile(r"[0-9a-f]{24,32}")
_DIGITS = 24
_PAGES_A_PART = 20
"""A part with fewer pages than that is not worth the calls that look for its border."""
_MOST_LOOKS = 9
_NEWEST_FIRST = ({"fieldName": "_id", "isAsc": False},)


def split(listing: Listing, part: Part, told: int) -> tuple[Part, ...]:
    """The parts of a part with about so many rows; itself where it is small, or its ids are no numbers."""
    count = min(listing.session.options.concurrency, told // (listing.size * _PAGES_A_PART))
    if count < 2 or part.until is not None or not _ID.fullmatch(part.after):  # noqa: PLR2004 - two parts at least
        return (part,)
    query = Query(listing.object, listing.filters, orders=_NEWEST_FIRST, limit=1, projection=["_id"])
    newest = ask(listing.session, query).rows
    last = (key_of(newest[0]) if newest else None) or ""
    if not _ID.fullmatch(last) or last <= part.after:
        return (part,)
    known = [(_number(part.after), 0), (_number(last), told)]
    borders = sorted({_border(listing, part, known, told * number // count) for number in range(1, count)})
    inner = [text for text in (f"{border:0{_DIGITS}x}" for border in borders) if part.after < text < last]
    return tuple(Part(start, end) for start, end in zip([part.after, *inner], [*inner, None], strict=True))


def _border(listing: Listing, part: Part, known: list[tuple[int, int]], target: int) -> int:
    """A number with about so many ids up to it; what was counted on the way is added to what is known."""
    near = known[-1][1] // 8
    for _ in range(_MOST_LOOKS):
        place = max(1, bisect_left([count for _, count in known], target))
        (low, below), (high, above) = known[place - 1], known[min(place, len(known) - 1)]
        if abs(below - target) <= near and below:
            return low
        if abs(above - target) <= near and high != known[-1][0]:
            return high
        middle = (low + high) // 2
        if middle in {low, high}:
            return low
        upto = (where("_id", "GT", part.after), where("_id", "LTE", f"{middle:0{_DIGITS}x}"), *listing.filters)
        found = ask(listing.session, Query(listing.object, upto, limit=1, projection=["_id"], is_counted=True))
        known.insert(place, (middle, min(max(found.total, below), above)))
    return known[place][0]


def _number(external_id: str) -> int:
    return int(external_id[:_DIGITS], 16)

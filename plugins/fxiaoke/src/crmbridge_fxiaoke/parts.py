"""Splitting what is left of an object by id, so that its parts can be read side by side.

Ids are 24 hexadecimal signs that rise with the time of creation; old ones have 32 (dossier 2.3). Whatever the parts
are, together they are everything behind the place, in any order of ids that the vendor keeps to.
"""

import re

from crmbridge_fxiaoke.cursor import Part
from crmbridge_fxiaoke.listing import Listing
from crmbridge_fxiaoke.querying import Query, ask, id_of

_ID = re.compile(r"[0-9a-f]{24}")
_PAGES_A_PART = 5
"""A part with fewer pages than that is not worth its last, empty call."""
_NEWEST_FIRST = ({"fieldName": "_id", "isAsc": False},)


def split(listing: Listing, part: Part, told: int) -> tuple[Part, ...]:
    """The parts of a part with about so many rows; itself where it is small, or its ids are no numbers."""
    count = min(listing.session.options.concurrency, told // (listing.size * _PAGES_A_PART))
    if count < 2 or part.until is not None or not _ID.fullmatch(part.after):  # noqa: PLR2004 - two parts at least
        return (part,)
    query = Query(listing.object, listing.filters, orders=_NEWEST_FIRST, limit=1, projection=["_id"])
    newest = ask(listing.session, query).rows
    last = id_of(newest[0], listing.object) if newest else ""
    if not _ID.fullmatch(last) or last <= part.after:
        return (part,)
    low, high = int(part.after, 16), int(last, 16)
    borders = [f"{low + (high - low) * number // count:024x}" for number in range(1, count)]
    starts, ends = [part.after, *borders], [*borders, None]
    return tuple(Part(start, end) for start, end in zip(starts, ends, strict=True))

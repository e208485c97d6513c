"""Walking through an object, page by page, so that nothing is passed over whatever happens meanwhile.

    ids     _id GT the last one, ascending: the way through everything (dossier 3.1, deep paging)
    times   last_modified_time from the last one on, ascending: the rows of that instant come once more, since nobody
            promises that a second order is kept; where a page holds nothing but one instant, its rows are walked by
            id, and then it goes on behind them

The end is an empty page that says that there is nothing, or a short one that says that this is all: an empty or short
page alone may be a limit that was cut, or a slip.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from crmbridge.model.errors import ContractError
from crmbridge_fxiaoke.cursor import Part, Walk
from crmbridge_fxiaoke.payload import instant, milliseconds, name_of
from crmbridge_fxiaoke.querying import BY_ID, BY_TIME, Filter, Orders, Query, Row, Rows, ask, key_of, where
from crmbridge_fxiaoke.session import Session

TIME = "last_modified_time"
_DOUBTS = 3
"""How often an answer that contradicts itself is asked for again."""


@dataclass(frozen=True, slots=True)
class Found:
    """Some rows, and what is left of a part behind them (None: nothing). `told` is what the answer says of the rest."""

    rows: list[Row]
    left: Part | None
    told: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """The pages of one object; `filters` hold besides those of the walk."""

    session: Session
    object: str
    projection: list[str] | None
    size: int
    filters: tuple[Filter, ...] = ()
    names: tuple[str, ...] = ()
    """The references whose names are wanted beside their ids."""

    def by_ids(self, part: Part) -> Iterator[Found]:
        """The rows of a part, to its end. The first answer counts all of it; the others only where an end is near."""
        is_counted, before = True, frozenset[str]()
        while True:
            found = self._page(_bounds(part), is_counted=is_counted)
            rows = found.rows
            if is_counted and self._is_all(found):
                yield Found(rows, None, found.total)
                return
            if rows:
                part = self._behind(part, rows, before)
                before = frozenset(key for row in rows if (key := key_of(row)))
                yield Found(rows, part, found.total)
            is_counted = len(rows) < self.size

    def by_time(self, walk: Walk) -> Iterator[tuple[list[Row], Walk | None]]:
        """The rows of what changed, and the walk behind them, None at its end."""
        here: Walk | None = walk
        while here is not None:
            if here.way == "ties":
                filters = (where(TIME, "EQ", here.since), *_bounds(Part(here.after)))
                found = self._page(filters, is_counted=True)
                here = self._behind_ties(here, found)
            else:
                found = self._page((where(TIME, "GTE", here.since),), is_counted=True, orders=BY_TIME)
                here = None if self._is_all(found) else self._later(here, found.rows)
            yield found.rows, here

    def glance(self, orders: Orders = BY_ID) -> Rows:
        """The first page in some order, and how many there are in all."""
        return self._page((), is_counted=True, orders=orders)

    # what is asked

    def _page(self, filters: tuple[Filter, ...], *, is_counted: bool, orders: Orders = BY_ID) -> Rows:
        """One page; one that is empty and says that there are some is asked for again."""
        query = Query(
            self.object,
            (*filters, *self.filters),
            orders=orders,
            limit=self.size,
            projection=None if self.object in self.session.nameless else self.projection,
            is_counted=is_counted,
        )
        for _ in range(_DOUBTS):
            found = ask(self.session, query)
            if query.projection is not None and self._lacks_names(found.rows):
                self.session.nameless.add(self.object)
                query = replace(query, projection=None)
                found = ask(self.session, query)
            if found.rows or not found.total:
                return found
        raise ContractError(
            "Fxiaoke says that {object} has {total} more records, and gives none", object=self.object, total=found.total
        )

    def _lacks_names(self, rows: list[Row]) -> bool:
        """Whether names do not come where fields are chosen (dossier 3.1 leaves it open): then all fields are read."""
        return any(row.get(name) and name_of(name) not in row for name in self.names for row in rows)

    def _is_all(self, found: Rows) -> bool:
        """Whether a counted answer says that nothing is behind it."""
        return not found.rows or (len(found.rows) < self.size and found.total == len(found.rows))

    # where it goes on

    def _behind(self, part: Part, rows: list[Row], before: frozenset[str]) -> Part:
        """The part behind these rows; those that the page before had too do not lead back."""
        last = next((key for row in reversed(rows) if (key := key_of(row)) and key not in before), None)
        if last is None or last == part.after:
            raise self._stuck(part.after)
        return Part(last, part.until)

    def _behind_ties(self, walk: Walk, found: Rows) -> Walk | None:
        if self._is_all(found):
            return walk.moved(way="times", since=walk.since + 1, after="")
        last = next((key for row in reversed(found.rows) if (key := key_of(row))), None)
        if last is None or last == walk.after:
            raise self._stuck(walk.after)
        return walk.moved(after=last)

    def _later(self, walk: Walk, rows: list[Row]) -> Walk:
        """The walk from the last of these rows on.

        A row that was changed a moment ago may stand where its earlier time put it: the time it shows now would lead
        past others, so the place is told by a row that did not change since the walk began, where there is one.
        """
        times = [milliseconds(at) for row in rows if (at := instant(row.get(TIME))) is not None]
        if not times:
            raise ContractError("Fxiaoke sent rows of {object} without a {field}", object=self.object, field=TIME)
        last = next((at for at in reversed(times) if walk.since <= at <= walk.begun), max(times))
        if last > walk.since and last > times[0]:
            return walk.moved(since=last)
        if last < walk.since:
            raise ContractError("Fxiaoke gives older changes of {object} than were asked for", object=self.object)
        return walk.moved(way="ties", since=last, after="")

    def _stuck(self, external_id: str) -> ContractError:
        text = "the walk through {object} does not move: it stays at {id}"
        return ContractError(text, object=self.object, id=external_id)


def _bounds(part: Part) -> tuple[Filter, ...]:
    lower = (where("_id", "GT", part.after),) if part.after else ()
    return (*lower, where("_id", "LTE", part.until)) if part.until else lower

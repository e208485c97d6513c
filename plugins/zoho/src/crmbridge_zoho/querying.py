"""Reading by queries: 2,000 records a call in the order of (modified time, id), side by side where there are many."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

from crmbridge.model.errors import ContractError
from crmbridge_zoho import coql
from crmbridge_zoho.cursor import Walk
from crmbridge_zoho.fields import KEY, MODIFIED, Wanted
from crmbridge_zoho.listing import Batch, Listing, Row, by_ids, complete, first_set
from crmbridge_zoho.plan import LIST_PAGE
from crmbridge_zoho.session import Answer, Session

_AT_ONCE = 5
"""More windows side by side gain nothing and waste calls at the end of the walk (measured)."""


@dataclass(frozen=True, slots=True)
class Querying:
    """Queries of one module; `size` is the most records of a call.

    With `listing` the query only finds ids, and lists by id bring the fields: for fields that no query gives, where
    more records share one second than a list can walk.
    """

    session: Session
    module: str
    wanted: Wanted
    size: int
    listing: Listing | None = None
    since_field: str | None = None
    """A time other than the modified time that a record must not be older than."""

    @property
    def timed(self) -> bool:
        """Whether the module's records carry a modified time."""
        return MODIFIED in self.wanted.names

    def walk(self, walk: Walk) -> Iterator[Batch]:
        """The batches from that place on; the next are on their way while the caller works on the ones it has."""
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="zoho-query")
        try:
            asked = self._begin(walk, pool)
            while asked:
                rows, is_done, answer = coql.joined(asked, size=self._effort(walk)[0])
                asked = () if is_done else self._begin(self._behind(walk, rows), pool)
                for start in range(0, max(len(rows), 1), self.size):
                    part = rows[start : start + self.size]
                    walk = self._moved(walk, part)
                    is_last = is_done and start + self.size >= len(rows)
                    yield Batch(self._whole(part), None if is_last else walk, answer=answer, end=walk)
        finally:
            pool.shutdown(cancel_futures=True)

    def _begin(self, walk: Walk, pool: Executor) -> Sequence[Future[Answer]]:
        size, together = self._effort(walk)
        return coql.begin_windows(self.session, self._query(walk), size=size, together=together, pool=pool)

    def _query(self, walk: Walk) -> coql.Query:
        fields = (MODIFIED,) if self.listing is not None else self.wanted.listed
        if self.since_field is None or not walk.since:
            where = coql.after(walk.since, walk.at, walk.key, timed=self.timed)
        else:
            where = coql.both(
                f"{coql.name(self.since_field)} >= {coql.text(walk.since)}",
                coql.after(None, walk.at, walk.key, timed=self.timed),
            )
        order = (MODIFIED, KEY) if self.timed else (KEY,)
        return coql.Query(self.module, fields, where, order)

    def _effort(self, walk: Walk) -> tuple[int, int]:
        """How many records to ask for in a call, and how many calls to make side by side."""
        if walk.expected <= 0:
            return (min(self.size, LIST_PAGE) if walk.total == 0 else self.size), 1
        left = max(walk.expected - walk.total, 1)
        if left <= self.size:
            steps = (LIST_PAGE, LIST_PAGE * 5, self.size)
            return min(self.size, next((step for step in steps if left < step), self.size)), 1
        at_once = min(_AT_ONCE, self.session.options.concurrency)
        return self.size, min(at_once, -(-left // self.size))

    def _moved(self, walk: Walk, rows: Sequence[Row]) -> Walk:
        """The walk behind those rows."""
        return self._at(walk.past(rows), rows)

    def _behind(self, walk: Walk, rows: Sequence[Row]) -> Walk:
        """The place behind those rows, for what is asked ahead; counts no more than how far it is."""
        return self._at(walk.moved(total=walk.total + len(rows)), rows)

    def _at(self, walk: Walk, rows: Sequence[Row]) -> Walk:
        if not rows:
            return walk
        key, at = rows[-1].get(KEY), rows[-1].get(MODIFIED)
        if not isinstance(key, str) or (self.timed and not isinstance(at, str)):
            raise ContractError("a query of {module} gave a record without its key", module=self.module)
        return walk.moved(key=key, at=at if self.timed else None)

    def _whole(self, rows: Sequence[Row]) -> list[Row]:
        """The rows with all their fields."""
        if self.listing is None:
            return list(rows)
        ids = [str(row[KEY]) for row in rows]
        found = by_ids(self.session, self.module, ids, first_set(self.wanted), self.listing.filters)
        return complete(self.listing, [found[identity] for identity in ids if identity in found])

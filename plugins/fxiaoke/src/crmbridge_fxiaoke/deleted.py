"""Deletions: 作废 records, which Fxiaoke lists, and vanished ones, of which it says nothing (dossier 7.4).

    {"v": 1, "m": mark, "w": walk, "k": {"n": number of 作废 records, "l": the latest of them, "s": last sweep}}

Where there are as many as before, and the latest are the same, nothing was deleted: one call, and no description. 作废
changes a record's time in most companies; where more are there than the times account for, all are walked through.
A record that vanished looks like one that the acting employee may no longer see. So it is a deletion only where the
connection says that he sees all, and only once it was missing twice, at least an hour apart (see `suspects`).
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from crmbridge.adapter.contract import Page, Problem, PullRequest, RawRecord
from crmbridge.model.errors import ScopeError
from crmbridge_fxiaoke import cursor as cursors
from crmbridge_fxiaoke import people
from crmbridge_fxiaoke.cursor import Cursor, Part, Walk
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.listing import TIME, Listing
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.payload import INVALID, milliseconds, modified_of
from crmbridge_fxiaoke.querying import LATEST_FIRST, ONLY_INVALID, Row, Rows, key_of
from crmbridge_fxiaoke.session import Session
from crmbridge_fxiaoke.suspects import Suspects

LIFE = "life_status"
_LEAST_OVERLAP = timedelta(seconds=2)
_HOUR_MS = 3_600_000
_NUMBER, _MARK, _SWEPT = "n", "l", "s"
_HEAD = ["_id", LIFE, TIME]


@dataclass(slots=True)
class Deletions:
    """One listing."""

    session: Session
    objects: Objects
    request: PullRequest
    known: Cursor = field(default_factory=Cursor)
    kept: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    head: Rows | None = None
    """The latest 作废 records, where somebody has looked already."""

    def pages(self) -> Iterator[Page]:
        """The pages, each record with `deleted` true; always at least one."""
        try:
            yield from self._listed()
        finally:
            self.objects.sweeping.discard(self.request.object)

    def _listed(self) -> Iterator[Page]:
        name = self.request.object
        self.known = cursors.parse(self.request.cursor) or Cursor()
        self.kept = dict(self.known.kept)
        if name not in people.OBJECTS and (quiet := self._quiet()) is not None:
            yield quiet
            return
        if name in people.OBJECTS or LIFE not in self.objects.fields(name):
            yield self._page([], milliseconds(self.session.now()), None)
            return
        shape = self.objects.shape(name, frozenset({LIFE}))
        listing = Listing(self.session, name, shape.projection, self.session.options.page_size, (ONLY_INVALID,))
        walk = self._begin(has_time=shape.has(TIME))
        if walk.way != "ids":
            for rows, following in listing.by_time(walk):
                self.seen.update(key for row in rows if self._is_new(row) and (key := key_of(row)))
                if following is not None:
                    yield self._page(rows, walk.begun, following)
                    if self._is_stopped:
                        return
                    continue
                more = self._untold(listing)
                if more is not None:
                    yield self._last([*more, *rows], walk.begun)
                    return
                walk = Walk(begun=walk.begun)
                yield self._page(rows, walk.begun, walk)
        yield from self._all(listing, walk)

    def _quiet(self) -> Page | None:
        """The page of a listing that tells nothing new; None where there may be something."""
        known, asked = self.known, self.session.context.clock()
        if known.mark is None or known.walk is not None:
            return None
        if _NUMBER not in self.kept and not self.objects.is_described(self.request.object):  # it knows no 作废
            return self._page([], milliseconds(asked), None)
        if _MARK not in self.kept:
            return None
        listing = Listing(self.session, self.request.object, _HEAD, self.session.options.page_size, (ONLY_INVALID,))
        try:
            self.head = listing.glance(LATEST_FIRST)
        except (Refused, ScopeError):
            return None
        if (self.kept[_NUMBER], self.kept[_MARK]) != (_number(self.head), _mark(self.head.rows)):
            return None
        return self._last([], milliseconds(self.session.now(asked)))

    def _begin(self, *, has_time: bool) -> Walk:
        known = self.known
        if known.walk is not None:
            return known.walk
        now = milliseconds(self.session.now())
        if known.mark is None or not has_time:
            return Walk(begun=now)
        overlap = max(timedelta(minutes=self.session.options.overlap_minutes), _LEAST_OVERLAP)
        return Walk("times", begun=now, since=max(known.mark - overlap // timedelta(milliseconds=1), 0))

    def _untold(self, listing: Listing) -> list[Row] | None:
        """What the times may not have told: nothing, or all 作废 records where they are few; None: all must be read.

        Few are one page, and known by their ids; of more only the number is compared.
        """
        found = self.head or listing.glance(LATEST_FIRST)
        before, now = self.kept.get(_NUMBER, 0), _number(found)
        mark = _mark(found.rows)
        is_known = self.kept.get(_MARK) == mark
        self.kept |= {_NUMBER: now, _MARK: mark}
        if now == len(found.rows):
            return [] if is_known else found.rows
        return [] if now - before <= len(self.seen) else None

    def _is_new(self, row: Row) -> bool:
        """Whether a row was changed after the last listing, and not only within its overlap."""
        at = modified_of(row)
        return at is not None and milliseconds(at) >= (self.known.mark or 0)

    def _all(self, listing: Listing, walk: Walk) -> Iterator[Page]:
        """Every 作废 record by id: the first time, and where times tell too little."""
        part = walk.parts[0] if walk.parts else Part()
        for found in listing.by_ids(part):
            walk = walk.moved(given=walk.given + len(found.rows))
            if found.left is None:
                self.kept[_NUMBER] = walk.given
                self.kept.pop(_MARK, None)
                if walk.given == len(found.rows) and TIME in (listing.projection or ()):
                    self.kept[_MARK] = _mark(found.rows)
                yield self._last(found.rows, walk.begun)
                return
            yield self._page(found.rows, walk.begun, walk.moved(parts=(found.left,)))
            if self._is_stopped:
                return

    def _last(self, rows: list[Row], begun: int) -> Page:
        """The last page: with what vanished for certain, and where it is due, the word that all should be asked for."""
        vanished, notices = self._vanished(begun)
        return self._page(rows, begun, None, vanished, notices)

    def _vanished(self, begun: int) -> tuple[list[RawRecord], list[Problem]]:
        if self.session.options.vanished != "deleted":
            return [], []
        name = self.request.object
        suspects = Suspects(self.session, self.objects, name)
        at = self.session.now()
        dead = [RawRecord(name, one, {}, modified=at, deleted=True) for one in suspects.confirmed()]
        hours = self.session.options.sweep_hours
        swept = self.kept.get(_SWEPT)
        if swept is None:
            self.kept[_SWEPT] = begun
            return dead, []
        if begun - swept < hours * _HOUR_MS:
            return dead, []
        self.kept[_SWEPT] = begun
        self.objects.sweeping.add(name)
        text = "Fxiaoke does not tell which {object} vanished: all that is kept is asked for, as every {hours} hours"
        return dead, [Problem("deleted.forgotten", text, {"object": name, "hours": hours})]

    def _page(
        self,
        rows: list[Row],
        begun: int,
        following: Walk | None,
        vanished: list[RawRecord] | None = None,
        notices: list[Problem] | None = None,
    ) -> Page:
        name = self.request.object
        records: dict[str, RawRecord] = {}
        problems: list[Problem] = []
        for row in rows:
            key = key_of(row)
            if key is None:
                problems.append(Problem("RECORD_UNUSABLE", "a deletion of {object} has no id", {"object": name}))
            elif row.get(LIFE, INVALID) == INVALID:
                records[key] = RawRecord(name, key, {}, modified=modified_of(row), deleted=True)
        mark = begun if following is None else self.known.mark
        at = Cursor(mark, walk=following, kept=tuple(sorted(self.kept.items()))).after(self.request.cursor)
        return Page([*records.values(), *(vanished or ())], at.text(), problems=problems, notices=notices or ())

    @property
    def _is_stopped(self) -> bool:
        return self.session.context.stop.is_set()


def _number(found: Rows) -> int:
    return max(found.total, len(found.rows))


def _mark(rows: Iterable[Row]) -> int:
    """A number that stands for a set of rows and their times."""
    told = sorted(f"{key_of(row)} {row.get(TIME)}" for row in rows)
    return int.from_bytes(hashlib.blake2b("\0".join(told).encode(), digest_size=6).digest())

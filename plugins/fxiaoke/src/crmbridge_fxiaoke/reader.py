"""Reads one object: everything by id, or what changed since the last reading by time.

A first reading of many records is split into parts by id that are read side by side, for one call after the other
would use only some of the calls that Fxiaoke allows, and is followed by what changed since it began. Changes are read
from a little before the last reading on: the search that answers may lag behind (dossier 10). What changes
without a new time (formulas, sums) comes with the reading of everything that is due now and then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from crmbridge.adapter.contract import Page, Problem, PullRequest, RawRecord
from crmbridge.model.errors import ContractError
from crmbridge_fxiaoke import cursor as cursors
from crmbridge_fxiaoke.ahead import side_by_side
from crmbridge_fxiaoke.config import FxiaokeOptions
from crmbridge_fxiaoke.cursor import Cursor, Part, Walk
from crmbridge_fxiaoke.listing import TIME, Listing
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.parts import split
from crmbridge_fxiaoke.payload import Shape, milliseconds
from crmbridge_fxiaoke.querying import Row
from crmbridge_fxiaoke.session import Session
from crmbridge_fxiaoke.texts import Texts

_LEAST_OVERLAP = timedelta(seconds=2)


@dataclass(slots=True)
class Reader:
    """One reading."""

    session: Session
    request: PullRequest
    shape: Shape
    listing: Listing
    texts: Texts
    fields: str
    known: Cursor | None = None
    notices: list[Problem] = field(default_factory=list)

    def pages(self) -> Iterator[Page]:
        """The pages, at least one."""
        walk = self._begin()
        yield from self._all(walk) if walk.way == "ids" else self._changed(walk)

    # where to begin

    def _begin(self) -> Walk:
        known = self.known = self._covered()
        if known is not None and known.walk is not None:
            return known.walk
        now = milliseconds(self.session.now())
        if known is None or known.mark is None or not self.shape.has(TIME):
            return Walk(begun=now)
        if is_due(self.session.options, known, now):
            days = self.session.options.refresh_days
            self._tell("read.again", "{object} is read from the beginning, as every {days} days", days=days)
            return Walk(begun=now)
        return self._changes_since(known.mark, now=now)

    def _changes_since(self, mark: int, *, now: int, is_whole: bool = False) -> Walk:
        return Walk("times", begun=now, since=since_of(self.session.options, mark), is_whole=is_whole)

    def _covered(self) -> Cursor | None:
        known = cursors.parse(self.request.cursor)
        if known is not None and not known.covers(self.request.fields):
            self._tell("read.fields_added", "{object} is read from the beginning: new fields are mapped")
            return None
        return known

    # everything

    def _all(self, walk: Walk) -> Iterator[Page]:
        parts: list[Part | None] = list(walk.parts)
        if walk.parts == (Part(),):
            first = next(self.listing.by_ids(Part()))
            walk = walk.moved(told=first.told, given=len(first.rows))
            parts = [first.left] if first.left is None else list(split(self.listing, first.left, first.told))
            if not any(parts) and (again := self._fewer(walk)) is not None:
                yield self._of_changed(walk, again, first.rows)
                yield from self._changed(again)
                return
            yield self._of_all(walk, parts, first.rows)
        left = [part for part in parts if part is not None]
        if not left or self._is_stopped:
            return
        parts = list(left)
        for number, found in side_by_side([self.listing.by_ids(part) for part in left]):
            parts[number] = found.left
            walk = walk.moved(given=walk.given + len(found.rows))
            is_end = not any(parts)
            if is_end and (again := self._fewer(walk) or self._meanwhile(walk)) is not None:
                yield self._of_changed(walk, again, found.rows)
                yield from self._changed(again)
                return
            if found.rows or is_end:
                yield self._of_all(walk, parts, found.rows)
                if is_end or self._is_stopped:
                    return

    def _of_all(self, walk: Walk, parts: Sequence[Part | None], rows: list[Row]) -> Page:
        left = tuple(part for part in parts if part is not None)
        mark, read = (self.known.mark, self.known.read) if self.known is not None else (None, None)
        if left:
            return self._page(rows, Cursor(mark, read, self.fields, walk.moved(parts=left)))
        return self._page(rows, Cursor(walk.begun, walk.begun, self.fields), is_end=True)

    def _fewer(self, walk: Walk) -> Walk | None:
        """A walk through everything by time, where that by id gave fewer records than Fxiaoke counts; else None.

        Whether ids of both lengths stand in one order is not told (dossier 11 (8)).
        """
        if walk.given >= walk.told or not self.shape.has(TIME):
            return None
        told = self.listing.glance().total
        if walk.given >= told:
            return None
        text = "{object} is read by time too: Fxiaoke counts {told} records, and gave {given} by id"
        self._tell("read.fewer", text, told=told, given=walk.given)
        return Walk("times", begun=walk.begun, is_whole=True)

    def _meanwhile(self, walk: Walk) -> Walk | None:
        """A walk through what changed since this one began: it may have been interrupted for days."""
        if not self.shape.has(TIME):
            return None
        return self._changes_since(walk.begun, now=milliseconds(self.session.now()), is_whole=True)

    # what changed

    def _changed(self, walk: Walk) -> Iterator[Page]:
        first, here = next(self.listing.by_time(walk))
        yield self._of_changed(walk, here, first)
        if here is None or self._is_stopped:
            return
        for _, (rows, following) in side_by_side([self.listing.by_time(here)]):
            if rows or following is None:
                yield self._of_changed(walk, following, rows)
                if self._is_stopped:
                    return

    def _of_changed(self, walk: Walk, following: Walk | None, rows: list[Row]) -> Page:
        known = self.known or Cursor()
        if following is not None:
            return self._page(rows, Cursor(known.mark, known.read, self.fields, following))
        read = walk.begun if walk.is_whole else known.read
        return self._page(rows, Cursor(walk.begun, read, self.fields), is_end=True)

    # pages

    def _page(self, rows: list[Row], at: Cursor, *, is_end: bool = False) -> Page:
        records, problems = self._records(self.texts.mended(rows))
        notices, self.notices = self.notices, []
        is_whole = is_end and self.request.cursor is None
        return Page(records, at.after(self.request.cursor).text(), problems=problems, whole=is_whole, notices=notices)

    def _records(self, rows: Sequence[Row]) -> tuple[list[RawRecord], list[Problem]]:
        """The live records, of several of one id the last; a 作废 one is told by the list of deletions."""
        found: dict[str, RawRecord] = {}
        problems: list[Problem] = []
        for row in rows:
            try:
                record = self.shape.record(row)
            except ContractError as error:
                problems.append(Problem("RECORD_UNUSABLE", error.message, dict(error.context)))
                continue
            if not record.deleted:
                found[record.external_id] = record
        return list(found.values()), problems

    @property
    def _is_stopped(self) -> bool:
        return self.session.context.stop.is_set()

    def _tell(self, code: str, template: str, **params: object) -> None:
        self.notices.append(Problem(code, template, {"object": self.request.object, **params}))


def since_of(options: FxiaokeOptions, mark: int) -> int:
    """From when on changes are read behind a reading that began then: the search that answers may lag behind."""
    overlap = max(timedelta(minutes=options.overlap_minutes), _LEAST_OVERLAP)
    return max(mark - overlap // timedelta(milliseconds=1), 0)


def is_due(options: FxiaokeOptions, known: Cursor, now: int) -> bool:
    """Whether everything is to be read again, for what changes without a new time."""
    days = options.refresh_days
    return bool(days) and known.read is not None and now - known.read >= days * 86_400_000


def reader_for(session: Session, objects: Objects, request: PullRequest) -> Reader:
    """The reader of an object; ConfigError or ScopeError where it is not there or may not be seen."""
    shape = objects.shape(request.object, request.fields)
    listing = Listing(session, request.object, shape.projection, session.options.page_size, names=shape.named)
    reader = Reader(
        session,
        request,
        shape,
        listing,
        Texts(session, shape, objects.cuts),
        cursors.fingerprint(request.fields),
    )
    for name in shape.missing:
        template = "{object} has no field {field}: what it gave before stays; see crmbridge mapping check"
        reader.notices.append(Problem("read.field_missing", template, {"object": request.object, "field": name}))
    return reader

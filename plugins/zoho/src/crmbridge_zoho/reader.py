"""Reads one module: from the beginning or from a cursor, the cheapest way, to its end.

    fresh      count, then list, query or bulk; after a query or an export what it leaves out; after an export what
               changed meanwhile
    later      one page of what changed; where there is more: count, then the cheapest way for the rest

A walk that cannot go on its way goes on another: a second with too many records by query, a refused query or a
failed export by list. Every switch is told in a notice.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crmbridge.adapter.contract import Page, Problem, PullRequest, RawRecord
from crmbridge.model.errors import ContractError, ScopeError
from crmbridge_zoho import cursor as cursors
from crmbridge_zoho import plan
from crmbridge_zoho.bulk import Export, ExportFailed
from crmbridge_zoho.counting import count_or_none, filters_for
from crmbridge_zoho.cursor import Cursor, Walk
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.fields import KEY, MODIFIED, ModuleField, Wanted, Way, field_sets, want
from crmbridge_zoho.listing import Batch, Listing, Stuck
from crmbridge_zoho.modules import Modules
from crmbridge_zoho.payload import Shape, raw_record
from crmbridge_zoho.querying import Querying
from crmbridge_zoho.session import Session
from crmbridge_zoho.times import earlier, literal, parse_or_none

_LEAST_OVERLAP = timedelta(seconds=2)
_PEEK, _KEYS, _CONVERTED, _UNAPPROVED = "peek", "keys", "converted", "unapproved"
_ROWS_A_PAGE = 10
"""How many list pages make a page of an export or a query."""


@dataclass(slots=True)
class Reader:
    """One reading. `way` forces one; without it the configuration decides, and mostly the cost."""

    session: Session
    module: str
    request: PullRequest
    wanted: Wanted
    shape: Shape
    way: str = "auto"
    notices: list[Problem] = field(default_factory=list)
    began: datetime | None = None
    mark: datetime | None = None

    def pages(self) -> Iterator[Page]:
        """The pages, at least one unless a stop was asked for while an export was waited for."""
        walk = self._begin()
        while True:
            following: Walk | None = None
            for batch in self._run(walk):
                following = batch.walk or self._next_part(walk, batch)
                yield self._page(batch, following)
                if following is None or self.session.context.stop.is_set():
                    return
                if batch.walk is None or following.way != walk.way:
                    break
                walk = following
            else:
                return
            walk = following

    # where to begin

    def _begin(self) -> Walk:
        known = cursors.parse(self.request.cursor)
        if known is not None and not known.covers(self.wanted.names):
            self._tell("read.fields_added", "{object} is read from the beginning: new fields are mapped")
            known = None
        self._tell_fields()
        if known is not None and known.walk is not None:
            self.mark, self.began = known.mark, parse_or_none(known.walk.begun)
            return known.walk
        if known is None or known.mark is None or MODIFIED not in self.wanted.names:
            return self._fresh()
        self.mark = known.mark
        return Walk(_PEEK, since=literal(earlier(known.mark, self._overlap)))

    def _fresh(self) -> Walk:
        records, at = count_or_none(self.session, self.module)
        self.began = at
        decision = plan.decide(self.module, self.wanted, records, forced=self.way, page=self.session.options.page_size)
        self.notices.append(decision.notice(self.module))
        return Walk(str(decision.way), begun=literal(at) if at else "", fresh=True, expected=records or 0)

    # how to go on

    def _run(self, walk: Walk) -> Iterator[Batch]:
        """The batches of one part; a way that fails gives one empty batch whose walk goes another way."""
        try:
            yield from self._runner(walk)(walk)
        except Stuck as error:
            yield self._switched(walk, Way.QUERY if self._fits(Way.QUERY) else _KEYS, error)
        except (Refused, ScopeError, ExportFailed) as error:
            if walk.way not in {Way.QUERY, Way.BULK} or self.way == walk.way:
                raise
            yield self._switched(walk, Way.LIST, error)

    def _runner(self, walk: Walk) -> Callable[[Walk], Iterator[Batch]]:
        size = self.session.options.page_size
        rows = size * _ROWS_A_PAGE
        lists = Listing(self.session, self.module, self.wanted, size, filters_for(self.module))
        runners: dict[str, Callable[[Walk], Iterator[Batch]]] = {
            Way.LIST: lists.walk,
            Way.QUERY: Querying(self.session, self.module, self.wanted, rows).walk,
            Way.BULK: Export(self.session, self.module, self.wanted, self.shape, rows).walk,
            _KEYS: Querying(self.session, self.module, self.wanted, rows, lists).walk,
            _CONVERTED: Listing(
                self.session, self.module, self.wanted, size, filters_for(self.module, converted="true")
            ).walk,
            _UNAPPROVED: Listing(
                self.session, self.module, self.wanted, size, filters_for(self.module, approved="false")
            ).walk,
            _PEEK: lambda at: self._peek(at, lists),
        }
        if walk.way not in runners:
            raise ContractError("a cursor of {module} names the way {way}", module=self.module, way=walk.way)
        return runners[walk.way]

    def _peek(self, walk: Walk, lists: Listing) -> Iterator[Batch]:
        """The first of what changed, and the cheapest way through the rest."""
        if len(field_sets(self.wanted.listed)) > 1 and self._fits(Way.QUERY):
            self._tell("read.way", "{object} is read by {way}: more fields than a list names", way="query")
            yield Batch((), walk.moved(way=str(Way.QUERY)))
            return
        for batch in lists.walk(walk):
            after = batch.walk
            if after is not None:
                after = self._rest(after)
            else:
                rows = len(batch.rows)
                decision = plan.decide(self.module, self.wanted, rows, forced="list")
                self.notices.append(decision.notice(self.module))
            yield Batch(batch.rows, after, answer=batch.answer, total=batch.total)
            return

    def _rest(self, walk: Walk) -> Walk:
        """The way through what is left after one page."""
        records, _ = count_or_none(self.session, self.module, since=walk.at or walk.since)
        decision = plan.decide(self.module, self.wanted, records, forced=self.way, page=self.session.options.page_size)
        self.notices.append(decision.notice(self.module))
        if decision.way is Way.LIST:
            return walk.moved(way=str(Way.LIST))
        since = walk.at or walk.since
        return Walk(str(decision.way), begun=walk.begun, since=since, expected=records or 0)

    def _switched(self, walk: Walk, way: str, error: Exception) -> Batch:
        self._tell("read.way", "{object} is read by {way} instead: {reason}", way=str(way), reason=str(error))
        since = walk.at or walk.window or walk.since
        is_export = walk.way == Way.BULK
        going = Walk(
            str(way), begun=walk.begun, since=walk.since if is_export else since, fresh=walk.fresh, parts=walk.parts
        )
        return Batch((), going)

    def _next_part(self, walk: Walk, batch: Batch) -> Walk | None:
        """What comes after a part that is done; None where the reading is."""
        parts = walk.parts
        if walk.way in {Way.QUERY, Way.BULK, _KEYS}:
            parts = (*self._left_out(walk, batch.total), *parts)
        if walk.way == Way.BULK and walk.fresh:
            parts = (*parts, _PEEK)
        if not parts:
            return None
        is_peek = parts[0] == _PEEK
        since = literal(earlier(self._began(batch), self._overlap)) if is_peek else walk.since
        return Walk(parts[0], begun=walk.begun, since=since, parts=parts[1:], fresh=walk.fresh and not is_peek)

    def _left_out(self, walk: Walk, total: int) -> tuple[str, ...]:
        """The parts that bring what queries and exports may leave out: converted leads, records in approval.

        Zoho's pages do not say whether they give them, so after a first load the count tells.
        """
        if walk.fresh and (walk.expected == 0 or total >= walk.expected):
            return ()
        if self.module != "Leads":
            return (_UNAPPROVED,)
        if walk.fresh:
            open_ones, _ = count_or_none(self.session, self.module, converted="false")
            if open_ones is not None and total > open_ones:
                return (_UNAPPROVED,)
        return (_UNAPPROVED, _CONVERTED)

    # pages

    def _page(self, batch: Batch, following: Walk | None) -> Page:
        began = self._began(batch)
        self.began = began
        rows = batch.rows if batch.shaped else [self.shape.from_json(row) for row in batch.rows]
        records, problems = self._records(rows)
        if following is None:
            at = Cursor(began, cursors.fingerprint(self.wanted.names))
            if at.text() == self.request.cursor:
                at = Cursor(began, at.fields, turn=1)
        else:
            walk = following.moved(begun=literal(began))
            at = Cursor(self.mark, cursors.fingerprint(self.wanted.names), walk)
        notices, self.notices = [*self.notices, *batch.notices], []
        is_end = following is None and self.request.cursor is None
        return Page(records, at.text(), problems=problems, whole=is_end, notices=notices)

    def _records(self, rows: Sequence[Mapping[str, object]]) -> tuple[list[RawRecord], list[Problem]]:
        """The records, of several of one id the last, and a problem for each that has none."""
        found: dict[str, RawRecord] = {}
        problems: list[Problem] = []
        for row in rows:
            if isinstance(row.get(KEY), str):
                record = raw_record(self.request.object, row)
                found.pop(record.external_id, None)
                found[record.external_id] = record
            else:
                problems.append(Problem("RECORD_UNUSABLE", "a record of {object} has no id", {"object": self.module}))
        return list(found.values()), problems

    def _began(self, batch: Batch) -> datetime:
        """The vendor's time when the reading began, by its first answer."""
        return self.began if self.began is not None else self.session.now(batch.answer)

    @property
    def _overlap(self) -> timedelta:
        return max(timedelta(minutes=self.session.options.overlap_minutes), _LEAST_OVERLAP)

    def _fits(self, way: Way) -> bool:
        return plan.decide(self.module, self.wanted, None).offer(way).unfit is None

    def _tell(self, code: str, template: str, **params: object) -> None:
        self.notices.append(Problem(code, template, {"object": self.module, **params}))

    def _tell_fields(self) -> None:
        """What a person should know of the fields asked for."""
        for name in self.wanted.missing:
            self._tell("read.field_missing", "{object} has no field {field}", field=name)
        if self.wanted.single:
            fields = ", ".join(self.wanted.single)
            self._tell("read.single_fields", "each record of {object} is read by itself for {fields}", fields=fields)
        rich = [one.name for one in self.wanted.fields if one.is_rich]
        if rich:
            self._tell("read.rich_text", "Zoho cuts {fields} of {object} after 500 characters", fields=", ".join(rich))


def reader_for(session: Session, modules: Modules, request: PullRequest, *, way: str | None = None) -> Reader:
    """The reader of a module; ConfigError or ScopeError where the module is not there or may not be seen."""
    known: dict[str, ModuleField] = modules.fields(request.object)
    wanted = want(known, request.fields)
    return Reader(
        session, request.object, request, wanted, modules.shape(request.object), way or session.options.read_by
    )

"""Reads one module: from the beginning or from a cursor, the cheapest way, to its end.

    fresh      count, then list, query or bulk; after a query or an export what it leaves out; after an export what
               changed meanwhile
    later      one page of what changed; where there is more: count, then the cheapest way for the rest
    resumed    the rest of what an earlier run began, then what changed since it began

A walk that cannot go on its way goes on another: a second with too many records by query, a refused query or a
failed export by list. Every switch is told in a notice.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crmbridge.adapter.contract import Page, Problem, PullRequest, RawRecord
from crmbridge.model.errors import ContractError, ScopeError
from crmbridge_zoho import cursor as cursors
from crmbridge_zoho import plan
from crmbridge_zoho.bulk import Export
from crmbridge_zoho.config import ZohoOptions
from crmbridge_zoho.counting import count_or_none, filters_for
from crmbridge_zoho.cursor import Cursor, Walk
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.export_file import ExportFailed
from crmbridge_zoho.fields import KEY, MODIFIED, ModuleField, Wanted, Way, field_sets, want
from crmbridge_zoho.listing import Batch, Listing, Stuck, same_time
from crmbridge_zoho.modules import Modules
from crmbridge_zoho.moves import TRACKER
from crmbridge_zoho.payload import Shape, raw_record
from crmbridge_zoho.querying import Querying
from crmbridge_zoho.session import Session
from crmbridge_zoho.times import earlier, literal, parse_or_none

_LEAST_OVERLAP = timedelta(seconds=2)
_PEEK, _KEYS, _TOKENS = "peek", "keys", "tokens"
_CONVERTED, _UNAPPROVED, _CONVERSIONS = "converted", "unapproved", "conversions"
CONVERTED_AT = "Converted_Date_Time"
"""When a lead was converted, which may move no other time."""
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
    is_forced: bool = False
    notices: list[Problem] = field(default_factory=list)
    began: datetime | None = None
    mark: datetime | None = None
    here: Walk = field(default_factory=lambda: Walk(_PEEK))
    refused: set[str] = field(default_factory=set)
    is_resumed: bool = False

    def pages(self) -> Iterator[Page]:
        """The pages, at least one unless a stop was asked for while an export was waited for."""
        walk = self._begin()
        while True:
            self.here, following = walk, None
            for batch in self._run(walk):
                following = batch.walk or self._next_part(batch.end or self.here)
                yield self._page(batch, following)
                if following is None or self.session.context.stop.is_set():
                    return
                self.here, is_other = following, batch.walk is None or following.way != walk.way
                if is_other:
                    break
            else:
                return
            walk = self.here

    # where to begin

    def _begin(self) -> Walk:
        known = cursors.parse(self.request.cursor)
        if known is not None and not known.covers(self.wanted.names):
            self._tell("read.fields_added", "{object} is read from the beginning: new fields are mapped")
            known = None
        self._tell_fields()
        if known is not None and known.walk is not None:
            self.mark, self.began = known.mark, parse_or_none(known.walk.begun)
            self.is_resumed = MODIFIED in self.wanted.names
            return known.walk
        if known is None or known.mark is None or MODIFIED not in self.wanted.names:
            return self._fresh()
        return self._changed_since(known.mark)

    def _changed_since(self, mark: datetime) -> Walk:
        self.mark = mark
        parts = (_CONVERSIONS,) if CONVERTED_AT in self.wanted.names and self._fits(Way.QUERY) else ()
        return Walk(_PEEK, since=literal(earlier(mark, self._overlap)), parts=parts)

    def _fresh(self) -> Walk:
        records, at = count_or_none(self.session, self.module)
        self.began = None if at is None else self.session.now(at)
        decision = plan.decide(
            self.module,
            self.wanted,
            records,
            forced=self.way,
            page=self.session.options.page_size,
            joins=self.is_forced,
        )
        self.notices.append(decision.notice(self.module))
        return Walk(
            str(decision.way), begun=literal(self.began) if self.began else "", fresh=True, expected=records or 0
        )

    # how to go on

    def _run(self, walk: Walk) -> Iterator[Batch]:
        """The batches of one part; a way that fails gives one empty batch whose walk goes another way."""
        try:
            for batch in self._runner(walk)(walk):
                back = self._back_to_list(batch.walk)
                yield batch if back is None else replace(batch, walk=back)
                if back is not None:
                    return
        except Stuck as error:
            if walk.way == _TOKENS:
                raise
            yield self._switched(self._past_a_second(), error)
        except (Refused, ScopeError, ExportFailed) as error:
            if walk.way == _CONVERSIONS:
                self._tell("read.conversions", "conversions are seen once a lead changes: {reason}", reason=str(error))
                yield Batch((), None)
                return
            if walk.way not in {Way.QUERY, Way.BULK, _KEYS} or (self.is_forced and self.way == walk.way):
                raise
            self.refused.add(walk.way)
            can_query = walk.way == Way.BULK and self._fits(Way.QUERY) and Way.QUERY not in self.refused
            yield self._switched(Way.QUERY if can_query else Way.LIST, error)

    def _past_a_second(self) -> str:
        """The way through a second that holds more records than a page."""
        way = str(Way.QUERY) if self._fits(Way.QUERY) else _KEYS
        return _TOKENS if way in self.refused else way

    def _back_to_list(self, walk: Walk | None) -> Walk | None:
        """The walk by lists again, once the second is passed that no list could pass; None while it is not."""
        if walk is None or walk.way != _KEYS or walk.at is None or same_time(walk.at, walk.since):
            return None
        return walk.moved(way=str(Way.LIST), window=walk.at, key=None)

    def _runner(self, walk: Walk) -> Callable[[Walk], Iterator[Batch]]:
        size = self.session.options.page_size
        rows = size * _ROWS_A_PAGE
        lists = Listing(self.session, self.module, self.wanted, size, filters_for(self.module))
        runners: dict[str, Callable[[Walk], Iterator[Batch]]] = {
            Way.LIST: lists.walk,
            Way.QUERY: Querying(self.session, self.module, self.wanted, rows).walk,
            Way.BULK: Export(self.session, self.module, self.wanted, self.shape, rows, lists.filters).walk,
            _KEYS: Querying(self.session, self.module, self.wanted, rows, lists).walk,
            _CONVERTED: replace(lists, filters=filters_for(self.module, converted="true"), by_token=True).walk,
            _UNAPPROVED: replace(lists, filters=filters_for(self.module, approved="false"), by_token=True).walk,
            _PEEK: lambda at: self._peek(at, lists),
            _TOKENS: replace(lists, by_token=True).walk,
            _CONVERSIONS: Querying(self.session, self.module, self.wanted, rows, since_field=CONVERTED_AT).walk,
        }
        if walk.way not in runners:
            raise ContractError("a cursor of {module} names the way {way}", module=self.module, way=walk.way)
        return runners[walk.way]

    def _peek(self, walk: Walk, lists: Listing) -> Iterator[Batch]:
        """The first of what changed, and the cheapest way through the rest."""
        if len(field_sets(self.wanted.listed)) > 1 and self._fits(Way.QUERY):
            self._tell("read.way", "{object} is read by {way}: more fields than a list names", way="query")
            yield Batch((), walk.moved(way=str(Way.QUERY), parts=(*self._maybe_left_out, *walk.parts)))
            return
        for batch in lists.walk(walk):
            after = batch.walk
            if after is not None:
                after = self._rest(after)
            else:
                rows = len(batch.rows)
                decision = plan.decide(self.module, self.wanted, rows, page=self.session.options.page_size)
                self.notices.append(decision.notice(self.module))
            yield Batch(batch.rows, after, answer=batch.answer)
            return

    def _rest(self, walk: Walk) -> Walk:
        """The way through what is left after one page."""
        records, _ = count_or_none(self.session, self.module, since=walk.at or walk.since)
        decision = plan.decide(self.module, self.wanted, records, forced=self.way, page=self.session.options.page_size)
        self.notices.append(decision.notice(self.module))
        if decision.way is Way.LIST:
            return walk.moved(way=str(Way.LIST))
        since, parts = walk.at or walk.since, (*self._maybe_left_out, *walk.parts)
        return Walk(str(decision.way), begun=walk.begun, since=since, expected=records or 0, parts=parts)

    def _switched(self, way: str, error: Exception) -> Batch:
        """An empty batch after which the walk goes on another way from where it is."""
        self._tell("read.way", "{object} is read by {way} instead: {reason}", way=str(way), reason=str(error))
        here = self.here
        if here.way == Way.BULK:
            since, expected, parts = here.since, here.expected, here.parts
        else:
            since, expected, parts = here.at or here.window or here.since, 0, here.parts
        if way in {Way.QUERY, _KEYS} and not expected:
            parts = tuple(dict.fromkeys((*self._maybe_left_out, *parts)))
        going = Walk(str(way), begun=here.begun, since=since, fresh=here.fresh, parts=parts, expected=expected)
        return Batch((), going)

    def _next_part(self, walk: Walk) -> Walk | None:
        """What comes after a part that is done; None where the reading is."""
        parts = walk.parts
        if walk.fresh and walk.expected and walk.way in {Way.QUERY, Way.BULK}:
            parts = (*self._left_out(walk), *parts)
        if walk.way == Way.BULK:
            parts = (*parts, _PEEK)
        if not parts:
            return self._meanwhile()
        is_peek = parts[0] == _PEEK
        since = literal(earlier(self.began or self.session.now(), self._overlap)) if is_peek else walk.since
        if parts[0] == _CONVERSIONS and self.mark is not None:
            since = literal(earlier(self.mark, self._overlap))
        return Walk(parts[0], begun=walk.begun, since=since, parts=parts[1:], fresh=walk.fresh and not is_peek)

    def _meanwhile(self) -> Walk | None:
        """After what an earlier run began: what changed since, once, so that each run knows what was before it."""
        if not self.is_resumed or self.began is None:
            return None
        mark, self.began, self.is_resumed = self.began, None, False
        return self._changed_since(mark)

    @property
    def _maybe_left_out(self) -> tuple[str, ...]:
        """The parts that bring what a query or an export may leave out: records in approval, converted leads.

        Zoho's pages do not say whether they give them. Lines of history are neither approved nor converted, and an
        export leaves out those of deals that are gone: nothing is missing then.
        """
        if self.module == TRACKER:
            return ()
        return (_UNAPPROVED, _CONVERTED) if self.module == "Leads" else (_UNAPPROVED,)

    def _left_out(self, walk: Walk) -> tuple[str, ...]:
        """Those of the parts that a first load needs, by the count of what there was when it began.

        Records that were made or changed since are no proof: there may be as many of them as were left out.
        """
        if walk.settled >= walk.expected:
            return ()
        return tuple(part for part in self._maybe_left_out if part != _CONVERTED or not walk.has_converted)

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
        if self.began is not None:
            return self.began
        return self.session.now(batch.answer.server_time if batch.answer is not None else None)

    @property
    def _overlap(self) -> timedelta:
        return overlap_of(self.session.options)

    def _fits(self, way: Way) -> bool:
        return plan.decide(self.module, self.wanted, None).offer(way).unfit is None

    def _tell(self, code: str, template: str, **params: object) -> None:
        self.notices.append(Problem(code, template, {"object": self.module, **params}))

    def _tell_fields(self) -> None:
        """What a person should know of the fields asked for."""
        for name in self.wanted.missing:
            template = "{object} has no field {field}: what it gave before stays; see crmbridge mapping check"
            self._tell("read.field_missing", template, field=name)
        if self.wanted.single:
            fields = ", ".join(self.wanted.single)
            self._tell("read.single_fields", "each record of {object} is read by itself for {fields}", fields=fields)
        rich = [one.name for one in self.wanted.fields if one.is_rich]
        if rich:
            self._tell("read.rich_text", "Zoho cuts {fields} of {object} after 500 characters", fields=", ".join(rich))


def overlap_of(options: ZohoOptions) -> timedelta:
    """How far behind the last reading a later one begins: times have whole seconds, and lists may lag."""
    return max(timedelta(minutes=options.overlap_minutes), _LEAST_OVERLAP)


def reader_for(session: Session, modules: Modules, request: PullRequest, *, way: str | None = None) -> Reader:
    """The reader of a module; ConfigError or ScopeError where the module is not there or may not be seen."""
    known: dict[str, ModuleField] = modules.fields(request.object)
    wanted = want(known, request.fields)
    shape = modules.shape(request.object)
    return Reader(
        session, request.object, request, wanted, shape, way=way or session.options.read_by, is_forced=way is not None
    )

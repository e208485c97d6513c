"""Reading by lists: pages of 200 in the order of change, each from the last modified time of the page before it.

Whether a page token walks over a snapshot is not said (dossier 8): where it does not, a record that is edited meanwhile
moves those behind it up, and some are passed over. So every page is asked for by time, and that time is read again,
because others may share it. Where more records share a second than a page holds, a query takes over; only where that
is refused, tokens do. A list names 50 fields: further ones are asked for by id, and every id must answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.adapter.contract import Problem
from crmbridge.model.errors import ContractError
from crmbridge_zoho.cursor import Walk
from crmbridge_zoho.errors import Meaning, Refused
from crmbridge_zoho.fields import KEY, LINK, LINK_MODULE, MODIFIED, Wanted, field_sets
from crmbridge_zoho.plan import IDS_A_CALL
from crmbridge_zoho.session import API, Answer, Session
from crmbridge_zoho.times import parse_or_none

Row = Mapping[str, object]
_NUMBERED = 2_000
_MOST_RESTARTS = 2
"""How often a walk by tokens is begun again at one and the same second."""
"""How far page numbers reach."""


class Stuck(ContractError):
    """More records share one second than a page holds, or a window where tokens are taken: lists cannot pass it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records, and the walk after them; None: this part of the reading is done.

    `shaped` says that the rows are payloads already; `end` is where the walk stands behind the last rows of a part.
    """

    rows: Sequence[Row]
    walk: Walk | None
    notices: Sequence[Problem] = ()
    answer: Answer | None = None
    shaped: bool = False
    end: Walk | None = None


@dataclass(slots=True)
class Listing:
    """Lists of one module. `filters` are the parameters that widen or narrow it: converted, approved.

    With `by_token` the pages of one second are walked by tokens.
    """

    session: Session
    module: str
    wanted: Wanted
    page: int
    filters: Mapping[str, str] = field(default_factory=dict)
    by_token: bool = False
    dropped: set[str] = field(default_factory=set)

    @property
    def timed(self) -> bool:
        """Whether the module's records carry a modified time."""
        return MODIFIED in self.wanted.names

    def walk(self, walk: Walk) -> Iterator[Batch]:
        """The pages from that place on; Stuck where a second holds more records than can be passed."""
        while True:
            try:
                answer = self._page(walk)
            except Refused as error:
                again = self._again(walk, error)
                if again is None:
                    raise
                walk = again
                continue
            rows, walk_next = answer.data, self._moved(walk, answer)
            yield Batch(complete(self, rows), walk_next, answer=answer)
            if walk_next is None:
                return
            walk = walk_next

    def _page(self, walk: Walk) -> Answer:
        params: dict[str, object] = {
            "fields": ",".join(first_set(self.wanted)),
            "per_page": self.page,
            "sort_by": MODIFIED if self.timed else KEY,
            "sort_order": "asc",
            **{key: value for key, value in self.filters.items() if key not in self.dropped},
        }
        if walk.token:
            params["page_token"] = walk.token
        elif walk.batch > 1:
            params["page"] = walk.batch
        since = walk.window or walk.since
        headers = {"If-Modified-Since": since} if since and self.timed else {}
        return self.session.get(f"{API}/{self.module}", params, headers=headers, heavy=True)

    def _moved(self, walk: Walk, answer: Answer) -> Walk | None:
        """The walk after a page; None at its end."""
        rows = answer.data
        last = rows[-1].get(MODIFIED) if rows and self.timed else None
        at = last if isinstance(last, str) else walk.at
        total = walk.total + len(rows)
        if not answer.has_more:
            return None
        if self.timed and at is not None and not same_time(at, walk.window or walk.since):
            return walk.moved(window=at, at=at, total=total, token=None, batch=1, restarts=0)
        if self.timed and not self.by_token:
            raise Stuck("more records of {module} share {at} than a page holds", module=self.module, at=at)
        token = answer.info.get("next_page_token")
        if isinstance(token, str) and token:
            return walk.moved(token=token, at=at, total=total)
        if walk.batch * self.page < _NUMBERED:
            return walk.moved(token=None, at=at, total=total, batch=walk.batch + 1)
        return self._window(walk.moved(at=at, total=total))

    def _again(self, walk: Walk, error: Refused) -> Walk | None:
        """How the walk goes on after a refusal: a new window, without a parameter; None where it does not."""
        if error.refusal.meaning is Meaning.PAGING:
            return self._window(walk)
        named = error.refusal.what
        if named in self.filters and named not in self.dropped:
            self.dropped.add(str(named))
            return walk.moved(token=None, batch=1)
        return None

    def _window(self, walk: Walk) -> Walk:
        """A new window from the last time seen; Stuck where the one that ended began there already."""
        if walk.token is None and walk.batch == 1:
            raise Stuck("Zoho refuses even the first page of {module}", module=self.module)
        if not self.timed:
            return walk.moved(token=None, batch=1)
        if walk.restarts >= _MOST_RESTARTS:
            raise Stuck("more records of {module} share {at} than a list can give", module=self.module, at=walk.at)
        return walk.moved(window=walk.at, token=None, batch=1, restarts=walk.restarts + 1)


def same_time(at: str, lower: str | None) -> bool:
    """Whether a time is the one that a window begins at, in whatever zone they are written."""
    return lower is not None and parse_or_none(at) == parse_or_none(lower)


def first_set(wanted: Wanted) -> tuple[str, ...]:
    """The fields that the first call of a page names."""
    return field_sets(wanted.listed)[0]


def complete(listing: Listing, rows: Sequence[Row]) -> list[Row]:
    """The rows with the fields that did not fit into the first call, or that only single readings give."""
    sets, single = field_sets(listing.wanted.listed)[1:], listing.wanted.single
    rows = with_links(listing, rows)
    if not rows or not (sets or single):
        return list(rows)
    ids = [str(row[KEY]) for row in rows]
    whole: dict[str, dict[str, object]] = {str(row[KEY]): dict(row) for row in rows}
    for names in sets:
        found = by_ids(listing.session, listing.module, ids, names, listing.filters)
        for identity in ids:
            _join(whole, identity, found.get(identity))
    lost = [identity for identity in ids if identity in whole and not _has(whole[identity], sets)]
    for identity in [*lost, *(ids if single else [])]:
        _join(
            whole, identity, one_record(listing.session, listing.module, identity, listing.wanted.names), is_last=True
        )
    return [whole[identity] for identity in ids if identity in whole]


def with_links(listing: Listing, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows, each link with the module it points into.

    Whether a list gives `$se_module` where it is asked for is uncertain (dossier 4.2): where it does not, each record
    with a link is read by itself.
    """
    if LINK_MODULE not in listing.wanted.names or all(LINK_MODULE in row or row.get(LINK) is None for row in rows):
        return rows
    found: list[Row] = []
    for row in rows:
        if row.get(LINK) is not None and LINK_MODULE not in row:
            whole = one_record(listing.session, listing.module, str(row[KEY]), ()) or {}
            found.append({**row, LINK_MODULE: whole.get(LINK_MODULE)})
        else:
            found.append(row)
    return found


def by_ids(
    session: Session, module: str, ids: Sequence[str], names: Sequence[str], filters: Mapping[str, str]
) -> dict[str, Row]:
    """The records of those ids by id, with those fields; one that is gone is not among them."""
    found: dict[str, Row] = {}
    for start in range(0, len(ids), IDS_A_CALL):
        some = ids[start : start + IDS_A_CALL]
        params = {"ids": ",".join(some), "fields": ",".join(names), "per_page": IDS_A_CALL, **filters}
        rows = session.get(f"{API}/{module}", params).data
        found |= {str(row[KEY]): row for row in rows}
    return found


def one_record(session: Session, module: str, identity: str, names: Sequence[str]) -> Row | None:
    """One record; None where it is gone."""
    params = {"fields": ",".join(names)} if names and len(names) <= len(field_sets(names)[0]) else {}
    try:
        rows = session.get(f"{API}/{module}/{identity}", params).data
    except Refused as error:
        if error.refusal.code == "INVALID_DATA" or error.refusal.meaning is Meaning.GONE:
            return None
        raise
    return rows[0] if rows else None


def _has(row: Mapping[str, object], sets: Sequence[Sequence[str]]) -> bool:
    return all(name in row for names in sets for name in names)


def _join(whole: dict[str, dict[str, object]], identity: str, more: Row | None, *, is_last: bool = False) -> None:
    """Adds what another call gave of a record, and keeps the older of the two times: it then comes again.

    A record that a last call does not find is gone: it is left to the list of deletions.
    """
    if more is None:
        if is_last:
            whole.pop(identity, None)
        return
    row = whole.get(identity)
    if row is not None:
        modified = row.get(MODIFIED)
        row.update(more)
        if modified is not None:
            row[MODIFIED] = modified

"""Deletions: the list that Zoho keeps, 60 days in the recycle bin and 120 days after (dossier 2.6).

{"v": 1, "m": mark, "w": {...}}      as the cursor of a reading; `at` is the last time of deletion seen
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from crmbridge.adapter.contract import Page, Problem, PullRequest, RawRecord
from crmbridge_zoho import cursor as cursors
from crmbridge_zoho.cursor import Cursor, Walk
from crmbridge_zoho.errors import Meaning, Refused
from crmbridge_zoho.fields import KEY
from crmbridge_zoho.session import API, Answer, Session
from crmbridge_zoho.times import earlier, literal, parse_or_none
from crmbridge_zoho.users import USERS

RETENTION = timedelta(days=60)
_CREDITS = 2


class Deletions:
    """One reading of the deletions of a module. Users are never deleted: one who left has another status."""

    def __init__(self, session: Session, request: PullRequest) -> None:
        self._session = session
        self._request = request
        self._notices: list[Problem] = []

    def pages(self) -> Iterator[Page]:
        """The pages, each record with `deleted` true; always at least one."""
        walk, mark = self._begin()
        began = parse_or_none(walk.begun)
        if self._request.object == USERS:
            yield self._page([], None, mark, self._session.now())
            return
        while True:
            try:
                answer = self._ask(walk)
            except Refused as error:
                again = self._again(walk, error)
                if again is None:
                    yield self._page([], None, mark, began or self._session.now())
                    return
                walk = again
                continue
            if began is None:
                began = self._session.now(answer.server_time)
                self._check_age(mark, began)
            following = self._following(walk, answer, began)
            yield self._page(answer.data, following, mark, began)
            if following is None or self._session.context.stop.is_set():
                return
            walk = following

    def _begin(self) -> tuple[Walk, datetime | None]:
        known = cursors.parse(self._request.cursor)
        if known is not None and known.walk is not None:
            return known.walk, known.mark
        mark = known.mark if known is not None else None
        overlap = timedelta(minutes=max(self._session.options.overlap_minutes, 1))
        return Walk("deleted", since=literal(earlier(mark, overlap)) if mark is not None else None), mark

    def _ask(self, walk: Walk) -> Answer:
        params: dict[str, object] = {"type": "all", "per_page": self._session.options.page_size}
        params |= {"page_token": walk.token} if walk.token else {"page": walk.batch}
        since = walk.window or walk.since
        headers = {"If-Modified-Since": since} if since else {}
        return self._session.get(f"{API}/{self._request.object}/deleted", params, headers=headers, cost=_CREDITS)

    def _following(self, walk: Walk, answer: Answer, began: datetime) -> Walk | None:
        if not answer.data or not answer.has_more:
            return None
        times = [one.get("deleted_time") for one in answer.data if isinstance(one, Mapping)]
        last = times[-1] if times and isinstance(times[-1], str) else None
        ascends = (
            last is not None and (walk.at is None or _at(walk.at) <= _at(last)) and _at(str(times[0])) <= _at(last)
        )
        token = answer.info.get("next_page_token")
        return walk.moved(
            batch=walk.batch + 1,
            token=token if isinstance(token, str) else None,
            at=last if ascends else None,
            begun=literal(began),
        )

    def _again(self, walk: Walk, error: Refused) -> Walk | None:
        """The list ends at a cap: where it ascends a new window goes on; else the rest is told to be lost."""
        if error.refusal.meaning is Meaning.GONE and walk.batch == 1:
            template = "Zoho keeps no list of what was deleted of {object}: {reason}"
            params = {"object": self._request.object, "reason": error.refusal.code}
            self._notices.append(Problem("deleted.unknown", template, params))
            return None
        if error.refusal.meaning is not Meaning.PAGING:
            raise error
        if walk.at is not None and walk.at != (walk.window or walk.since):
            return walk.moved(window=walk.at, batch=1, token=None)
        self._notices.append(
            Problem(
                "deleted.capped",
                "Zoho tells only the newest deletions of {object}; older ones since the last look are not told",
                {"object": self._request.object},
            )
        )
        return None

    def _check_age(self, mark: datetime | None, now: datetime) -> None:
        if mark is not None and now - mark > RETENTION:
            self._notices.append(
                Problem(
                    "deleted.forgotten",
                    "deletions of {object} were last asked for {days} days ago, and Zoho remembers {kept} days",
                    {"object": self._request.object, "days": (now - mark).days, "kept": RETENTION.days},
                )
            )

    def _page(self, rows: list[object], following: Walk | None, mark: datetime | None, began: datetime) -> Page:
        records, problems = _records(self._request.object, rows)
        at = Cursor(began if following is None else mark, "", following)
        if at.text() == self._request.cursor:
            at = Cursor(at.mark, "", following, turn=1)
        notices, self._notices = self._notices, []
        return Page(records, at.text(), problems=problems, notices=notices)


def _records(object_name: str, rows: list[object]) -> tuple[list[RawRecord], list[Problem]]:
    """A tombstone for each row; of several of one id the latest."""
    found: dict[str, RawRecord] = {}
    problems: list[Problem] = []
    for row in rows:
        identity = row.get(KEY) if isinstance(row, Mapping) else None
        if not isinstance(row, Mapping) or not isinstance(identity, str) or not identity:
            problems.append(Problem("RECORD_UNUSABLE", "a deletion of {object} has no id", {"object": object_name}))
            continue
        when = parse_or_none(row.get("deleted_time"))
        before = found.get(identity)
        if before is None or before.modified is None or (when is not None and before.modified <= when):
            found[identity] = RawRecord(object_name, identity, {}, modified=when, deleted=True)
    return list(found.values()), problems


def _at(text: str) -> datetime:
    found = parse_or_none(text)
    return found if found is not None else datetime.max.replace(tzinfo=UTC)

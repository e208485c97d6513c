"""The powers of the CRM in memory that look back, export, listen and add fields; the others are with the adapter.

Cursors are `1:N` as in a pull; that of an export is `1:job:NAME:N`, the job and how many of its rows were given.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, Protocol, TypeVar

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import (
    HistoryPage,
    Page,
    PullRequest,
    RawRecord,
    Spent,
    StageChange,
    Subscription,
    SubscriptionRequest,
)
from crmbridge.model.errors import AuthError, ConfigError, Unavailable
from crmbridge.testing.memory.server import SIGNATURE, MemoryServer
from crmbridge.testing.memory.store import Move, Row, Tombstone

CURSOR_VERSION = "1"
POLL_S = 5.0
LONGEST_BODY = 1 << 20
T = TypeVar("T")


class _Connected(Protocol):
    """What a power needs of its adapter."""

    _context: AdapterContext
    _server: MemoryServer
    _page_size: int
    _token: str | None

    def _ask(self, call: Callable[[], T]) -> T: ...
    def _known(self, object_name: str) -> None: ...
    def _record(self, object_name: str, row: Row) -> RawRecord: ...


class LooksBack:
    """`list_deleted` and `list_history`."""

    def list_deleted(self: _Connected, request: PullRequest) -> Iterator[Page]:
        """Walks along the change numbers of the tombstones."""
        self._known(request.object)
        after, from_the_start = position(request.cursor), position(request.cursor) == 0
        while True:
            dead = self._ask(
                lambda: self._server.deleted(self._token, request.object, after=after, limit=self._page_size)  # noqa: B023 - called at once
            )
            after = dead[-1].change_no if dead else after
            is_last = len(dead) < self._page_size
            records = [tombstone(request.object, one) for one in dead]
            yield Page(records, f"{CURSOR_VERSION}:{after}", complete=is_last and from_the_start)
            if is_last or self._context.stop.is_set():
                return

    def list_history(self: _Connected, request: PullRequest) -> Iterator[HistoryPage]:
        """Walks along the change numbers of the moves."""
        self._known(request.object)
        after, from_the_start = position(request.cursor), position(request.cursor) == 0
        while True:
            moves = self._ask(
                lambda: self._server.moves(self._token, request.object, after=after, limit=self._page_size)  # noqa: B023 - called at once
            )
            after = moves[-1].change_no if moves else after
            is_last = len(moves) < self._page_size
            changes = [stage_change(one) for one in moves]
            yield HistoryPage(changes, f"{CURSOR_VERSION}:{after}", complete=is_last and from_the_start)
            if is_last or self._context.stop.is_set():
                return


class Exports:
    """`bulk_read`."""

    def bulk_read(self: _Connected, request: PullRequest) -> Iterator[Page]:
        """Orders an export, or takes up the one in the cursor, waits for it, and gives its rows page by page."""
        self._known(request.object)
        name, given = export(request.cursor)
        job = self._ask(lambda: self._server.job(self._token, name)) if name else None
        if job is None:
            given, name = 0, self._ask(lambda: self._server.order(self._token, request.object))
            yield Page([], f"{CURSOR_VERSION}:job:{name}:0")
        while job is None or job.pending:
            if job is not None and self._context.pause(POLL_S):
                return
            job = self._ask(lambda: self._server.job(self._token, name))
        if job.is_failed:
            raise Unavailable("the export of {object} failed", object=request.object)
        from_the_start, is_last = given == 0, False
        while not is_last:
            rows = job.rows[given : given + self._page_size]
            given += len(rows)
            is_last = given >= len(job.rows)
            cursor = f"{CURSOR_VERSION}:{job.change_no}" if is_last else f"{CURSOR_VERSION}:job:{name}:{given}"
            records = [self._record(request.object, row) for row in rows]
            whole = is_last and from_the_start
            yield Page(records, cursor, complete=whole, whole=whole)
            if self._context.stop.is_set():
                return


class Listens:
    """`receive`, `subscribe` and `unsubscribe`."""

    def receive(self: _Connected, headers: Mapping[str, str], body: bytes, secret: str) -> Sequence[tuple[str, str]]:
        """Believes what is signed with the secret."""
        given = next((value for name, value in headers.items() if name.lower() == SIGNATURE.lower()), "")
        if not body or len(body) > LONGEST_BODY or not hmac.compare_digest(signature(body, secret), given.encode()):
            raise AuthError("this is no notification for {connection}", connection=self._context.connection)
        said = json.loads(body)
        return [(said["object"], external_id) for external_id in said["ids"]]

    def subscribe(self: _Connected, request: SubscriptionRequest) -> Subscription:
        """Asks for a channel."""
        name, channel = self._ask(
            lambda: self._server.watch(self._token, request.url, request.secret, request.objects, request.known)
        )
        return Subscription(name, channel.expires)

    def unsubscribe(self: _Connected, state: str) -> None:
        """Gives a channel up."""
        self._ask(lambda: self._server.unwatch(self._token, state))


class AddsFields:
    """`ensure_field`."""

    def ensure_field(
        self: _Connected, object_name: str, field_name: str, kind: Literal["text", "number", "date"]
    ) -> str:
        """Looks before it adds; a field that takes anything is good for every type."""
        self._known(object_name)
        self._context.check_may_write()
        described = self._ask(lambda: self._server.objects(self._token))
        if field_name not in described[object_name]:
            self._ask(lambda: self._server.add_field(self._token, object_name, field_name, kind))
        has = self._server.store.types.get((object_name, field_name), kind)
        if has != kind:
            raise ConfigError(
                "{object} has a field {field} already, and it is no {wanted} but a {has}",
                object=object_name,
                field=field_name,
                wanted=kind,
                has=has,
                hint="name another field",
            )
        return field_name


class Counted:
    """`spent`: a call is a credit."""

    _calls = 0

    def spent(self) -> Spent:
        """The calls made by this adapter."""
        return Spent(self._calls, self._calls)


def tombstone(object_name: str, dead: Tombstone) -> RawRecord:
    """A deletion as the contract has it."""
    return RawRecord(object_name, dead.external_id, {}, modified=dead.at, deleted=True)


def stage_change(move: Move) -> StageChange:
    """A change of stage as the contract has it."""
    return StageChange(move.external_id, f"move-{move.change_no}", move.to_label, move.at, move.from_label)


def signature(body: bytes, secret: str) -> bytes:
    """What a genuine notification carries in its header."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()


def position(cursor: str | None) -> int:
    """The change number in a cursor; the start for a cursor of another version, which only reads more."""
    version, _, number = (cursor or "").partition(":")
    return int(number) if version == CURSOR_VERSION and number.isdecimal() else 0


def export(cursor: str | None) -> tuple[str, int]:
    """The job in a cursor and how many of its rows were given; no name where the cursor has none."""
    match (cursor or "").split(":"):
        case [version, "job", name, given] if version == CURSOR_VERSION and given.isdecimal():
            return name, int(given)
        case _:
            return "", 0

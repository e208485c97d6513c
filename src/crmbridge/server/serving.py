"""One server at work: it listens in threads, and between requests follows hints and renews webhooks."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial

from crmbridge.app import access, following, hooks
from crmbridge.app.bridge import Bridge
from crmbridge.app.hints import Inbox
from crmbridge.app.hook_keys import FILE
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import migrations, standing
from crmbridge.model.errors import CrmBridgeError, LeaseLost
from crmbridge.server.answers import Answers
from crmbridge.server.listening import Listener, Log, log_line, require_local
from crmbridge.server.metering import Metering

FOLLOW_EVERY_S = 5.0
RENEW_EVERY_S = 600.0
REST_S, LONGEST_REST_S = 15.0, 1800.0
"""How long a connection rests whose hints could not be read: twice as long each time."""

STALE_S = 1800.0
"""After so long without a round of chores the server is not ready: a round is a sync, which may take a while."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen; `remote` allows an address that other machines reach."""

    host: str
    port: int
    remote: bool = False


@dataclass(slots=True)
class Chores:
    """What is done between requests, one thing after the other; a failure is told in the log and tried again."""

    wiring: Wiring
    log: Log
    monotonic: Callable[[], float] = time.monotonic
    done_at: float = field(default=0.0)
    _renewed_at: float | None = None
    _resting: dict[str, tuple[float, float]] = field(default_factory=dict)

    def round(self) -> None:
        """Follows hints; renews webhooks where that is due."""
        self._try("follow", self._follow)
        now = self.monotonic()
        if self._renewed_at is None or now - self._renewed_at >= RENEW_EVERY_S:
            self._renewed_at = now
            self._try("renew", self._renew)
        self.done_at = self.monotonic()

    def _follow(self) -> None:
        """A connection that cannot be read rests, longer each time; one that another run reads, a moment."""
        for name in following.waiting(self.wiring):
            if self.monotonic() < self._resting.get(name, (0.0, 0.0))[0]:
                continue
            for followed in following.follow(self.wiring, [name]):
                entry = {"connection": name, "hints": followed.hints, "exit_code": followed.exit_code}
                self.log({"event": "follow", **entry})
                self._rest(followed)

    def _rest(self, followed: following.Followed) -> None:
        if followed.exit_code in following.DONE:
            self._resting.pop(followed.connection, None)
            return
        before = self._resting.get(followed.connection, (0.0, 0.0))[1]
        length = REST_S if followed.exit_code == LeaseLost.exit_code else min(max(before * 2, REST_S), LONGEST_REST_S)
        self._resting[followed.connection] = (self.monotonic() + length, length)

    def _renew(self) -> None:
        for name in self.wiring.workspace.config.connections:
            hook = hooks.hook_of(self.wiring, name)
            if hook is not None and hook.is_due(self.wiring.clock()):
                self._try("renew", partial(self._renew_one, name))

    def _renew_one(self, name: str) -> None:
        hooks.renew(self.wiring, [name])
        self.log({"event": "renew", "connection": name})

    def _try(self, event: str, work: Callable[[], object]) -> None:
        try:
            work()
        except CrmBridgeError as error:
            self.log({"event": event, "level": "error", "error": error.code, "exit_code": error.exit_code})
        except Exception as error:  # noqa: BLE001 - a bug in one chore does not end the server; its text may hold a record
            self.log({"event": event, "level": "error", "error": type(error).__name__})


def serve(
    bridge: Bridge,
    place: Place,
    *,
    stop: threading.Event,
    tell: Callable[[str], None],
    log: Log = log_line,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Serves until `stop` is set; `tell` is given the address once it listens.

    ConfigError for an address that other machines reach and nobody allowed, StoreError for one that is taken.
    """
    require_local(place.host, remote=place.remote)
    wiring = bridge.wiring
    wiring.stop = stop  # a wait for the vendor ends with the server
    wiring.ledger  # noqa: B018 - opened once, before threads share it
    chores = Chores(wiring, log, monotonic, monotonic())
    with closing(Inbox(wiring, hooks.keys(wiring))) as inbox:
        ready = partial(_ready, wiring, chores, stop)
        answers = Answers(inbox, ready, Metering(wiring, monotonic).text, remote=place.remote)
        listener = Listener(place.host, place.port, answers, log=log)
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            tell(listener.url)
            while not stop.is_set():
                chores.round()
                stop.wait(FOLLOW_EVERY_S)
        finally:
            listener.shutdown()
            thread.join()
            listener.server_close()


def _ready(wiring: Wiring, chores: Chores, stop: threading.Event) -> Mapping[str, bool]:
    """Whether the store answers and has our schema, the key is there, the chores go on, and nobody ends it.

    No vendor is called.
    """
    store = schema = False
    with suppress(CrmBridgeError):
        with wiring.ledger.read() as tx:
            schema = standing.schema(tx) == migrations.latest()
        store = True
    key = (access.state_dir(wiring.workspace.folder) / FILE).is_file()
    at_work = chores.monotonic() - chores.done_at < STALE_S
    return {"store": store, "schema": schema, "key": key, "work": at_work, "open": not stop.is_set()}

"""Subscriptions and the pushes that are due: thin events, at least once, in no order, repeated (dossier 7.1)."""

from __future__ import annotations

import json
import urllib.request
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

from crmbridge_sim.fxiaoke.events import signing
from crmbridge_sim.fxiaoke.ids import digest
from crmbridge_sim.fxiaoke.store import Change

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator

TIMEOUT_S = 5.0
# Only ``update`` was seen (dossier 7.1); both vocabularies are guesses.
WORDS = {
    "crud": {},
    "verbs": {"create": "add", "update": "edit", "change_owner": "changeOwner"},
}
QUIET = frozenset({"lock", "team", "compute"})


@dataclass
class Subscription:
    """Whom to tell of which objects; empty objects = all. It is set up in the app's admin page (7.1)."""

    url: str
    aes_key: str
    objects: frozenset[str]


@dataclass
class Push:
    """One event on its way to one subscriber."""

    subscription: Subscription
    event: dict[str, Any]
    due_ms: int
    tries: int = 0
    answers: list[bool] = field(default_factory=list)


@dataclass(frozen=True)
class Delivery:
    """One POST that is due now."""

    url: str
    body: dict[str, Any]
    message_id: str


class Pushes:
    """Listens to the store; ``due`` hands out what is to be posted now, ``answered`` says how it was taken."""

    def __init__(self, sim: FxiaokeSimulator) -> None:
        self._sim = sim
        self.subscriptions: list[Subscription] = []
        self._waiting: list[Push] = []
        self._number = self._changes = 0
        self._nonces = 0
        self.sent = self.taken = self.lost = 0
        self.last: deque[dict[str, Any]] = deque(maxlen=1_000)

    def subscribe(self, url: str, *, objects: Iterable[str] = (), aes_key: str = "") -> str:
        """Tells somebody of changes from now on; returns the key, which is made when none is given."""
        key = aes_key or self._sim.aes_key
        signing.key_bytes(key)
        unknown = [name for name in objects if name not in self._sim.schema]
        if unknown:
            raise ValueError(f"no object {unknown[0]}")
        self.subscriptions.append(Subscription(url, key, frozenset(objects)))
        return key

    def unsubscribe(self, url: str) -> None:
        """Tells an address no more; what waits for it is dropped."""
        self.subscriptions = [one for one in self.subscriptions if one.url != url]
        self._waiting = [one for one in self._waiting if one.subscription.url != url]

    def __call__(self, change: Change) -> None:
        """Plans the pushes of a change."""
        if not self.subscriptions:
            return
        operation = change.operation
        if operation in QUIET:
            if not self._sim.switches.flag("event_per_field"):
                return
            operation = "update"
        kinds = self._faults()
        self._changes += 1
        if "event_drop" in kinds or self._is_turn("event_drop_every"):
            return
        word = WORDS[self._sim.switches.text("event_words")].get(operation, operation)
        for one in self.subscriptions:
            if not one.objects or change.object in one.objects:
                self._plan(one, change, word, kinds)

    def _is_turn(self, switch: str) -> bool:
        every = self._sim.switches.number(switch)
        return every > 0 and self._changes % every == 0

    def _faults(self) -> dict[str, float]:
        current = self._sim.current
        return {fault.kind: fault.number("seconds", 60) for fault in current.faults} if current else {}

    def _plan(self, to: Subscription, change: Change, word: str, kinds: dict[str, float]) -> None:
        self._number += 1
        event = {
            "tenantId": int(self._sim.people.tenant_id),
            "eventType": word,
            "apiName": change.object,
            "dataId": change.id,
            "timestamp": change.at_ms,
            "messageId": f"MSG{self._number:08d}",
        }
        due = change.at_ms + self._sim.switches.number("event_delay_ms") + int(kinds.get("event_late", 0) * 1000)
        for _ in range(2 if "event_twice" in kinds or self._is_turn("event_twice_every") else 1):
            self._waiting.append(Push(to, event, due))

    def due(self) -> list[Delivery]:
        """What is to be posted now. What is not answered comes again after the switch's time."""
        now = self._sim.now_ms()
        ready = [one for one in self._waiting if one.due_ms <= now]
        if self._sim.switches.text("event_order") == "reversed":
            ready.reverse()
        made = []
        for one in ready:
            made.append(Delivery(one.subscription.url, self._body(one, now), one.event["messageId"]))
            one.tries += 1
            self.sent += 1
            one.due_ms = now + self._sim.switches.number("event_retry_s") * 1000
            if one.tries > self._sim.switches.number("event_retries"):
                self._waiting.remove(one)
                self.lost += 1
        return made

    def _body(self, one: Push, now: int) -> dict[str, Any]:
        self._nonces += 1
        first = {"absent": None, "null": None, "zero": 0}[self._sim.switches.text("first_retry_times")]
        body = signing.envelope(
            one.event,
            aes_key=one.subscription.aes_key,
            timestamp=now,
            nonce=digest("nonce", self._nonces)[:8],
            ea=self._sim.ea,
            retry_times=one.tries or first,
        )
        if body["retryTimes"] is None and self._sim.switches.text("first_retry_times") == "absent":
            del body["retryTimes"]
        return body

    def answered(self, delivery: Delivery, status: int, answer: bytes) -> bool:
        """Takes the answer to a delivery; a valid one ends its repetition (dossier 9)."""
        waiting = [one for one in self._waiting if one.event["messageId"] == delivery.message_id and one.tries]
        ok = 200 <= status < 300  # noqa: PLR2004  # HTTP
        if ok and self._sim.switches.text("event_answer") == "signed":
            keys = {one.aes_key for one in self.subscriptions if one.url == delivery.url}
            ok = any(signing.is_taken(answer, key) for key in keys)
        if ok:
            self.taken += 1
            if waiting:
                self._waiting.remove(waiting[0])
            elif self.lost:
                self.lost -= 1  # the last try was taken after all
        self.last.append({"url": delivery.url, "body": delivery.body, "status": status, "taken": ok})
        return ok

    def deliver(self) -> int:
        """Posts what is due, for a simulator behind a socket; returns how many were taken."""
        with self._sim.lock:
            ready = self.due()
        taken = 0
        for one in ready:
            status, answer = _post(one)
            with self._sim.lock:
                taken += self.answered(one, status, answer)
        return taken

    def listing(self) -> dict[str, Any]:
        """Subscriptions, how many went and were taken, the last of them, what waits."""
        return {
            "subscriptions": [{"url": one.url, "objects": sorted(one.objects)} for one in self.subscriptions],
            "sent": self.sent,
            "taken": self.taken,
            "lost": self.lost,
            "last": list(self.last),
            "waiting": [{"event": one.event, "due_ms": one.due_ms, "tries": one.tries} for one in self._waiting],
        }


def _post(one: Delivery) -> tuple[int, bytes]:
    """One POST; whatever goes wrong on the way is status 0."""
    if not one.url.startswith(("http://", "https://")):
        return 0, b""
    request = urllib.request.Request(  # noqa: S310  # checked above
        one.url,
        data=json.dumps(one.body).encode(),
        headers={"Content-Type": "application/json;charset=utf-8"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  # checked above
            return int(answer.status), bytes(answer.read(65_536))
    except (URLError, OSError):
        return 0, b""

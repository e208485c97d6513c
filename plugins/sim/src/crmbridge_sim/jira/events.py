"""Webhooks' deliveries: what happened, to whom it goes, signed, repeated, twice or out of order (dossier A5)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.request
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError

from crmbridge_sim.jira import rendering
from crmbridge_sim.jira.jql.matching import Matcher
from crmbridge_sim.jira.jql.parser import parse
from crmbridge_sim.jira.model import Comment, History, Issue

if TYPE_CHECKING:
    from crmbridge_sim.jira.simulator import JiraSimulator

TIMEOUT_S, GIVE_UP_MS, TOKEN_LIFE_S = 5, 30 * 60_000, 180
REPEATED = frozenset({0, 408, 409, 425, 429})  # and every 5xx; 0 is no answer. A 400 or 404 is never sent again
LARGEST = 25 * 1024 * 1024


@dataclass(frozen=True)
class Happening:
    """Something that happened to an issue."""

    event: str
    issue: Issue
    user: str
    at: int
    issue_event: str = ""
    history: History | None = None
    comment: Comment | None = None


@dataclass
class Hook:
    """A webhook: an administrator's (``secret``) or an app's (``app``, which dies after 30 days)."""

    id: int
    url: str
    events: tuple[str, ...]
    jql: str
    owner: str
    name: str = ""
    secret: str = ""
    app: str = ""
    expires: int = 0
    fields: tuple[str, ...] = ()


@dataclass
class Waiting:
    """A delivery that is not taken yet."""

    hook: Hook
    identifier: str
    body: bytes
    due_ms: int
    tries: int = 0


@dataclass(frozen=True)
class Delivery:
    """One POST to make."""

    url: str
    headers: dict[str, str]
    body: bytes
    identifier: str

    def json(self) -> Any:  # noqa: ANN401  # JSON
        """The body read."""
        return json.loads(self.body)


def signature(secret: str, body: bytes) -> str:
    """``X-Hub-Signature``: the method, then the hex HMAC of the raw body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def bearer(client_id: str, secret: str, now_s: int) -> str:
    """A JWT (HS256) signed with the client secret."""
    claims = {"iss": client_id, "iat": now_s, "exp": now_s + TOKEN_LIFE_S}
    parts = [_b64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = ".".join(parts)
    return f"{signed}.{_b64(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass
class Events:
    """Used under the simulator's lock, but for ``deliver``."""

    sim: JiraSimulator
    hooks: dict[int, Hook] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    sent: int = 0
    taken: int = 0
    lost: int = 0
    last: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=50))
    _number: int = 0
    _failing: dict[str, int] = field(default_factory=dict)

    def live(self) -> list[Hook]:
        """The webhooks that are not expired."""
        return [one for one in self.hooks.values() if not one.expires or one.expires > self.sim.now_ms()]

    def happened(self, what: Happening) -> None:
        """Queues what happened for the webhooks that wait for it."""
        kinds = {fault.kind: fault.number("seconds", 60) for fault in self.sim.current_faults}
        for hook in self.live():
            if what.event not in hook.events or not self._sought(hook, what.issue):
                continue
            self._number += 1
            if "event_drop" in kinds or self._turn("event_drop_every"):
                continue
            body = json.dumps(self._body(what), ensure_ascii=False, separators=(",", ":")).encode()
            if len(body) > LARGEST:
                continue
            digest = hashlib.sha256(f"{self.sim.seed}|{self._number}".encode()).hexdigest()
            late = self.sim.switches.number("event_delay_ms") + int(kinds.get("event_late", 0) * 1000)
            for _ in range(2 if "event_twice" in kinds or self._turn("event_twice_every") else 1):
                self.waiting.append(Waiting(hook, digest[:36], body, what.at + late))

    def _turn(self, switch: str) -> bool:
        every = self.sim.switches.number(switch)
        return bool(every) and self._number % every == 0

    def _sought(self, hook: Hook, issue: Issue) -> bool:
        if not hook.jql:
            return True
        owner = self.sim.people.get(hook.owner)
        return bool(Matcher(self.sim.ctx(owner), parse(hook.jql)).found([issue]))

    def _body(self, what: Happening) -> dict[str, Any]:
        version = 2 if self.sim.switches.text("event_text") == "wiki" else 3
        ctx = self.sim.ctx(None, version=version)
        told: dict[str, Any] = {"timestamp": what.at, "webhookEvent": what.event}
        if what.comment is not None:
            told["comment"] = rendering.comment(ctx, what.issue, what.comment)
        else:
            told |= {"issue_event_type_name": what.issue_event, "user": rendering.user(ctx, what.user)}
        if what.comment is None or self.sim.switches.flag("comment_event_issue"):
            told["issue"] = rendering.issue(ctx, what.issue)
        if what.history is not None:
            told["changelog"] = {"id": int(what.history.id), "items": list(what.history.items)}
        _without_mail(told)
        return told

    def due(self) -> list[Delivery]:
        """What is to be posted now. What fails in a way that counts comes again after the switch's time."""
        now = self.sim.now_ms()
        ready = [one for one in self.waiting if one.due_ms <= now]
        if self.sim.switches.text("event_order") == "reversed":
            ready.reverse()
        made = []
        for one in ready:
            made.append(Delivery(one.hook.url, self._headers(one), one.body, one.identifier))
            one.tries += 1
            self.sent += 1
            one.due_ms = now + self.sim.switches.number("event_retry_s") * 1000
            if one.tries > self._most_retries(one.hook.url, now):
                self.waiting.remove(one)
                self.lost += 1
        return made

    def _most_retries(self, url: str, now: int) -> int:
        """After half an hour of failure each event is tried once (dossier A5)."""
        since = self._failing.get(url)
        given_up = since is not None and now - since > GIVE_UP_MS
        return 0 if given_up else self.sim.switches.number("event_retries")

    def _headers(self, one: Waiting) -> dict[str, str]:
        told = {
            "Content-Type": "application/json; charset=UTF-8",
            "X-Atlassian-Webhook-Identifier": one.identifier,
            "X-Atlassian-Webhook-Flow": self.sim.switches.text("event_flow"),
        }
        if one.tries:
            told["X-Atlassian-Webhook-Retry"] = str(one.tries)
        if one.hook.secret:
            told["X-Hub-Signature"] = signature(one.hook.secret, one.body)
        if one.hook.app:
            now_s = self.sim.now_ms() // 1000
            told["Authorization"] = f"Bearer {bearer(one.hook.app, self.sim.accounts.client_secret, now_s)}"
        return told

    def answered(self, delivery: Delivery, status: int) -> bool:
        """Takes the answer to a delivery: 2xx is taken, some failures count, of others nothing comes again."""
        mine = [one for one in self.waiting if one.identifier == delivery.identifier and one.hook.url == delivery.url]
        tried = next((one for one in mine if one.tries), None)
        ok = 200 <= status < 300  # noqa: PLR2004  # HTTP
        self.last.append({"url": delivery.url, "identifier": delivery.identifier, "status": status})
        if ok:
            self.taken += 1
            self._failing.pop(delivery.url, None)
        else:
            self._failing.setdefault(delivery.url, self.sim.now_ms())
        if tried is not None and (ok or not (status in REPEATED or status >= 500)):  # noqa: PLR2004  # HTTP
            self.waiting.remove(tried)
            self.lost += not ok
        return ok

    def deliver(self) -> int:
        """Posts what is due, for a simulator behind a socket; returns how many were taken."""
        with self.sim.lock:
            ready = self.due()
        done = 0
        for one in ready:
            status = _post(one)
            with self.sim.lock:
                done += self.answered(one, status)
        return done

    def listing(self) -> dict[str, Any]:
        """The webhooks, how many deliveries went and were taken, what waits."""
        hooks = [{"id": one.id, "url": one.url, "events": one.events, "jql": one.jql} for one in self.hooks.values()]
        told: Mapping[str, Any] = {"hooks": hooks, "sent": self.sent, "taken": self.taken, "lost": self.lost}
        rows = [{"identifier": one.identifier, "due_ms": one.due_ms, "tries": one.tries} for one in self.waiting]
        return {**told, "last": list(self.last), "waiting": rows}


def _without_mail(told: Any) -> None:  # noqa: ANN401  # JSON
    """Events carry no e-mail addresses (dossier A5)."""
    if isinstance(told, dict):
        told.pop("emailAddress", None)
    for part in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        _without_mail(part)


def _post(one: Delivery) -> int:
    """One POST; whatever goes wrong on the way is status 0."""
    if not one.url.startswith(("http://", "https://")):
        return 0
    request = urllib.request.Request(one.url, data=one.body, headers=one.headers, method="POST")  # noqa: S310  # checked
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  # checked above
            return int(answer.status)
    except HTTPError as error:
        return int(error.code)
    except (URLError, OSError):
        return 0

"""What is answered to a request: no detail to whoever is not known, and no name or value in the log."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote

from crmbridge.app.hints import Taken
from crmbridge.app.metrics.exposition import CONTENT_TYPE
from crmbridge.model.errors import AuthError, CrmBridgeError, LeaseLost, StoreError
from crmbridge.server.metering import is_for
from crmbridge.server.rate import Bucket

OK, ACCEPTED, FORBIDDEN, NOT_FOUND, NOT_ALLOWED = 200, 202, 403, 404, 405
TOO_MANY, BROKEN, UNAVAILABLE = 429, 500, 503
_HOOK_PARTS = 4


class Takes(Protocol):
    """Where notifications go."""

    def take(self, connection: str, path: str, headers: Mapping[str, str], body: bytes) -> Taken:
        """Keeps what a genuine notification speaks of; AuthError for any other."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, its body, and what the log says beside it. `raw` stands for the body where a vendor made it."""

    status: int
    body: Mapping[str, object] = field(default_factory=dict)
    log: Mapping[str, object] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = "application/json"

    @property
    def payload(self) -> bytes:
        """The body as it is sent."""
        if self.raw is not None:
            return self.raw
        return json.dumps(dict(self.body), sort_keys=True).encode() if self.body else b""


@dataclass(slots=True)
class Answers:
    """The answers of one server. `refused` are counted apart, so that guessing slows down nobody else."""

    inbox: Takes
    ready: Callable[[], Mapping[str, bool]]
    metrics: Callable[[], str]
    remote: bool = False
    genuine: Bucket = field(default_factory=lambda: Bucket(burst=200, per_s=50))
    refused: Bucket = field(default_factory=lambda: Bucket(burst=20, per_s=1))

    def to(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to one request."""
        parts = path.partition("?")[0].split("/")
        if parts[:2] == ["", "hooks"] and len(parts) == _HOOK_PARTS:
            return self._hook(unquote(parts[2]), parts[3], headers, body) if method == "POST" else Answer(NOT_ALLOWED)
        if path in {"/livez", "/readyz"}:
            return self._health(path) if method in {"GET", "HEAD"} else Answer(NOT_ALLOWED)
        if path == "/metrics" and is_for(headers, remote=self.remote):
            return self._metrics() if method in {"GET", "HEAD"} else Answer(NOT_ALLOWED)
        return Answer(NOT_FOUND)

    def _hook(self, connection: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if not self.genuine.take():
            return Answer(TOO_MANY)
        try:
            taken = self.inbox.take(connection, path, headers, body)
        except AuthError:
            return Answer(FORBIDDEN if self.refused.take() else TOO_MANY)
        except (StoreError, LeaseLost) as error:
            return Answer(UNAVAILABLE, log={"error": error.code})
        except CrmBridgeError as error:
            return Answer(FORBIDDEN if self.refused.take() else TOO_MANY, log={"error": error.code})
        log = {"connection": connection, "records": taken.records, "fresh": taken.fresh}
        if taken.answer is not None:
            return Answer(OK, log=log, raw=taken.answer.body, content_type=taken.answer.content_type)
        return Answer(ACCEPTED, {"taken": taken.records}, log)

    def _metrics(self) -> Answer:
        try:
            return Answer(OK, raw=self.metrics().encode(), content_type=CONTENT_TYPE)
        except (StoreError, LeaseLost) as error:
            return Answer(UNAVAILABLE, log={"error": error.code})

    def _health(self, path: str) -> Answer:
        if path == "/livez":
            return Answer(OK, {"live": True})
        checks = dict(self.ready())
        is_ready = all(checks.values())
        return Answer(OK if is_ready else UNAVAILABLE, {"ready": is_ready, "checks": checks})

"""Recordings of what a vendor answered, without anything about people, and their replay.

Nothing is masked while it is recorded, and nothing is written before it is masked: what was sent and received stays in
memory until `Recorder.recording` makes one document of it. Of requests it keeps the method, the masked path, the names
of the parameters; of answers the status, few headers and the masked JSON. Credentials are in none of it.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from crmbridge.http import redact, strict
from crmbridge.http.masking import RECORDING as FORMAT
from crmbridge.http.masking import Mask
from crmbridge.model.errors import ConfigError, ContractError

_HEADERS = re.compile(r"content-type|date|retry-after|[\w-]*(ratelimit|remaining|credits)[\w-]*")
_EMPTY = frozenset({204, 205, 304})
"""The statuses that come without a body."""

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request and what came of it, as they were: only ever in memory."""

    method: str
    path: str
    params: tuple[str, ...]
    status: int
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(slots=True)
class Recorder:
    """Listens to doors: give `around` to `tapping`. Used by several threads at once."""

    _exchanges: list[_Exchange] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def around(self, inner: httpx.BaseTransport) -> httpx.BaseTransport:
        """The transport, listened to."""
        return _Listening(inner, self)

    def add(self, request: httpx.Request, response: httpx.Response, body: bytes | None) -> None:
        """Keeps one exchange; `body` is None where it is nothing that can be masked."""
        told = {name: value for name, value in response.headers.items() if _HEADERS.fullmatch(name.lower())}
        exchange = _Exchange(
            request.method,
            request.url.path,
            tuple(sorted(set(request.url.params.keys()))),
            response.status_code,
            told,
            body,
        )
        with self._lock:
            self._exchanges.append(exchange)

    def recording(self, *, adapter: str, mask: Mask) -> dict[str, object]:
        """The document, masked; ContractError where a secret would still stand in it, and then there is none."""
        answers = [None if one.body is None else mask.value(_decoded(one.body)) for one in self._exchanges]
        made: dict[str, object] = {
            "format": FORMAT,
            "adapter": adapter,
            "exchanges": [_told(one, body, mask) for one, body in zip(self._exchanges, answers, strict=True)],
        }
        if redact.holds_secret(strict.encode(made).decode()):
            raise ContractError("a secret would stand in the recording, and nothing was written")
        return made


def _decoded(body: bytes) -> object:
    return strict.decode(body) if body else None


def _told(one: _Exchange, body: object, mask: Mask) -> dict[str, object]:
    told: dict[str, object] = {
        "method": one.method,
        "path": mask.path(one.path),
        "params": list(one.params),
        "status": one.status,
        "headers": dict(one.headers),
    }
    if one.body is None:
        return {**told, "omitted": True}
    return {**told, "body": body} if one.body else told


class _Listening(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport, recorder: Recorder) -> None:
        self._inner, self._recorder = inner, recorder

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        if response.status_code in _EMPTY or response.headers.get("content-length") == "0":
            self._recorder.add(request, response, b"")
            return response
        if not response.headers.get("content-type", "").partition(";")[0].strip().endswith("json"):
            self._recorder.add(request, response, None)
            return response
        try:
            raw = b"".join(response.stream)  # type: ignore[arg-type] # a synchronous transport gives such a stream
        finally:
            response.close()
        headers, status = response.headers, response.status_code
        self._recorder.add(request, response, httpx.Response(status, headers=headers, content=raw).content)
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(raw))

    def close(self) -> None:
        self._inner.close()


class Replay(httpx.BaseTransport):
    """Answers as it was recorded: give it to a door as its `transport`.

    A request is answered by the first exchange not used yet with its method and path, one with the same parameters
    before others; where ids of the path differ, by its shape. ContractError where nothing is left for it, or
    where its answer could not be recorded.
    """

    def __init__(self, recording: Mapping[str, Any]) -> None:
        self._left: list[Mapping[str, Any]] = list(recording["exchanges"])
        self._lock = threading.Lock()

    @classmethod
    def of(cls, file: Path) -> "Replay":
        """The replay of a recording in a file; ConfigError where it is none."""
        try:
            told = strict.decode(file.read_bytes())
        except (OSError, ContractError) as error:
            raise ConfigError("{file} cannot be read: {reason}", file=file.name, reason=str(error)) from error
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise ConfigError("{file} is no recording", file=file.name)
        return cls(told)

    @property
    def left(self) -> int:
        """How many exchanges nobody has asked for yet."""
        return len(self._left)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The recorded answer."""
        found = self._taken(request)
        if found.get("omitted"):
            raise ContractError("the answer to {method} {path} could not be recorded", **_named(request))
        headers = {name: value for name, value in found["headers"].items() if name.lower() != "content-length"}
        content = strict.encode(found["body"]) if "body" in found else b""
        return httpx.Response(found["status"], headers=headers, content=content)

    def _taken(self, request: httpx.Request) -> Mapping[str, Any]:
        path, params = request.url.path, sorted(set(request.url.params.keys()))
        with self._lock:
            own = [one for one in self._left if one["method"] == request.method]
            ways = (
                lambda one: one["path"] == path and one["params"] == params,
                lambda one: one["path"] == path,
                lambda one: _shape(one["path"]) == _shape(path),
            )
            for fits in ways:
                for one in own:
                    if fits(one):
                        self._left.remove(one)
                        return one
        raise ContractError("the recording has no answer left to {method} {path}", **_named(request))


def _named(request: httpx.Request) -> dict[str, str]:
    return {"method": request.method, "path": request.url.path}


def _shape(path: str) -> str:
    return _DIGITS.sub("0", path)

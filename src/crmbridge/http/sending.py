"""One attempt: a request goes out, a complete answer comes back, or it is known what was lost."""

import contextlib
import os
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

import httpx

from crmbridge.http import body, redact, strict
from crmbridge.http.call import BULK_LIMIT_BYTES, JSON_LIMIT_BYTES, Call, Reply
from crmbridge.http.rules import Rules
from crmbridge.http.wire import SAFE, Attempt, DeadlineOver, attempted
from crmbridge.model.errors import AuthError, ContractError, CrmBridgeError, StoreError, Timeout, Unavailable

USER_AGENT = f"crmbridge/{version('crmbridge')}"
OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "cookie", "accept-encoding"})
"""Set here and nowhere else: each of them can make two readers of one request disagree, or carry what is not ours."""

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_CUT_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_NO_BODY = frozenset({204, 304})


class Lost(Exception):
    """There is no usable answer. `has_left` says whether a byte of the request may have reached the vendor."""

    def __init__(self, error: CrmBridgeError, *, has_left: bool) -> None:
        super().__init__(error.code)
        self.error = error
        self.has_left = has_left


class Sender:
    """Sends requests through a transport, each within its deadline and its size."""

    def __init__(
        self, transport: httpx.BaseTransport, rules: Rules, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._transport, self._rules, self._monotonic = transport, rules, monotonic

    def send(self, call: Call, headers: Mapping[str, str]) -> Reply:
        """The complete answer; Lost where there is none, AuthError where the host cannot prove who it is.

        With a sink, an answer that is data is in the file `part_of(sink)` then, and not in `body`.
        """
        request = self._request(call, headers)
        deadline_s = call.deadline_s or (self._rules.bulk_deadline_s if call.sink else self._rules.deadline_s)
        begun = self._monotonic()
        with attempted(deadline_s, self._monotonic) as attempt:
            found = self._exchange(call, request, attempt)
        if isinstance(found, CrmBridgeError):
            raise found
        if isinstance(found, Lost):
            raise found
        found.elapsed_s = self._monotonic() - begun
        return found

    def _exchange(self, call: Call, request: httpx.Request, attempt: Attempt) -> Reply | Lost | CrmBridgeError:
        """Whatever came of it, as a value: an error raised later keeps hold of no request and its headers."""
        host = request.url.host
        response: httpx.Response | None = None
        try:
            response = self._transport.handle_request(request)
            return self._read(call, response, attempt)
        except (httpx.TimeoutException, DeadlineOver) as error:
            problem: CrmBridgeError = Timeout("{host} gave no complete answer in time", host=host)
            has_left = attempt.has_sent or response is not None or not _is_unsent(error)
        except body.CutShort:
            problem, has_left = Unavailable("the answer of {host} ended before its end", host=host), True
        except ContractError as error:
            problem, has_left = error.with_traceback(None), True
        except httpx.LocalProtocolError:
            problem, has_left = ContractError("the call cannot be sent as it is"), attempt.has_sent
        except httpx.TransportError as error:
            if refused := _refusal(error, host):
                return refused
            problem = Unavailable("{host} cannot be reached: {reason}", host=host, reason=_reason(error))
            has_left = attempt.has_sent or response is not None or not isinstance(error, _NEVER_SENT)
        finally:
            if response is not None:
                with contextlib.suppress(httpx.TransportError, DeadlineOver):
                    response.close()
        return Lost(problem, has_left=has_left)

    def _read(self, call: Call, response: httpx.Response, attempt: Attempt) -> Reply:
        headers = dict(response.headers)
        reply = Reply(response.status_code, headers=headers, is_framed=body.is_framed(headers))
        to_file = call.sink is not None and _is_data(reply)
        most = BULK_LIMIT_BYTES if to_file else JSON_LIMIT_BYTES
        pieces = body.whole(
            _stream(response),
            headers,
            limit_bytes=min(most, call.limit_bytes or most),
            has_body=call.method != "HEAD" and reply.status not in _NO_BODY,
        )
        kept = BytesIO()
        with _opened(part_of(call.sink)) if call.sink and to_file else contextlib.nullcontext(kept) as target:
            for piece in pieces:
                target.write(piece)
                reply.size_bytes += len(piece)
                attempt.left_s()
        reply.body = kept.getvalue()
        return reply

    def _request(self, call: Call, headers: Mapping[str, str]) -> httpx.Request:
        content, kind = _content(call)
        own = {"user-agent": USER_AGENT, "accept": "application/json, */*;q=0.5", **kind}
        asked = {name.lower(): value for name, value in {**call.headers, **headers}.items()}
        if not OWN_HEADERS.isdisjoint(asked):
            raise ContractError("a call may not set {headers}", headers=", ".join(OWN_HEADERS.intersection(asked)))
        timeouts = {"connect": self._rules.connect_s, "pool": self._rules.connect_s}
        waits = {"read": self._rules.read_s, "write": self._rules.read_s}
        try:
            url = httpx.URL(call.url)
            url = url.copy_merge_params(dict(call.params)) if call.params else url
            return httpx.Request(
                call.method,
                url,
                headers={**own, **asked, "accept-encoding": "gzip"},
                content=content,
                extensions={"timeout": timeouts | waits, SAFE: call.safe},
            )
        except (httpx.InvalidURL, UnicodeError, ValueError, TypeError):
            pass
        raise ContractError("the call cannot be sent as it is")


def part_of(sink: Path) -> Path:
    """Where the answer is while it is not known whether it is what was asked for."""
    return sink.with_name(sink.name + ".part")


def _content(call: Call) -> tuple[bytes | None, dict[str, str]]:
    if sum(one is not None for one in (call.json, call.form, call.body)) > 1:
        raise ContractError("a call sends one of json, form and body")
    if call.json is not None:
        return strict.encode(call.json), {"content-type": "application/json"}
    if call.form is not None:
        return urlencode(dict(call.form)).encode(), {"content-type": "application/x-www-form-urlencoded"}
    return call.body, {}


def _stream(response: httpx.Response) -> Iterator[bytes]:
    if not isinstance(response.stream, httpx.SyncByteStream):
        raise ContractError("the transport is not a synchronous one")
    return iter(response.stream)


def _is_data(reply: Reply) -> bool:
    return 200 <= reply.status < 300 and not reply.media_type.endswith(("json", "html"))  # noqa: PLR2004 - a class


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """A file for its owner's eyes; gone again where it is not filled to the end."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
            yield target
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            reason = error.strerror or "?"
            raise StoreError("{file} cannot be written: {reason}", file=path.name, reason=reason) from None
        raise


def _is_unsent(error: Exception) -> bool:
    return isinstance(error, (DeadlineOver, *_NEVER_SENT))


def _refusal(error: BaseException, host: str) -> AuthError | None:
    """The error of a certificate that does not hold, or None where it is something else."""
    cause: BaseException | None = error if isinstance(error, httpx.ConnectError) else None
    while cause is not None:
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, _CUT_TLS):
            reason = getattr(cause, "verify_message", "") or cause.reason or "TLS"
            return AuthError(
                "{host} cannot prove who it is: {reason}; nothing was sent",
                host=host,
                reason=reason,
                hint="is there something between this machine and the vendor, or is the clock wrong?",
            )
        cause = cause.__cause__ or cause.__context__
    return None


def _reason(error: Exception) -> str:
    return redact.redact(f"{type(error).__name__}: {error}")[:200]

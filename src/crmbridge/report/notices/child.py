"""The process that speaks with channels, and the only place that imports apprise.

apprise answers yes or no, and its yes is not always one: some channels refuse with HTTP 200 and an error number in the
body (seen 2026-11 in version 2.3.0 with WeCom and DingTalk). So what goes over the wire is watched here, where nobody
else uses these libraries. One line of JSON comes in for each message, and one goes out; nothing else is ever written.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import smtplib
import socket
import sys
from collections.abc import Callable
from typing import Any, TextIO

from crmbridge.report.notices.message import Code

READY = "ready"
"""What is said once messages may come."""
_OK, _LATER = range(200, 300), frozenset({425, 429, 503})
_NOT_US = frozenset({401, 403, 404, 405, 407, 410})
_NUMBERS = ("errcode", "code", "StatusCode")
"""What a body calls its error number: of WeCom and DingTalk, and of Feishu."""


class Watch:
    """What went over the wire for one message."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, Code, str | None]] = []
        self.connected = 0
        self.depth = 0

    def heard(self, method: str, status: int, body: bytes) -> None:
        """An answer of HTTP."""
        if status not in _OK:
            self.answers.append((method, _of_status(status), f"HTTP {status}"))
        elif number := _error_number(body):
            self.answers.append((method, "denied", number))
        else:
            self.answers.append((method, "delivered", None))

    def verdict(self, *, is_told_well: bool) -> tuple[Code, str | None]:
        """How the channel took it, by what apprise says and by what was seen."""
        bad = [(code, said) for _, code, said in self.answers if code != "delivered"]
        unknown = [one for one in bad if one[0] == "unknown"]
        if is_told_well and not bad:
            return "delivered", None
        if unknown:
            return unknown[-1]
        if bad:
            is_partly = any(code == "delivered" and method != "GET" for method, code, _ in self.answers)
            return ("unknown", bad[-1][1]) if is_partly else bad[-1]
        if any(method == "DATA" for method, _, _ in self.answers):  # a mail server has it, however it says goodbye
            return "delivered", None
        if self.answers:  # with a good status; what apprise read in the body of the only one is a refusal
            return ("denied" if sum(method != "GET" for method, _, _ in self.answers) == 1 else "unknown"), None
        return ("unknown", None) if self.connected else ("away", None)


_watch = Watch()


def _of_status(status: int) -> Code:
    if status in _LATER:
        return "away"
    if status in _NOT_US:
        return "denied"
    return "unknown" if status >= 500 else "refused"  # noqa: PLR2004 - the servers' own errors


def _error_number(body: bytes) -> str | None:
    """The error that a body tells although its status is a good one."""
    if not body.lstrip().startswith(b"{"):
        return None
    with contextlib.suppress(ValueError):
        told = json.loads(body)
        for name in _NUMBERS:
            number = told.get(name)
            if isinstance(number, int) and not isinstance(number, bool) and number not in (0, *_OK):
                return f"{name} {number}"
    return None


def watch_http() -> None:
    """Every call of requests is watched from now on."""
    import requests  # noqa: PLC0415 - it comes with apprise

    send = requests.Session.send

    @functools.wraps(send)
    def watched(self: Any, request: Any, **named: Any) -> Any:  # noqa: ANN401 - requests' own
        _watch.depth += 1
        try:
            response = send(self, request, **named)
        except requests.RequestException as error:
            if _watch.depth == 1:
                _watch.answers.append((str(request.method), _of_failure(error), type(error).__name__))
            raise
        finally:
            _watch.depth -= 1
        if _watch.depth == 0:  # what a redirection led to is told by the call that followed it
            _watch.heard(str(request.method), response.status_code, response.content)
        return response

    requests.Session.send = watched  # type: ignore[method-assign]


def _of_failure(error: Exception) -> Code:
    """What a call came to that got no answer: only where no connection stood did nothing leave."""
    from requests import exceptions  # noqa: PLC0415 - as above
    from urllib3 import exceptions as below  # noqa: PLC0415 - it comes with requests

    if isinstance(error, exceptions.ConnectTimeout | exceptions.SSLError | exceptions.ProxyError):
        return "away"
    if isinstance(error, exceptions.InvalidURL | exceptions.MissingSchema | exceptions.InvalidSchema):
        return "invalid"
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return "away" if isinstance(reason, below.NewConnectionError | below.ConnectTimeoutError) else "unknown"


def watch_mail() -> None:
    """Every mail that is handed over is watched from now on."""
    data, login, sendmail = smtplib.SMTP.data, smtplib.SMTP.login, smtplib.SMTP.sendmail

    def handed_over(self: smtplib.SMTP, msg: Any) -> Any:  # noqa: ANN401 - smtplib's own
        place = len(_watch.answers)
        _watch.answers.append(("DATA", "unknown", None))
        try:
            answer = data(self, msg)
        except smtplib.SMTPDataError as error:  # it was not even let begin
            _watch.answers[place] = ("DATA", "refused", f"SMTP {error.smtp_code}")
            raise
        taken = answer[0] in _OK
        _watch.answers[place] = ("DATA", "delivered" if taken else "refused", None if taken else f"SMTP {answer[0]}")
        return answer

    smtplib.SMTP.data = handed_over  # type: ignore[method-assign]
    smtplib.SMTP.login = _failing(login, "denied")  # type: ignore[method-assign]
    smtplib.SMTP.sendmail = _failing(sendmail, "refused")  # type: ignore[method-assign]


def _failing(call: Callable[..., Any], code: Code) -> Callable[..., Any]:
    """The call, whose errors mean this where the mail was not handed over yet."""

    @functools.wraps(call)
    def watched(self: smtplib.SMTP, *args: Any, **named: Any) -> Any:  # noqa: ANN401 - smtplib's own
        before = len(_watch.answers)
        try:
            return call(self, *args, **named)
        except (smtplib.SMTPException, OSError) as error:
            if len(_watch.answers) == before:
                numbers = [told[0] for told in getattr(error, "recipients", {}).values()]
                number = getattr(error, "smtp_code", next(iter(numbers), None))
                _watch.answers.append(("MAIL", code, None if number is None else f"SMTP {number}"))
            raise

    return watched


def watch_connections() -> None:
    """Whether anything could have left at all is known from now on."""
    connect = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:  # noqa: ANN401 - socket's own
        connect(self, address)
        _watch.connected += 1

    socket.socket.connect = watched  # type: ignore[assignment, method-assign]


def take(asked: dict[str, Any]) -> dict[str, Any]:
    """Gives one message to its channel; how that took it, as JSON can hold it."""
    global _watch  # noqa: PLW0603 - one message at a time, in a process that does nothing else
    import apprise  # noqa: PLC0415 - once the wire is watched

    _watch = Watch()
    logging.disable(logging.CRITICAL)
    asset = apprise.AppriseAsset(app_id="crmbridge", app_desc="crmbridge", storage_mode="memory", service_timeout=0)
    try:
        channel = apprise.Apprise.instantiate(asked["url"], asset=asset, suppress_exceptions=True)
        if not channel:
            return {"code": "invalid", "said": None}
        attach = apprise.AppriseAttachment(asked["attach"]) if asked["attach"] and channel.attachment_support else None
        sort = apprise.NotifyType.WARNING if asked["sort"] == "warning" else apprise.NotifyType.INFO
        text = apprise.NotifyFormat.TEXT
        is_told_well = bool(
            channel.notify(title=asked["title"], body=asked["body"], notify_type=sort, attach=attach, body_format=text)
        )
    except Exception as error:  # noqa: BLE001 - whatever a channel's own code does ends its message alone
        code, said = _watch.verdict(is_told_well=False)
        return {"code": code, "said": said or type(error).__name__}
    code, said = _watch.verdict(is_told_well=is_told_well)
    return {"code": code, "said": said}


def main() -> None:
    """Messages in, answers out, until nobody asks any more."""
    answers: TextIO = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - as long as the process
    watch_connections()
    watch_http()
    watch_mail()
    import apprise  # noqa: PLC0415 - once the wire is watched

    apprise.Apprise.instantiate("json://localhost")  # the first one loads every kind of channel
    print(READY, file=answers, flush=True)
    for line in sys.stdin.buffer:
        print(json.dumps(take(json.loads(line))), file=answers, flush=True)

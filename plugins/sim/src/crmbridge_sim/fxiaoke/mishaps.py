"""The faults of Fxiaoke's plan and how they are carried out around a call (dossier 6, 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from crmbridge_sim.faults import Fault
from crmbridge_sim.fxiaoke import errors
from crmbridge_sim.wire import Request, Response

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator

KINDS: Mapping[str, str] = {
    "throttle": "the call is refused as too fast, in the words of the switch `throttle_code`",
    "error": "HTTP 200 with any errorCode (options: code, message)",
    "busy": "errorCode -1, 系统繁忙",
    "system_error": "errorCode -2, 系统错误",
    "service": "errorCode 50009 before the work is done",
    "service_after_commit": "the work is done, then errorCode 50009 all the same",
    "server_error": "HTTP 500 with a page of HTML (option: status)",
    "redirect": "HTTP 302 with a page of HTML, as from the wrong host",
    "drop": "the connection ends before the work is done",
    "drop_after_commit": "the work is done, then the connection ends without an answer",
    "truncate": "the body ends in the middle (option: keep bytes)",
    "garbage": "HTTP 200 with a body that is no JSON",
    "token_expiry": "all tokens die just before the call",
    "edit_during_paging": "after the answer some records are edited (options: module, count)",
    "duplicate_rows": "a page repeats the last rows of the page before (option: count)",
    "empty_list": "a query answers without rows although there are some",
    "clock_skew": "the Date header is wrong (option: seconds)",
    "quota_exhausted": "the day's calls are used up before this call",
    "delay": "the answer takes longer (option: seconds)",
    "event_drop": "the change of this call is pushed to nobody",
    "event_twice": "the change of this call is pushed twice",
    "event_late": "the push of this call's change comes later than those after it (option: seconds)",
}
PAGE = b"<html><head><title>%d</title></head><body><h1>%s</h1></body></html>"


@dataclass
class FxFault(Fault):
    """A fault of this vendor's kinds."""

    known: ClassVar[Mapping[str, str]] = KINDS


def before(sim: FxiaokeSimulator, faults: Sequence[Fault], request: Request) -> Response | None:
    """Faults that come instead of the work, or prepare its failure; None lets the call go on."""
    del request
    for fault in faults:
        _refuse(sim, fault)
        if fault.kind == "server_error":
            status = int(fault.number("status", 500))
            return Response(status, {"Content-Type": "text/html"}, PAGE % (status, b"Server Error"))
        if fault.kind == "redirect":
            headers = {"Content-Type": "text/html", "Location": "https://www.fxiaoke.com/"}
            return Response(302, headers, PAGE % (302, b"Found"))
        if fault.kind == "drop":
            return Response(0, {}, b"", dropped=True)
        if fault.kind == "garbage":
            return Response(200, {"Content-Type": "application/json"}, b'{"data":{"dataList":[{"_id":')
        if fault.kind == "token_expiry":
            sim.tokens.kill()
        if fault.kind == "quota_exhausted":
            sim.gate.exhaust()
    return None


def _refuse(sim: FxiaokeSimulator, fault: Fault) -> None:
    if fault.kind == "throttle":
        raise sim.gate.throttle()
    if fault.kind == "error":
        text = fault.text("message", "unknown error")
        raise errors.Refusal(int(fault.number("code", 320_009_999)), text, text)
    if fault.kind == "busy":
        raise errors.Refusal(-1, "system busy", "系统繁忙")
    if fault.kind == "system_error":
        raise errors.Refusal(-2, "system error", "系统错误")
    if fault.kind == "service":
        raise errors.Refusal(50009, "service exception", "服务异常, 请求超时")


def after(sim: FxiaokeSimulator, faults: Sequence[Fault], response: Response, trace_id: str) -> Response:
    """Faults that come on the way back, when the work is done."""
    for fault in faults:
        if fault.kind == "edit_during_paging":
            module = fault.text("module", "") or fault.module or sim.opportunities
            sim.backdoor.edit_some(module, count=int(fault.number("count", 1)))
        if fault.kind == "drop_after_commit":
            response.dropped = True
        if fault.kind == "truncate":
            response.body = response.body[: int(fault.number("keep", len(response.body) // 2))]
        if fault.kind == "service_after_commit":
            refused = errors.Refusal(50009, "service exception", "服务异常, 请求超时")
            response = Response.of_json(refused.body(trace_id))
    return response

"""The faults of Jira's plan and how they are carried out around a call (dossier A3, A6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from crmbridge_sim.faults import Fault
from crmbridge_sim.jira.errors import Refusal
from crmbridge_sim.jira.gate import BURST
from crmbridge_sim.wire import Response

if TYPE_CHECKING:
    from crmbridge_sim.jira.simulator import JiraSimulator

KINDS: Mapping[str, str] = {
    "throttle": "HTTP 429 (options: reason, one of the four of RateLimit-Reason; retry_after seconds)",
    "conflict": "HTTP 409: somebody changed the issue at the same time",
    "workflow": "HTTP 422: the workflow is misconfigured",
    "server_error": "HTTP 500, or the status given (options: status, retry_after seconds)",
    "error_after_commit": "the work is done, then HTTP 500 all the same (option: status)",
    "gateway_html": "HTTP 502 with an HTML page of a gateway",
    "drop": "the connection ends before the work is done",
    "drop_after_commit": "the work is done, then the connection ends without an answer",
    "truncate": "the body ends in the middle (option: keep bytes)",
    "garbage": "HTTP 200 with a body that is no JSON",
    "token_death": "all tokens die just before the call",
    "vanish": "a search leaves an issue out that it found before; reconciled ones stay",
    "short_page": "a search page with fields is shorter than asked and not the last",
    "repeat_token": "a search page gives its own token again",
    "edit_during_paging": "after the answer some issues are edited (option: count)",
    "clock_skew": "the Date header is wrong (option: seconds)",
    "delay": "the answer takes longer (option: seconds)",
    "event_drop": "the change of this call is delivered to nobody",
    "event_twice": "the change of this call is delivered twice",
    "event_late": "the delivery of this call's change comes later than those after it (option: seconds)",
}
PAGE = b"<html><head><title>%d</title></head><body><h1>%s</h1></body></html>"


@dataclass
class JiraFault(Fault):
    """A fault of this vendor's kinds."""

    known: ClassVar[Mapping[str, str]] = KINDS


def before(sim: JiraSimulator, faults: Sequence[Fault]) -> Response | None:
    """Faults that come instead of the work, or prepare its failure; None lets the call go on."""
    for fault in faults:
        _refuse(sim, fault)
        if fault.kind == "gateway_html":
            return Response(502, {"Content-Type": "text/html"}, PAGE % (502, b"Bad Gateway"))
        if fault.kind == "drop":
            return Response(0, {}, b"", dropped=True)
        if fault.kind == "garbage":
            return Response(200, {"Content-Type": "application/json"}, b'{"issues":[{"id":')
        if fault.kind == "token_death":
            sim.accounts.revoke()
    return None


def _refuse(sim: JiraSimulator, fault: Fault) -> None:
    if fault.kind == "throttle":
        after = fault.number("retry_after", -1)
        raise sim.gate.refusal(fault.text("reason", BURST), 100, None if after < 0 else after)
    if fault.kind == "conflict":
        raise Refusal(409, "The issue was changed concurrently. Please try again.")
    if fault.kind == "workflow":
        raise Refusal(422, "The workflow is misconfigured.")
    if fault.kind == "server_error":
        after = int(fault.number("retry_after", 0))
        raise Refusal(
            int(fault.number("status", 500)),
            "Internal server error",
            headers={"Retry-After": str(after)} if after else None,
        )


def after(sim: JiraSimulator, faults: Sequence[Fault], response: Response) -> Response:
    """Faults that come on the way back, when the work is done."""
    for fault in faults:
        if fault.kind == "edit_during_paging":
            sim.backdoor.edit_some(count=int(fault.number("count", 1)))
        if fault.kind == "error_after_commit":
            response = Refusal(int(fault.number("status", 500)), "Internal server error").response()
        if fault.kind == "drop_after_commit":
            response.dropped = True
        if fault.kind == "truncate":
            response.body = response.body[: int(fault.number("keep", len(response.body) // 2))]
    return response

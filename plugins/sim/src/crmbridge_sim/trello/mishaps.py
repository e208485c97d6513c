"""The faults of Trello's plan and how they are carried out around a call (dossier B5, B6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from crmbridge_sim.faults import Fault
from crmbridge_sim.trello.errors import Refusal
from crmbridge_sim.wire import Response

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator

KINDS: Mapping[str, str] = {
    "throttle": "HTTP 429 with the error of the switch limit_error",
    "server_error": "HTTP 500, or the status given (option: status), as plain text",
    "error_after_commit": "the work is done, then HTTP 500 all the same (option: status)",
    "gateway_html": "HTTP 502 with an HTML page of a gateway",
    "drop": "the connection ends before the work is done",
    "drop_after_commit": "the work is done, then the connection ends without an answer",
    "truncate": "the body ends in the middle (option: keep bytes)",
    "garbage": "HTTP 200 with a body that is no JSON",
    "token_death": "all tokens die just before the call",
    "edit_during_paging": "after the answer some cards are edited (option: count)",
    "clock_skew": "the Date header is wrong (option: seconds)",
    "delay": "the answer takes longer (option: seconds)",
    "event_drop": "the change of this call is delivered to nobody",
}
PAGE = b"<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>"


@dataclass
class TrelloFault(Fault):
    """A fault of this vendor's kinds."""

    known: ClassVar[Mapping[str, str]] = KINDS


def before(sim: TrelloSimulator, faults: Sequence[Fault]) -> Response | None:
    """Faults that come instead of the work, or prepare its failure; None lets the call go on."""
    for fault in faults:
        if fault.kind == "throttle":
            raise sim.gate.refusal(sim.switches.text("limit_error"))
        if fault.kind == "server_error":
            raise Refusal(int(fault.number("status", 500)), "Internal Server Error")
        if fault.kind == "gateway_html":
            return Response(502, {"Content-Type": "text/html"}, PAGE)
        if fault.kind == "drop":
            return Response(0, {}, b"", dropped=True)
        if fault.kind == "garbage":
            return Response(200, {"Content-Type": "application/json"}, b'[{"id":')
        if fault.kind == "token_death":
            sim.backdoor.revoke_tokens()
    return None


def after(sim: TrelloSimulator, faults: Sequence[Fault], response: Response) -> Response:
    """Faults that come on the way back, when the work is done."""
    for fault in faults:
        if fault.kind == "edit_during_paging":
            sim.backdoor.edit_some(count=int(fault.number("count", 1)))
        if fault.kind == "error_after_commit":
            response = Refusal(int(fault.number("status", 500)), "Internal Server Error").response()
        if fault.kind == "drop_after_commit":
            response.dropped = True
        if fault.kind == "truncate":
            response.body = response.body[: int(fault.number("keep", len(response.body) // 2))]
    return response

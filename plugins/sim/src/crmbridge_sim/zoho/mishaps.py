"""How the faults of a plan are carried out around an API call; which call they hit is decided by ``faults``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmbridge_sim.faults import Fault
from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import gate
from crmbridge_sim.zoho.errors import ApiError

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator

# "HTML error pages from gateways are possible" (dossier 6).
GATEWAY_PAGE = (
    b"<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)


def before(sim: ZohoSimulator, faults: Sequence[Fault], request: Request) -> Response | None:
    """Faults that come instead of the work, or prepare its failure; None lets the call go on."""
    for fault in faults:
        if fault.kind == "throttle":
            raise gate.throttled(
                sim.switches, code=fault.text("code", ""), retry_after=int(fault.number("retry_after", 0))
            )
        if fault.kind == "server_error":
            status = int(fault.number("status", 500))
            raise ApiError("INTERNAL_ERROR" if status == 500 else "SERVICE_UNAVAILABLE", status=status)  # noqa: PLR2004
        if fault.kind == "gateway_html":
            return Response(502, {"Content-Type": "text/html"}, GATEWAY_PAGE)
        if fault.kind == "drop":
            return Response(0, {}, b"", dropped=True)
        if fault.kind == "garbage":
            return Response(200, {"Content-Type": "application/json"}, b'{"data":[{"id":')
        if fault.kind == "empty_list":
            return Response(204)
        if fault.kind == "token_expiry":
            sim.accounts.kill_access_token(request)
        if fault.kind == "credits_exhausted":
            sim.credits.exhaust(sim.clock.now())
    return None


def after(sim: ZohoSimulator, faults: Sequence[Fault], response: Response) -> Response:
    """Faults that come on the way back, when the work is done."""
    for fault in faults:
        if fault.kind == "edit_during_paging":
            sim.backdoor.edit_some(
                fault.text("module", "") or fault.module or "Deals", count=int(fault.number("count", 1))
            )
        if fault.kind == "drop_after_commit":
            response.dropped = True
        if fault.kind == "truncate":
            response.body = response.body[: int(fault.number("keep", len(response.body) // 2))]
    return response

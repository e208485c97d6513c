"""The control API under ``/__sim__/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge_sim.wire import Request, Response

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator


def handle(sim: ZohoSimulator, request: Request) -> Response:
    """Answers a control call."""
    del request
    return Response.of_json(sim.calls.summary())

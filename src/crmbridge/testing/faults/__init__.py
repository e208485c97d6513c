"""A server on this machine that goes wrong on purpose, byte by byte, alone or in front of a simulator.

    with FaultServer(answers=[Answer.json({"data": []})]) as server:
        server.on(call=2, fault=cut(at=40))
        ...   # server.url, server.asked

    with FaultServer(upstream="http://127.0.0.1:8080") as proxy:      # everything passes through, but
        proxy.on(path="/crm/v8/Deals", fault=drop_after_commit())     # this write happens and is never answered

Only what happens on a socket: what a vendor says wrongly is a simulator's matter. In pytest the fixture `fault_proxy`
starts them and ends them.
"""

from crmbridge.testing.faults.faults import (
    Fault,
    cut,
    delay,
    drip,
    drop_after_commit,
    drop_before,
    gzip_bomb,
    gzipped,
    hang_up,
    html,
    instead,
    land_late,
    redirect,
    reset,
    trunc_nolen,
    twice,
    without_length,
    zeros,
)
from crmbridge.testing.faults.messages import Answer, Asked
from crmbridge.testing.faults.server import FaultServer

__all__ = [
    "Answer",
    "Asked",
    "Fault",
    "FaultServer",
    "cut",
    "delay",
    "drip",
    "drop_after_commit",
    "drop_before",
    "gzip_bomb",
    "gzipped",
    "hang_up",
    "html",
    "instead",
    "land_late",
    "redirect",
    "reset",
    "trunc_nolen",
    "twice",
    "without_length",
    "zeros",
]

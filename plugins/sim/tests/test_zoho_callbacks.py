"""A simulator behind a socket posts its callbacks; what nobody takes is lost, as Zoho promises no repetition."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from plugins.sim.tests.conftest import Client

from crmbridge_sim.serve import Servers
from crmbridge_sim.wire import Request
from crmbridge_sim.zoho import ZohoSimulator
from crmbridge_sim.zoho.serving import serve

PIPELINE = {"Pipeline": "Standard (Standard)", "Stage": "Qualification"}


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is posted to /hook, refuses the rest."""

    got: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/hook":
            self.got.append(json.loads(body))
        self.send_response(200 if self.path == "/hook" else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    got: list[dict[str, Any]] = []
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (Receiver,), {"got": got}))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()
    thread.join()


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.02)


def test_changes_and_ended_jobs_are_posted(
    sim: ZohoSimulator, client: Client, receiver: tuple[str, list[dict[str, Any]]]
) -> None:
    url, got = receiver
    watched = {"channel_id": "7", "events": ["Deals.create"], "token": "t"}
    lost = {**watched, "channel_id": "8", "notify_url": url + "/nobody"}
    client.post("/actions/watch", {"watch": [{**watched, "notify_url": url + "/hook"}, lost]})
    with Servers() as servers:
        serve(sim, servers)
        client.post("/Deals", {"data": [{"Deal_Name": "One", **PIPELINE}]})
        wait_until(lambda: len(got) == 1)
        assert (got[0]["module"], got[0]["token"], got[0]["channel_id"]) == ("Deals", "t", "7")
        job = {"query": {"module": {"api_name": "Deals"}}, "callback": {"url": url + "/hook", "method": "post"}}
        client.call("POST", "/crm/bulk/v8/read", json=job)
        sim.clock.advance(10)
        wait_until(lambda: len(got) == 2)
        assert (got[1]["state"], got[1]["result"]["count"]) == ("COMPLETED", 1)
        wait_until(lambda: sim.features.channels.outbox.sent == 2)
        told = sim.handle(Request.of("GET", "/__sim__/callbacks")).json()
    assert (told["sent"], told["lost"], told["waiting"]) == (2, 1, [])
    assert sorted(one["taken"] for one in told["last"]) == [False, True, True]

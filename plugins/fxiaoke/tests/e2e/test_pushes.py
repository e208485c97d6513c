"""Pushes of a served simulator into `crmbridge serve`: late, doubled, reversed, repeated; the ledger ends up right."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crmbridge.app import config
from crmbridge.app.bridge import Bridge
from crmbridge.server import serving as server
from crmbridge.server.serving import Place, serve

from .company import Company, Runner, Workspace, serving, standing_in

DEALS = "NewOpportunityObj"
PATIENCE_S = 30


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    """One whose pushes come twice now and then, in the wrong order, and are repeated every second."""
    switches = {"event_retry_s": 1, "event_retries": 20, "event_twice_every": 2, "event_order": "reversed"}
    with serving(deals=20, switches=switches) as found:
        yield found


class Serving:
    """`crmbridge serve` in a thread."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.log: list[Mapping[str, Any]] = []
        self.stop, self._told, self.url = threading.Event(), threading.Event(), ""
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._told.wait(20)

    def _run(self) -> None:
        environ = self.workspace.environ
        with Bridge(config.load(self.workspace.folder, environ), environ=environ) as bridge:
            serve(bridge, Place("127.0.0.1", 0), stop=self.stop, tell=self._tell, log=self.log.append)

    def _tell(self, url: str) -> None:
        self.url = url
        self._told.set()

    def end(self) -> None:
        self.stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive()

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found

    def entries(self, event: str) -> list[Mapping[str, Any]]:
        return [entry for entry in self.log if entry["event"] == event]


@contextmanager
def listening(workspace: Workspace) -> Iterator[tuple[Serving, str, str]]:
    """The server, the path of the webhook's address, and the key, as the sheet has them."""
    assert workspace.connect("corp", "--enable-webhooks").code == 0
    workspace.done("sync")
    workspace.done("hooks", "enable", "crm", "--url", "https://hooks.example.com")
    sheet = (workspace.folder / ".crmbridge" / "webhook-crm.txt").read_text()
    url, key = (sheet.split(f"{word}: ")[1].split()[0] for word in ("URL", "Secret"))
    served = Serving(workspace)
    try:
        yield served, urlsplit(url).path, key
    finally:
        served.end()


@pytest.fixture
def workspace(tmp_path: Path, company: Company, cli: Runner, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(server, "FOLLOW_EVERY_S", 0.1)
    return Workspace(tmp_path / "acme", company, cli)


def until(true: Callable[[], bool]) -> None:
    """Waits for what must come to be."""
    ends = time.monotonic() + PATIENCE_S
    while not true() and time.monotonic() < ends:
        time.sleep(0.1)
    assert true()


def names(workspace: Workspace) -> dict[str, str]:
    return {key: deal["name"] for key, deal in workspace.records("deal").items()}


def reads(company: Company) -> int:
    """How many calls read records."""
    return sum(call["path"].endswith(("/query", "/get")) for call in company.look("calls/rows"))


def is_quiet(company: Company) -> bool:
    told = company.look("events")
    return not told["waiting"]


def test_what_is_pushed_late_twice_and_in_any_order_ends_up_in_the_ledger(workspace: Workspace) -> None:
    company, lost = workspace.company, [0]
    with listening(workspace) as (served, path, key):

        def shaky(body: bytes) -> tuple[int, bytes]:
            """A proxy that loses each answer now and then, and a push before it arrives at all."""
            lost[0] += 1
            if lost[0] % 3 == 1:
                return 502, b"bad gateway"
            status, answer = served.post(path, body)
            return (504, b"") if lost[0] % 3 == 2 else (status, answer)

        with standing_in(shaky) as address:
            company.act("subscribe", url=address, aes_key=key)
            first, second, third, *_ = sorted(company.live(DEALS))
            for number in range(3):
                for deal in (first, second):
                    company.act("edit", module=DEALS, record_id=deal, changes={"name": f"第{number}次"})
            company.act("invalid", module=DEALS, record_id=third)
            lead = company.act("create", module="LeadsObj", record={"name": "推送来的线索", "mobile": "13900007777"})
            until(lambda: str(lead) in workspace.records("lead"))
            until(lambda: is_quiet(company))
            until(lambda: names(workspace) == {key: one["name"] for key, one in company.live(DEALS).items()})
            company.act("unsubscribe", url=address)
    assert third not in workspace.records("deal")
    assert names(workspace)[first] == "第2次"
    assert {entry["status"] for entry in served.entries("request")} == {200}
    assert workspace.done("sync").rows
    assert names(workspace) == {key: one["name"] for key, one in company.live(DEALS).items()}


def test_a_push_that_is_heard_by_others_costs_no_second_read_and_a_forged_one_none(workspace: Workspace) -> None:
    company, kept = workspace.company, list[bytes]()
    with listening(workspace) as (served, path, key):

        def hear(body: bytes) -> tuple[int, bytes]:
            kept.append(body)
            return served.post(path, body)

        with standing_in(hear) as address:
            company.act("subscribe", url=address, aes_key=key)
            deal = min(company.live(DEALS))
            company.act("edit", module=DEALS, record_id=deal, changes={"name": "只读一次"})
            until(lambda: names(workspace)[deal] == "只读一次")
            company.act("unsubscribe", url=address)
        until(lambda: is_quiet(company))
        before, rounds = reads(company), len(served.entries("follow"))
        for _ in range(5):
            status, answer = served.post(path, kept[-1])
            assert status == 200
            assert json.loads(answer)["encryptedResult"]
        told = json.loads(kept[-1])
        for changed in ({"signature": "0" * 40}, {"timestamp": told["timestamp"] - 600_000}, {"nonce": "other"}):
            assert served.post(path, json.dumps({**told, **changed}).encode())[0] == 403
        assert served.post(path + "x", kept[-1])[0] == 403
        time.sleep(0.5)
        assert (reads(company), len(served.entries("follow"))) == (before, rounds)
    logged = json.dumps([dict(entry) for entry in served.log])
    assert all(word not in logged for word in (*company.secrets, key, path.rpartition("/")[2], "只读一次"))

"""Writing over a real socket to a simulator in a process of its own, on the machine's clock."""

import json
import queue
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from plugins.zoho.tests.desk import DEAL, KEY_FIELD, applied, create, rejected, update
from plugins.zoho.tests.simulated import SecretText

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Change, Stale, SubscriptionRequest, Unknown
from crmbridge_zoho.adapter import ZohoAdapter
from crmbridge_zoho.config import ZohoOptions

SERVE = (sys.executable, "-m", "crmbridge_sim", "serve", "zoho", "--port", "0", "--seed", "7", "--deals", "20")
TOKEN = "k" * 43


class Listener:
    """A place on this machine that callbacks are posted to."""

    def __init__(self) -> None:
        self.heard: queue.Queue[bytes] = queue.Queue()
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.put(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hooks"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def act(told: dict[str, str], action: str, **arguments: object) -> Any:
    request = urllib.request.Request(f"{told['control_url']}/__sim__/{action}", json.dumps(arguments).encode())  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return json.loads(answer.read())["result"]


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, str]]:
    with subprocess.Popen(SERVE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        found = json.loads(process.stdout.readline())
        for module, unique in (("Deals", True), ("Tasks", False)):
            act(found, "add_field", module=module, name=KEY_FIELD, data_type="text", length=255, unique=unique)
        yield found
        process.stdin.close()
        process.wait(10)


@pytest.fixture
def zoho(told: dict[str, str], tmp_path: Path) -> Iterator[ZohoAdapter]:
    config = ZohoOptions(
        simulator=True,
        accounts_url=told["accounts_url"],
        api_url=told["api_url"],
        credentials="x",
        external_id_field=KEY_FIELD,
        daily_share=1.0,
        reserve=0.0,
    )
    names = ("client_id", "client_secret", "refresh_token")
    secrets = SecretText(json.dumps({name: told[name] for name in names}))
    context = AdapterContext("process", config, tmp_path, secrets=secrets, read_only=False, state_dir=tmp_path)
    adapter = ZohoAdapter(context, config)
    yield adapter
    adapter.close()


def test_creates_updates_and_deletions_arrive(zoho: ZohoAdapter) -> None:
    first, task, wrong = zoho.push(
        [create("p-1"), create("t-1", module="Tasks", Subject="call"), create("p-2", Lead_Source="nowhere")]
    )
    deal = applied(first)
    assert rejected(wrong).code == "PICKLIST_VALUE"
    again = zoho.push([create("p-1"), create("t-1", module="Tasks", Subject="call")])
    assert [applied(one).external_id for one in again] == [deal.external_id, applied(task).external_id]
    (moved,) = zoho.push([update(deal.external_id, deal.revision, Next_Step="会议 🧑🏽‍💻", Stage="Needs Analysis")])
    (record,) = zoho.fetch("Deals", [deal.external_id])
    assert record is not None
    assert (record.payload["Next_Step"], record.revision) == ("会议 🧑🏽‍💻", applied(moved).revision)
    (gone,) = zoho.push([Change("d", "Deals", deal.external_id, {}, delete=True)])
    assert applied(gone).external_id == deal.external_id
    assert list(zoho.fetch("Deals", [deal.external_id])) == [None]


def test_a_record_that_moved_is_stale(zoho: ZohoAdapter, told: dict[str, str]) -> None:
    (made,) = zoho.push([create("s-1")])
    act(told, "clock/advance", seconds=5)
    act(told, "edit", module="Deals", record_id=applied(made).external_id, changes={"Next_Step": "by a person"})
    (outcome,) = zoho.push([update(applied(made).external_id, applied(made).revision, Next_Step="by us")])
    assert isinstance(outcome, Stale)
    assert outcome.current is not None
    assert outcome.current.payload["Next_Step"] == "by a person"


def test_a_line_cut_after_the_work_is_done_settles_to_one(zoho: ZohoAdapter, told: dict[str, str]) -> None:
    act(told, "fault", kind="drop_after_commit", method="POST", path="/crm/v8/Deals", times=1)
    (outcome,) = zoho.push([create("lost-1")])
    assert isinstance(outcome, Unknown)
    (hits,) = zoho.find("Deals", KEY_FIELD, ["lost-1"])
    (again,) = zoho.push([create("lost-1")])
    assert [one.external_id for one in hits] == [applied(again).external_id]


def test_a_callback_that_is_posted_is_heard(zoho: ZohoAdapter, told: dict[str, str]) -> None:
    listener = Listener()
    try:
        made = zoho.subscribe(SubscriptionRequest(listener.url, TOKEN, frozenset({"Deals"})))
        deal = str(act(told, "create", module="Deals", record=DEAL))
        act(told, "clock/advance", seconds=60)
        body = listener.heard.get(timeout=20)
        assert zoho.receive({}, body, TOKEN) == [("Deals", deal)]
        zoho.unsubscribe(made.state)
    finally:
        listener.close()

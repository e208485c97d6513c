"""`kit record`: the adapter of a connection is listened to while it reads, and what is written is masked."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Health, Page, PullRequest, RawRecord
from crmbridge.app.extending import recording, recordings
from crmbridge.app.wiring import Wiring
from crmbridge.http import Call, Door, Hosts, Ok
from crmbridge.http.recording import Replay
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.testing.memory.adapter import MemoryConfig

URL = "https://api.vendor.example"


def vendor(request: httpx.Request) -> httpx.Response:
    page = int(request.url.params["page"])
    people = [{"id": f"36523970{page}", "kind_of": "Deals", "Name": "Anneliese Blomqvist"}]
    return httpx.Response(200, json={"people": people, "more": page < 9})


class Reader:
    """Reads people page after page; `calls` counts what left."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        context = AdapterContext(connection="crm", config=MemoryConfig(server="none"), workspace=Path())
        hosts = Hosts(frozenset({"api.vendor.example"}))
        self.door = Door(context, hosts=hosts, judge=lambda _call, _reply: Ok(), transport=transport)
        self.closed = 0

    def check(self) -> Health:
        return Health(ok=True, org_id="1", title="Vendor")

    def describe(self) -> Catalog:
        fields = (FieldInfo(name="Name", label="Name", type="text"),)
        objects = (
            ObjectInfo(name="People", label="People", fields=fields),
            ObjectInfo(name="Deals", label="x", fields=()),
        )
        return Catalog(objects=objects, limits=Limits(page_size=1, batch_size=1))

    def pull(self, request: PullRequest) -> Iterator[Page]:
        page, more = 1, True
        while more:
            reply = self.door.send(Call("GET", f"{URL}/{request.object}", safe=True, params={"page": str(page)}))
            told: Any = reply.json()
            yield Page([RawRecord("People", one["id"], one) for one in told["people"]], f"1:{page}")
            page, more = page + 1, told["more"]

    def close(self) -> None:
        self.closed += 1
        self.door.close()


@pytest.fixture
def opened() -> list[Reader]:
    return []


@pytest.fixture
def wiring(opened: list[Reader]) -> Wiring:
    def make(_: str) -> Reader:
        opened.append(Reader(httpx.MockTransport(vendor)))
        return opened[-1]

    body = SimpleNamespace(body=SimpleNamespace(objects={"People": None}))
    workspace = SimpleNamespace(connection=lambda _: SimpleNamespace(adapter="vendor"))
    return cast("Wiring", SimpleNamespace(open=make, document=lambda _: body, workspace=workspace))


def test_what_the_adapter_called_for_is_recorded_and_masked(
    wiring: Wiring, opened: list[Reader], tmp_path: Path
) -> None:
    file = tmp_path / "people.recording.json"
    listing = recording.record(wiring, "crm", file, pages=3)
    assert [dict(row) for row in listing.rows] == [
        {"method": "GET", "path": "/People", "status": 200, "omitted": False}
    ] * 3
    text = file.read_text(encoding="utf-8")
    assert not [word for word in ("Anneliese", "Blomqvist", "36523970") if word in text]
    assert '"kind_of":"Deals"' in text, "a word of the vendor's own"
    assert recordings.in_folder(tmp_path) == [file]
    assert opened[0].closed == 1
    replayed = list(islice(Reader(Replay.of(file)).pull(PullRequest("People")), 3))
    assert len(replayed) == 3


def test_what_cannot_be_recorded_is_told(wiring: Wiring, opened: list[Reader], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not end with"):
        recording.record(wiring, "crm", tmp_path / "people.json")
    there = tmp_path / "there.recording.json"
    there.write_text("mine")
    with pytest.raises(StoreError, match="is there already"):
        recording.record(wiring, "crm", there)
    assert there.read_text() == "mine"
    assert not opened
    with pytest.raises(ConfigError, match="did you mean People"):
        recording.record(wiring, "crm", tmp_path / "x.recording.json", objects=["Peopel"])
    assert opened[0].closed == 1
    assert not (tmp_path / "x.recording.json").exists()


def test_an_adapter_that_calls_nobody_gives_no_recording(
    wiring: Wiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reader, "pull", lambda *_: iter(()))
    with pytest.raises(ConfigError, match="has called nobody by HTTP"):
        recording.record(wiring, "crm", tmp_path / "x.recording.json")
    assert list(tmp_path.iterdir()) == []

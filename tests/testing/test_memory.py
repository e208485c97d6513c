"""The CRM in memory as other tests use it: several objects, people editing, a service that fails on request."""

from decimal import Decimal

import pytest

from crmbridge.adapter.contract import Applied, Change, PullRequest
from crmbridge.adapter.hookspecs import open_adapter
from crmbridge.model.errors import ConfigError, Throttled
from crmbridge.testing.kit.reading import merge
from crmbridge.testing.memory import DESCRIPTOR, MemoryConfig, MemoryHarness, MemoryServer, MemoryStore, connect
from crmbridge.testing.memory.server import Mishap


@pytest.fixture
def server() -> MemoryServer:
    store = MemoryStore({"deal": ("name", "amount", "account"), "account": ("name",)})
    for number in range(5):
        store.put("account", {"name": f"Account {number}"}, external_id=f"A{number}")
        store.put("deal", {"name": f"Deal {number}", "amount": Decimal("0.10"), "account": f"A{number}"})
    return MemoryServer(store)


def test_objects_are_read_apart(server: MemoryServer) -> None:
    adapter = connect(server, page_size=2)
    assert sorted(merge(adapter.pull(PullRequest("account")))) == ["A0", "A1", "A2", "A3", "A4"]
    deals = merge(adapter.pull(PullRequest("deal")))
    assert {record.payload["amount"] for record in deals.values()} == {Decimal("0.10")}
    assert [found.name for found in adapter.describe().objects] == ["deal", "account"]


def test_what_is_handed_out_is_a_copy(server: MemoryServer) -> None:
    server.store.put("account", {"name": "Nested", "tags": ["a"]}, external_id="nested")
    adapter = connect(server)
    tags = merge(adapter.pull(PullRequest("account")))["nested"].payload["tags"]
    assert isinstance(tags, list)
    tags.append("b")
    assert merge(adapter.pull(PullRequest("account")))["nested"].payload["tags"] == ["a"]


def test_incremental_reading_yields_the_change_alone(server: MemoryServer) -> None:
    adapter = connect(server)
    cursor = list(adapter.pull(PullRequest("account")))[-1].cursor
    server.store.edit("account", "A3", {"name": "Renamed"})
    server.store.edit("deal", "deal-1", {"name": "Not an account"})
    (page,) = adapter.pull(PullRequest("account", cursor))
    assert [record.payload for record in page.records] == [{"id": "A3", "name": "Renamed"}]


def test_writes_are_counted(server: MemoryServer) -> None:
    adapter = connect(server, read_only=False)
    outcomes = adapter.push(
        [Change("k", "account", None, {"name": "New"}), Change("l", "account", "A0", {"name": "X"})]
    )
    assert all(isinstance(outcome, Applied) for outcome in outcomes)
    assert server.store.writes == 2


def test_patience_ends_as_throttled(server: MemoryServer) -> None:
    server.mishaps.extend([Mishap.BUSY] * 10)
    with pytest.raises(Throttled) as caught:
        connect(server).check()
    assert caught.value.after == 30
    assert server.calls == 4


def test_service_is_found_by_its_name_while_it_runs(server: MemoryServer) -> None:
    config = MemoryConfig.model_validate({"server": server.name})
    context = MemoryHarness().context(config)
    assert open_adapter(DESCRIPTOR, context).check().ok
    with pytest.raises(ConfigError, match="no service nobody"):
        open_adapter(DESCRIPTOR, MemoryHarness().context(MemoryConfig(server="nobody")))

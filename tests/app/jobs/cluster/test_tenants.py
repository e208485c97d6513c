"""Which workspaces a worker serves: those of a folder or a file, looked at anew; a wrong one stops no other."""

from pathlib import Path

import pytest

from crmbridge.app import crew as crews
from crmbridge.app.jobs.cluster.tenants import Tenants
from crmbridge.ledger import beside
from crmbridge.model.errors import ConfigError, StoreError

TEXT = '[workspace]\nname = "{name}"\nledger = "postgresql://me@db/sales?schema={schema}"\n'


def make(folder: Path, schema: str | None = None, text: str = TEXT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "crmbridge.toml").write_text(text.format(name=folder.name, schema=schema or folder.name), "utf-8")
    return folder


def test_a_workspace_a_folder_of_them_and_a_list(tmp_path: Path) -> None:
    one, two = make(tmp_path / "all" / "one"), make(tmp_path / "all" / "two")
    (tmp_path / "all" / "none").mkdir()
    listed = tmp_path / "list.txt"
    listed.write_text("# ours\nall/two  # far away\n\nall/two\n", encoding="utf-8")
    assert list(Tenants(one, {}).look()) == ["sales.one"]
    assert list(Tenants(one.parent, {}).look()) == ["sales.one", "sales.two"]
    assert [tenant.workspace.folder for tenant in Tenants(listed, {}).look().values()] == [two.resolve()]


def test_they_come_and_go(tmp_path: Path) -> None:
    make(tmp_path / "one")
    tenants = Tenants(tmp_path, {})
    before = tenants.look()["sales.one"]
    make(tmp_path / "two")
    assert tenants.find("sales.two") is not None
    assert tenants.look()["sales.one"] is before  # not read again
    make(tmp_path / "one", "other")
    assert list(tenants.look()) == ["sales.other", "sales.two"]
    assert tenants.find("sales.nowhere") is None


@pytest.mark.file_ledger
def test_a_wrong_one_is_left_out(tmp_path: Path) -> None:
    make(tmp_path / "broken", text="[workspace\n")
    make(tmp_path / "file", text='[workspace]\nname = "file"\n')
    make(tmp_path / "good")
    make(tmp_path / "same", "good")
    tenants = Tenants(tmp_path, {})
    assert list(tenants.look()) == ["sales.good"]
    assert sorted(folder.name for folder in tenants.refused) == ["broken", "file", "same"]


@pytest.mark.file_ledger
def test_where_none_can_be_served_it_is_told_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no workspace in"):
        Tenants(tmp_path, {}).require()
    with pytest.raises(ConfigError, match="cannot be read"):
        Tenants(tmp_path / "none.txt", {}).require()
    make(tmp_path / "file", text='[workspace]\nname = "file"\n')
    with pytest.raises(ConfigError, match="many workers cannot share"):
        Tenants(tmp_path, {}).require()


def test_ledgers_in_two_databases_need_a_word_about_the_queue(tmp_path: Path) -> None:
    make(tmp_path / "one")
    make(tmp_path / "two", text=TEXT.replace("/sales?", "/other?"))
    with pytest.raises(ConfigError, match="the ledgers lie in 2 databases"):
        crews.work(tmp_path, {})
    with pytest.raises(ConfigError, match="a queue is kept in PostgreSQL"):
        crews.work(tmp_path, {}, queue="sqlite:///queue.db")


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    make(tmp_path / "one")
    with pytest.raises(StoreError, match="cannot be reached"):
        crews.work(tmp_path, {}, queue=f"postgresql://me@/sales?host={tmp_path}")


def test_addresses_of_schemas_beside_a_ledger() -> None:
    url = "postgresql://me:secret@db:5433/sales?schema=acme&sslmode=require"
    place = beside.place_of(url)
    assert place is not None
    assert (place.server, place.name) == ("postgresql://me@db:5433/sales?sslmode=require", "sales.acme")
    address = beside.libpq(url, "queue")
    assert address.startswith("postgresql://me:secret@db:5433/sales?")
    assert "schema=acme" not in address
    assert {"sslmode=require", "options=-csearch_path%3Dqueue"} <= set(address.partition("?")[2].split("&"))
    assert beside.place_of("sqlite:///ledger.db") is None
    with pytest.raises(ConfigError):
        beside.place_of("nonsense")

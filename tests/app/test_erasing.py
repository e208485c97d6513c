"""Erasure: nothing of a person is left anywhere, nobody comes back, and what belongs to others stays as it is."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.app.crowd import Crowd, Person, found_in

from crmbridge.app.bridge import Bridge
from crmbridge.ledger import bulk, dictionaries, sqlite_store
from crmbridge.ledger.declaring import METADATA

WEEKS = 5


def opened(crowd: Crowd) -> Bridge:
    return Bridge.open(crowd.folder, environ={})


def everything(bridge: Bridge) -> str:
    """Every row of every table, payloads and dictionaries unpacked."""
    told: list[str] = []
    with bridge.wiring.ledger.read() as tx:
        unpack = dictionaries.decompressor(tx).unpack
        for table in METADATA.sorted_tables:
            for row in bulk.select(tx, f'SELECT * FROM "{table.name}"'):
                told += [_text(unpack(bytes(row[1])) if table.name == "raw_payload" else one) for one in row]
    return "\n".join(told)


def _text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def sums(bridge: Bridge) -> Any:
    """What deals are worth, by stage; how many calls, accounts and deals there are."""
    with bridge.wiring.ledger.read() as tx:
        by_stage = bulk.select(tx, "SELECT stage, count(*), sum(amount_e4) FROM deal GROUP BY stage ORDER BY stage")
        counts = [
            bulk.select(tx, f"SELECT count(*) FROM {name}")[0][0] for name in ("deal", "account", "activity", "ticket")
        ]
    return [(stage, count, Decimal(amount or 0)) for stage, count, amount in by_stage], counts


def bytes_of(folder: Path) -> str:
    """Every byte of the workspace but for the sources: the database as it lies there, its log, reports, logs."""
    files = [
        one
        for one in sorted(folder.rglob("*"))
        if one.is_file() and not {"exports", "shop", "backups"} & set(one.relative_to(folder).parts)
    ]
    return "\n".join(one.read_bytes().decode("utf-8", "replace") for one in files)


def worked(crowd: Crowd) -> None:
    """A workspace that has been in use: changes, a question, a report, facts kept in a cache, a backup."""
    with opened(crowd) as bridge:
        bridge.sync([])
    crowd.next_turn()
    with opened(crowd) as bridge:
        bridge.sync([])
        bridge.funnel()
        bridge.facts_publish(crowd.folder / "published")
        listed = "".join(f"<p>{row['full_name']}</p>" for row in bridge.export("contact"))
        (crowd.folder / "reports").mkdir()
        (crowd.folder / "reports" / "week.html").write_text(f"<html>{listed}</html>", encoding="utf-8")
        (crowd.folder / "reports" / "none.html").write_text("<html>nobody</html>", encoding="utf-8")


def erased(crowd: Crowd, who: Callable[[Person], str], gone: list[Person]) -> None:
    with opened(crowd) as bridge:
        before = sums(bridge)
        assert found_in(everything(bridge), gone)
        told = bridge.erase([who(one) for one in gone])
        assert told.rows
        assert sums(bridge) == before
        assert bridge.db_verify(deep=True).rows == ()
        assert bridge.audit_verify().rows == ()


def whole_proof(crowd: Crowd, gone: list[Person], stays: list[Person], *, is_file: bool) -> None:
    worked(crowd)
    if is_file:
        with opened(crowd) as bridge:
            bridge.db_backup()
    erased(crowd, lambda one: (one.mail, one.phone, one.id)[one.number % 3], gone)
    with opened(crowd) as bridge:
        told = everything(bridge)
        assert found_in(told, gone) == []
        assert all(one.mail in told for one in stays)
    if is_file:
        assert found_in(bytes_of(crowd.folder), gone) == []
        assert not (crowd.folder / "reports" / "week.html").exists()
        assert (crowd.folder / "reports" / "none.html").exists()
    for _ in range(WEEKS):
        crowd.next_turn()
        with opened(crowd) as bridge:
            bridge.sync([])
            assert found_in(everything(bridge), gone) == []
    with opened(crowd) as bridge:
        assert bridge.db_verify(deep=True).rows == ()
        assert bridge.audit_verify().rows == ()
        told = everything(bridge)
        assert all(one.mail in told for one in stays)
        assert "turn 6" in told, "what others say still comes in"
    if not is_file:
        return
    assert found_in(bytes_of(crowd.folder), gone) == []
    with opened(crowd) as bridge:
        bridge.db_restore(bridge.db_inspect(crowd.folder / ".crmbridge" / "backups"))
        assert found_in(everything(bridge), gone) == []
        assert bridge.db_verify(deep=True).rows == ()
        assert bridge.audit_verify().rows == ()
        bridge.sync([])
        assert found_in(everything(bridge), gone) == []
    assert found_in(bytes_of(crowd.folder), gone) == []


@pytest.mark.file_ledger
def test_six_persons_leave_and_nobody_comes_back(tmp_path: Path) -> None:
    crowd = Crowd.make(tmp_path / "crowd", 24)
    whole_proof(crowd, crowd.people[:6], crowd.people[6:], is_file=True)


@pytest.mark.file_ledger
def test_a_sqlite_that_only_unlinks_what_is_deleted_keeps_no_byte_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some builds write over what is deleted, others only where they are told to."""
    monkeypatch.setattr(sqlite_store, "_PRAGMAS", (*sqlite_store._PRAGMAS, "secure_delete=OFF"))
    crowd = Crowd.make(tmp_path / "crowd", 12)
    whole_proof(crowd, crowd.people[:3], crowd.people[3:], is_file=True)


@pytest.mark.postgres
def test_they_leave_a_server_too(tmp_path: Path, ledger_url: str) -> None:
    crowd = Crowd.make(tmp_path / "crowd", 24, ledger_url)
    whole_proof(crowd, crowd.people[:6], crowd.people[6:], is_file=False)


@pytest.mark.wide
def test_a_hundred_persons_leave(tmp_path: Path) -> None:
    crowd = Crowd.make(tmp_path / "crowd", 1_000)
    whole_proof(crowd, crowd.people[::10], [one for one in crowd.people if one.number % 10 != 1], is_file=True)


@pytest.mark.wide
@pytest.mark.postgres
def test_a_hundred_persons_leave_a_server_too(tmp_path: Path, ledger_url: str) -> None:
    crowd = Crowd.make(tmp_path / "crowd", 1_000, ledger_url)
    whole_proof(crowd, crowd.people[::10], [one for one in crowd.people if one.number % 10 != 1], is_file=False)

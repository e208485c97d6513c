"""A workspace of files is read by one process or by two: its ledger is the same."""

import os
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from tests.app.company import Company

from crmbridge.app.config import load
from crmbridge.app.wiring import Wiring
from crmbridge.sync.apart import process, reading
from crmbridge.sync.apart.recipe import GoingApart
from crmbridge.sync.engine import run_sync

NOT_THE_SAME = {"lease", "run", "run_step"}
OF_THE_FILE = "cursor"
"""Says which file it was, by the system's own number: each company has another."""


def dump(folder: Path) -> dict[str, list[Any]]:
    """Everything in the ledger's file but the history of runs."""
    con = sqlite3.connect(folder / "crmbridge.db")
    names = [name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {}
    for name in set(names) - NOT_THE_SAME:
        columns = [row[1] for row in con.execute(f'PRAGMA table_info("{name}")') if row[1] != OF_THE_FILE]
        found[name] = con.execute(f'SELECT {", ".join(columns)} FROM "{name}"').fetchall()
    con.close()
    return found


def put(company: Company, *, later: bool) -> None:
    """Six pages of deals, some of them broken; later the other way round, edited, and one page shorter."""
    lines = [f"d{n:04d},{('Talk', 'Won', 'Odd')[n % 3]},{n}.50,Li,2026-01-05,2026-02-04\n" for n in range(300)]
    lines[70:72] = ["broken\n", "d0001,Lost,1,Li,2026-01-05,\n"]
    lines[200] = "d0200,Talk,what?,Li,2026-01-05,\n"
    if later:
        lines = [line.replace("Talk", "Lost") for line in reversed(lines[:250])]
    deals = company.folder / "exports/deals.csv"
    deals.write_text("id,stage,amount,owner,created,closed\n" + "".join(lines), encoding="utf-8")
    for file in deals.parent.iterdir():
        os.utime(file, ns=(later, later))  # long settled: of a young file each look tells its age


def read(company: Company, going: GoingApart | None) -> list[Any]:
    """Three syncs: of new files, of the same ones, of edited ones; what they told."""
    company.edit("crmbridge.toml", 'path = "exports"', 'path = "exports"\npage_size = 50')
    told: list[Any] = []
    for number, later in enumerate((False, False, True), 1):
        put(company, later=later)
        moment = datetime(2026, 3, number, tzinfo=UTC)
        ids = iter(f"{number}{at:025d}" for at in range(1_000))
        wiring = Wiring(load(company.folder, {}), clock=lambda moment=moment: moment, environ={})  # type: ignore[misc] # bound now
        around = replace(wiring.surroundings(None), apart=going, new_id=ids.__next__)
        result = run_sync(wiring.setups([]), around)
        told += [(s.object, s.counts, s.notices, str(s.error), s.waiting, s.exit_code) for s in result.steps]
        wiring.close()
    return told


def test_files_read_by_two_processes_give_the_same_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = Mock(wraps=process.begin)
    monkeypatch.setattr(reading, "begin", begun)
    alone, apart = Company.make(tmp_path / "alone"), Company.make(tmp_path / "apart")
    told = read(alone, None)
    assert {step[3] for step in told} == {"None"}
    assert read(apart, GoingApart(100, is_waited_for=True)) == told
    assert begun.call_count == 2  # the second sync found nothing new
    assert dump(apart.folder) == dump(alone.folder)

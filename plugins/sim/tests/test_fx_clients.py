"""Clients of other people work against the simulator as far as they go (dossier S7, S8)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke.serving import serve
from crmbridge_sim.serve import Servers

TOUR = Path(__file__).with_name("fx_clients_tour.py")
CRM_CLI = os.environ.get("CRMBRIDGE_CRM_CLI", "")


def seen(sim: FxiaokeSimulator, client: str, folder: Path, **more: str) -> dict[str, Any]:
    """One tour in a process of its own: no proxy, a folder for whatever it writes, a limit of time."""
    with Servers() as servers:
        told = json.dumps({**serve(sim, servers), "client": client, **more})
        outer = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        done = subprocess.run(
            [sys.executable, str(TOUR), told],
            cwd=folder, env={**outer, "HOME": str(folder)}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_fxiaoke_python_walks_creates_and_reads(tmp_path: Path) -> None:
    sim = FxiaokeSimulator(deals=50)
    told = seen(sim, "python", tmp_path)
    assert {"name", "owner", "source", "life_status"} <= set(told["fields"])
    assert (len(told["walked"]), told["total"]) == (50, 50)
    assert told["walked"] == sorted(told["walked"])
    assert told["row"]["_id"] == told["made"]
    assert told["row"]["owner"] == [sim.admin.open_id]
    assert "数据不存在" in told["refused"]
    assert len(sim.calls.matching(path="query")) == 3
    assert sim.tokens.calls == 1


@pytest.mark.skipif(not CRM_CLI, reason="CRMBRIDGE_CRM_CLI names no folder with the unpacked package crm-cli")
def test_crm_cli_puts_leads_into_a_pool(tmp_path: Path) -> None:
    sim = FxiaokeSimulator(deals=5, switches={"duplicate_text": "english"})
    told = seen(sim, "crm-cli", tmp_path, crm_cli=CRM_CLI, pool=sim.backdoor.pools("LeadsObj")[0])
    assert told["user"] == sim.admin.open_id
    assert told["made"] == told["found"]
    assert told["duplicate"] is True
    assert "官网" in told["options"]
    row = sim.store.get("LeadsObj", told["made"]) or {}
    assert (row["owner"], row["biz_status"], row["email"]) == (None, "un_assigned", "a@example.com")

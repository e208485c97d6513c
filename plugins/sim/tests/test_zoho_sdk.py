"""Zoho's own SDK works against the simulator; where the two disagree, the simulator is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crmbridge_sim.clock import RealClock
from crmbridge_sim.serve import Servers
from crmbridge_sim.zoho import ZohoSimulator
from crmbridge_sim.zoho.serving import serve

TOUR = Path(__file__).with_name("zoho_sdk_tour.py")
pytestmark = pytest.mark.xdist_group("zoho-sdk")  # one walk of the SDK for all of them

SEEDED = 30  # a small world with records of every module
DEALS = 450  # beside it: three pages of a walk by token
MODULES = ("Leads", "Accounts", "Contacts", "Deals", "Tasks", "Events", "Calls", "Notes")
SWITCHES = {"search_lag_s": 0, "bulk_wait_s": 0, "bulk_work_s": 1}


@pytest.fixture(scope="module")
def sim() -> ZohoSimulator:
    made = ZohoSimulator(deals=SEEDED, switches=SWITCHES, clock=RealClock())
    now, owner = int(made.clock.now()) - 1_000, made.api_user.id
    columns = ("id", "Deal_Name", "Stage", "Pipeline", "Amount", "Owner", "Created_Time", "Modified_Time")
    rows = [
        (one, f"Deal {n}", "Qualification", "Standard (Standard)", n % 3 * 10.5, owner, now + n, now + n)
        for n, one in enumerate(made.store.reserve_ids(DEALS))
    ]
    made.store.insert_many("Deals", columns, rows)
    return made


@pytest.fixture(scope="module")
def seen(sim: ZohoSimulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the SDK saw; it has global state and writes files, so it gets a process and a folder of its own."""
    folder = tmp_path_factory.mktemp("sdk")
    with Servers() as servers:
        parts = serve(sim, servers, port=0)
        told = json.dumps({**parts, "folder": str(folder), "modules": ",".join(MODULES)})
        done = subprocess.run(
            [sys.executable, str(TOUR), told], cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
        log = (folder / "sdk.log").read_text(encoding="utf-8") if (folder / "sdk.log").exists() else ""
        assert done.returncode == 0, f"{done.stderr[-3000:]}\n{log[-2000:]}"
        errors = [line for line in log.splitlines() if " - ERROR - " in line]
        yield {**json.loads(done.stdout), "errors": errors}


def test_one_refresh_serves_the_whole_tour(sim: ZohoSimulator, seen: dict[str, Any]) -> None:
    del seen
    assert sim.accounts.refreshes == 1


def test_it_walks_all_records_by_page_token(sim: ZohoSimulator, seen: dict[str, Any]) -> None:
    assert seen["walk"] == DEALS + SEEDED
    assert len(sim.calls.matching(path="/crm/v8/Deals")) >= DEALS // 200


def test_it_reads_metadata(sim: ZohoSimulator, seen: dict[str, Any]) -> None:
    told = seen["metadata"]
    assert {"Leads", "Contacts", "Accounts", "Deals", "Tasks", "Events", "Calls", "Notes"} <= set(told["modules"])
    assert {"Deal_Name", "Stage", "Amount", "Owner"} <= set(told["fields"])
    assert told["stages"] == [value.actual for value in sim.schema["Deals"]["Stage"].values]
    assert told["layouts"] == [layout.name for layout in sim.schema["Deals"].layouts]
    assert told["pipelines"] == [pipeline.actual for pipeline in sim.schema.pipelines]
    assert told["users"] == len(sim.people)
    assert (told["org"], told["zgid"]) == (sim.org.company_name, str(sim.org.zgid))


def test_it_queries_by_coql(seen: dict[str, Any]) -> None:
    assert len(seen["coql"]) == 3
    assert all(row["id"].isdigit() and row["name"] for row in seen["coql"])


def test_it_exports_in_bulk(sim: ZohoSimulator, seen: dict[str, Any]) -> None:
    bulk = seen["bulk"]
    assert bulk["code"] == "ADDED_SUCCESSFULLY"
    assert bulk["states"][-1] == "COMPLETED"
    # the SDK's own deals came and went after the export
    seeded = sim.store.db.execute('SELECT count(*) FROM "Deals" WHERE "Amount" > 0 AND "Deal_Name" NOT LIKE \'SDK%\'')
    assert bulk["count"] == bulk["rows"] == seeded.fetchone()[0]
    assert bulk["names"] == [bulk["zip"].replace(".zip", ".csv")]
    assert bulk["header"] == "Id,Deal_Name,Owner"


def test_it_writes_finds_and_deletes(sim: ZohoSimulator, seen: dict[str, Any]) -> None:
    writes = seen["writes"]
    assert [item["code"] for item in writes["create"]] == ["SUCCESS", "SUCCESS"]
    assert {"Created_By", "Created_Time", "Modified_By", "Modified_Time", "id"} <= set(writes["create"][0]["details"])
    assert writes["get"] == {
        "name": "SDK one",
        "amount": 10.5,
        "closing": "2026-12-01",
        "stage": "Qualification",
        "owner": sim.api_user.full_name,
        "created": True,
    }
    assert [item["code"] for item in writes["update"]] == ["SUCCESS"]
    assert writes["upsert"] == ["update", "insert"]
    assert writes["search"] == ["SDK one", "SDK three", "SDK two"]
    assert [item["code"] for item in writes["delete"]] == ["SUCCESS"] * 3
    assert len(writes["deleted"]) == 3


def test_it_works_on_what_hangs_on_records(sim: ZohoSimulator, seen: dict[str, Any]) -> None:
    around = seen["around"]
    assert around["note"] == ["SUCCESS"]
    assert around["history"] == ["Qualification"]
    assert around["timeline"][-1] == "added"
    assert around["count"] == sim.store.count("Deals")
    assert around["convert"] == ["SUCCESS", "Nordlys"]
    assert around["watch"] == ["SUCCESS", "Deals", "Deals.all", "SUCCESS"]


def test_it_reads_every_kind_of_record_whole(seen: dict[str, Any]) -> None:
    for module, (listed, read) in seen["full"].items():
        assert listed, module
        assert read == min(listed, 20), module


def test_it_logs_no_error(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []

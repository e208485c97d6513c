"""What holds for every data set: idempotent syncs, sound records, and the same answers on the command line."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.data.opened import Opened, opened

from crmbridge.app.bridge import Bridge
from crmbridge.cli import app
from crmbridge.ledger.declaring import METADATA
from crmbridge.model.kinds import KIND_NAMES, kind
from crmbridge.report import documents
from crmbridge.report.i18n import catalog

SETS = ("maven-crm-sales", "cn-derived-maven", "olist-funnel", "zoho-analytics-sample", "ibm-sales-win-loss")
ROWS = {"maven-crm-sales": 8936, "cn-derived-maven": 8922, "olist-funnel": 8896, "zoho-analytics-sample": 14125}
ROWS |= {"ibm-sales-win-loss": 78025}
LARGE = 20_000
HISTORY = {"run", "run_step", "lease"}
"""The tables that say that somebody looked."""
pytestmark = [pytest.mark.data, pytest.mark.xdist_group("every-set")]


@pytest.fixture(scope="module", params=SETS)
def held(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    yield from opened(request.param, shared_data, tmp_path_factory)


def content(held: Opened) -> dict[str, int]:
    """A hash of each table that holds data."""
    with Bridge.open(held.folder, environ={}) as bridge, bridge.wiring.ledger.read() as tx:
        return {
            table.name: hash(frozenset(tuple(row) for row in tx.execute(table.select())))
            for table in METADATA.sorted_tables
            if table.name not in HISTORY
        }


def test_every_row_became_a_record_and_none_waits(held: Opened) -> None:
    rows = held.synced.listing.rows
    assert held.synced.exit_code == 0
    assert sum(row["read"] for row in rows) == sum(row["written"] for row in rows) == ROWS[held.name]  # type: ignore[misc] # counts
    assert {row["quarantined"] for row in rows} == {0}
    assert held.bridge.quarantine().rows == ()


def test_a_second_sync_writes_nothing(held: Opened) -> None:
    before = content(held)
    with closing(Bridge.open(held.folder, environ={})) as bridge:
        again = bridge.sync()
    assert again.exit_code == 0
    for row in again.listing.rows:
        assert (row["landed"], row["written"], row["updated"], row["deleted"]) == (0, 0, 0, 0)
    after = content(held)
    assert [name for name in before if before[name] != after[name]] == []


@pytest.mark.parametrize("nth", [9, pytest.param(1, marks=pytest.mark.wide)])
def test_every_exported_line_is_a_record_of_the_model(
    held: Opened, capfdbinary: pytest.CaptureFixture[bytes], nth: int
) -> None:
    """Of a large set every ninth line is looked into, unless the run is a wide one."""
    step = nth if ROWS[held.name] > LARGE else 1
    counted = {str(row["kind"]): 0 for row in held.synced.listing.rows}
    for name in counted:
        assert app.run(["export", name, "--workspace", str(held.folder), "--format", "ndjson"], {}) == 0
        model = kind(name).record
        lines = capfdbinary.readouterr().out.splitlines()
        counted[name] += len(lines)
        for line in lines[::step]:
            made = model.model_validate_json(line)
            assert made.refs[0].connection == next(iter(held.bridge.workspace.config.connections))
    assert sum(counted.values()) == ROWS[held.name]


def test_the_command_line_prints_what_the_bridge_answers(held: Opened, capfd: pytest.CaptureFixture[str]) -> None:
    def told(*words: str) -> Any:
        arguments = [*words, "--workspace", str(held.folder), "--as-of", "2026-03-02T01:00Z", "--json"]
        assert app.run(arguments, {}) == 0
        return json.loads(capfd.readouterr().out)

    assert told("funnel", "--by", "source") == held.document("source")
    kpis = documents.document(held.bridge.kpi(), catalog("en"))
    assert told("kpi") == json.loads(documents.dump(kpis))


def test_the_whole_row_has_the_promised_shape(held: Opened) -> None:
    row = held.document()["rows"][0]
    assert row["slice"] == "all"
    assert all(type(row[name]) is int for name in ("won", "lost", "open"))
    assert {"n", "numerator", "denominator", "value"} <= row["win_rate"].keys()
    assert row["win_rate"]["value"] == round(row["win_rate"]["numerator"] / row["win_rate"]["denominator"], 4)
    assert row["won_amount"] is None or isinstance(row["won_amount"], str)
    assert {"cycle_days_mean", "cycle_days_median"} <= row.keys()


def test_the_mapping_and_the_files_agree(held: Opened) -> None:
    assert {row["code"] for row in held.bridge.mapping_check().rows} <= {"COLUMN_UNMAPPED"}
    assert {str(row["kind"]) for row in held.synced.listing.rows} <= set(KIND_NAMES)

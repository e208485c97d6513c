"""The world as CSV files: the rows that the simulators hold, under the same keys, and nothing rounded."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crmbridge_sim.__main__ import main
from crmbridge_sim.clock import VirtualClock
from crmbridge_sim.export import write_csv
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.world import World
from crmbridge_sim.world.model import PROBABILITY
from crmbridge_sim.zoho import ZohoSimulator, state
from crmbridge_sim.zoho.seeding_records import STAGES
from crmbridge_sim.zoho.standard import stages

NOW = 1_782_820_800
Tables = dict[str, list[dict[str, str]]]


def read(folder: Path) -> Tables:
    tables = {}
    for path in folder.iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            tables[path.stem] = list(csv.DictReader(file))
    return tables


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("export")
    counts = write_csv(World(7, deals=200, now=NOW), folder)
    found = read(folder)
    assert {name: len(rows) for name, rows in found.items()} == counts
    return found


@pytest.fixture(scope="module")
def zoho() -> dict[str, dict[str, dict[str, object]]]:
    """Every record of the same world in Zoho, by module and world key."""
    modules = state.dump(ZohoSimulator(seed=7, deals=200, clock=VirtualClock(NOW)))["modules"]
    keyed = ("Accounts", "Contacts", "Leads", "Deals", "Tasks", "Events", "Calls")
    return {name: {row["World_Key"]: row for row in modules[name].values()} for name in keyed}


@pytest.mark.parametrize(
    ("table", "module"),
    [
        ("accounts", "Accounts"),
        ("contacts", "Contacts"),
        ("leads", "Leads"),
        ("deals", "Deals"),
        ("tasks", "Tasks"),
        ("meetings", "Events"),
        ("calls", "Calls"),
    ],
)
def test_every_record_is_there_under_its_key(
    tables: Tables, zoho: dict[str, dict[str, object]], table: str, module: str
) -> None:
    keys = [row["World Key"] for row in tables[table]]
    assert len(set(keys)) == len(keys)
    assert set(keys) == set(zoho[module])


def test_money_is_exact_in_every_currency(tables: Tables, zoho: dict[str, dict[str, dict[str, object]]]) -> None:
    decimals: dict[str, set[int]] = {}
    for row in tables["deals"]:
        amount = Decimal(row["Amount"])
        told = zoho["Deals"][row["World Key"]]
        assert (amount, row["Currency"]) == (Decimal(str(told["Amount"])), told["Currency"])
        decimals.setdefault(row["Currency"], set()).add(-int(amount.as_tuple().exponent))
    assert decimals == {"EUR": {2}, "USD": {2}, "CNY": {2}, "JPY": {0}, "KWD": {3}}


def test_what_a_deal_is_equals_what_zoho_shows(tables: Tables, zoho: dict[str, dict[str, dict[str, object]]]) -> None:
    for row in tables["deals"]:
        told = zoho["Deals"][row["World Key"]]
        assert int(row["Probability"]) == told["Probability"]
        assert row["Closing Date"] == told["Closing_Date"]
        created, modified = str(told["Created_Time"]), str(told["Modified_Time"])
        assert datetime.fromisoformat(row["Created"]) == datetime.fromisoformat(created)
        assert datetime.fromisoformat(row["Modified"]) == datetime.fromisoformat(modified)
    for row in tables["tasks"]:
        assert row["Due Date"] == zoho["Tasks"][row["World Key"]]["Due_Date"]


def test_history_has_a_row_for_every_stage_entered(tables: Tables) -> None:
    present = {row["World Key"]: row["Stage"] for row in tables["deals"]}
    created = {row["World Key"]: row["Created"] for row in tables["deals"]}
    last: dict[str, str] = {}
    for row in tables["stage_history"]:
        assert row["From Stage"] == last.get(row["Deal"], "")
        assert row["Deal"] in last or row["Entered At"] == created[row["Deal"]]
        last[row["Deal"]] = row["To Stage"]
    assert last == present


def test_references_point_at_rows(tables: Tables) -> None:
    keys = {row["World Key"] for name, rows in tables.items() if name != "stage_history" for row in rows}
    names = ("Owner", "By", "Manager", "Account", "Contact", "Deal", "Lead", "Parent Account", "Converted Deal")
    for rows in tables.values():
        for row in rows:
            assert {row[name] for name in names if row.get(name)} <= keys
    assert Counter(row["Converted"] for row in tables["leads"])["Yes"] == sum(
        1 for row in tables["deals"] if row["Lead"]
    )


def test_instants_have_the_offset_of_the_zone(tables: Tables, tmp_path: Path) -> None:
    write_csv(World(7, deals=200, now=NOW), tmp_path, zone=ZoneInfo("Asia/Shanghai"))
    for here, there in zip(tables["deals"], read(tmp_path)["deals"], strict=True):
        assert here["Created"].endswith("+00:00")
        assert there["Created"].endswith("+08:00")
        assert datetime.fromisoformat(here["Created"]) == datetime.fromisoformat(there["Created"])
        assert here["Closing Date"] == there["Closing Date"]


def test_every_tenant_thinks_the_same_of_a_stage() -> None:
    by_actual = {value.actual: value.probability for value in stages()}
    fxiaoke = FxiaokeSimulator(deals=0).stages.by_key
    for key, share in PROBABILITY.items():
        assert (by_actual[STAGES[key]], fxiaoke[key].probability) == (share, share)


def test_an_empty_world_has_headers(tmp_path: Path) -> None:
    assert write_csv(World(7, deals=0, now=NOW), tmp_path)["deals"] == 0
    assert (tmp_path / "deals.csv").read_text("utf-8").startswith("World Key,Deal Name,")


def test_the_command_writes_the_same_files(tables: Tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "files"
    assert main(["export", "csv", str(folder), "--deals", "200", "--now", "2026-06-30T12:00:00"]) == 0
    assert json.loads(capsys.readouterr().out) == {name: len(rows) for name, rows in tables.items()}
    assert read(folder) == tables


def test_a_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    assert main(["export", "csv", str(tmp_path / "file")]) == 1
    assert "cannot write into" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--zone", "Nowhere"], "is no time zone"), (["--now", "soon"], "isoformat"), (["--deals", "x"], "invalid int")],
)
def test_mistakes(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    run: Callable[[list[str]], int] = main
    with pytest.raises(SystemExit) as ended:
        run(["export", "csv", "x", *arguments])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err

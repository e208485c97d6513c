"""The whole road back, as an operator walks it: backup, damage, refusal, restore, verify, and a sync that goes on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.app.company import DEALS, Company

from crmbridge.cli import app

pytestmark = pytest.mark.file_ledger
PAGE = 4096
Call = Callable[..., tuple[int, str]]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company.make(tmp_path / "acme")


@pytest.fixture
def call(company: Company, capfd: pytest.CaptureFixture[str]) -> Call:
    """A command in the workspace: its exit code and what it printed."""

    def called(*words: str) -> tuple[int, str]:
        capfd.readouterr()
        code = app.run([*words, "--workspace", str(company.folder)], {})
        return code, capfd.readouterr().out

    return called


def rows(told: tuple[int, str]) -> list[dict[str, object]]:
    assert told[0] == 0, told
    found: list[dict[str, object]] = json.loads(told[1])["rows"]
    return found


def damage(file: Path) -> None:
    """Nonsense in every page but the first two, as a dying disk leaves it."""
    size = file.stat().st_size
    with file.open("r+b") as stream:
        for at in range(2 * PAGE, size, PAGE):
            stream.seek(at)
            stream.write(b"\x5a" * 256)


def deals(call: Call) -> dict[str, object]:
    """The stage of each deal; a deal that is there twice is an error."""
    code, told = call("export", "deal", "--json")
    assert code == 0
    found = [json.loads(line) for line in told.splitlines()]
    assert len({row["name"] for row in found}) == len(found)
    return {str(row["name"]): row["stage"] for row in found}


def test_a_ledger_comes_back_from_its_backup_and_goes_on(company: Company, call: Call) -> None:
    ledger = company.folder / "crmbridge.db"
    assert call("sync")[0] == 0
    (kept,) = rows(call("db", "backup", "--keep", "3", "--json"))
    before = deals(call)

    company.edit("exports/deals.csv", "d3,Talk,70,Wang,2026-01-20,\n", "d3,Won,70,Wang,2026-01-20,2026-02-09\n")
    company.edit("exports/deals.csv", "d4,", "d5,Talk,10,Li,2026-02-01,\nd4,")
    assert call("sync")[0] == 0
    after = deals(call)
    assert (before["d3"], after["d3"], "d5" in before, "d5" in after) == ("talk", "won", False, True)

    damage(ledger)
    assert call("db", "verify")[0] == 6
    assert call("sync")[0] == 6

    (back,) = rows(call("db", "restore", str(Path(str(kept["file"])).parent), "--yes", "--json"))
    assert back["file"] == kept["file"]
    assert Path(str(back["replaced"])).exists()
    assert rows(call("db", "verify", "--deep", "--json")) == []
    assert deals(call) == before

    assert call("sync")[0] == 0
    assert deals(call) == after
    assert call("sync")[0] == 0
    assert deals(call) == after
    assert rows(call("db", "verify", "--deep", "--json")) == []
    assert rows(call("audit", "verify", "--json")) == []


def test_the_figures_of_a_restored_ledger_are_whole(company: Company, call: Call) -> None:
    assert call("sync")[0] == 0
    (kept,) = rows(call("db", "backup", "--json"))
    damage(company.folder / "crmbridge.db")
    assert call("db", "restore", str(kept["file"]), "--yes")[0] == 0
    assert call("sync")[0] == 0
    code, told = call("metrics")
    found = {one.name: one.value for family in text_string_to_metric_families(told) for one in family.samples}
    assert code == 0
    assert found["crmbridge_audit_broken"] == 0
    assert found["crmbridge_records"] == DEALS.count("\n") - 1 + 2
    assert found["crmbridge_outbox_in_doubt"] == 0

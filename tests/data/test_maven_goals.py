"""Goals over a real company: the pace of its offices and agents is what the reference says they sold."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.data.opened import Opened, opened

from crmbridge.app.bridge import Bridge
from crmbridge.report import documents
from crmbridge.report.i18n import catalog

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("maven")]
GOALS = """
[[goals]]
id = "revenue-2017"
metric = "revenue"
period = "2017"
target = "12000000"
org = { method = "even" }
"""
END = datetime(2017, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture(scope="module")
def held(shared_data: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    yield from opened("maven-crm-sales", shared_data, tmp_path_factory)


@pytest.fixture(scope="module")
def rows(held: Opened, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("goals") / "maven"
    shutil.copytree(held.folder, folder)
    (folder / "goals.toml").write_text(GOALS, encoding="utf-8")
    with Bridge.open(folder, as_of=END, environ={}) as bridge:
        found = documents.document(bridge.goals_pace(), catalog("en"))["rows"]
    assert isinstance(found, list)
    return [row for row in found if row["section"] == "pace"]


def test_the_offices_and_agents_have_what_the_reference_says(held: Opened, rows: list[dict[str, Any]]) -> None:
    value = {name: held.reference[name]["value"] for name in ("won_value_total", "won_value_by_agent")}
    offices = held.reference["won_value_by_regional_office"]["value"]
    whole = next(row for row in rows if row["kind"] == "company")
    assert Decimal(whole["actual"]) == Decimal(str(value["won_value_total"]))
    assert {row["node"]: Decimal(row["actual"]) for row in rows if row["kind"] == "team"} == {
        name: Decimal(str(amount)) for name, amount in offices.items()
    }
    agents = {row["node"]: Decimal(row["actual"]) for row in rows if row["kind"] == "rep" and Decimal(row["actual"])}
    assert agents == {name: Decimal(str(amount)) for name, amount in value["won_value_by_agent"].items()}


def test_targets_are_conserved_and_agents_sum_up_to_their_office(rows: list[dict[str, Any]]) -> None:
    team = ""
    shares: dict[str, list[Decimal]] = {}
    for row in rows:
        if row["kind"] == "team":
            team = row["node"]
        elif row["kind"] == "rep":
            shares.setdefault(team, []).append(Decimal(row["target"]))
    targets = {row["node"]: Decimal(row["target"]) for row in rows if row["kind"] == "team"}
    assert {name: sum(parts) for name, parts in shares.items()} == targets
    assert sum(targets.values()) == 12_000_000
    assert sum(map(len, shares.values())) == 35
    whole = next(row for row in rows if row["kind"] == "company")
    assert Fraction(str(whole["attainment"])) == Fraction("0.8338")
    assert (whole["state"], whole["colour"]) == ("missed", "amber")

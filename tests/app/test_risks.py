"""Risk and its register in a workspace: asked for on the command line, kept in the ledger, once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.app.company import Company

from crmbridge.app import risks
from crmbridge.app.bridge import Bridge
from crmbridge.cli import app
from crmbridge.ledger import service_events
from crmbridge.model.errors import ConfigError
from crmbridge.model.money import Money

AS_OF = datetime(2026, 4, 2, tzinfo=UTC)


@pytest.fixture
def folder(company: Company) -> Path:
    deals = (company.folder / "exports" / "deals.csv").read_text(encoding="utf-8").splitlines()
    dated = [
        deals[0] + ",close",
        *(line + ",2026-04-01" for line in deals[1:]),
        "d5,Talk,1000,Li,2026-01-20,,2026-06-01",
    ]
    (company.folder / "exports" / "deals.csv").write_text("\n".join(dated) + "\n", encoding="utf-8")
    mapping = company.folder / "mapping" / "books.toml"
    text = mapping.read_text(encoding="utf-8")
    field = 'expected_close = { from = "close", format = ["%Y-%m-%d"] }\n'
    mapping.write_text(text + field, encoding="utf-8")
    (company.folder / "risk.toml").write_text('[register]\nfrom = "low"\n', encoding="utf-8")
    return company.folder


@pytest.fixture
def bridge(folder: Path) -> Iterator[Bridge]:
    with Bridge.open(folder, as_of=AS_OF) as bridge:
        bridge.sync([])
        yield bridge


def test_a_deal_past_its_date_is_at_risk_with_its_reason_and_its_records(bridge: Bridge) -> None:
    told = bridge.risk(least="low", explain=True)
    deals: dict[object, Any] = {row["deal"]: row for row in told.rows if row["section"] == "deals"}
    assert deals["d3"]["signals"] == ["close_date_past"]
    assert (deals["d3"]["points"], deals["d3"]["exposure"]) == (3, Money(Decimal("24.50"), "CNY"))
    assert "pushed" in deals["d3"]["unavailable"]
    assert told.explain is not None
    records = told.explain["records"]
    assert isinstance(records, dict)
    assert len(records["close_date_past yes"]) == 1
    assert [row["deal"] for row in bridge.risk(owner="Li", least="low").rows if row["section"] == "deals"] == ["d5"]


def test_a_run_opens_items_once_and_closes_them_when_the_signals_clear(folder: Path, bridge: Bridge) -> None:
    def run(day: int) -> list[tuple[object, object]]:
        with Bridge.open(folder, as_of=datetime(2026, 4, day, tzinfo=UTC)) as one:
            one.sync([])
            events = risks.risk_events(one._asker())
            with one.wiring.ledger.begin() as tx:
                for service, some in events.items():
                    service_events.append(tx, service, some)
            one._forget()
            rows = one.risk_list(everything=True).rows
            return [(row["title"], row["status"]) for row in rows if row["section"] == "items"]

    assert run(2) == [("d3", "open")]
    assert run(2) == [("d3", "open")]
    file = folder / "exports" / "deals.csv"
    won = file.read_text(encoding="utf-8").replace(
        "d3,Talk,70,Wang,2026-01-20,", "d3,Won,70,Wang,2026-01-20,2026-04-03"
    )
    file.write_text(won, encoding="utf-8")
    assert run(4) == [("d3", "closed")]
    (listed,) = bridge.risk_list().rows
    assert (listed["title"], listed["status"]) == ("d3", "open")  # as of the second


def test_people_add_decide_and_close_and_nothing_is_lost_at_one_moment(bridge: Bridge) -> None:
    (row,) = bridge.risk_add(title="price war", category="competitor", probability=4, impact=4).rows
    name = str(row["item"])
    assert row["band"] == "high"
    with pytest.raises(ConfigError, match="an action with its day"):
        bridge.risk_respond(name, response="mitigate")
    bridge.risk_respond(name, response="mitigate", actions=("2026-05-01 lock in two customers",), by="Li")
    bridge.risk_close(name, reason="it is over", by="Li")
    listed = bridge.risk_list(name=name).rows
    assert [entry["op"] for entry in listed if entry["section"] == "history"] == ["open", "respond", "close"]
    assert bridge.risk_list().rows == ()
    with pytest.raises(ConfigError, match="is closed"):
        bridge.risk_respond(name, response="transfer", to="insurer")


def test_the_command_without_a_name_shows_the_deals(
    bridge: Bridge, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del bridge
    place = ["-w", str(folder), "--as-of", "2026-04-02", "--json", "--lang", "en"]
    assert app.run(["risk", "--min", "low", *place]) == 0
    shown = capsys.readouterr().out
    assert '"definition": "risk/1"' in shown
    assert app.run(["risk", "list", *place]) == 0
    assert '"risk-register/1"' in capsys.readouterr().out


def test_the_impact_is_the_share_of_what_is_left_of_the_owners_target(folder: Path, bridge: Bridge) -> None:
    goal = '[[goals]]\nid = "q2"\nmetric = "revenue"\nperiod = "2026-Q2"\ntarget = "{}"\norg = {{ method = "even" }}\n'
    found = {}
    for target in ("100000", "20000"):
        (folder / "goals.toml").write_text("format = 1\n" + goal.format(target), encoding="utf-8")
        rows = bridge.risk(least="low").rows
        (row,) = [row for row in rows if row["section"] == "deals" and row["deal"] == "d5"]
        found[target] = (row["impact"], row["impact_by"])
    assert found == {"100000": (2, "target"), "20000": (4, "target")}  # 1,000 of 50,000 and of 10,000

"""What the stages of a workspace ask for, and which open deals lack it; as JSON, in both languages."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tests.app.company import Company

from crmbridge.app.bridge import Bridge
from crmbridge.cli import app
from crmbridge.model.errors import ConfigError

AS_OF = datetime(2026, 4, 2, tzinfo=UTC)
STAGES = """category = "open"
labels = ["Talk"]
required_fields = ["amount"]
required_actions = ["call"]
exit_criteria = [{ id = "rival", field = "competitor", names = { en = "rival known", zh = "已知竞争对手" } }]
[[pipelines.sales.stages]]
key = "offer"
names = { en = "Offer", zh = "报价" }
category = "open"
labels = ["Offer"]
"""
RIVALS = """d5,Offer,,Li,2026-02-02,,
d6,Offer,80,Wang,2026-02-02,,Globex
"""


@pytest.fixture
def bridge(company: Company) -> Iterator[Bridge]:
    company.edit("mapping/books.toml", 'category = "open"\nlabels = ["Talk"]\n', STAGES)
    company.edit("mapping/books.toml", 'amount = "amount"\n', 'amount = "amount"\ncompetitor = "rival"\n')
    company.edit("exports/deals.csv", "created,closed\n", "created,closed,rival\n")
    for closed in ("2026-02-04", "2026-01-15", "2026-01-20,", "2026-01-30"):
        company.edit("exports/deals.csv", f"{closed}\n", f"{closed},\n")
    company.edit("exports/deals.csv", "2026-01-10,2026-01-30,\n", "2026-01-10,2026-01-30,\n" + RIVALS)
    with Bridge.open(company.folder, as_of=AS_OF) as bridge:
        bridge.sync([])
        yield bridge


def test_what_each_stage_asks_for_and_who_lacks_it(bridge: Bridge) -> None:
    told = bridge.gates(explain=True)
    gates = [row for row in told.rows if row["section"] == "gates"]
    assert [row["id"] for row in gates] == ["talk.field.amount", "talk.action.call", "talk.exit.rival"]
    amount, call, rival = (row["breaches"] for row in gates)
    assert (amount.numerator, amount.n) == (1, 3)  # type: ignore[attr-defined] # rates
    assert (rival.numerator, rival.n) == (1, 2)  # type: ignore[attr-defined]
    assert call.code == "NO_ACTIONS"  # type: ignore[attr-defined]
    (deal,) = [row for row in told.rows if row["section"] == "deals"]
    assert (deal["deal"], deal["owner"], deal["lacks"]) == ("d5", "Li", ["talk.field.amount", "talk.exit.rival"])
    assert told.explain is not None
    assert told.explain["records"] == {"sales.talk.field.amount": [deal["id"]], "sales.talk.exit.rival": [deal["id"]]}
    assert not [row for row in bridge.gates(owner="Wang").rows if row["section"] == "deals"]
    with pytest.raises(ConfigError, match="there is no pipeline selas"):
        bridge.gates(pipeline="selas")


def test_the_command_in_both_languages(company: Company, bridge: Bridge, capsys: pytest.CaptureFixture[str]) -> None:
    del bridge
    place = ["-w", str(company.folder), "--as-of", "2026-04-02"]
    assert app.run(["gates", "--viewer", "Li", *place, "--json", "--lang", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["definition"], told["window"]["deals"]) == ("gates/1", 1)
    assert app.run(["gates", *place, "--lang", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "已知竞争对手" in shown
    assert "各阶段的要求" in shown
    assert "lacks" not in shown

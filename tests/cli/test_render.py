import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from crmbridge.model.money import Money
from crmbridge.model.notes import Note
from crmbridge.report.listing import Column, Listing, Names, Rate

from .conftest import Cli, Stage

FUNNEL = Listing(
    "funnel/1",
    (
        Column("stage", "stage"),
        Column("won", "won", "count"),
        Column("win_rate", "win rate", "rate"),
        Column("won_amount", "won amount", "money"),
    ),
    (
        {
            "stage": Names({"en": "Won", "zh": "成交"}),
            "won": 4238,
            "win_rate": Rate(4238, 6711, 6711),
            "won_amount": Money(Decimal(10005534), "USD"),
        },
        {"stage": "=cmd()", "won": 0, "win_rate": Rate(0, 0, 0), "won_amount": None},
    ),
    as_of=datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC),
    warnings=(Note("X", "there are no leads"),),
)


@pytest.fixture(autouse=True)
def _answer(stage: Stage) -> None:
    stage.answer = FUNNEL


def test_a_table_and_its_warnings_go_to_different_streams(cli: Cli) -> None:
    answer = cli("funnel")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "as of 2026-03-31 15:59:59Z",
        "",
        "stage     won                 win rate      won amount",
        "------  -----  -----------------------  --------------",
        "Won     4,238  63.15 % (4,238 / 6,711)  $10,005,534.00",
        "=cmd()      0  not enough data (0 / 0)         unknown",
    ]
    assert answer.err == "warning: there are no leads\n"


def test_a_table_in_chinese(cli: Cli) -> None:
    answer = cli("funnel", "--lang", "zh")
    assert answer.out.splitlines()[0] == "截至 2026-03-31 15:59:59Z"
    assert answer.out.splitlines()[4].startswith("成交")
    assert answer.err == "警告：没有线索\n"


def test_json_is_one_document_with_the_warnings_inside(cli: Cli) -> None:
    answer = cli("funnel", "--json")
    made = json.loads(answer.out)
    assert list(made) == ["definition", "as_of", "window", "rows", "warnings"]
    assert made["rows"][0]["win_rate"] == {"n": 6711, "numerator": 4238, "denominator": 6711, "value": 0.6315}
    assert made["rows"][0]["won_amount"] == "10005534.00"
    assert made["rows"][1]["won_amount"] is None
    assert made["warnings"][0]["code"] == "X"
    assert answer.err == ""


def test_json_says_the_same_on_every_machine(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    english = cli("funnel", "--json").out
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert cli("funnel", "--json").out == english
    asked = json.loads(cli("funnel", "--json", "--lang", "zh").out)
    assert asked["rows"][0]["stage"] == "成交"
    assert asked["warnings"][0]["message"] == "没有线索"


def test_ndjson_is_one_row_a_line(cli: Cli) -> None:
    answer = cli("funnel", "--format", "ndjson")
    assert [json.loads(line)["won"] for line in answer.out.splitlines()] == [4238, 0]
    assert answer.err == "warning: there are no leads\n"


def test_csv_spreads_rates_and_escapes_texts(cli: Cli) -> None:
    lines = cli("funnel", "--format", "csv").out.splitlines()
    assert lines == [
        "stage,won,win_rate,win_rate_numerator,win_rate_denominator,win_rate_n,won_amount,won_amount_currency",
        "Won,4238,0.6315,4238,6711,6711,10005534.00,USD",
        "'=cmd(),0,,0,0,0,,",
    ]


def test_nothing_to_show_says_so(cli: Cli, stage: Stage) -> None:
    stage.answer = Listing("quarantine/1", (Column("reason", "reason"),), ())
    assert cli("quarantine").out == "nothing to show\n"
    assert json.loads(cli("quarantine", "--json").out)["rows"] == []


def test_the_explanation_follows_the_table(cli: Cli, stage: Stage) -> None:
    stage.answer = Listing("x", (Column("a", "a"),), ({"a": "b"},), explain={"definition": "won / closed"})
    assert cli("funnel", "--explain").out.splitlines()[-1] == "definition: won / closed"


def test_options_reach_the_bridge(cli: Cli, stage: Stage) -> None:
    cli("--workspace", "W", "funnel", "--by", "owner", "--by", "source", "--from", "2026-01-01", "--known", "then")
    (_, (workspace,), opened), (name, _, options), _ = stage.calls
    assert str(workspace) == "W"
    assert opened["as_of"] is None
    assert name == "funnel"
    assert options["by"] == ["owner", "source"]
    assert str(options["start"]) == "2026-01-01"
    assert options["known"] == "then"


def test_an_as_of_with_a_zone_needs_no_workspace(cli: Cli, stage: Stage) -> None:
    cli("status", "--as-of", "2026-03-31T18:00+08:00")
    assert stage.calls[0][2]["as_of"] == datetime(2026, 3, 31, 10, tzinfo=UTC)


def test_an_as_of_day_is_its_end_in_the_workspaces_zone(cli: Cli, stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "crmbridge.toml").write_text('[workspace]\nname = "x"\ntimezone = "Asia/Shanghai"\n')
    cli("status", "-w", str(tmp_path), "--as-of", "2026-03-31")
    assert stage.calls[0][2]["as_of"] == datetime(2026, 3, 31, 15, 59, 59, 999_999, tzinfo=UTC)

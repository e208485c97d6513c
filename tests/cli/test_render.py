import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from crmbridge.model.money import Money
from crmbridge.model.notes import Note
from crmbridge.report.listing import Column, Listing, Names, Rate, Word

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


def test_what_a_guess_rests_on_is_no_warning_and_questions_stand_last(cli: Cli, stage: Stage) -> None:
    said = (Note("A", "is it one?", sort="question"), Note("B", "it is none"), Note("C", "by its name", sort="remark"))
    stage.answer = replace(FUNNEL, warnings=said)
    assert cli("funnel").err == "note: by its name\nwarning: it is none\nquestion: is it one?\n"
    assert cli("funnel", "--lang", "zh").err.splitlines()[0].startswith("说明：")
    assert [note["code"] for note in json.loads(cli("funnel", "--json").out)["warnings"]] == ["A", "B", "C"]


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
    stage.answer = replace(stage.answer, empty="no record waits in quarantine")
    assert cli("quarantine").out == "no record waits in quarantine\n"
    assert cli("quarantine", "--lang", "zh").out == "隔离区里没有记录\n"
    assert json.loads(cli("quarantine", "--json").out)["rows"] == []


def test_the_explanation_follows_the_table(cli: Cli, stage: Stage) -> None:
    stage.answer = Listing("x", (Column("a", "a"),), ({"a": "b"},), explain={"definition": "won / closed"})
    assert cli("funnel", "--explain").out.splitlines()[-1] == "definition: won / closed"


def test_what_figures_are_of_is_said_in_chinese(cli: Cli, stage: Stage) -> None:
    window = {"view": "all", "from": date(2026, 1, 1), "to": None, "known": "now", "history": {"dates": 8300}}
    row = {"slice": Word("all"), "state": "open"}
    columns = (Column("slice", "slice"), Column("state", "state", "word"))
    stage.answer = Listing(
        "x", columns, (row,), window=window, title="Sales funnel", explain={"definition": {"a": "b"}}
    )
    lines = cli("funnel", "--lang", "zh").out.splitlines()
    assert lines[0] == "销售漏斗 · 口径：全部 · 从：2026-01-01 · 依据：现在 · 阶段变更记录：仅有日期：8,300"
    assert lines[4].split() == ["全部", "进行中"]
    assert lines[-1] == "定义：a：b"
    made = json.loads(cli("funnel", "--lang", "zh", "--json").out)
    assert made["window"]["history"] == {"dates": 8300}
    assert made["rows"] == [{"slice": "all", "state": "open"}]


def test_a_definition_is_said_in_chinese(cli: Cli, stage: Stage) -> None:
    said = {"void": "counts in no rate and has its own figure"}
    stage.answer = Listing("x", (Column("a", "a"),), ({"a": "b"},), explain={"definition": said})
    assert cli("funnel", "--lang", "zh").out.splitlines()[-1] == "定义：void：不计入任何比率，单独列出"


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

"""The pack of a workspace and a week: every section, the same again, kept; and the actions of meetings."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tests.report.test_weekly_safety import PAYLOADS
from tests.report.weekly_worlds import Page

from crmbridge.app import demo
from crmbridge.app.bridge import Bridge
from crmbridge.app.demo.company import AS_OF
from crmbridge.app.packs import LOOKING_BACK
from crmbridge.model.errors import ConfigError
from crmbridge.model.money import Money
from crmbridge.report import documents
from crmbridge.report.i18n import catalog
from crmbridge.report.pack import Pack, _plain, markdown, pack_listing
from crmbridge.report.pack_book import workbook
from crmbridge.report.pack_codec import decoded, encoded
from crmbridge.report.pack_files import writer
from crmbridge.report.pack_page import page
from crmbridge.report.pack_texts import MEANINGS, TITLES

SMALL = demo.Size(users=3, accounts=4, contacts=6, leads=6, deals=24, activities=8, tasks=6)
WEEK = "2026-W26"
GOALS = """
[[goals]]
id = "revenue-2026"
metric = "revenue"
currency = "CNY"
period = "2026"
target = "6000000"
org = { method = "even" }
"""
OF_A_SHEET = {"score", "checks", "discuss"}


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    folder = demo.write_workspaces(demo.invent(size=SMALL), tmp_path_factory.mktemp("demo"))[0]
    (folder / "goals.toml").write_text(GOALS, "utf-8")
    with Bridge.open(folder, as_of=AS_OF, environ={}) as opened:
        opened.sync([])
        yield opened


@pytest.fixture(scope="module")
def pack(bridge: Bridge) -> Pack:
    return bridge.report_pack(WEEK)


def at(bridge: Bridge, moment: datetime) -> Bridge:
    return Bridge.open(bridge.workspace.folder, as_of=moment, environ={})


def test_it_has_every_section_and_is_the_same_again(bridge: Bridge, pack: Pack) -> None:
    assert pack.key == "company|2026-W26"
    own = [one.key for one in pack.sections]
    assert own == [key for key in TITLES if key not in LOOKING_BACK | OF_A_SHEET | {"agenda"}]
    assert all(one.rows or one.why for one in pack.sections)
    again = bridge.report_pack(WEEK)
    told = [documents.dump(documents.document(pack_listing(one), catalog("en"))) for one in (pack, again)]
    assert told[0] == told[1]


def test_at_most_seven_questions_each_with_its_records(pack: Pack) -> None:
    assert 0 < len(pack.questions) <= 7
    linked = [one for one in pack.questions if one.note.code != "ASK_BOTTLENECK"]
    assert linked
    assert all(one.records for one in linked)


def test_report_totals_are_those_of_the_list_of_deals(bridge: Bridge, pack: Pack) -> None:
    rows = {str(row["what"]): row for one in pack.sections if one.key == "waterfall" for row in one.rows}
    whole = bridge.funnel().rows[0]
    assert rows["closing"]["n"] == whole["open"]
    assert rows["closing"]["amount"] == whole["open_amount"]
    listed = "SELECT count(*), sum(amount_e4) FROM deals WHERE category = 'open' AND lifecycle = 'active'"
    ((count, e4),) = bridge._facts.query(f"{listed} AND stage <> 'UNKNOWN'", {})
    assert isinstance(rows["closing"]["amount"], Money)
    assert (rows["closing"]["n"], rows["closing"]["amount"].amount) == (count, Decimal(int(e4)) / 10_000)
    steps = [row["amount"] for step, row in rows.items() if step != "closing"]
    moved = sum(one.amount for one in steps if isinstance(one, Money))
    assert moved == rows["closing"]["amount"].amount


def test_page_and_markdown_show_the_sections(bridge: Bridge, pack: Pack) -> None:
    texts = Page.of(bridge.report_weekly(WEEK, language="zh")).texts
    for title in (TITLES[key] for key in ("agenda", *(one.key for one in pack.sections))):
        assert catalog("zh").text(title) in texts
        for language in ("en", "zh"):
            assert f" {catalog(language).text(title)}\n" in markdown(pack, catalog(language))


def test_an_action_is_shown_until_it_is_done_with_what_it_is_overdue(bridge: Bridge) -> None:
    with at(bridge, AS_OF + timedelta(seconds=1)) as one:
        (made,) = one.actions_add("send the prices", owner="Li", due=date(2026, 7, 3), week=WEEK).rows
        assert made["key"] == "company|2026-W26|1"
    with at(bridge, AS_OF + timedelta(seconds=2)) as one:
        (other,) = one.actions_add("ask legal", owner="Legal", week=WEEK, kpi="win_rate", person="Wang").rows
        assert other["key"] == "company|2026-W26|2"
    with at(bridge, AS_OF + timedelta(days=9)) as one:
        rows = {row["key"]: row for row in one.actions().rows}
        assert rows[made["key"]]["overdue"] == 4
        late = one.report_pack("2026-W27")
        section = next(part for part in late.sections if part.key == "actions")
        assert [(row["key"], row["status"]) for row in section.rows] == [(made["key"], "open"), (other["key"], "open")]
        assert late.questions[0].note.code == "ASK_ACTIONS"
        one.actions_done(str(made["key"]), result="sent")
        assert [row["key"] for row in one.actions().rows] == [other["key"]]
        with pytest.raises(ConfigError, match="has been done since"):
            one.actions_done(str(made["key"]))
        with pytest.raises(ConfigError, match="there is no action"):
            one.actions_done("company|2026-W26|9")


def test_a_kept_pack_tells_when_its_closing_is_known_otherwise(bridge: Bridge) -> None:
    with at(bridge, AS_OF + timedelta(days=20)) as one:
        one.report_pack("2026-W28", keep=True)
        following = one.report_pack("2026-W29")
        notes = [note.code for part in following.sections for note in part.why]
        assert "RESTATED" not in notes


def test_s1_15_a_sheet_has_score_pace_three_weakest_checks_and_three_deals(bridge: Bridge) -> None:
    ((owner,),) = bridge._facts.query(
        "SELECT u.name FROM deals d JOIN users u ON u.id = d.owner_id WHERE d.category = 'open' AND u.active "
        "GROUP BY u.name ORDER BY count(*) DESC, u.name LIMIT 1",
        {},
    )
    sheet = bridge.report_pack(WEEK, person=owner)
    rows = {one.key: one.rows for one in sheet.sections}
    assert str(rows["score"][-1]["what"]) == "score"
    assert all({"target", "pace"} <= row.keys() and row["who"] == owner for row in rows["goals"])
    assert (len(rows["checks"]), len(rows["discuss"])) == (3, 3)
    assert [len(row["records"]) for row in rows["discuss"]] == [1, 1, 1]  # type: ignore[arg-type]
    again = bridge.report_pack(WEEK, person=owner)
    for write in ("a.html", "a.md", "a.xlsx", "a.json"):
        assert writer(Path(write))(again, catalog("zh")) == writer(Path(write))(sheet, catalog("zh"))


def test_a_pack_comes_back_as_it_was_kept(bridge: Bridge, pack: Pack) -> None:
    quarter = bridge.report_pack(quarter="2026-Q2")
    for one in (pack, quarter):
        assert decoded(json.loads(json.dumps(encoded(one))), one.as_of) == one


def test_a_workbook_has_a_sheet_a_section_and_nothing_that_runs(pack: Pack) -> None:
    hostile = replace(pack.sections[0], rows=[{"what": "=1+1", "who": "@SUM(A1)", "amount": Money(Decimal(7), "CNY")}])
    filled = replace(pack, sections=[replace(hostile, columns=("what", "who", "amount")), *pack.sections[1:]])
    made = workbook(filled, catalog("zh"))
    assert made == workbook(filled, catalog("zh"))
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == len(pack.sections) + 1
        texts = [book.read(name).decode() for name in sheets]
        assert all("<f>" not in one and "hyperlink" not in one for one in texts)
        assert "=1+1" in book.read("xl/sharedStrings.xml").decode()


STARTS = {"a.md": b"# ", "a.json": b"{", "a.csv": b"\xef\xbb\xbf", "-": b"# "}


@pytest.mark.parametrize(("name", "starts"), STARTS.items())
def test_a_file_is_written_by_its_ending(pack: Pack, name: str, starts: bytes) -> None:
    assert writer(Path(name))(pack, catalog("en")).startswith(starts)


def test_an_ending_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="no pack is written as"):
        writer(Path("pack.htm"))


def test_the_page_of_a_pack_draws_its_charts_and_says_how_to_read_them(bridge: Bridge) -> None:
    made = page(bridge.report_pack(quarter="2026-Q2"), catalog("zh"))
    shown = Page.of(made)
    drawn = {attrs["aria-labelledby"] for tag, attrs in shown.elements if tag == "svg"}
    for key in ("goals", "trend", "waterfall", "funnel", "ageing", "forecast", "tiers"):
        assert f"{key}-wide-t {key}-wide-d" in drawn
        assert catalog("zh").text(MEANINGS[key]) in shown.texts


def test_a_team_that_is_none_is_refused(bridge: Bridge) -> None:
    with pytest.raises(ConfigError, match="there is no team"):
        bridge.report_pack(WEEK, team="nobody")


@pytest.mark.parametrize("text", PAYLOADS)
def test_no_text_becomes_markup_in_markdown(text: str) -> None:
    shown = _plain(text)
    assert "\n" not in shown
    assert "<" not in shown.replace("\\<", "")
    assert "[" not in shown.replace("\\[", "")
    assert "://" not in shown

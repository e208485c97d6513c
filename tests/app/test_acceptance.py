"""What is asked for, shown through a workspace by the very examples that ask: intake, channels, metrics."""

from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.app.company import Company

from crmbridge.adapter.registry import discover
from crmbridge.app.bridge import Bridge
from crmbridge.mapping.compiler import MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.mapping.outcome import Mapped
from crmbridge.model.instants import from_us
from crmbridge.model.kinds import kind
from crmbridge.model.notes import Note

AS_OF = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)  # a Friday, 17:00 in Shanghai
CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"
calendar = "CN"
[connections.books]
adapter = "csv"
path = "books"
"""
LEADS = """
format = 1
[objects.people]
kind = "user"
[objects.people.fields]
name = "name"
[objects.leads]
kind = "lead"
[objects.leads.fields]
full_name = "name"
phones = { from = "phone", region = "CN" }
source = "source"
owner = { from = "owner", object = "people" }
vendor_created_at = { from = "created", format = ["%Y-%m-%d %H:%M"] }
converted = { value = false }
[objects.leads.fields.channel]
from = "source"
lens = "picklist"
values = { "展会" = "exhibition", "Exhibition" = "exhibition", "官网" = "website" }
"""


def workspace(folder: Path, mapping: str, config: str = CONFIG, **tables: str) -> Path:
    """A workspace whose objects are the tables, each a CSV text with its key in the first column."""
    for name, text in tables.items():
        config += f'[connections.books.objects.{name}]\nfile = "{name}.csv"\nkey = "{text.split(",", 1)[0]}"\n'
        file = folder / "books" / f"{name}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (folder / "mapping").mkdir()
    (folder / "mapping" / "books.toml").write_text(mapping, encoding="utf-8")
    (folder / "crmbridge.toml").write_text(config, encoding="utf-8")
    return folder


def leads(*rows: str) -> dict[str, str]:
    return {"leads": "\n".join(["id,name,phone,source,owner,created", *rows, ""]), "people": "name,mail\nLi,\n"}


def test_of_three_leads_two_with_one_phone_two_are_new_and_one_is_a_duplicate(tmp_path: Path) -> None:
    rows = [
        "1,Wang,138 0013 8000,展会,,2026-03-06 10:00",
        "2,王,+86 13800138000,官网,,2026-03-06 10:05",
        "3,Zhao,13900139000,官网,Li,2026-03-06 10:10",
    ]
    with Bridge.open(workspace(tmp_path, LEADS, **leads(*rows)), as_of=AS_OF) as bridge:
        bridge.sync([])
        assert len(list(bridge.export("lead"))) == 3
        (group,) = [row for row in bridge.quality(check="duplicates").rows if row["section"] == "duplicates"]
        assert (group["certainty"], group["survivor"], group["others"]) == ("certain", "books:1", ["books:2"])
        waiting = [row["subject"] for row in bridge.quality(check="unassigned").rows if row["section"] == "records"]
    assert waiting == ["books:1", "books:2"], "nobody was given them for more than an hour of working time"


def test_one_channel_has_many_names_and_an_unknown_one_is_told(tmp_path: Path) -> None:
    rows = [
        f"{n},L{n},,{name},,2026-03-06 10:00" for n, name in enumerate(("展会", "exhibition", "Exhibition ", "Foo"))
    ]
    with Bridge.open(workspace(tmp_path, LEADS, **leads(*rows)), as_of=AS_OF) as bridge:
        synced = bridge.sync([])
        found = {
            str(row["slice"]): row["value"]
            for row in bridge.kpi(["leads_created"], by=["channel"]).rows
            if row.get("n")
        }
        issues = [note.params for note in synced.listing.warnings if "Foo" in str(note.params)]
    assert found == {"all": 4, "exhibition": 3, "unknown": 1}
    assert issues, "the label that no rule names"


def test_a_source_without_history_gives_no_time_in_stage_instead_of_nought(company: Company) -> None:
    history = {row["adapter"]: row for row in Bridge.adapters().rows if row.get("capability") == "history"}
    assert history.keys() >= {"csv", "zoho", "fxiaoke"}
    assert all(row["level"] and row["note"] for row in history.values()), "how far each goes, and where it ends"
    with Bridge.open(company.folder) as bridge:
        bridge.sync([])
        stages = [row for row in bridge.funnel().rows if row["section"] == "stages"]
    assert stages
    for row in stages:
        assert isinstance(row["days_in_stage_mean"], Note), "unavailable, with the reason"


def test_a_chance_as_text_and_a_day_in_milliseconds_are_read() -> None:
    package = files("crmbridge_fxiaoke").joinpath("mapping.toml").read_text("utf-8")
    settings = MappingSettings(ZoneInfo("Asia/Shanghai"), "CNY")
    mapping = compile_mapping(load(package, file="fxiaoke"), settings, lenses=discover().lenses())
    midnight = int(datetime(2026, 3, 30, 16, tzinfo=UTC).timestamp() * 1000)
    read = mapping.object("OpportunityObj").read(
        {
            "_id": "5ea6c76a442fcc00017ef9fe",
            "name": "Acme",
            "probability": "30",
            "biz_status": "进行中",
            "expected_deal_closed_date": midnight,
            "create_time": midnight,
        }
    )
    assert isinstance(read, Mapped)
    row: dict[str, Any] = dict(zip((column.name for column in kind("deal").columns), read.values, strict=True))
    assert Decimal(row["probability_e6"]) / 1_000_000 == Decimal("0.30")
    assert date.fromisoformat(row["expected_close"]) == date(2026, 3, 31), "the day in Shanghai"
    assert from_us(row["vendor_created_at_us"]) == datetime(2026, 3, 30, 16, tzinfo=UTC)


KPIS = """
format = 1
[[kpis]]
id = "csat"
names = { en = "Satisfied customers" }
unit = "rate"
direction = "up"
[kpis.formula]
kind = "survey_response"
aggregate = "rate"
where = [{ field = "score", at_least = 4 }]
of = []
date = "answered_at"
"""
SALES = """
format = 1
[pipelines.sales]
[[pipelines.sales.stages]]
key = "won"
category = "won"
labels = ["Won"]
[[pipelines.sales.stages]]
key = "lost"
category = "lost"
labels = ["Lost"]
[objects.people]
kind = "user"
[objects.people.fields]
name = "name"
[objects.deals]
kind = "deal"
[objects.deals.fields]
name = "id"
stage = "stage"
amount = "amount"
channel = "channel"
owner = { from = "owner", object = "people" }
vendor_created_at = { from = "created", format = ["%Y-%m-%d"], precision = "day" }
closed_at = { from = "closed", format = ["%Y-%m-%d"], precision = "day", when = "closed" }
[objects.answers]
kind = "survey_response"
[objects.answers.fields]
type = { value = "csat" }
score = "score"
deal = { from = "deal", object = "deals" }
owner = { from = "owner", object = "people" }
answered_at = { from = "day", format = ["%Y-%m-%d"], precision = "day" }
"""


def test_revenue_conversion_and_satisfaction_by_month_owner_and_channel(tmp_path: Path) -> None:
    folder = workspace(
        tmp_path,
        SALES,
        people="name,mail\nLi,\nWang,\n",
        deals="id,stage,amount,channel,owner,created,closed\n"
        "d1,Won,100,web,Li,2026-01-05,2026-01-20\nd2,Lost,50,web,Li,2026-01-05,2026-01-25\n"
        "d3,Won,70,fair,Wang,2026-01-05,2026-02-05\n",
        answers="id,score,deal,owner,day\na1,5,d1,Li,2026-01-25\na2,2,d1,Li,2026-01-26\na3,4,d3,Wang,2026-02-10\n",
    )
    (folder / "kpis.toml").write_text(KPIS, encoding="utf-8")
    ids = ("revenue_won", "win_rate", "csat")
    shown = {"owner": {"Li", "Wang"}, "month": {"2026-01", "2026-02"}}
    with Bridge.open(folder, as_of=AS_OF) as bridge:
        bridge.sync([])
        for by, slices in shown.items():
            told = bridge.kpi(ids, by=[by]).rows
            for name in ids:
                found = {str(row["slice"]) for row in told if row["id"] == name and row["value"] is not None}
                assert found - {"all"} == slices, (by, name)
        channel = bridge.kpi(("revenue_won", "win_rate"), by=["channel"]).rows
        answers = bridge.kpi(("csat",), by=["deal.channel"]).rows
    for rows in (channel, answers):
        assert {str(row["slice"]) for row in rows} == {"all", "web", "fair"}

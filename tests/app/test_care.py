"""Care for the customers of a workspace: read from files, shown in six views, and what follow-up makes of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crmbridge.app import follow_up
from crmbridge.app.bridge import Bridge
from crmbridge.app.follow_up import Asking
from crmbridge.cli import app
from crmbridge.ledger import service_events
from crmbridge.model.instants import to_us
from crmbridge.services.risk_items import SERVICE as REGISTER
from crmbridge.services.wants import TaskMade, TaskWanted

AS_OF = datetime(2026, 5, 18, 4, tzinfo=UTC)
CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"
calendar = "CN"
[connections.crm]
adapter = "csv"
path = "crm"
"""
FIELDS = {
    "users": ("user", "name", {"name": '"name"', "email": '"email"', "manager": '{ from = "boss", object = "users" }'}),
    "accounts": (
        "account",
        "name",
        {"name": '"name"', "owner": '{ from = "owner", object = "users" }', "vip": '"vip"', "need_tags": '"needs"'},
    ),
    "people": (
        "contact",
        "name",
        {
            "full_name": '"name"',
            "account": '{ from = "account", object = "accounts" }',
            "phones": '{ from = "phone", region = "CN" }',
            "birthday_md": '"birthday"',
            "owner": '{ from = "owner", object = "users" }',
        },
    ),
    "orders": (
        "order",
        "id",
        {
            "account": '{ from = "account", object = "accounts" }',
            "amount": '"amount"',
            "ordered_at": '{ from = "day", format = ["%Y-%m-%d"], precision = "day" }',
            "delivered_at": '{ from = "delivered", format = ["%Y-%m-%d"], precision = "day" }',
        },
    ),
    "contracts": (
        "contract",
        "number",
        {
            "number": '"number"',
            "account": '{ from = "account", object = "accounts" }',
            "amount": '"amount"',
            "end_date": '{ from = "end", format = ["%Y-%m-%d"] }',
            "renewed": '"renewed"',
        },
    ),
    "answers": (
        "survey_response",
        "id",
        {
            "account": '{ from = "account", object = "accounts" }',
            "type": '{ from = "type", values = { csat = "csat" } }',
            "scale": '"scale"',
            "score": '"score"',
            "answered_at": '{ from = "day", format = ["%Y-%m-%d"], precision = "day" }',
        },
    ),
    "touches": (
        "activity",
        "id",
        {
            "type": '{ from = "type", values = { call = "call" } }',
            "account": '{ from = "account", object = "accounts" }',
            "outcome": '"outcome"',
            "started_at": '{ from = "day", format = ["%Y-%m-%d"], precision = "day" }',
        },
    ),
}
FILES = {
    "users": "name,email,boss\nWang,wang@acme.cn,\nLi,li@acme.cn,Wang\n",
    "accounts": "name,owner,vip,needs\nLoyal,Li,no,storage\nLeaving,Li,no,\nBest,Wang,yes,\nNew,Li,no,support\n",
    "people": (
        "name,account,phone,birthday,owner\n"
        "Mei,Loyal,13800138001,1990-05-19,Li\nAnn,Best,13800138002,05-26,Wang\nBo,New,13800138003,05-19,Li\n"
    ),
    "orders": (
        "id,account,amount,day,delivered\n"
        "1,Loyal,100,2025-08-01,\n2,Loyal,100,2025-11-01,\n3,Loyal,100,2026-02-01,2026-02-18\n4,Loyal,100,2026-05-01,\n"
        "5,Leaving,100,2025-07-01,\n6,Leaving,100,2025-09-01,\n7,Leaving,100,2025-11-01,\n"
        "8,Best,9000,2026-04-01,\n"
    ),
    "contracts": (
        "number,account,amount,end,renewed\n"
        "K1,Loyal,1200,2026-06-17,no\nK2,Best,800,2026-02-01,yes\nK3,Best,200,2026-03-01,no\n"
    ),
    "answers": "id,account,type,scale,score,day\n1,Loyal,csat,5,5,2026-05-10\n2,Leaving,csat,5,2,2026-05-10\n",
    "touches": (
        "id,type,account,outcome,day\n"
        "1,call,Leaving,talked,2026-01-05\n2,call,Best,talked,2026-04-20\n3,call,Loyal,talked,2026-05-10\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    config, mapping = CONFIG, "format = 1\n"
    for name, (kind, key, fields) in FIELDS.items():
        config += f'[connections.crm.objects.{name}]\nfile = "{name}.csv"\nkey = "{key}"\n'
        mapping += f'[objects.{name}]\nkind = "{kind}"\n[objects.{name}.fields]\n'
        mapping += "".join(f"{field} = {how}\n" for field, how in fields.items())
        (tmp_path / "crm").mkdir(exist_ok=True)
        (tmp_path / "crm" / f"{name}.csv").write_text(FILES[name], encoding="utf-8")
    (tmp_path / "mapping").mkdir()
    (tmp_path / "mapping" / "crm.toml").write_text(mapping, encoding="utf-8")
    (tmp_path / "crmbridge.toml").write_text(config, encoding="utf-8")
    return tmp_path


@pytest.fixture
def bridge(folder: Path) -> Iterator[Bridge]:
    with Bridge.open(folder, as_of=AS_OF) as bridge:
        bridge.sync([])
        yield bridge


def section(told: Any, name: str) -> list[dict[str, Any]]:
    return [row for row in told.rows if row["section"] == name]


def wanted(bridge: Bridge, made: dict[str, TaskMade] | None = None) -> list[TaskWanted]:
    config = follow_up.own_document(bridge.wiring)
    asking = Asking(bridge.wiring, bridge._facts, bridge._pipelines, AS_OF, config, made or {})
    found = [one for name in ("care", "renewals") for one in follow_up.SERVICES[name](asking).wants]
    return [one for one in found if isinstance(one, TaskWanted)]


def test_each_view_over_a_workspace(bridge: Bridge) -> None:
    told = bridge.care("occasions", explain=True)
    assert [(row["person"], row["what"], str(row["due"]), row["state"]) for row in section(told, "occasions")] == [
        ("Mei", "greeting", "2026-05-19", "due"),
        ("Ann", "gift", "2026-05-19", "due"),
        ("Ann", "greeting", "2026-05-26", "planned"),
    ], "the calendar is China's; who never bought is greeted by no policy"
    assert told.explain is not None
    told = bridge.care("renewals", explain=True)
    assert [(row["contract"], row["days"], str(row["due"]), row["state"]) for row in section(told, "renewals")] == [
        ("K1", 90, "2026-03-19", "missed"),
        ("K1", 60, "2026-04-17", "missed"),
        ("K1", 30, "2026-05-18", "due"),
        ("K1", 7, "2026-06-10", "planned"),
    ]
    whole, cny = section(told, "rates")
    assert (whole["rate"].numerator, whole["rate"].denominator, float(cny["worth"].value)) == (1, 2, 0.8)
    (leaving, *_) = section(bridge.care("churn"), "churn")
    assert (leaving["customer"], leaving["score"], leaving["level"]) == ("Leaving", 80, "high")
    (gap,) = section(bridge.care("gaps"), "gaps")
    assert (gap["customer"], gap["gap"], str(gap["limit"]), gap["owner"]) == ("Best", 18, "10bd", "Wang")
    told = bridge.care("offers", explain=True)
    assert {(row["customer"], row["what"], row["state"]) for row in section(told, "offers")} == {
        ("Loyal", "referral", "due"),
        ("New", "product_intro", "due"),
    }
    rates = {row["figure"]: row["rate"] for row in section(told, "figures")}
    assert (rates["repeat_rate"].numerator, rates["repeat_rate"].denominator) == (2, 3)


def test_the_whole_is_what_is_due_and_the_figures(bridge: Bridge) -> None:
    told = bridge.care()
    assert {row["section"] for row in told.rows} == {"occasions", "renewals", "offers", "churn", "gaps", "figures"}
    assert all(row["state"] == "due" for row in told.rows if row["section"] in {"occasions", "renewals", "offers"})
    mine = bridge.care(owner="wang@acme.cn")
    assert {row["person"] for row in section(mine, "occasions")} == {"Ann"}
    assert section(mine, "churn") == section(mine, "renewals") == []
    below = bridge.care("churn", viewer="Wang", least="high")
    assert [row["customer"] for row in section(below, "churn")] == ["Leaving"]


def test_follow_up_wants_each_task_once_under_its_key(bridge: Bridge) -> None:
    first = wanted(bridge)
    assert sorted(one.why for one in first) == [
        "occasion.birthday",
        "occasion.birthday",
        "offer.product_intro",
        "offer.referral",
        "renewal.30d",
    ]
    assert len({one.key for one in first}) == len(first)
    assert wanted(bridge) == first, "the same facts, the same wants"
    assert wanted(bridge, {one.key: TaskMade(one.key, "crm", "open", due=one.due) for one in first}) == []
    assert {"care", "renewals"} <= follow_up.SERVICES.keys()


def test_customers_at_risk_come_into_the_register_once(bridge: Bridge) -> None:
    def run() -> list[dict[str, Any]]:
        follow_up.follow_up(bridge.wiring, bridge._facts, bridge._pipelines, AS_OF, is_sent=True)
        bridge._forget()
        with bridge.wiring.ledger.read() as tx:
            found = service_events.latest(tx, REGISTER, until_us=to_us(AS_OF) + 1)
        return [json.loads(event.body) for event in found]

    first = run()
    mine = [body for body in first if body.get("key", "").startswith("churn|")]
    assert [(body["op"], body["category"], body["title"]) for body in mine] == [("open", "customer", "Leaving")]
    assert run() == first, "a second run changes nothing"
    assert "Leaving" in {row["title"] for row in bridge.risk_list().rows}


def test_the_own_policy_of_the_workspace_counts(folder: Path, bridge: Bridge) -> None:
    (folder / "care.toml").write_text("[churn.silence]\npoints = 0\n[occasions]\nenabled = false\n", encoding="utf-8")
    (leaving, *_) = section(bridge.care("churn"), "churn")
    assert leaving["score"] == 55
    assert section(bridge.care("occasions"), "occasions") == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Customer care", "Whom we may lose", "no word from them for 133 days")),
        ("zh", ("客户关怀", "可能流失的客户", "133 天没有对方的回应")),
    ],
)
def test_the_commands(
    folder: Path, bridge: Bridge, capsys: pytest.CaptureFixture[str], language: str, words: tuple[str, ...]
) -> None:
    del bridge
    place = ["-w", str(folder), "--as-of", "2026-05-18T12:00:00+08:00", "--lang", language]
    assert app.run(["care", *place]) == 0
    out = capsys.readouterr().out
    assert [word for word in words if word not in out] == []
    for view in ("show", "occasions", "renewals", "churn", "gaps", "offers"):
        assert app.run(["care", view, *place, "--json", "--explain"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["explain"]["definition"]

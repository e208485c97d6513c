"""The first day with Fxiaoke: connect, look, read, see figures; by the command line, against a served simulator."""

import json
import shutil
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from crmbridge.mapping.drift import INFORMATION

from .company import Runner, Workspace, serving

CATEGORIES = {"1": "open", "2": "won", "3": "lost", "4": "void"}
"""What 阶段状态 comes to, by the values of the simulator."""
NOW = "2026-11-20T00:00:00+00:00"
"""The present of worlds that are compared: what happens in one depends on it."""

STATES_10 = {"running": "open", "win": "won", "lose": "lost", "invalid": "void"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first workspace that was connected and read lies for those that are copies of it."""
    return tmp_path_factory.mktemp("kept") / "acme"


@pytest.fixture
def read(workspace: Workspace, kept: Path) -> Workspace:
    """A workspace, connected and read."""
    if kept.exists():
        workspace.copy(kept)
    else:
        workspace.connect()
        workspace.done("sync")
        shutil.copytree(workspace.folder, kept)
    return workspace


@pytest.mark.parametrize("style", ["corp", "oauth"])
def test_from_connecting_to_figures(workspace: Workspace, style: str) -> None:
    connected = workspace.connect(style)
    assert connected.code == 0, connected.text
    assert "next: crmbridge doctor crm" in connected.err
    first = workspace.done("sync")
    assert {row["result"] for row in first.rows} == {"done"}
    second = workspace.done("sync")
    assert [row for row in second.rows if row["written"] or row["updated"]] == []
    deals = workspace.records("deal")
    assert set(deals) == set(workspace.company.live("NewOpportunityObj"))
    funnel = workspace.done("funnel").rows[0]
    assert funnel["total"] == len(deals)
    assert funnel["won"] + funnel["lost"] + funnel["open"] + funnel["void"] == funnel["total"]
    assert workspace("status").code == 0


def test_what_is_written_is_a_connection_and_no_secret(workspace: Workspace) -> None:
    answer = workspace.connect()
    text = (workspace.folder / "crmbridge.toml").read_text()
    section = tomllib.loads(text)["connections"]["crm"]
    assert (section["adapter"], section["style"], section["mode"]) == ("fxiaoke", "corp", "read-only")
    assert section["org"] == workspace.company.told["corp_id"]
    workspace.done("sync")
    stored = b"".join(file.read_bytes() for file in workspace.folder.glob("crmbridge.*"))
    for secret in workspace.company.secrets:
        assert secret not in answer.text
        assert secret.encode() not in stored
    kept = json.loads((workspace.folder / "login.json").read_text())
    assert set(kept) == {"app_id", "app_secret", "permanent_code", "style", "mobile"}


@pytest.mark.parametrize(
    ("answers", "code", "says"),
    [
        ({"app_secret": "wrong-secret"}, 4, "appSecret"),
        ({"permanent_code": "wrong-code"}, 4, "refuses"),
        ({"operator": "13000000000"}, 4, "no employee"),
        ({"operator": "FSUID_00000000000000000000000000000000"}, 4, "20012"),
        ({"operator": "Li Lei"}, 78, "names no employee"),
        ({"operator": "1000"}, 78, "corp takes a mobile"),
        ({"style": "magic"}, 78, "corp or oauth"),
    ],
)
def test_a_login_that_does_not_work_leaves_nothing_behind(
    workspace: Workspace, answers: dict[str, str], code: int, says: str
) -> None:
    answer = workspace.connect(**answers)
    assert (answer.code, says in answer.text) == (code, True), answer.text
    assert "[connections" not in (workspace.folder / "crmbridge.toml").read_text()
    assert not (workspace.folder / "login.json").exists()
    assert all(secret not in answer.text for secret in (*workspace.company.secrets, "wrong-secret", "wrong-code"))


def test_an_employee_of_style_oauth_is_named_by_number(workspace: Workspace) -> None:
    answer = workspace.connect("oauth", operator=str(workspace.company.told["user_id"]))
    assert answer.code == 0, answer.text
    assert json.loads((workspace.folder / "login.json").read_text())["user_id"] == workspace.company.told["user_id"]
    workspace.done("sync")


def test_another_company_than_the_one_meant_is_refused(workspace: Workspace) -> None:
    answer = workspace.connect("corp", "--org", "FSCID_" + "0" * 32)
    assert answer.code == 78
    assert not (workspace.folder / "login.json").exists()


def test_doctor_reads_well(read: Workspace) -> None:
    rows = read("doctor").rows
    assert [row for row in rows if row["state"] == "failed"] == []
    assert [row["state"] for row in rows if row["area"] == "connection"] == ["ok"]
    english, chinese = read("doctor", "--lang", "en"), read("doctor", "--lang", "zh")
    assert english.code == chinese.code == 0
    assert "Api User" in english.out
    assert max(len(answer.out.splitlines()) for answer in (english, chinese)) < 20


def test_the_default_mapping_fits(read: Workspace) -> None:
    answer = read("mapping", "check")
    assert answer.code == 0, answer.text
    assert {row["code"] for row in answer.rows} <= INFORMATION


def test_every_rule_of_a_record_is_explained(read: Workspace) -> None:
    deals = read.records("deal")
    by_end = {deals[key]["category"] == "open": key for key in sorted(deals)}
    assert by_end.keys() == {True, False}
    later = read.done("mapping", "explain", f"deal/{by_end[True]}").rows
    assert {line["field"]: line["remark"]["code"] for line in later if line["remark"]} == {"closed_at": "NOT_NOW"}
    firsts = {kind: min(read.records(kind)) for kind in ("lead", "account", "contact", "activity", "user", "org_unit")}
    for kind, record in {**firsts, "deal": by_end[False]}.items():
        lines = read.done("mapping", "explain", f"{kind}/{record}").rows
        assert lines
        assert [line for line in lines if line["remark"]] == []
        assert all(line["origin"].startswith("crmbridge_fxiaoke/mapping.toml:") for line in lines)


def test_deals_are_what_the_company_has(read: Workspace) -> None:
    deals, accounts, users = (read.records(kind) for kind in ("deal", "account", "user"))
    for key, theirs in read.company.live("NewOpportunityObj").items():
        ours = deals[key]
        assert ours["category"] == CATEGORIES[theirs["sales_status"]]
        assert ours["stage"] != "UNKNOWN"
        assert ours["stage_raw"] == theirs["sales_stage__r"]
        assert ours["pipeline"] == ("renewal" if theirs["sales_process_id__r"] == "续约流程" else "sales")
        assert Decimal(ours["amount"]["amount"]) == Decimal(theirs["amount"])
        assert ours["amount"]["currency"] == "CNY"
        assert ours["account"] == accounts[theirs["account_id"]]["id"]
        assert ours["owner"] in {user["id"] for user in users.values()}
        assert (ours["closed_at"] is None) == (ours["category"] == "open")
    assert {user["active"] for user in users.values()} <= {True, False}
    assert any(user["active"] for user in users.values())


def test_leads_know_their_pool_their_status_and_what_became_of_them(read: Workspace) -> None:
    leads, deals = read.records("lead"), read.records("deal")
    words = {"un_assigned": "new", "un_processed": "new", "processed": "working", "transformed": "converted"}
    for key, theirs in read.company.live("LeadsObj").items():
        ours = leads[key]
        assert ours["status"] == words.get(theirs["biz_status"], "disqualified")
        assert ours["converted"] is (theirs["biz_status"] == "transformed")
        assert ours["pool"] == (theirs.get("leads_pool_id__r") or None)
        if theirs.get("new_opportunity_id") in deals:
            assert ours["converted_deal"] == deals[theirs["new_opportunity_id"]]["id"]
    assert any(lead["converted_deal"] for lead in leads.values())


def test_activities_and_people_hang_together(read: Workspace) -> None:
    activities, units = read.records("activity"), read.records("org_unit")
    records = read.company.live("ActiveRecordObj")
    assert set(records) <= set(activities)
    linked = [key for key, one in records.items() if one.get("new_opportunity_id")]
    assert linked
    assert all(activities[key]["deal"] for key in linked)
    assert {activities[key]["state"] for key in records} == {"done"}
    assert {activities[key]["type"] for key in read.company.live("ScheduleObj")} == {"meeting"}
    assert all(user["org_unit"] in {unit["id"] for unit in units.values()} for user in read.records("user").values())


def test_what_was_made_void_is_gone_and_comes_back(workspace: Workspace) -> None:
    workspace.connect()
    workspace.done("sync")
    deal = min(workspace.company.live("NewOpportunityObj"))
    workspace.company.act("invalid", module="NewOpportunityObj", record_id=deal)
    workspace.done("sync")
    assert deal not in workspace.records("deal")
    workspace.company.act("recover", module="NewOpportunityObj", record_id=deal)
    workspace.done("sync")
    assert deal in workspace.records("deal")


@pytest.fixture(scope="module")
def told() -> dict[str, tuple[object, ...]]:
    """What `usual` has found out, for whoever asks next."""
    return {}


@pytest.fixture
def usual(tmp_path: Path, cli: Runner, told: dict[str, tuple[object, ...]]) -> dict[str, tuple[object, ...]]:
    """The deals of a company that is as Fxiaoke's documents suggest."""
    if not told:
        with serving("--now", NOW) as company:
            workspace = Workspace(tmp_path / "usual", company, cli)
            workspace.connect()
            workspace.done("sync")
            told |= _told(workspace)
    return told


@pytest.mark.parametrize(
    "switches",
    [
        {"state_codes": "own"},
        {"select_labels": 0, "projection_adds_labels": 1},
        {"label_key": "display_name", "option_flag": "not_usable", "phone_type": "phone"},
        {"empty_values_shown": 0, "personnel": "error"},
        {"date_zone": "UTC"},
    ],
    ids="-".join,
)
def test_the_same_deals_whatever_is_open_in_the_documents(
    tmp_path: Path, cli: Runner, usual: dict[str, tuple[object, ...]], switches: dict[str, object]
) -> None:
    with serving("--now", NOW, switches=switches) as company:
        workspace = Workspace(tmp_path / "other", company, cli)
        workspace.connect("oauth")
        workspace.done("sync")
        assert _told(workspace) == usual
        assert workspace("mapping", "check").code == 0


def test_the_old_opportunities_are_found_out(tmp_path: Path, cli: Runner) -> None:
    with serving(switches={"opportunity_model": "1.0", "task_object": 1}) as company:
        workspace = Workspace(tmp_path / "old", company, cli)
        workspace.connect()
        assert {row["result"] for row in workspace.done("sync").rows} == {"done"}
        deals, leads = workspace.records("deal"), workspace.records("lead")
        theirs = company.live("OpportunityObj")
        assert {key: one["category"] for key, one in deals.items()} == {
            key: STATES_10[one["biz_status"]] for key, one in theirs.items()
        }
        assert {Decimal(deals[key]["amount"]["amount"]) for key in theirs} == {
            Decimal(one["expected_deal_amount"]) for one in theirs.values()
        }
        converted = {lead["converted_deal"] for lead in leads.values()} - {None}
        assert converted
        assert converted <= {deal["id"] for deal in deals.values()}
        tasks = workspace.records("task")
        assert set(tasks) == set(company.live("TaskObj"))
        assert {task["status"] for task in tasks.values()} == {"open", "done"}
        assert any(task["deal"] for task in tasks.values())
        answer = workspace("mapping", "check")
        assert {row["code"] for row in answer.rows} <= INFORMATION


def _told(workspace: Workspace) -> dict[str, tuple[object, ...]]:
    """Deals by the world's own name, as far as it does not depend on ids."""
    names = ("stage", "category", "pipeline", "probability", "expected_close", "closed_at", "stage_raw")
    return {
        deal["name"]: (*(deal[name] for name in names), deal["amount"]["amount"])
        for deal in workspace.records("deal").values()
    }

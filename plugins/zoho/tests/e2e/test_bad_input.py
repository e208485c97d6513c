"""What people and organisations get wrong: each ends with what to do, in both languages; nothing is written."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.systems.command_line import both_languages

from .acme import Acme
from .org import Org, serving, wait_for


@pytest.fixture
def org() -> Iterator[Org]:
    """An organisation that a test may break for good."""
    with serving(20) as org:
        yield org


@pytest.fixture(scope="module")
def abroad() -> Iterator[Org]:
    """Somebody's organisation in another data centre."""
    with serving(5, seed=8, options=("--center", "eu")) as org:
        yield org


def rows_of(acme: Acme) -> dict[str, Any]:
    """Every record of every kind, and every payload."""
    held = acme.everything()
    return {name: held[name] for name in ("deal", "lead", "account", "contact", "task", "activity", "note", "user")}


def test_a_client_of_another_region(acme: Acme, abroad: Org) -> None:
    """The login is known in another data centre only."""
    acme.environ = {"CRM_LOGIN": abroad.login}
    answer = acme.sync(code=4)
    assert "data centre" in answer.text
    both_languages(acme.run, "sync")
    assert all(not rows for rows in rows_of(acme).values())


def test_the_wrong_data_centre(acme: Acme, org: Org, abroad: Org) -> None:
    """Tokens come from here, and the API asked for is another's."""
    text = (acme.folder / "crmbridge.toml").read_text("utf-8")
    (acme.folder / "crmbridge.toml").write_text(text.replace(org.told["api_url"], abroad.told["api_url"]), "utf-8")
    abroad.reset()
    answer = acme.run("sync")
    assert answer.code in {4, 78}
    both_languages(acme.run, "sync")
    assert abroad.api_calls == 0  # no token of here was sent there
    assert all(not rows for rows in rows_of(acme).values())


def test_another_organisation_behind_the_same_credentials(acme: Acme, org: Org) -> None:
    acme.sync()
    before, cursors = rows_of(acme), acme.cursors()
    swapped = str(org.act("swap_org"))
    org.edit("Deals", next(iter(org.records("Deals"))), Next_Step="of strangers")
    answer = acme.sync(code=78)
    assert swapped in answer.text
    assert (rows_of(acme), acme.cursors()) == (before, cursors)
    both_languages(acme.run, "sync")


@pytest.mark.parametrize(
    ("scope", "named"), [("ZohoCRM.modules.ALL", "ZohoCRM.modules"), ("ZohoCRM.settings.ALL", "ZohoCRM.settings")]
)
def test_a_scope_missing_is_named_and_is_no_empty_account(acme: Acme, org: Org, scope: str, named: str) -> None:
    acme.sync()
    before = rows_of(acme)
    org.act("drop_scope", scope=scope)
    org.edit("Deals", next(iter(org.records("Deals"))), Next_Step="not to be read")
    answer = acme.sync(code=4)
    assert named in answer.text
    assert "crmbridge connect" in answer.text
    assert rows_of(acme) == before
    both_languages(acme.run, "sync")


@pytest.mark.parametrize("scope", ["ZohoCRM.coql.READ", "ZohoCRM.bulk.ALL"])
def test_a_scope_missing_that_only_makes_reading_dearer(acme: Acme, org: Org, scope: str) -> None:
    org.act("drop_scope", scope=scope)
    acme.configure(read_by="query" if "coql" in scope else "bulk")
    acme.sync()
    acme.check()


def test_case_4_a_module_without_permission_stops_no_other(acme: Acme, org: Org) -> None:
    org.act("set_permission", module="Contacts", allowed=False)
    answer = acme.sync(code=4)
    results = {row["object"]: row["result"] for row in answer.rows}
    assert {name for name, result in results.items() if result != "done"} == {"Contacts"}
    assert "Contacts" in acme.run("doctor", "crm").text
    both_languages(acme.run, "sync")
    org.act("set_permission", module="Contacts", allowed=True)
    acme.sync()
    acme.check()


def test_case_4_a_permission_lost_between_two_runs_deletes_nothing(acme: Acme, org: Org) -> None:
    acme.sync()
    org.advance(3600)
    lost = next(iter(org.records("Contacts")))
    org.act("delete", module="Contacts", record_id=next(reversed(org.records("Contacts"))))
    before = rows_of(acme)
    for module in ("Contacts", "Deals"):
        org.act("set_permission", module=module, allowed=False)
    answer = acme.sync(code=4)
    assert sum(row["deleted"] for row in answer.rows if row["object"] in {"Contacts", "Deals"}) == 0
    assert (rows_of(acme)["contact"], rows_of(acme)["deal"]) == (before["contact"], before["deal"])
    assert acme.lifecycles("Contacts")[lost] == "active"
    for module in ("Contacts", "Deals"):
        org.act("set_permission", module=module, allowed=True)
    acme.sync()
    acme.check()


def test_case_8_records_hidden_by_a_narrower_role_are_not_deleted(acme: Acme, org: Org) -> None:
    acme.sync()
    hidden = list(org.records("Deals"))[:15]
    org.act("hide", module="Deals", record_ids=hidden)
    org.advance(3600)
    acme.sync()
    assert all(acme.lifecycles("Deals")[key] == "active" for key in hidden)
    org.act("unhide")
    acme.sync()
    acme.check()


def test_a_renamed_field_is_told_with_the_nearest_and_blanks_nothing(acme: Acme, org: Org) -> None:
    deal = org.deals(1, Next_Step="call", Score=2.5)[0]
    acme.sync()
    org.advance(3600)
    org.act("rename_field", module="Deals", old="Score", new="Scoring")
    org.act("rename_field", module="Deals", old="Next_Step", new="Next_Steps")
    answer = acme.run("mapping", "check")
    assert "Next_Step" in answer.text
    assert "Next_Steps" in answer.text
    synced = acme.run("sync", "--json")
    assert synced.code in {0, 1, 3}, synced.text
    assert "Deals has no field Next_Step" in synced.text
    assert "crmbridge mapping check" in synced.text
    both_languages(acme.run, "mapping", "check")
    org.edit("Deals", deal, Amount=9)
    acme.run("sync")
    held = acme.neutral()["Deals"][deal]
    assert (held["next_step"], held["custom"]["score"]["value"]) == ("call", "2.5")


def test_a_field_hidden_from_the_users_profile_blanks_nothing(acme: Acme, org: Org) -> None:
    deal = org.deals(1, Next_Step="call", Amount=3, Currency="EUR")[0]
    acme.sync()
    org.advance(3600)
    org.act("hide_field", module="Deals", name="Amount", hidden=True)
    org.edit("Deals", deal, Next_Step="meet")
    answer = acme.run("sync", "--json")
    assert "Amount" in answer.text
    held = acme.neutral()["Deals"][deal]
    assert held["amount"] == {"amount": "3.00", "currency": "EUR"}
    org.act("hide_field", module="Deals", name="Amount", hidden=False)
    acme.sync()
    acme.check()


def test_a_new_stage_nobody_mapped_is_unknown_and_keeps_its_word(acme: Acme, org: Org) -> None:
    org.act("add_pick_value", module="Deals", field="Stage", display="Legal review", pipeline="Standard (Standard)")
    deal = org.deals(1)[0]
    acme.sync()
    org.advance(3600)
    org.act("stage", deal=deal, stage="Legal review")
    answer = acme.sync()
    assert "Legal review" in json.dumps(answer.warnings)
    held = acme.neutral()["Deals"][deal]
    assert (held["stage"], held["stage_raw"]) == ("UNKNOWN", "Legal review")
    assert "Legal review" in both_languages(acme.run, "mapping", "check")[0]
    acme.check()


def test_a_new_picklist_value_nobody_mapped_is_kept_and_told(acme: Acme, org: Org) -> None:
    org.act("add_pick_value", module="Leads", field="Lead_Status", display="Sleeping")
    lead = org.create("Leads", 1, Last_Name="Sleeper", Company="X", Lead_Status="Sleeping")[0]
    answer = acme.sync()
    assert "Sleeping" in json.dumps(answer.warnings)
    held = acme.neutral()["Leads"][lead]
    assert (held["status"], held["status_raw"]) == (None, "Sleeping")
    both_languages(acme.run, "mapping", "check")
    acme.check()


def test_a_secret_that_is_no_login(acme: Acme) -> None:
    for text in ("not json", "{}", '{"client_id": "x"}'):
        acme.environ = {"CRM_LOGIN": text}
        answer = acme.run("sync")
        assert answer.code in {4, 78}
        assert text == "{}" or text not in answer.text
        both_languages(acme.run, "sync")


def test_case_4_a_custom_field_of_an_unknown_type_and_a_module_without_a_time(acme: Acme, org: Org) -> None:
    org.act("add_field", module="Deals", name="Novelty", data_type="hologram")
    org.act("add_module", name="Stamps", modified_time=False)
    org.create("Stamps", 3, Name="Stamp {n}")
    text = (acme.folder / "mapping" / "crm.toml").read_text("utf-8")
    text += 'novelty = { from = "Novelty", type = "opaque" }\n\n[objects.Stamps]\nkind = "product"\n\n'
    acme.map(text + '[objects.Stamps.fields]\nname = { from = "Name", fallback = ["id"] }\n')
    acme.sync()
    acme.sync()
    acme.check()
    assert len(acme.landed("Stamps")) == 3
    assert "Stamps" in acme.run("fields", "crm").text


def test_stages_and_fields_with_other_labels_are_the_same(acme: Acme, org: Org) -> None:
    acme.sync()
    before = rows_of(acme)
    org.act("rename_pick_value", module="Deals", field="Stage", actual="Closed Won", display="Hurra")
    org.act("relabel_field", module="Deals", name="Amount", label="Auftragswert")
    org.advance(3600)
    acme.sync()
    assert rows_of(acme) == before


def test_case_4_a_history_that_may_not_be_read_leaves_the_deals(acme: Acme, org: Org) -> None:
    org.act("set_permission", module="DealHistory", allowed=False)
    assert "DealHistory" in acme.sync(code=4).text
    assert set(acme.landed("Deals")) == set(org.records("Deals"))
    org.act("set_permission", module="DealHistory", allowed=True)
    acme.sync()
    acme.check()


def test_a_login_revoked_in_the_middle_ends_with_4(acme: Acme, org: Org) -> None:
    acme.configure(page_size=5, read_by="list")
    org.act("latency", seconds=0.02)

    def revoke() -> None:
        wait_for(org, "/crm/v8/Deals", 2)
        org.act("revoke")

    other = threading.Thread(target=revoke)
    other.start()
    acme.sync(code=4)
    other.join(20)
    org.act("latency", seconds=0)
    org.renew_login()
    acme.environ = {"CRM_LOGIN": org.login}
    acme.sync()
    acme.check()


@pytest.mark.parametrize(
    "way",
    ["list", pytest.param("query", marks=pytest.mark.zoho_matrix), pytest.param("bulk", marks=pytest.mark.zoho_matrix)],
)
def test_case_5_more_than_fifty_mapped_fields_are_joined_by_id(acme: Acme, org: Org, way: str) -> None:
    names = [f"Extra_{n:02}" for n in range(70)]
    for name in names:
        org.act("add_field", module="Deals", name=name)
    made = org.deals(3, **{name: f"{name} of {{n}}" for name in names})
    rules = "".join(f'{name.lower()} = {{ from = "{name}" }}\n' for name in names)
    acme.map((acme.folder / "mapping" / "crm.toml").read_text("utf-8") + rules)
    acme.configure(read_by=way)
    acme.sync()
    held = acme.neutral()["Deals"]
    for n, key in enumerate(made):
        found = {name: held[key]["custom"][name.lower()]["value"] for name in names}
        assert found == {name: f"{name} of {n}" for name in names}
    org.advance(3600)
    org.edit("Deals", made[0], Extra_69="changed")
    acme.sync()
    assert acme.neutral()["Deals"][made[0]]["custom"]["extra_69"]["value"] == "changed"

"""What happens between two syncs, and during one, arrives: each of these is a case that real tools got wrong."""

import threading

import pytest

from .acme import Acme, mapping_text
from .org import Org, share_a_second, wait_for

AS_DOCUMENTED = {"token_walk": "keyset"}
STAGES = ("Value Proposition", "Closed Lost", "Identify Decision Makers")


def test_edits_deletions_restorations_and_people_that_leave(acme: Acme, org: Org) -> None:
    acme.sync()
    org.advance(3600)
    deals, tasks = org.movable, list(org.records("Tasks"))
    org.edit("Deals", deals[0], Amount=0.3, Currency="KWD", Next_Step="下一步", Account_Name=None)
    org.act("stage", deal=deals[1], stage="Negotiation/Review")
    org.edit("Accounts", next(iter(org.records("Accounts"))), Phone=None, Annual_Revenue=None, Industry=None)
    for key in deals[2:5]:
        org.act("delete", module="Deals", record_id=key)
    org.act("delete", module="Tasks", record_id=tasks[0], permanent=True)
    org.create(
        "Notes", 2, Note_Title="Note {n}", Note_Content="…", Parent_Id={"module": {"api_name": "Deals"}, "id": deals[0]}
    )
    org.act(
        "set_user",
        email=next(one["email"] for one in org.state["users"].values() if "seller001" in one["email"]),
        status="deleted",
    )
    acme.sync()
    acme.check()
    assert {acme.lifecycles("Deals")[key] for key in deals[2:5]} == {"deleted"}
    left = next(user for user in acme.neutral()["Users"].values() if "seller001" in user["email"])
    assert left["active"] is False
    org.advance(3600)
    for key in deals[2:4]:
        org.act("restore", record_id=key)
        org.edit("Deals", key, Next_Step="back")
    acme.sync()
    acme.check()
    assert acme.lifecycles("Deals")[deals[4]] == "deleted"


def test_a_restored_record_comes_back(acme: Acme, org: Org) -> None:
    """By itself where its time moves; where it does not, at its next change."""
    for moves in (True, False):
        org.switch(restore_moves_modified=moves)
        deal = org.deals(1)[0]
        acme.sync()
        org.advance(3600)
        org.act("delete", module="Deals", record_id=deal)
        acme.sync()
        assert acme.lifecycles("Deals")[deal] == "deleted"
        org.advance(3600)
        org.act("restore", record_id=deal)
        acme.sync()
        if not moves:
            org.advance(3600)
            org.edit("Deals", deal, Next_Step="again")
            acme.sync()
        acme.check()
    org.switch(restore_moves_modified=False)


def test_case_1_several_records_of_the_second_just_after_the_read_arrive(acme: Acme, org: Org) -> None:
    org.deals(5)
    acme.sync()
    for key in list(org.records("Deals"))[-4:]:
        org.edit("Deals", key, Next_Step="the same second")
    acme.sync()
    acme.check()
    for key in list(org.records("Deals"))[-3:]:
        org.edit("Deals", key, Next_Step="and once more")
    acme.sync()
    acme.check()


def test_case_1_ties_across_page_borders(acme: Acme, org: Org) -> None:
    made = org.deals(23)
    acme.configure(page_size=5, read_by="list")
    share_a_second(org, made)
    acme.sync()
    acme.check()


def convert(org: Org, lead: str, name: str = "won over") -> None:
    deal = {
        "Deal_Name": name,
        "Stage": "Qualification",
        "Closing_Date": "2027-01-31",
        "Pipeline": "Standard (Standard)",
    }
    org.act("convert", lead=lead, deal=deal)


def open_leads(org: Org) -> list[str]:
    return [key for key, one in org.records("Leads").items() if one["Converted__s"] is False]


def new_lead(org: Org, name: str) -> str:
    email = f"{name}@x.example".lower().replace(" ", "")
    return org.create("Leads", 1, Last_Name=name, Company=f"{name} GmbH", Email=email)[0]


@pytest.mark.parametrize("its_time", ["moves", "stays"])
def test_case_3_a_lead_converted_between_two_syncs(acme: Acme, org: Org, its_time: str) -> None:
    org.switch(conversion_moves_modified=its_time == "moves")
    lead = new_lead(org, f"Between {its_time}")
    acme.sync()
    org.advance(3600)
    convert(org, lead)
    acme.sync()
    acme.check()
    check_linked(acme, lead)
    org.switch(conversion_moves_modified=True)


def check_linked(acme: Acme, lead: str) -> None:
    held = acme.neutral()
    found = held["Leads"][lead]
    assert found["converted"] is True
    account, contact, deal = (found[f"converted_{one}"] for one in ("account", "contact", "deal"))
    assert account[1] in held["Accounts"]
    assert held["Contacts"][contact[1]]["account"] == account
    assert (held["Deals"][deal[1]]["account"], held["Deals"][deal[1]]["contact"]) == (account, contact)


def test_case_3_a_lead_converted_between_two_pages(acme: Acme, org: Org) -> None:
    """While pages of leads are read a lead that was not read yet, and one that was, are converted."""
    made = [new_lead(org, f"Paging{n}") for n in range(12)]
    acme.configure(page_size=3, read_by="list")
    org.act("latency", seconds=0.02)

    def convert_two() -> None:
        wait_for(org, "/crm/v8/Leads", 2)
        convert(org, made[0], "was read")
        convert(org, made[-1], "was not")

    other = threading.Thread(target=convert_two)
    other.start()
    acme.sync()
    other.join(20)
    org.act("latency", seconds=0)
    acme.sync()
    acme.check()
    for lead in (made[0], made[-1]):
        check_linked(acme, lead)


WALKS = ["offset", *(pytest.param(walk, marks=pytest.mark.zoho_matrix) for walk in ("keyset", "snapshot"))]


@pytest.mark.parametrize("walk", WALKS)
def test_edits_during_paging_pass_nothing_over(acme: Acme, org: Org, walk: str) -> None:
    org.switch(token_walk=walk)
    acme.configure(page_size=10, read_by="list")
    org.fault("edit_during_paging", module="Deals", count=3, times=4)
    acme.sync()
    acme.sync()
    acme.check()
    org.switch(**AS_DOCUMENTED)


def test_edits_from_another_hand_while_a_sync_runs(acme: Acme, org: Org) -> None:
    """A thread edits, makes, moves and deletes from the first page on until the sync ends."""
    acme.configure(page_size=8, read_by="list")
    org.act("latency", seconds=0.01)
    done = threading.Event()

    def meddle() -> None:
        wait_for(org, "/crm/v8/Accounts", 1)
        for n in range(60):
            if done.is_set():
                return
            keys = org.movable
            org.edit("Deals", keys[n % len(keys)], Next_Step=f"step {n}")
            org.act("stage", deal=keys[(n * 7) % len(keys)], stage=STAGES[n % 3])
            if n % 5 == 0:
                org.deals(1)
                org.act("delete", module="Deals", record_id=keys[(n * 3) % len(keys)])

    other = threading.Thread(target=meddle)
    other.start()
    acme.sync()
    done.set()
    other.join(20)
    org.act("latency", seconds=0)
    acme.sync()
    acme.check()


def test_case_7_a_field_cleared_there_is_cleared_here(acme: Acme, org: Org) -> None:
    deal = org.deals(1, Amount=5, Next_Step="call", Score=1.5, Competitors=["In-house"])[0]
    acme.sync()
    assert acme.neutral()["Deals"][deal]["amount"] is not None
    org.advance(3600)
    org.edit("Deals", deal, Amount=None, Next_Step=None, Score=None, Competitors=[])
    acme.sync()
    held = acme.neutral()["Deals"][deal]
    assert (held["amount"], held["next_step"]) == (None, None)
    acme.check()


@pytest.mark.parametrize("zone", ["Asia/Shanghai", pytest.param("America/Los_Angeles", marks=pytest.mark.zoho_matrix)])
def test_case_9_amounts_are_exact_and_a_closing_date_is_a_day_of_the_company(org: Org, acme: Acme, zone: str) -> None:
    acme.settle(zone)
    cents = org.deals(1, Amount=0.1, Currency="EUR")[0]
    more = org.deals(1, Amount=0.2, Currency="EUR")[0]
    dinar = org.deals(1, Amount=1.234, Currency="KWD")[0]
    yen = org.deals(1, Amount=1000, Currency="JPY")[0]
    nothing, zero = org.deals(1, Amount=None)[0], org.deals(1, Amount=0)[0]
    won = org.deals(1, Stage="Closed Won", Closing_Date="2026-03-31", Amount=1)[0]
    acme.sync()
    acme.check()
    held = acme.neutral()["Deals"]
    told = {name: held[key]["amount"] for name, key in (("c", cents), ("m", more), ("d", dinar), ("y", yen))}
    assert told == {
        "c": {"amount": "0.10", "currency": "EUR"},
        "m": {"amount": "0.20", "currency": "EUR"},
        "d": {"amount": "1.234", "currency": "KWD"},
        "y": {"amount": "1000", "currency": "JPY"},
    }
    assert held[nothing]["amount"] is None
    assert held[zero]["amount"] == {"amount": "0.00", "currency": "EUR"}
    assert held[won]["category"] == "won"


def test_a_deal_that_changes_its_pipeline_keeps_its_history(acme: Acme, org: Org) -> None:
    deal = org.deals(1, Stage="Proposal/Price Quote")[0]
    acme.sync()
    org.advance(3600)
    org.edit("Deals", deal, Pipeline="Renewals", Stage="Renewal due")
    org.advance(3600)
    org.act("stage", deal=deal, stage="Renewed")
    acme.sync()
    held = acme.neutral()["Deals"][deal]
    stages = [stage for _, stage, _ in acme.events([held["record_id"]])[held["record_id"]]]
    assert stages == ["proposal", "due", "renewed"]


def test_a_wider_mapping_reads_anew_and_brings_restored_records_back(acme: Acme, org: Org) -> None:
    deals = org.deals(2, Score=1.5)
    acme.map(mapping_text("segment"))
    acme.sync()
    org.advance(3600)
    org.act("delete", module="Deals", record_id=deals[0])
    org.act("delete", module="Deals", record_id=deals[1])
    acme.sync()
    org.advance(3600)
    org.act("restore", record_id=deals[0])
    acme.map(mapping_text())
    acme.sync()
    acme.sync()
    acme.check()
    assert acme.lifecycles("Deals")[deals[0]] == "active"

"""What happens between two syncs, and during one, arrives: each of these is a case that real tools got wrong."""

import threading

import pytest

from .acme import Acme, mapping_text
from .dump import FULL
from .org import QUERY, Org, wait_for

WIDE = pytest.mark.fxiaoke_matrix


def test_edits_invalidations_recoveries_and_people_that_leave(acme: Acme, org: Org) -> None:
    deals, contacts = [*org.movable[:2], *org.make_deals(3)], list(org.records("ContactObj"))
    acme.sync()
    org.advance(3600)
    org.edit(org.deals, deals[0], amount="0.3", mc_currency="KWD", contract_no__c="合同 1")
    org.act("stage", deal=deals[1], stage="6")
    org.edit("AccountObj", max(org.records("AccountObj")), city=None, deal_status=None)
    org.invalidate(org.deals, *deals[2:5])
    org.invalidate("ContactObj", contacts[0])
    org.make_deals(2)
    org.act("change_owner", module=org.deals, record_id=deals[0], owner="1002")
    org.act("stop_user", user="1003")
    org.act("add_user", name="新同事", mobile="13911112222")
    acme.sync()
    acme.check()
    assert {acme.lifecycles(org.deals)[key] for key in deals[2:5]} == {"deleted"}
    org.act("stop_user", user="1003", stopped=False)
    org.act("delete", module="ContactObj", record_id=contacts[0])
    org.advance(3600)
    for key in deals[2:4]:
        org.act("recover", module=org.deals, record_id=key)
    acme.sync()
    acme.check()
    assert acme.lifecycles(org.deals)[deals[4]] == "deleted"


@pytest.mark.parametrize("moves", [True, pytest.param(False, marks=WIDE)])
def test_a_recovered_record_comes_back(acme: Acme, org: Org, moves: bool) -> None:  # noqa: FBT001 - a parameter
    """By itself where its time moves; where it does not, at its next change."""
    org.switch(recover_moves_modified=moves)
    deal = org.make_deals(1)[0]
    acme.sync()
    org.advance(3600)
    org.invalidate(org.deals, deal)
    acme.sync()
    assert acme.lifecycles(org.deals)[deal] == "deleted"
    org.advance(3600)
    org.act("recover", module=org.deals, record_id=deal)
    acme.sync()
    if not moves:
        org.advance(3600)
        org.edit(org.deals, deal, contract_no__c="again")
        acme.sync()
    acme.check()
    org.switch(recover_moves_modified=True)


@WIDE
def test_case_1_changes_of_the_moment_just_after_the_read_arrive(acme: Acme, org: Org) -> None:
    acme.sync()
    for n in range(2):
        for key in list(org.records(org.deals))[-4:]:
            org.edit(org.deals, key, contract_no__c=f"just after {n}")
        acme.sync()
        acme.check()


def test_case_1_ties_across_page_borders(acme: Acme, org: Org) -> None:
    """Twenty-five of one millisecond, with pages of five: at the first reading, and at the next."""
    acme.configure(page_size=5)
    org.act("edit_some", module=org.deals, count=25)
    acme.sync()
    acme.check()
    org.advance(3600)
    org.act("edit_some", module=org.deals, count=25)
    acme.sync()
    acme.check()


def new_lead(org: Org, name: str) -> str:
    return org.create("LeadsObj", 1, name=name, company=f"{name}有限公司", mobile="13800138000")[0]


def convert(org: Org, lead: str, name: str = "won over") -> None:
    org.act("convert", lead=lead, deal={"name": name})


def check_linked(acme: Acme, lead: str) -> None:
    held = acme.neutral()
    found = held["LeadsObj"][lead]
    assert (found["converted"], found["status"]) == (True, "converted")
    account, contact, deal = (found[f"converted_{one}"] for one in ("account", "contact", "deal"))
    assert account[1] in held["AccountObj"]
    assert held["ContactObj"][contact[1]]["account"] == account
    assert held[acme.org.deals][deal[1]]["account"] == account


def test_case_3_a_lead_converted_between_two_syncs(acme: Acme, org: Org) -> None:
    lead = new_lead(org, "中间")
    acme.sync()
    org.advance(3600)
    convert(org, lead)
    acme.sync()
    acme.check()
    check_linked(acme, lead)


@WIDE
def test_case_3_a_lead_converted_between_two_pages(acme: Acme, org: Org) -> None:
    """While leads are read one that was read, and one that was not yet, are converted."""
    made = [new_lead(org, f"翻页{n}") for n in range(12)]
    acme.configure(page_size=3)
    org.act("latency", seconds=0.01)
    before = org.count(QUERY)

    def convert_two() -> None:
        wait_for(org, QUERY, before + 12)
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


def test_edits_during_paging_pass_nothing_over(acme: Acme, org: Org) -> None:
    acme.configure(page_size=7)
    org.fault("edit_during_paging", path=QUERY, module=org.deals, count=3, times=12)
    acme.sync()
    org.advance(3600)
    org.act("edit_some", module=org.deals, count=20)
    org.fault("edit_during_paging", path=QUERY, module=org.deals, count=3, times=12)
    acme.sync()
    org.reset()
    acme.sync()
    acme.check()


@WIDE
def test_edits_from_another_hand_while_a_sync_runs(acme: Acme, org: Org) -> None:
    """A thread edits, makes, moves and invalidates from the first page on until the sync ends."""
    acme.configure(page_size=8)
    org.act("latency", seconds=0.01)
    before = org.count(QUERY)
    done = threading.Event()

    def meddle() -> None:
        wait_for(org, QUERY, before + 1)
        for n in range(40):
            if done.is_set():
                return
            keys = org.movable
            org.edit(org.deals, keys[n % len(keys)], contract_no__c=f"step {n}")
            org.act("stage", deal=keys[(n * 7) % len(keys)], stage=str(2 + n % 5))
            if n % 5 == 0:
                org.make_deals(1)
                org.invalidate(org.deals, keys[(n * 3) % len(keys)])

    other = threading.Thread(target=meddle)
    other.start()
    acme.sync()
    done.set()
    other.join(20)
    org.act("latency", seconds=0)
    acme.sync()
    acme.check()


def test_case_7_a_field_cleared_there_is_cleared_here(acme: Acme, org: Org) -> None:
    deal = org.make_deals(1, amount="5", **FULL)[0]
    acme.sync()
    assert acme.neutral()[org.deals][deal]["amount"] is not None
    org.advance(3600)
    org.edit(org.deals, deal, amount=None, **dict.fromkeys(FULL))
    acme.sync()
    held = acme.neutral()[org.deals][deal]
    assert (held["amount"], held["custom"].get("score", {}).get("value")) == (None, None)
    acme.check()


@pytest.mark.parametrize("zone", ["Asia/Shanghai", pytest.param("America/Los_Angeles", marks=WIDE)])
def test_case_9_amounts_are_exact_and_a_closing_date_is_a_day_of_shanghai(acme: Acme, org: Org, zone: str) -> None:
    acme.settle(zone)
    cents = org.make_deals(1, amount="0.1", mc_currency="EUR", close_date=1767139200000)[0]
    dinar = org.make_deals(1, amount="1.234", mc_currency="KWD")[0]
    large = org.make_deals(1, amount="90071992547.01", mc_currency="CNY")[0]
    nothing, zero = org.make_deals(1, amount=None)[0], org.make_deals(1, amount="0", mc_currency="CNY")[0]
    acme.sync()
    acme.check()
    held = acme.neutral()[org.deals]
    told = [held[key]["amount"] and held[key]["amount"]["amount"] for key in (cents, dinar, large, zero)]
    assert told == ["0.10", "1.234", "90071992547.01", "0.00"]
    assert held[nothing]["amount"] is None
    assert held[cents]["expected_close"] == "2025-12-31"


@WIDE
def test_what_changes_without_a_new_time_comes_with_the_reading_of_everything(acme: Acme, org: Org) -> None:
    """A formula, and the last contact of a customer (dossier 10, 6)."""
    acme.sync()
    org.advance(3600)
    deal = org.make_deals(1, amount="7")[0]
    account = org.records(org.deals)[deal]["account_id"]
    acme.sync()
    org.advance(3600)
    org.act("compute", module=org.deals, record_id=deal, field="probability_amount", value="123.45")
    link = {"describe_api_name": "AccountObj", "id": account, "name": "x"}
    org.create("ActiveRecordObj", 1, active_record_content="聊过", related_object_data=[link], account_id=account)
    org.advance(7 * 86_400)
    acme.sync()
    acme.check()


@WIDE
def test_a_wider_mapping_reads_anew_and_brings_recovered_records_back(acme: Acme, org: Org) -> None:
    deals = org.make_deals(2, score__c="1.5")
    acme.map(mapping_text(org.deals, "segment"))
    acme.sync()
    org.advance(3600)
    org.invalidate(org.deals, *deals)
    acme.sync()
    org.advance(3600)
    org.act("recover", module=org.deals, record_id=deals[0])
    acme.map(acme.mapping())
    acme.sync()
    acme.check()
    assert [acme.lifecycles(org.deals)[key] for key in deals] == ["active", "deleted"]

"""Zoho in trouble, the line in trouble: a sync waits, goes on or ends with the right code, and loses nothing."""

import json
import re
import shutil
import socket

import pytest
from tests.systems.clock import Clock

from .acme import Acme
from .org import Org

DEALS = "/crm/v8/Deals"
RETRIED: dict[str, dict[str, int]] = {
    "server_error": {},
    "gateway_html": {},
    "drop": {},
    "truncate": {"keep": 200},
    "throttle": {},
    "token_expiry": {},
}


@pytest.mark.parametrize("kind", RETRIED)
def test_a_fault_on_the_way_is_gone_over(acme: Acme, org: Org, kind: str) -> None:
    acme.configure(page_size=20, read_by="list")
    times = 1 if kind == "token_expiry" else 2
    org.fault(kind, path=DEALS, after=1, times=times, **RETRIED[kind])
    org.fault(kind, path="/crm/v8/Leads", after=0, times=1, **RETRIED[kind])
    if kind == "truncate":
        acme.run("sync")
    acme.sync()
    acme.check()


def test_everything_is_slow_and_shaky_at_once(acme: Acme, org: Org) -> None:
    acme.configure(page_size=15, read_by="list")
    for kind, every in (("server_error", 11), ("drop", 13), ("throttle", 17), ("gateway_html", 19)):
        org.fault(kind, path="/crm/v8/", every=every, times=3)
    acme.sync()
    acme.check()


def test_429_with_retry_after_waits_that_long(acme: Acme, org: Org, clock: Clock) -> None:
    org.fault("throttle", path=DEALS, times=2, retry_after=37)
    acme.sync()
    acme.check()
    assert sum(37 <= wait < 40 for wait in clock.waits_s) == 2


def test_429_with_a_long_retry_after_ends_the_run_and_says_when(acme: Acme, org: Org, clock: Clock) -> None:
    org.fault("throttle", path=DEALS, times=1, retry_after=7200)
    answer = acme.sync(code=5)
    assert max(clock.waits_s, default=0) <= 900
    assert "Deals" in json.dumps(answer.trouble)
    org.advance(7300)
    acme.sync()
    acme.check()


@pytest.mark.parametrize(
    "code", ["TOO_MANY_REQUESTS", pytest.param("RATE_LIMIT_EXCEEDED", marks=pytest.mark.zoho_matrix)]
)
def test_429_without_retry_after_backs_off_and_goes_on(acme: Acme, org: Org, clock: Clock, code: str) -> None:
    acme.configure(page_size=20, read_by="list")
    org.fault("throttle", path="/crm/v8/", after=8, times=3, code=code)
    acme.sync()
    acme.check()
    assert clock.waits_s
    assert max(clock.waits_s) <= 60


def test_a_vendor_that_stays_down_ends_with_5_and_moves_no_cursor(acme: Acme, org: Org) -> None:
    acme.sync()
    org.advance(3600)
    deal = org.deals(1)[0]
    before = acme.cursors()
    org.fault("server_error", path="/crm/v8/", times=-1)
    acme.sync(code=5)
    assert acme.cursors() == before
    org.reset()
    org.advance(1900)
    acme.sync()
    assert deal in acme.neutral()["Deals"]
    acme.check()


def test_nobody_listening_ends_with_5_and_moves_no_cursor(acme: Acme, org: Org) -> None:
    acme.sync()
    before = acme.cursors()
    config = acme.folder / "crmbridge.toml"
    text = config.read_text("utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        deaf = f"http://127.0.0.1:{free.getsockname()[1]}"
    config.write_text(text.replace(org.told["accounts_url"], deaf), "utf-8")
    shutil.rmtree(acme.folder / ".crmbridge")
    acme.sync(code=5)
    assert acme.cursors() == before
    config.write_text(text, "utf-8")
    org.advance(1900)
    acme.sync()
    acme.check()


def test_case_8_an_empty_list_by_mistake_deletes_nothing(acme: Acme, org: Org) -> None:
    acme.sync()
    org.advance(3600)
    org.fault("empty_list", path=DEALS, times=-1)
    acme.run("sync")
    org.reset()
    acme.sync()
    acme.check()


def test_case_8_a_first_load_answered_with_nothing_is_made_good(acme: Acme, org: Org) -> None:
    """The first page says that there are none: Zoho's own count says otherwise."""
    acme.configure(read_by="list")
    org.fault("empty_list", path=DEALS, times=1)
    acme.run("sync")
    org.reset()
    org.advance(3600)
    acme.sync()
    acme.check()


def test_duplicate_rows_across_pages_are_one_record(acme: Acme, org: Org) -> None:
    acme.configure(page_size=10, read_by="list")
    org.fault("duplicate_rows", path=DEALS, times=3, count=4)
    acme.sync()
    acme.check()


@pytest.mark.parametrize(
    "skew_s", [pytest.param(-7 * 86_400, marks=pytest.mark.zoho_matrix), 7 * 86_400], ids=["early", "late"]
)
def test_clock_skew_of_the_vendor_loses_no_change(acme: Acme, org: Org, skew_s: int) -> None:
    org.fault("clock_skew", seconds=skew_s, times=-1)
    acme.sync()
    org.advance(3600)
    org.edit("Deals", next(iter(org.records("Deals"))), Next_Step=f"skewed by {skew_s}")
    acme.sync()
    acme.check()


@pytest.mark.parametrize(
    "skew_s", [pytest.param(-86_400, marks=pytest.mark.zoho_matrix), 86_400], ids=["behind", "ahead"]
)
def test_clock_skew_of_ours_loses_no_change(acme: Acme, org: Org, clock: Clock, skew_s: int) -> None:
    clock.skew_s = skew_s
    acme.sync()
    for n in range(3):
        org.advance(700)
        org.edit("Deals", next(iter(org.records("Deals"))), Next_Step=f"skewed by {skew_s}, {n}")
        acme.sync()
    acme.check()


def test_access_tokens_killed_in_the_middle_are_renewed_once_each(acme: Acme, org: Org) -> None:
    acme.configure(page_size=20, read_by="list")
    before = int(org.look("limits")["token_refreshes"])
    org.fault("token_expiry", path="/crm/v8/Contacts", times=1)
    org.fault("token_expiry", path=DEALS, after=1, times=1)
    acme.sync()
    acme.check()
    assert int(org.look("limits")["token_refreshes"]) == before + 3


def test_a_token_that_died_between_two_syncs_is_renewed(acme: Acme, org: Org) -> None:
    acme.sync()
    org.act("kill_access_tokens")
    acme.sync()
    acme.check()


def test_a_login_revoked_ends_with_4_and_goes_on_once_it_is_renewed(acme: Acme, org: Org) -> None:
    acme.sync()
    org.advance(3600)
    org.edit("Deals", next(iter(org.records("Deals"))), Next_Step="while nobody could look")
    before = acme.everything()
    org.act("revoke")
    answer = acme.sync(code=4)
    assert "crmbridge connect" in answer.text
    after = acme.everything()
    assert {name for name in after if after[name] != before[name]} <= {"run", "run_step", "lease", "shared_state"}
    org.renew_login()
    acme.environ = {"CRM_LOGIN": org.login}
    acme.sync()
    acme.check()


def test_credits_used_up_says_when_they_return_and_goes_on_then(acme: Acme, org: Org, clock: Clock) -> None:
    acme.configure(page_size=10, read_by="list")
    org.fault("credits_exhausted", path=DEALS, after=2, times=1)
    answer = acme.sync(code=5)
    assert "credits" in json.dumps(answer.trouble)
    assert "nothing is sent for 900 seconds" in json.dumps(answer.trouble)
    assert re.search(r"more at\n.*\bcrm .* 20\d\d-\d\d-\d\d \d\d:\d\d", acme.run("status").out, re.DOTALL)
    held = len(acme.landed("Deals"))
    org.reset()
    for _ in range(3):  # a scheduler that tries again at once
        acme.sync(code=5)
    assert org.api_calls <= 1
    org.act("reset_credits")
    org.advance(24 * 3600)
    acme.sync()
    acme.check()
    assert held < len(acme.landed("Deals"))
    assert max(clock.waits_s, default=0) <= 900


def test_our_own_share_of_credits_stops_before_it_is_overdrawn(acme: Acme, org: Org) -> None:
    acme.configure(page_size=1, read_by="list", daily_share=0.0005)
    org.reset()
    acme.sync(code=5)
    assert org.credits <= 75_000 * 0.0005 + 5
    told = acme.run("status").out
    assert re.search(r"^crm +\d+ +\d+ +0 +20\d\d-\d\d-\d\d \d\d:\d\d", told, re.MULTILINE)  # none left, and when


def test_case_6_processes_that_start_together_make_one_token_request(acme: Acme, org: Org) -> None:
    before = int(org.look("limits")["token_refreshes"])
    running = [acme.start() for _ in range(4)]
    for process in running:
        _, said = process.communicate(timeout=120)
        assert process.returncode in {0, 75}, said
    assert int(org.look("limits")["token_refreshes"]) == before + 1


def test_the_token_throttle_is_not_fought(acme: Acme, org: Org) -> None:
    """Ten tokens were asked for by somebody else: Zoho answers 200 and Access Denied."""
    for _ in range(10):
        org.spend_token()
    asked = int(org.look("limits")["token_refreshes"])
    answer = acme.sync(code=5)
    assert "ten minutes" in answer.text
    for _ in range(3):
        acme.sync(code=5)
    assert int(org.look("limits")["token_refreshes"]) <= asked + 1
    org.advance(660)
    acme.sync()
    acme.check()


def test_a_failed_export_is_read_another_way(acme: Acme, org: Org) -> None:
    acme.configure(read_by="bulk")
    org.fault("bulk_failure", times=2, message="no")
    acme.sync()
    acme.check()


def test_garbage_with_200_is_no_empty_list(acme: Acme, org: Org) -> None:
    org.fault("garbage", path=DEALS, times=-1)
    acme.sync(code=5)
    assert acme.landed("Deals") == {}
    org.reset()
    org.advance(1900)
    acme.sync()
    acme.check()

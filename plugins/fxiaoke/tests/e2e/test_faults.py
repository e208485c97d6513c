"""Fxiaoke in trouble, the line in trouble: a sync waits, goes on or ends with the right code, and loses nothing."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.systems.clock import Clock

from .acme import Acme
from .org import QUERY, TOKENS, Org, wait_for

WIDE = pytest.mark.fxiaoke_matrix
SHANGHAI = timezone(timedelta(hours=8))
RETRIED = [
    "throttle",
    "drop",
    "token_expiry",
    *(pytest.param(kind, marks=WIDE) for kind in ("busy", "server_error", "system_error", "service", "truncate")),
]


@pytest.mark.parametrize("kind", RETRIED)
def test_a_fault_on_the_way_is_gone_over(acme: Acme, org: Org, kind: str) -> None:
    acme.configure(page_size=20)
    plan = {"keep": 200} if kind == "truncate" else {}
    org.fault(kind, path=QUERY, after=4, times=1 if kind == "token_expiry" else 2, **plan)
    if kind == "truncate":
        acme.run("sync")
    acme.sync()
    acme.check()


@WIDE
def test_everything_is_slow_and_shaky_at_once(acme: Acme, org: Org) -> None:
    acme.configure(page_size=15)
    for kind, every in (("server_error", 11), ("drop", 13), ("throttle", 17), ("busy", 19)):
        org.fault(kind, path="/cgi/", every=every, times=3)
    acme.sync()
    acme.check()


@pytest.mark.parametrize("words", ["14001", pytest.param("30004", marks=WIDE), pytest.param("text", marks=WIDE)])
def test_a_throttled_call_waits_for_its_window(acme: Acme, org: Org, clock: Clock, words: str) -> None:
    org.switch(throttle_code=words)
    org.fault("throttle", path=QUERY, after=2, times=2)
    acme.sync()
    acme.check()
    assert sum(20 <= wait < 25 for wait in clock.waits_s) == 2
    org.switch(throttle_code="14001")


@WIDE
def test_our_own_pace_is_never_refused(acme: Acme, org: Org) -> None:
    """More pages than a window takes."""
    org.make_deals(90)
    org.advance(60)
    acme.configure(page_size=1)
    org.reset()
    acme.sync()
    assert org.look("limits")["throttled"] == 0
    assert org.look("limits")["most_in_window"][QUERY] <= 100
    acme.check()


def test_30002_waits_until_midnight_in_shanghai(acme: Acme, org: Org) -> None:
    acme.configure(page_size=10)
    org.fault("quota_exhausted", path=QUERY, after=3, times=1)
    answer = acme.sync(code=5)
    assert "daily call limit" in answer.text
    now = datetime.now(UTC) + timedelta(seconds=org.ahead_s)
    midnight = (now.astimezone(SHANGHAI) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    org.reset()
    for _ in range(2):  # a scheduler that tries again at once
        acme.sync(code=5)
    left_s = (midnight - now).total_seconds()
    org.advance(left_s - 120)
    acme.sync(code=5)
    assert org.api_calls == org.token_calls <= 1  # which costs nothing
    org.advance(120 + 300)
    acme.sync()
    acme.check()


def test_30003_stops_and_says_what_to_buy(acme: Acme, org: Org) -> None:
    """No call packs were bought: a person must act, so it is 4 and not 5 (dossier 6: stop)."""
    acme.sync()
    before = acme.cursors()
    org.switch(no_quota=True)
    org.reset()
    answer = acme.sync(code=4)
    assert "30003" in answer.text
    assert "call packs" in answer.text
    assert org.api_calls <= 2 * (len(acme.objects) + 4)
    assert acme.cursors() == before
    org.switch(no_quota=False)
    org.advance(120)
    acme.sync()
    acme.check()


def test_the_wrong_host_answers_with_a_page_and_is_told(acme: Acme, org: Org) -> None:
    acme.sync()
    held = acme.everything()
    org.fault("redirect", times=-1)
    answer = acme.sync(code=78)
    assert "cloud" in answer.text
    org.reset()
    after = acme.everything()
    assert {name for name in after if after[name] != held[name]} <= {"run", "run_step", "lease", "shared_state"}
    acme.sync()
    acme.check()


def test_html_and_nonsense_with_200_are_no_empty_list(acme: Acme, org: Org) -> None:
    org.fault("garbage", path=QUERY, times=-1)
    answer = acme.run("sync", "--json")
    assert answer.code in {5, 65, 70, 1}, answer.text
    assert acme.landed(org.deals) == {}
    org.reset()
    org.advance(1900)
    acme.sync()
    acme.check()


def test_20016_renews_once_and_no_more(acme: Acme, org: Org) -> None:
    acme.sync()
    org.advance(120)
    org.reset()
    org.act("kill_tokens")
    acme.sync()
    acme.check()
    assert org.token_calls == 1
    org.advance(120)
    org.reset()
    org.fault("error", path="/cgi/crm", code=20016, message="cropAccessToken is error", times=-1)
    answer = acme.sync(code=4)
    assert "cropAccessToken is error" in answer.text
    assert org.token_calls <= 2
    org.reset()
    org.advance(120)
    acme.sync()
    acme.check()


def test_a_secret_revoked_ends_with_4_and_goes_on_once_it_is_renewed(acme: Acme, org: Org) -> None:
    acme.sync()
    org.advance(3600)
    org.edit(org.deals, min(org.records(org.deals)), contract_no__c="while nobody could look")
    before = acme.everything()
    org.act("reset_secret")
    org.act("kill_tokens")
    answer = acme.sync(code=4)
    assert "crmbridge connect" in answer.text
    after = acme.everything()
    assert {name for name in after if after[name] != before[name]} <= {"run", "run_step", "lease", "shared_state"}
    org.told = {**org.told, "app_secret": org.look("credentials")["app_secret"]}
    acme.environ = {"CRM_LOGIN": org.login}
    org.advance(120)
    acme.sync()
    acme.check()


@pytest.mark.parametrize(
    ("trouble", "number"),
    [
        ("disable_app", "20021"),
        pytest.param("refuse_ip", "20020", marks=WIDE),
        pytest.param("stop", "20012", marks=WIDE),
    ],
)
@WIDE
def test_an_app_that_may_no_longer_is_told_and_goes_on_once_it_may(
    acme: Acme, org: Org, trouble: str, number: str
) -> None:
    acme.sync()
    before = acme.cursors()
    if trouble == "stop":
        org.act("stop_user", user=org.told["user_id"])
    else:
        org.act(trouble)
    answer = acme.sync(code=4)
    assert number in answer.text
    assert acme.cursors() == before
    if trouble == "stop":
        org.act("stop_user", user=org.told["user_id"], stopped=False)
    else:
        org.act(trouble, on=False)
    org.advance(120)
    acme.sync()
    acme.check()


@WIDE
def test_an_app_disabled_in_the_middle_ends_with_4(acme: Acme, org: Org) -> None:
    acme.configure(page_size=5)
    org.act("latency", seconds=0.02)

    def disable() -> None:
        wait_for(org, QUERY, 6)
        org.act("disable_app")

    other = threading.Thread(target=disable)
    other.start()
    acme.run("sync")
    other.join(20)
    acme.sync(code=4)
    org.act("latency", seconds=0)
    org.act("disable_app", on=False)
    org.advance(120)
    acme.sync()
    acme.check()


@WIDE
def test_a_vendor_that_stays_down_ends_with_5_and_moves_no_cursor(acme: Acme, org: Org) -> None:
    acme.sync()
    org.advance(3600)
    deal = org.make_deals(1)[0]
    before = acme.cursors()
    org.fault("server_error", path="/cgi/", times=-1)
    acme.sync(code=5)
    assert acme.cursors() == before
    org.reset()
    org.advance(1900)
    acme.sync()
    assert deal in acme.neutral()[org.deals]
    acme.check()


@WIDE
def test_nobody_listening_ends_with_5_and_moves_no_cursor(acme: Acme, org: Org) -> None:
    acme.sync()
    before = acme.cursors()
    config = acme.folder / "crmbridge.toml"
    text = config.read_text("utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        deaf = f"http://127.0.0.1:{free.getsockname()[1]}"
    config.write_text(text.replace(org.told["api_url"], deaf), "utf-8")
    acme.sync(code=5)
    assert acme.cursors() == before
    config.write_text(text, "utf-8")
    org.advance(1900)
    acme.sync()
    acme.check()


def test_an_unknown_code_fails_its_object_with_everything_that_was_said(acme: Acme, org: Org) -> None:
    """And stops no other."""
    acme.sync()
    org.advance(3600)
    org.fault("error", path="/cgi/crm/v2/data/query", code=987654, message="奇怪的事", times=-1)
    answer = acme.run("sync", "--json")
    assert answer.code not in {0, 4}
    told = json.dumps(answer.trouble, ensure_ascii=False)
    assert "987654" in told
    assert "奇怪的事" in told
    assert "traceId" in told
    org.reset()
    org.advance(1900)
    acme.sync()
    acme.check()


@pytest.mark.parametrize("number", [pytest.param(-1, marks=WIDE), 0, pytest.param(1, marks=WIDE)])
@WIDE
def test_duplicate_rows_across_pages_are_one_record(acme: Acme, org: Org, number: int) -> None:
    acme.configure(page_size=10 + number)
    org.fault("duplicate_rows", path=QUERY, times=6, count=4)
    acme.sync()
    acme.check()


@pytest.mark.parametrize("skew_s", [pytest.param(-7 * 86_400, marks=WIDE), 7 * 86_400], ids=["early", "late"])
@WIDE
def test_clock_skew_of_the_vendor_loses_no_change(acme: Acme, org: Org, skew_s: int) -> None:
    org.fault("clock_skew", seconds=skew_s, times=-1)
    acme.sync()
    org.advance(3600)
    org.edit(org.deals, min(org.records(org.deals)), contract_no__c=f"skewed by {skew_s}")
    acme.sync()
    acme.check()


@pytest.mark.parametrize("skew_s", [pytest.param(-86_400, marks=WIDE), 86_400], ids=["behind", "ahead"])
@WIDE
def test_clock_skew_of_ours_loses_no_change(acme: Acme, org: Org, clock: Clock, skew_s: int) -> None:
    clock.skew_s = skew_s
    acme.sync()
    for n in range(3):
        org.advance(700)
        org.edit(org.deals, min(org.records(org.deals)), contract_no__c=f"skewed by {skew_s}, {n}")
        acme.sync()
    acme.check()


@WIDE
def test_case_6_processes_that_start_together_make_one_token_request(acme: Acme, org: Org) -> None:
    org.act("kill_tokens")
    before = org.count(TOKENS[org.style])
    running = [acme.start() for _ in range(4)]
    for process in running:
        _, said = process.communicate(timeout=120)
        assert process.returncode in {0, 75}, said
    assert org.count(TOKENS[org.style]) == before + 1
    assert org.look("limits")["token_calls_at_once"] <= 1


@WIDE
def test_the_token_limit_is_not_fought(acme: Acme, org: Org) -> None:
    """More than ten token calls in a minute, by somebody else (dossier 1.7)."""
    org.act("kill_tokens")
    org.fault("error", path=TOKENS[org.style], code=14001, message="接口调用次数超限", times=1)
    org.reset_calls()
    acme.sync()
    acme.check()
    assert org.token_calls <= 2

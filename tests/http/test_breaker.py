"""A vendor that is down is left alone, by every job of the connection, and looked at again by one."""

import itertools
import random
from dataclasses import replace

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.adapter.context import InMemoryShared
from crmbridge.http import Call, Exhausted, Fail, Ok, Renew, Reply, Rules, Verdict
from crmbridge.http.breaker import FIRST_OPEN_S, LONGEST_OPEN_S, Calm
from crmbridge.http.state import SharedState
from crmbridge.model.errors import AuthError, ConfigError, ScopeError, Throttled, Unavailable

from .conftest import CountedShared, Doors, Vendor, judge, read

DOWN = httpx.Response(500)
FINE = httpx.Response(200)
ONCE = Rules(attempts=1)


class Login:
    """Credentials that are as they are."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.renewed = 0

    def headers(self, call: Call) -> dict[str, str]:
        assert call.url
        return {"Authorization": f"Bearer {self.identity}"}

    def renew(self, reason: str) -> None:
        assert reason
        self.renewed += 1


def test_five_failures_in_a_row_close_the_door_for_every_job_for_a_minute(doors: Doors) -> None:
    vendor = Vendor(DOWN)
    one, other = doors.over(vendor, rules=ONCE), doors.over(vendor, rules=ONCE)
    for number in range(10):
        with pytest.raises(Unavailable):
            (one, other)[number % 2].send(read())
    assert len(vendor.sent) == 5
    doors.clock.advance(FIRST_OPEN_S - 1)
    with pytest.raises(Unavailable) as caught:
        other.send(read())
    assert caught.value.after == pytest.approx(1)
    assert len(vendor.sent) == 5


def test_the_state_outlives_the_process(doors: Doors) -> None:
    vendor = Vendor(DOWN)
    for _ in range(8):
        door = doors.over(vendor, rules=ONCE)
        with pytest.raises(Unavailable):
            door.send(read())
        door.close()
    assert len(vendor.sent) == 5


def test_one_call_tries_again_and_its_failure_doubles_the_wait_up_to_half_an_hour(doors: Doors) -> None:
    vendor = Vendor(DOWN)
    door, expected = doors.over(vendor, rules=ONCE), FIRST_OPEN_S
    for _ in range(5):
        with pytest.raises(Unavailable):
            door.send(read())
    for _ in range(8):
        sent = len(vendor.sent)
        doors.clock.advance(expected - 1)
        with pytest.raises(Unavailable):
            door.send(read())
        assert len(vendor.sent) == sent
        doors.clock.advance(1)
        for _ in range(3):
            with pytest.raises(Unavailable):
                door.send(read())
        assert len(vendor.sent) == sent + 1
        expected = min(expected * 2, LONGEST_OPEN_S)
    assert expected == LONGEST_OPEN_S


def test_while_one_tries_the_others_stay_away(doors: Doors) -> None:
    others: list[Exception] = []

    def slow(_request: httpx.Request) -> httpx.Response:
        if len(sent) > 5:
            return FINE
        if len(sent) == 5:
            with pytest.raises(Unavailable) as caught:
                other.send(read())
            others.append(caught.value)
            sent.append("try")
            return FINE
        sent.append("down")
        return DOWN

    sent: list[str] = []
    door, other = doors.over(slow, rules=ONCE), doors.over(slow, rules=ONCE)
    for _ in range(5):
        with pytest.raises(Unavailable):
            door.send(read())
    doors.clock.advance(FIRST_OPEN_S)
    door.send(read())
    assert len(others) == 1
    other.send(read())


def test_a_good_answer_closes_the_breaker(doors: Doors) -> None:
    vendor = Vendor(*[DOWN] * 5, FINE, *[DOWN] * 4, FINE)
    door = doors.over(vendor, rules=ONCE)
    for _ in range(5):
        with pytest.raises(Unavailable):
            door.send(read())
    doors.clock.advance(FIRST_OPEN_S)
    door.send(read())
    for _ in range(4):
        with pytest.raises(Unavailable):
            door.send(read())
    door.send(read())
    assert len(vendor.sent) == 11


def test_half_of_the_last_twenty_opens_it_too(doors: Doors) -> None:
    vendor = Vendor(*[FINE, DOWN] * 30)
    door = doors.over(vendor, rules=ONCE)
    for _ in range(40):
        try:
            door.send(read())
        except Unavailable:
            continue
    assert len(vendor.sent) == 20


def test_retries_of_one_call_stop_at_an_open_breaker(doors: Doors) -> None:
    vendor = Vendor(DOWN)
    door = doors.over(vendor)
    for _ in range(3):
        with pytest.raises(Unavailable):
            door.send(read())
    assert len(vendor.sent) == 5


def test_a_refused_login_is_not_tried_again_but_new_credentials_are_at_once(doors: Doors) -> None:
    vendor = Vendor()

    def refuse(_call: Call, _reply: Reply) -> Verdict:
        return Fail(AuthError("the token is revoked"))

    for _ in range(3):
        with pytest.raises(AuthError) as caught:
            doors.over(vendor, auth=Login("old"), judge=refuse).send(read())
        assert caught.value.exit_code == 4
    assert len(vendor.sent) == 1
    with pytest.raises(AuthError):
        doors.over(vendor, auth=Login("new"), judge=refuse).send(read())
    assert len(vendor.sent) == 2
    doors.clock.advance(FIRST_OPEN_S)
    doors.over(vendor, auth=Login("new")).send(read())
    doors.over(vendor, auth=Login("old")).send(read())
    assert len(vendor.sent) == 4


def test_a_door_for_tokens_tells_credentials_apart_where_it_is_told_whose_they_are(doors: Doors) -> None:
    def refuse(_call: Call, _reply: Reply) -> Verdict:
        return Fail(AuthError("the refresh token is revoked"))

    vendor = Vendor()
    for whose, sent in (("old", 1), ("old", 1), ("new", 2), ("new", 2)):
        door = doors.over(vendor, name="accounts", judge=refuse, identity=whose)
        with pytest.raises(AuthError):
            door.send(read())
        assert len(vendor.sent) == sent
    for sent in (3, 4, 5):
        with pytest.raises(AuthError, match="revoked"):
            doors.over(vendor, name="other", judge=refuse).send(read())
        assert len(vendor.sent) == sent


def test_a_missing_permission_stops_only_the_call_that_needs_it(doors: Doors) -> None:
    vendor = Vendor()
    verdicts: list[Verdict] = [Fail(ScopeError("no access to notes")), Ok()]
    door = doors.over(vendor, judge=lambda _call, _reply: verdicts.pop(0))
    with pytest.raises(ScopeError):
        door.send(read("/v1/notes"))
    door.send(read())
    assert len(vendor.sent) == 2


def test_a_refused_record_is_no_failure_of_the_vendor(doors: Doors) -> None:
    vendor = Vendor()
    door = doors.over(vendor, judge=lambda _call, _reply: Fail(ConfigError("no such field")))
    for _ in range(30):
        with pytest.raises(ConfigError):
            door.send(read())
    assert len(vendor.sent) == 30


def test_a_token_is_renewed_once_and_the_call_repeated_once(doors: Doors) -> None:
    auth, vendor = Login("me"), Vendor()
    verdicts: list[Verdict] = [Renew("expired"), Ok()]
    door = doors.over(vendor, auth=auth, judge=lambda _call, _reply: verdicts.pop(0), rules=ONCE)
    door.send(Call("POST", "https://www.example-crm.com/v1/deals", safe=False))
    assert (auth.renewed, len(vendor.sent)) == (1, 2)


def test_a_renewed_token_that_is_refused_too_is_an_auth_error(doors: Doors) -> None:
    auth, vendor = Login("me"), Vendor()
    door = doors.over(vendor, auth=auth, judge=lambda _call, _reply: Renew("INVALID_TOKEN"))
    for _ in range(3):
        with pytest.raises(AuthError):
            door.send(read())
    assert (auth.renewed, len(vendor.sent)) == (1, 2)


# --- credits -------------------------------------------------------------------------------------------------------


def test_exhausted_credits_are_looked_at_once_in_15_minutes_by_all_jobs_together(doors: Doors) -> None:
    vendor = Vendor()
    jobs = [doors.over(vendor, judge=lambda _call, _reply: Exhausted("credits used up")) for _ in range(4)]
    probes = []
    for minute in range(120):
        for job in jobs:
            before = len(vendor.sent)
            with pytest.raises(Throttled) as caught:
                job.send(read())
            assert caught.value.after is not None
            assert 0 < caught.value.after <= 900
            probes += [minute] * (len(vendor.sent) - before)
        doors.clock.advance(60)
    assert doors.clock.slept_seconds == 0
    assert all(later - earlier >= 15 for earlier, later in itertools.pairwise(probes))
    assert len(probes) == 8


def test_a_reserve_that_is_touched_stops_every_job_until_it_is_looked_at_again(doors: Doors) -> None:
    vendor = Vendor()
    rules = Rules(daily_credits=1000, reserve=0.1, share=1.0)
    one, other = doors.over(vendor, rules=rules), doors.over(vendor, rules=rules)
    one.send(read())
    one.observe_credits(100)
    other.send(read())
    one.observe_credits(99)
    for door in (one, other):
        with pytest.raises(Throttled) as caught:
            door.send(read())
        assert caught.value.after == pytest.approx(900)
    spent = other.spent()
    assert spent.credits_left == 99
    assert spent.returns_at is not None
    assert (spent.returns_at - doors.clock()).total_seconds() == pytest.approx(900)
    doors.clock.advance(900)
    other.send(read())
    assert len(vendor.sent) == 3


def test_this_connections_share_is_never_passed_and_says_when_more_returns(doors: Doors) -> None:
    vendor = Vendor()
    door = doors.over(vendor, rules=Rules(daily_credits=100, share=0.2, read_share=0.5))
    for _ in range(10):
        door.send(read())
    with pytest.raises(Throttled) as caught:
        door.send(read())
    assert caught.value.after is not None
    assert caught.value.after > 80_000
    assert len(vendor.sent) == 10
    spent = door.spent()
    assert (spent.calls, spent.credits, spent.credits_left) == (10, 10, 0)
    assert spent.returns_at is not None


# --- pauses --------------------------------------------------------------------------------------------------------


def test_a_pause_is_shared_by_all_workers(doors: Doors) -> None:
    vendor = Vendor(httpx.Response(429, headers={"Retry-After": "30"}), FINE)
    one, other = doors.over(vendor, rules=ONCE), doors.over(vendor)
    with pytest.raises(Throttled):
        one.send(read())
    other.send(read())
    assert doors.clock.slept_seconds == 30


def test_429_without_a_time_backs_off_with_full_jitter_up_to_a_minute(doors: Doors) -> None:
    times = []

    def busy(_request: httpx.Request) -> httpx.Response:
        times.append(doors.clock())
        return httpx.Response(429)

    door = doors.over(busy, rules=Rules(attempts=12))
    with pytest.raises(Throttled):
        door.send(read())
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(times)]
    assert len(gaps) == 11
    assert all(1 <= gap <= 60.01 for gap in gaps)
    assert max(gaps[:2]) <= 4.01
    assert len({round(gap, 3) for gap in gaps}) > 5


def test_throttling_opens_no_breaker(doors: Doors) -> None:
    vendor = Vendor(*[httpx.Response(429)] * 20, FINE)
    assert doors.over(vendor, rules=Rules(attempts=30)).send(read()).status == 200


def test_a_stop_ends_a_pause_with_what_was_waited_for(doors: Doors) -> None:
    vendor = Vendor(httpx.Response(429, headers={"Retry-After": "600"}))
    doors.stop.set()
    with pytest.raises(Throttled):
        doors.over(vendor).send(read())
    with pytest.raises(Throttled):
        doors.over(vendor).send(read())
    assert len(vendor.sent) == 1
    assert doors.clock.slept_seconds == 0


def test_a_clock_that_does_not_move_holds_no_call_for_ever(doors: Doors) -> None:
    SharedState(doors.shared, "api").change(lambda state: (replace(state, calm=Calm().paused(_now(doors), 60)), None))
    door = doors.over(Vendor())
    object.__setattr__(door._context, "sleep", lambda _seconds: None)
    with pytest.raises(Throttled):
        door.send(read())


def _now(doors: Doors) -> float:
    return doors.clock().timestamp()


def test_calls_per_window_are_waited_for(doors: Doors) -> None:
    times = []

    def answer(_request: httpx.Request) -> httpx.Response:
        times.append(_now(doors))
        return FINE

    one, other = (doors.over(answer, rules=Rules(calls_per_window=10, window_s=20.0)) for _ in range(2))
    for number in range(60):
        (one, other)[number % 2].send(read())
        doors.clock.advance(0.01)
    assert max(sum(start <= at < start + 20 for at in times) for start in times) <= 10
    assert times[-1] - times[0] < 140


# --- cost ----------------------------------------------------------------------------------------------------------


def test_a_call_that_works_writes_nothing_shared(doors: Doors) -> None:
    doors.shared = shared = CountedShared()
    door = doors.over(Vendor(), rules=Rules(daily_credits=1_000_000))
    for _ in range(500):
        door.send(read())
    assert shared.updates <= 8


def test_a_failure_now_and_then_does_not_make_every_call_a_write(doors: Doors) -> None:
    doors.shared = shared = CountedShared()
    door = doors.over(Vendor(*([FINE] * 30 + [DOWN]) * 10), rules=Rules(attempts=2))
    for _ in range(300):
        door.send(read())
    assert shared.updates < 80


@settings(deadline=None)
@given(st.lists(st.sampled_from("gbpoarw"), max_size=60), st.randoms(use_true_random=False))
def test_whatever_happened_nobody_is_locked_out_for_longer_than_half_an_hour(
    what: list[str], draw: random.Random
) -> None:
    calm, now_s = Calm(), 1_000_000.0
    for one in what:
        if calm.open and calm.open.refuses_for_s(now_s, "me") == 0:
            calm = calm.trying(now_s)
        calm = {
            "g": calm.succeeded(draw.randrange(1, 30)),
            "b": calm.failed(now_s, "down", good_before=draw.randrange(30)),
            "p": calm.paused(now_s, draw.uniform(0, 900)),
            "o": calm.opened("credits", "used up", now_s, 900),
            "a": calm.refused(now_s, "revoked", "me"),
            "r": calm,
            "w": calm,
        }[one]
        now_s += draw.uniform(0, 100)
        assert len(calm.outcomes) <= 20
        assert not calm.open or calm.open.refuses_for_s(now_s, "me") <= LONGEST_OPEN_S
        assert not calm.pause or calm.pause.left_s(now_s) <= 900


def test_the_state_is_a_short_text_and_comes_back_as_it_was() -> None:
    shared = SharedState(InMemoryShared(), "api")
    calm = Calm().failed(5.0, "x").paused(6.0, 7.0).opened("auth", "revoked", 8.0, 9.0, "me").trying(10.0)
    shared.change(lambda state: (replace(state, calm=calm), None))
    assert shared.read().calm == calm


def test_the_judge_of_the_tests_is_the_plain_one() -> None:
    assert judge(read(), Reply(200, headers={})) == Ok()

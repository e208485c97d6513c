"""Calls and credits hold over all jobs of a connection, and cost no write a call."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.http.budget import DAY_S, Budget
from crmbridge.http.rules import Rules
from crmbridge.http.state import DoorState, SharedState, parse, write
from crmbridge.http.window import RollingWindow

from .conftest import CountedShared

STEPS = st.lists(
    st.tuples(st.floats(0, 4, allow_nan=False), st.integers(0, 2), st.integers(1, 9), st.sampled_from("tttgsc")),
    max_size=80,
)


class Jobs:
    """Several processes of one connection."""

    def __init__(self, rules: Rules, count: int = 3) -> None:
        self.now_s = 1_000_000_000.0
        self.shared = CountedShared()
        self.rules = rules
        self.budgets = [self.make() for _ in range(count)]
        self.made: list[tuple[float, int]] = []

    def make(self) -> Budget:
        return Budget(SharedState(self.shared, "api"), self.rules, lambda: self.now_s)

    def take(self, job: int, cost: int = 1, *, reading: bool = True, lane: str = "") -> bool:
        if self.budgets[job].take(cost, reading=reading, lane=lane):
            return False
        self.made.append((self.now_s, cost))
        return True

    def most_in_any(self, span_s: float) -> tuple[int, int]:
        """The most calls, and the most credits, in any window of that length."""
        windows = [[cost for at, cost in self.made if start <= at < start + span_s] for start, _ in self.made]
        return max(map(len, windows), default=0), max(map(sum, windows), default=0)


@settings(deadline=None)
@given(STEPS)
def test_no_window_anywhere_holds_more_calls_than_allowed(steps: list[tuple[float, int, int, str]]) -> None:
    jobs = Jobs(Rules(calls_per_window=7, window_s=5.0))
    for wait_s, job, _cost, what in steps:
        jobs.now_s += wait_s
        if what == "t":
            jobs.take(job)
        elif what == "g" and jobs.made and jobs.made[-1][0] == jobs.now_s and jobs.take(job):
            jobs.budgets[job].give_back(1, reading=True)
            jobs.made.pop()
        elif what == "s":
            jobs.budgets[job].settle()
        elif what == "c":
            jobs.budgets[job] = jobs.make()  # killed: what it had reserved is lost
    assert jobs.most_in_any(5.0)[0] <= 7


@settings(deadline=None)
@given(STEPS)
def test_no_day_anywhere_holds_more_credits_than_the_share(steps: list[tuple[float, int, int, str]]) -> None:
    jobs = Jobs(Rules(daily_credits=100, share=0.5, read_share=0.6))
    for wait_s, job, cost, what in steps:
        jobs.now_s += wait_s * 3000
        if what in "tg":
            jobs.take(job, cost, reading=what == "t")
        elif what == "s":
            jobs.budgets[job].settle()
        else:
            jobs.budgets[job] = jobs.make()
    assert jobs.most_in_any(DAY_S)[1] <= 50


def test_reads_stop_earlier_so_that_writes_still_work() -> None:
    jobs = Jobs(Rules(daily_credits=1000, share=0.2, read_share=0.7))
    reads = sum(jobs.take(number % 3) for number in range(1000))
    assert reads == 140
    writes = sum(jobs.take(number % 3, reading=False) for number in range(1000))
    assert reads + writes == 200


def test_what_is_short_says_when_there_is_more_and_there_is_then() -> None:
    jobs = Jobs(Rules(daily_credits=100, share=0.1, read_share=1.0))
    for _ in range(5):
        assert jobs.take(0, 2)
        jobs.now_s += 3600
    short = jobs.budgets[0].take(2, reading=True)
    assert short is not None
    assert short.what == "credits"
    assert 0 < short.after_s <= DAY_S
    jobs.now_s += short.after_s - 0.001
    assert not jobs.take(1, 2)
    jobs.now_s += 0.002
    assert jobs.take(1, 2)
    assert not jobs.take(1, 2)


def test_a_call_costs_no_write_to_the_shared_state() -> None:
    jobs = Jobs(Rules(daily_credits=100_000, share=1.0, read_share=1.0))
    assert all(jobs.take(0) for _ in range(5000))
    assert jobs.shared.updates <= 5000 / 90


def test_without_limits_nothing_is_shared_at_all() -> None:
    jobs = Jobs(Rules())
    assert all(jobs.take(0) for _ in range(100))
    jobs.budgets[0].give_back(1, reading=True)
    jobs.budgets[0].settle()
    assert jobs.shared.updates == 0
    assert jobs.budgets[0].left() == (None, 0.0)


def test_what_was_reserved_and_not_used_is_given_back() -> None:
    jobs = Jobs(Rules(daily_credits=10_000, share=0.5, read_share=1.0))
    jobs.take(0, 3)
    jobs.budgets[0].settle()
    jobs.budgets[0].settle()
    assert sum(SharedState(jobs.shared, "api").read().credits.values()) == 3
    assert jobs.budgets[1].left()[0] == 4997


def test_what_is_left_of_a_block_is_not_lost_with_its_part_of_the_day() -> None:
    jobs = Jobs(Rules(daily_credits=10_000, share=0.5, read_share=1.0), count=1)
    for _ in range(50):
        assert jobs.take(0)
        jobs.now_s += 900
    assert jobs.budgets[0].left()[0] == 4950


def test_what_is_left_of_a_block_is_not_lost_with_its_part_of_the_window() -> None:
    jobs = Jobs(Rules(calls_per_window=100, window_s=20.0), count=1)
    for _ in range(100):
        assert jobs.take(0)
        jobs.now_s += 1
    assert sum(SharedState(jobs.shared, "api").read().calls[""].values()) <= 21 + 5


def test_a_call_that_never_left_costs_nothing() -> None:
    jobs = Jobs(Rules(daily_credits=100, share=0.1, read_share=1.0))
    for _ in range(50):
        assert jobs.budgets[0].take(1, reading=True) is None
        jobs.budgets[0].give_back(1, reading=True)
    assert jobs.budgets[0].left()[0] == 10


def test_an_account_whose_credits_become_known_is_bounded_from_then_on() -> None:
    jobs = Jobs(Rules(share=1.0, read_share=1.0))
    assert all(jobs.take(0) for _ in range(50))
    jobs.budgets[0].daily_credits = 10
    assert sum(jobs.take(0) for _ in range(50)) == 10


@pytest.mark.parametrize("jump_s", [-86_400 * 3, -86_400, -3600, 86_400, 86_400 * 365])
def test_a_clock_that_jumps_locks_nobody_out_for_longer_than_two_days(jump_s: float) -> None:
    jobs = Jobs(Rules(daily_credits=100, share=0.1, read_share=1.0))
    while jobs.take(0):
        pass
    jobs.now_s += jump_s
    for _ in range(2 * 24 + 2):
        if jobs.take(1):
            return
        jobs.now_s += 3600
    pytest.fail("still locked out")


@settings(deadline=None)
@given(
    st.dictionaries(st.integers(0, 20), st.integers(1, 9), max_size=8),
    st.floats(20, 30),
    st.integers(1, 5),
    st.integers(5, 20),
)
def test_the_window_frees_exactly_when_it_says(counts: dict[int, int], now_s: float, need: int, limit: int) -> None:
    window = RollingWindow(10.0, 10)
    after_s = window.free_after_s(counts, now_s, need, limit)
    if after_s == 0:
        assert window.used(counts, now_s) + need <= limit
        return
    assert window.used(counts, now_s + after_s + 1e-6) + need <= limit
    for earlier_s in (now_s, now_s + after_s / 2, now_s + after_s - 1e-6):
        assert earlier_s >= now_s + after_s or window.used(counts, earlier_s) + need > limit


def test_a_state_that_cannot_be_read_is_an_empty_one() -> None:
    for text in (
        None,
        "",
        "{",
        "[]",
        "null",
        '{"v":99}',
        '{"v":1,"calls":{},"credits":{}}',
        '{"v":2}',
        '{"v":2,"calls":[],"credits":{}}',
        '{"v":2,"calls":7}',
        '{"v":2,"calls":{"":[]},"credits":{}}',
    ):
        assert parse(text) == DoorState()
    state = DoorState(calls={"": {3: 4}}, credits={1: 2}, left=7, left_at_s=2.5)
    assert parse(write(state)) == state


def test_a_call_that_costs_more_than_there_ever_is_waits_a_whole_window() -> None:
    window = RollingWindow(10.0, 10)
    assert window.free_after_s({}, 0.0, 6, 5) == pytest.approx(11.0)
    assert window.free_after_s({0: 5}, 0.5, 6, 5) == pytest.approx(11.0)


def test_each_lane_has_a_window_of_its_own_that_all_jobs_share() -> None:
    jobs = Jobs(Rules(calls_per_window=10, window_s=5.0))
    for lane in ("/query", "/get", ""):
        assert sum(jobs.take(number % 3, lane=lane) for number in range(40)) == 10
    jobs.now_s += 5.0 + 5.0 / 20
    assert jobs.take(0, lane="/query")


def test_a_call_of_a_lane_that_never_left_gives_its_place_back() -> None:
    jobs = Jobs(Rules(calls_per_window=10, window_s=5.0), count=1)
    assert sum(jobs.take(0, lane="/query") for _ in range(10)) == 10
    jobs.budgets[0].give_back(1, reading=True, lane="/query")
    assert [jobs.take(0, lane="/query") for _ in range(2)] == [True, False]


def test_the_finer_the_parts_the_closer_the_window_is_to_its_length() -> None:
    window = RollingWindow(20.0, 50)
    assert window.free_after_s({0: 100}, 0.0, 1, 100) == pytest.approx(20.4)

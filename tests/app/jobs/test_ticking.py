"""Ticks: what is due runs once, what was missed too; what failed stops nothing and is tried again where that helps."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.app.jobs.desk import Desk

from crmbridge.app.jobs import holding, ticking
from crmbridge.app.jobs.kinds import KINDS, Kind
from crmbridge.app.jobs.kinds import NoArguments as Nothing
from crmbridge.app.jobs.parts import Parts
from crmbridge.ledger import leases
from crmbridge.model.errors import AuthError, GuardStop, Unavailable
from crmbridge.model.instants import to_us

QUICK = '\n[jobs.quick]\nkind = "test"\nschedule = "*/10 * * * *"\n'


class Work:
    """A kind of job that does what a test says."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.done = 0

    def __call__(self, *_: object) -> None:
        self.done += 1
        if self.error is not None:
            raise self.error


work = Work()


def do(bridge: object, arguments: Nothing, parts: Parts) -> None:
    work(bridge, arguments, parts)


@pytest.fixture
def quick(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Work:
    """A second job every ten minutes, of a kind of its own."""
    kinds = {**KINDS, "test": Kind(Nothing, f"{__name__}:do")}
    for module in ("kinds", "section", "performing"):
        monkeypatch.setattr(f"crmbridge.app.jobs.{module}.KINDS", kinds)
    work.__init__()  # type: ignore[misc]
    desk.write(QUICK)
    assert desk.tick() == []
    return work


def test_a_new_job_owes_nothing_of_before(desk: Desk) -> None:
    assert desk.tick(minutes=1) == []
    assert [run.command for run in desk.runs()] == []


def test_what_is_due_runs_once(desk: Desk) -> None:
    assert desk.tick(hours=14) == [("nightly", 0)]
    assert desk.tick(minutes=5) == []
    (run,) = desk.runs()
    assert (run.command, run.job, run.exit_code, run.attempt) == ("sync", "nightly", 0, 1)
    assert run.due_us == to_us(datetime(2026, 3, 1, 18, tzinfo=UTC))  # two at night in Shanghai
    assert [(step.object, step.written) for step in run.steps] == [("people", 2), ("deals", 4)]


def test_missed_runs_are_one(desk: Desk) -> None:
    desk.now += timedelta(days=5, hours=14)
    assert [(call.job, call.missed) for call in ticking.due_ones([desk.standing()])] == [("nightly", 6)]
    assert desk.tick() == [("nightly", 0)]
    assert desk.tick() == []
    assert desk.standing().due is None


def test_a_job_that_fails_stops_no_other_and_the_code_is_the_worst(desk: Desk, quick: Work) -> None:
    quick.error = GuardStop("a person must look")
    ran = [("quick", 3), ("nightly", 0)]
    assert sorted(desk.tick(hours=14)) == sorted(ran)
    quick.error = ZeroDivisionError("a customer's name")
    assert desk.tick(minutes=10) == [("quick", 70)]
    last = desk.runs()[-1]
    assert (last.exit_code, last.error_code) == (70, "bug")
    assert "ZeroDivisionError at performing.py" in str(last.error)
    assert "customer" not in str(last.error)


@pytest.mark.parametrize("error", [GuardStop("-"), AuthError("-")])
def test_what_a_person_must_mend_waits_for_its_next_time(desk: Desk, quick: Work, error: Exception) -> None:
    quick.error = error
    assert len(desk.tick(minutes=10)) == 1
    assert desk.tick(minutes=9) == []
    assert len(desk.tick(minutes=1)) == 1


def test_what_may_work_later_is_tried_again_less_and_less_often(desk: Desk, quick: Work) -> None:
    quick.error = Unavailable("the vendor is away")
    waits = []
    last = desk.now
    for _ in range(240):
        if desk.tick(minutes=1):
            waits.append(round((desk.now - last) / timedelta(minutes=1)))
            last = desk.now
    assert waits == [10, 5, 10, 20, 40, 60, 60]
    assert [run.attempt for run in desk.runs()] == [1, 2, 3, 4, 5, 6, 7]
    quick.error = None
    assert desk.tick(minutes=60) == [("quick", 0)]
    assert (desk.standing("quick").state.attempts, desk.standing("quick").retry) == (0, None)


def test_a_paused_job_waits_and_owes_nothing_afterwards(desk: Desk) -> None:
    with desk.opener() as bridge:
        assert [row["state"] for row in bridge.schedule_pause("nightly").rows] == ["paused"]
    assert desk.tick(days=3) == []
    assert desk.perform("nightly").exit_code == 0  # a person may all the same
    with desk.opener() as bridge:
        assert [row["state"] for row in bridge.schedule_resume("nightly").rows] == ["waiting"]
    assert desk.tick(hours=1) == []
    assert desk.tick(days=1) == [("nightly", 0)]


def test_a_changed_schedule_owes_nothing_of_before(desk: Desk) -> None:
    desk.company.edit("crmbridge.toml", '"0 2 * * *"', '"0 11 * * *"')
    assert desk.tick() == []
    assert desk.tick(hours=22) == []
    assert desk.tick(hours=1) == [("nightly", 0)]


def test_a_job_that_is_gone_is_forgotten(desk: Desk) -> None:
    desk.tick(hours=14)
    with desk.opener() as bridge:
        assert bridge.schedule_remove("nightly").rows == ()
    assert desk.tick(days=2) == []
    with desk.opener() as bridge:
        bridge.schedule_add("nightly", "sync", "0 2 * * *")
    assert desk.tick() == []
    assert len(desk.runs()) == 1


def test_one_that_another_run_is_at_work_on_ends_with_75(desk: Desk) -> None:
    desk.now += timedelta(hours=14)
    with desk.opener() as other, holding.holding(other.wiring, "job:nightly"):
        assert desk.tick() == [("nightly", 75)]
        assert desk.perform("nightly").exit_code == 75
    assert desk.runs() == []
    assert desk.tick() == [("nightly", 0)]


def test_what_another_tick_did_meanwhile_is_not_done_again(desk: Desk) -> None:
    desk.now += timedelta(hours=14)
    due = desk.standing().due
    assert desk.perform("nightly", due=due).exit_code == 0
    second = desk.perform("nightly", due=due)
    assert (second.is_settled, second.run_id) == (True, None)
    assert len(desk.runs()) == 1


def test_a_tick_that_was_killed_leaves_its_job_open_and_its_lease_to_the_next(desk: Desk) -> None:
    desk.now += timedelta(hours=14)
    with desk.opener() as bridge, bridge.wiring.ledger.begin() as tx:
        holder = bridge.wiring.holder.split(":")
        dead = f"{holder[0]}:{2**22 + 1}:x"
        leases.acquire(tx, "job:nightly", dead, now_us=to_us(desk.now))
    assert desk.tick() == [("nightly", 0)]


def test_an_interrupted_job_is_open_still(desk: Desk, quick: Work) -> None:
    quick.error = KeyboardInterrupt()
    desk.now += timedelta(minutes=10)
    with pytest.raises(KeyboardInterrupt):
        ticking.tick(desk.opener)
    assert [run.exit_code for run in desk.runs()] == [130]
    quick.error = None
    assert desk.tick() == [("quick", 0)]


def test_a_dry_look_changes_nothing(desk: Desk) -> None:
    desk.now += timedelta(hours=14)
    before = desk.company.files()
    with desk.opener() as bridge:
        (row,) = bridge.tick_due().rows
    assert (row["job"], row["missed"], str(row["due_at"])) == ("nightly", 1, "2026-03-02 02:00:00+08:00")
    assert {name: text for name, text in desk.company.files().items() if "db" not in name} == {
        name: text for name, text in before.items() if "db" not in name
    }
    assert desk.tick() == [("nightly", 0)]


def test_what_came_due_first_goes_first_and_what_comes_together_as_in_the_file(desk: Desk, quick: Work) -> None:
    desk.write(
        '\n[jobs.early]\nkind = "test"\nschedule = "0 1 * * *"\n[jobs.beside]\nkind = "test"\nschedule = "0 2 * * *"\n'
    )
    desk.tick()
    assert [job for job, _ in desk.tick(hours=14)] == ["early", "nightly", "quick", "beside"]

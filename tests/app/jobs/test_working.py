"""What each kind of job does, what it leaves in the history, and how a run is ended that takes too long."""

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.app.jobs.desk import Desk

from crmbridge.app.jobs.kinds import KINDS, Kind, NoArguments
from crmbridge.app.jobs.parts import Parts
from crmbridge.ledger import service_events
from crmbridge.model.errors import ConfigError
from crmbridge.sync import limit


@pytest.fixture
def read(desk: Desk) -> Desk:
    """The company, read, on a Monday in March."""
    assert desk.perform("nightly").exit_code == 0
    desk.now = datetime(2026, 3, 2, 4, tzinfo=UTC)
    return desk


def kept(desk: Desk, service: str) -> list[str]:
    with desk.opener() as bridge, bridge.wiring.ledger.read() as tx:
        far = 2**62
        return [one.subject for one in service_events.latest(tx, service, until_us=far)]


def add(desk: Desk, kind: str, *settings: str) -> None:
    with desk.opener() as bridge:
        bridge.schedule_add("job", kind, "0 7 * * *", settings)


def test_figures_are_remembered_each_by_itself(read: Desk) -> None:
    add(read, "figures")
    done = read.perform("job")
    run = read.runs()[-1]
    assert (done.exit_code, run.command, run.job) == (0, "figures", "job")
    assert [step.object for step in run.steps] == ["forecast", "tiers", "scores", "cadence", "response", "pool"]
    assert kept(read, "forecast") != []
    assert next(step.written for step in run.steps if step.object == "forecast") > 0


def test_one_figure_that_cannot_be_worked_out_stops_no_other(read: Desk) -> None:
    (read.company.folder / "pool.toml").write_text("nonsense = 1\n", encoding="utf-8")
    add(read, "figures", "figures=pool,forecast")
    done = read.perform("job")
    assert done.exit_code == 78
    assert [(step.object, step.exit_code) for step in read.runs()[-1].steps] == [("pool", 78), ("forecast", 0)]
    assert kept(read, "forecast") != []


def test_a_pack_is_kept_and_written_under_its_period(read: Desk) -> None:
    add(read, "weekly-pack", "ending=md", "folder=out")
    assert read.perform("job").exit_code == 0
    assert (read.company.folder / "out" / "pack-2026-W09.md").read_text(encoding="utf-8").startswith("# ")
    assert kept(read, "pack") == ["company|2026-W09"]


def test_a_pack_of_a_month_in_chinese(read: Desk) -> None:
    add(read, "monthly-pack", "language=zh")
    assert read.perform("job").exit_code == 0
    assert 'lang="zh' in (read.company.folder / "reports" / "pack-2026-02.html").read_text(encoding="utf-8")


def test_what_is_to_be_done_for_customers_is_written(read: Desk) -> None:
    add(read, "care", "views=care,churn")
    assert read.perform("job").exit_code == 0
    names = sorted(file.name for file in (read.company.folder / "reports").iterdir())
    assert names == ["care-2026-03-02.csv", "care-churn-2026-03-02.csv"]


@pytest.mark.file_ledger
def test_the_ledger_is_copied_and_old_copies_go(read: Desk) -> None:
    add(read, "backup", "folder=copies", "keep=2", "deep=true")
    for _ in range(3):
        read.now += timedelta(minutes=1)
        assert read.perform("job").exit_code == 0
    assert len([*(read.company.folder / "copies").iterdir()]) == 2
    assert [step.object for step in read.runs()[-1].steps] == ["verify", "backup"]


def test_what_is_older_than_the_configuration_says_goes(read: Desk) -> None:
    read.write("\n[retention]\nruns = 10\n")
    assert read.perform("nightly").exit_code == 0
    add(read, "retention")
    read.now += timedelta(days=11)
    assert read.perform("job").exit_code == 0
    assert [(run.command, run.job) for run in read.runs()] == [("sync", "nightly"), ("retention", "job")]
    [step] = read.runs()[-1].steps
    assert (step.object, step.written, [str(note) for note in step.notices]) == (
        "retention",
        1,
        ["1 of run were older than 10 days and went"],
    )
    assert read.perform("job").exit_code == 0
    assert read.runs()[-1].steps[0].notices == ()


def test_following_up_is_one_run_with_what_it_has_to_say(read: Desk) -> None:
    add(read, "follow-up")
    done = read.perform("job")
    assert [run.command for run in read.runs()] == ["sync", "follow-up"]
    assert (done.exit_code, read.runs()[-1].exit_code) == (done.exit_code, done.exit_code)


@pytest.mark.file_ledger
def test_a_job_runs_by_its_name_and_a_follow_up_without_an_entry(read: Desk) -> None:
    add(read, "backup")
    with read.opener() as bridge:
        assert bridge.run_job("job").exit_code == 0
        bridge.run_job("follow-up", is_sent=False)
        with pytest.raises(ConfigError, match="job is a job of the kind backup, which shows nothing"):
            bridge.run_job("job", is_sent=False)
        with pytest.raises(ConfigError, match="there is no job nightli") as refused:
            bridge.run_job("nightli")
    assert refused.value.context["nearest"] == "nightly"
    assert [(run.command, run.job) for run in read.runs()[1:]] == [("backup", "job")], "what is shown is no run"


def test_days_that_have_passed_are_made_up_for_once(read: Desk) -> None:
    with read.opener() as bridge:
        bridge.schedule_add("weeks", "weekly-pack", "0 7 * * MON", ["ending=json"])
        made = bridge.schedule_backfill("weeks", date(2026, 2, 10), date(2026, 2, 24))
    assert [(str(row["due_at"])[:10], row["exit_code"]) for row in made.rows] == [
        (day, 0) for day in ("2026-02-16", "2026-02-23")
    ]
    weeks = ["2026-W07", "2026-W08"]
    assert kept(read, "pack") == [f"company|{week}" for week in weeks]
    files = read.company.folder / "reports"
    before = {file.name: file.read_bytes() for file in files.iterdir()}
    assert sorted(before) == [f"pack-{week}.json" for week in weeks]
    with read.opener() as bridge:
        remembered = bridge.remembered()
        bridge.schedule_backfill("weeks", date(2026, 2, 10), date(2026, 2, 24))
        assert bridge.remembered() == remembered
    assert read.standing("weeks").state.attempts == 0


def test_a_week_made_up_for_is_the_week_that_a_tick_would_have_kept(read: Desk) -> None:
    add(read, "weekly-pack", "ending=json")
    read.now = datetime(2026, 2, 24, 4, tzinfo=UTC)
    read.perform("job")
    file = read.company.folder / "reports" / "pack-2026-W08.json"
    live = file.read_bytes()
    read.now = datetime(2026, 3, 2, 4, tzinfo=UTC)
    with read.opener() as bridge:
        bridge.schedule_backfill("job", date(2026, 2, 24), date(2026, 2, 25))
    assert file.read_bytes() == live


@pytest.mark.parametrize(
    ("kind", "first", "until", "said"),
    [
        ("sync", "2026-02-01", "2026-02-02", "only these can: figures, weekly-pack"),
        ("figures", "2026-02-02", "2026-02-01", "the days end before they begin"),
        ("figures", "2027-02-01", "2027-02-02", "only what has passed"),
        ("figures", "2016-02-01", "2026-02-02", "at once (take fewer days)"),
    ],
)
def test_days_that_cannot_be_made_up_for(desk: Desk, kind: str, first: str, until: str, said: str) -> None:
    add(desk, kind)
    with desk.opener() as bridge, pytest.raises(ConfigError) as failed:
        bridge.schedule_backfill("job", date.fromisoformat(first), date.fromisoformat(until))
    assert said in str(failed.value)


def wait(bridge: object, _: NoArguments, parts: Parts) -> None:
    with parts.part("first"):
        pass
    threading.Event().wait(60)


@pytest.fixture
def slow(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A job that waits for a minute, and may take a fifth of a second."""
    kinds = {**KINDS, "test": Kind(NoArguments, f"{__name__}:wait")}
    for module in ("kinds", "section", "performing"):
        monkeypatch.setattr(f"crmbridge.app.jobs.{module}.KINDS", kinds)
    within = limit.within
    monkeypatch.setattr(limit, "within", lambda seconds, stop: within(seconds / 300, stop))
    desk.write('\n[jobs.slow]\nkind = "test"\nschedule = "@hourly"\nlimit_minutes = 1\n')
    desk.tick()
    return desk


def test_a_run_that_takes_too_long_ends_in_order_and_is_tried_again(slow: Desk) -> None:
    assert slow.tick(hours=1) == [("slow", 5)]
    run = slow.runs()[-1]
    assert (run.exit_code, run.error_code, [step.object for step in run.steps]) == (5, "timeout", ["first"])
    assert "the time limit of 1 minutes was reached" in str(run.error)
    assert slow.standing("slow").retry is not None
    assert slow.tick(minutes=5) == [("slow", 5)]  # its lease was given back


def test_the_limit_holds_in_a_thread_of_a_worker_too() -> None:
    stop, ended = threading.Event(), list[str]()

    def work() -> None:
        try:
            with limit.within(0.05, stop):
                while True:
                    time.sleep(0.01)
        except limit.TimeIsUp:
            ended.append("ended")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(timeout=30)
    assert (ended, stop.is_set()) == (["ended"], True)


def test_work_that_ends_in_time_is_left_alone() -> None:
    stop = threading.Event()
    with limit.within(0.05, stop):
        pass
    time.sleep(0.1)
    assert not stop.is_set()

"""Workers: every job that is due is done once, whoever dies, stops or looks twice."""

import threading
from datetime import UTC, datetime
from unittest.mock import ANY

import pytest

from crmbridge.app.jobs.cluster import feeding
from crmbridge.app.jobs.performing import Call
from crmbridge.ledger import leases
from crmbridge.model.errors import Unavailable
from crmbridge.model.instants import to_us

from .crew import ONLOOKER, Crew, wait

pytestmark = pytest.mark.postgres


def test_what_is_due_is_done_once_by_a_worker_that_ends_then(crew: Crew) -> None:
    crew.workspace("acme", "one", "two", "three")
    worker = crew.drain()
    assert sorted(crew.codes("acme")) == [("one", 0), ("three", 0), ("two", 0)]
    assert worker.tally.exit_code == 0
    assert crew.execute("SELECT count(*) FROM procrastinate_jobs") == [(0,)]
    crew.drain()
    assert len(crew.runs("acme")) == 3


def test_two_workers_do_each_job_once(crew: Crew) -> None:
    crew.workspace("acme", *(f"job{number}" for number in range(8)))
    workers = [crew.worker(jobs=2, drain=True) for _ in range(2)]
    with crew.at_work(*workers):
        assert wait(lambda: all(one.is_over for one in workers))
    assert sorted(crew.codes("acme")) == [(f"job{number}", 0) for number in range(8)]
    assert sum(int(str(row["ran"])) for one in workers for row in one.tally.rows()) == 8


def test_jobs_of_one_connection_run_one_at_a_time_and_others_beside_them(crew: Crew) -> None:
    readings = "".join(f'[connections.{name}]\nadapter = "csv"\n' for name in "ab")
    for job, name in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        readings += f'[jobs.{job}]\nkind = "sync"\nschedule = "@yearly"\nconnections = ["{name}"]\n'
    crew.workspace("acme", more=readings)
    with crew.bridge("acme") as bridge:
        locks = [feeding.lock_of(bridge.workspace, job) for job in ("a1", "a2", "b1")]
    assert locks == ["connection:a", "connection:a", "connection:b"]


def test_a_worker_that_is_told_to_end_lets_jobs_end(crew: Crew) -> None:
    crew.workspace("acme", "one")
    go = threading.Event()

    def act(_: str) -> None:
        go.wait(30)

    crew.work.act = act
    worker = crew.worker(grace_s=30)
    with crew.at_work(worker):
        assert wait(lambda: crew.work.began == ["acme"])
        worker.end()
        go.set()
        assert wait(lambda: worker.is_over)
    assert crew.codes("acme") == [("one", 0)]


def test_a_job_that_is_left_is_done_by_another_worker(crew: Crew) -> None:
    crew.workspace("acme", "one")
    over = threading.Event()

    def wait_for_ever(_: str) -> None:
        while not over.wait(0.05):
            pass

    crew.work.act = wait_for_ever
    first = crew.worker(grace_s=0)
    with crew.at_work(first):
        assert wait(lambda: crew.work.began == ["acme"])
    assert list(first.tally.rows()) == [{"workspace": ANY, "ran": 0, "failed": 0, "left": 1, "exit_code": 0}]
    over.set()
    second = crew.drain()
    assert crew.codes("acme") == [("one", 130), ("one", 0)]
    assert [row["ran"] for row in second.tally.rows()] == [1]


def test_what_a_dead_worker_had_in_hand_is_taken_over(crew: Crew) -> None:
    crew.workspace("acme", "one")
    dead = crew.worker()
    dead.queue.open()
    dead.queue.look()
    crew.drain()  # the tables are there, and nothing is due any more
    crew.owe("acme")
    with crew.bridge("acme") as bridge:
        feeding.feed(bridge.wiring, dead.queue, *dead.tenants.require(), share=None)
    dead.queue.close()
    crew.execute(
        "WITH w AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id)"
        " UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM w)"
    )
    crew.drain()
    assert crew.codes("acme") == [("one", 0), ("one", 0)]


def test_a_row_of_the_dead_that_waits_again_already_goes(crew: Crew) -> None:
    crew.workspace("acme", "one")
    crew.drain()
    crew.owe("acme")
    worker = crew.worker(drain=True)
    worker.queue.open()
    (name,) = worker.tenants.require()
    call = Call("one", datetime(2026, 1, 1, tzinfo=UTC))
    assert worker.queue.put(name, call, "job:one")
    crew.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    assert worker.queue.put(name, call, "job:one")
    assert not worker.queue.put(name, call, "job:one")
    with crew.at_work(worker):
        assert wait(lambda: worker.is_over)
    assert crew.codes("acme") == [("one", 0), ("one", 0)]


def test_another_run_that_is_at_work_is_waited_for(crew: Crew) -> None:
    crew.workspace("acme", "one")
    worker = crew.worker(drain=True)
    with crew.bridge("acme") as bridge, bridge.wiring.ledger.begin() as tx:
        lease = leases.acquire(tx, "job:one", "elsewhere:1:x", now_us=to_us(bridge.wiring.clock()), ttl_s=3)
    with crew.at_work(worker):
        assert wait(lambda: worker.is_over)
    assert lease.generation == 1
    assert crew.codes("acme") == [("one", 0)]


def test_a_job_that_fails_is_tried_again_only_when_its_time_has_come(crew: Crew) -> None:
    def fail(_: str) -> None:
        raise Unavailable("the vendor is away")

    crew.work.act = fail
    crew.workspace("acme", "one")
    worker = crew.drain()
    assert (crew.codes("acme"), worker.tally.exit_code) == ([("one", 5)], 5)


def test_a_queue_that_was_lost_is_filled_again(crew: Crew) -> None:
    crew.workspace("acme", "one", "two")
    worker = crew.worker(drain=True)
    worker.queue.open()
    with crew.bridge("acme") as bridge:
        assert feeding.feed(bridge.wiring, worker.queue, *worker.tenants.require(), share=None) == 2
    crew.execute(f"DROP SCHEMA {worker.queue.schema} CASCADE")
    crew.drain()
    assert sorted(crew.codes("acme")) == [("one", 0), ("two", 0)]


def test_a_worker_that_loses_the_server_looks_for_it_again(crew: Crew) -> None:
    crew.workspace("acme", *(f"job{number}" for number in range(6)))
    cut = threading.Lock()

    def cut_once(_: str) -> None:
        if len(crew.work.began) == 3 and cut.acquire(blocking=False):
            crew.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                f" WHERE datname = current_database() AND application_name <> '{ONLOOKER}'"
            )

    crew.work.act = cut_once
    worker = crew.worker(jobs=2)
    done = {(f"job{number}", 0) for number in range(6)}
    with crew.at_work(worker):
        assert wait(lambda: bool(crew.work.began))
        for _ in range(20):  # those that were cut off are tried again after five minutes, which nobody waits for
            if wait(lambda: bool(crew.execute("SELECT 1")) and not crew.execute("SELECT 1 FROM procrastinate_jobs")):
                if done <= set(crew.codes("acme")):
                    break
                crew.open_again("acme")
                worker.queue.look()
    codes = crew.codes("acme")
    assert sorted(code for code in codes if code[1] == 0) == sorted(done)


def test_a_queue_that_is_dropped_under_a_worker_is_made_and_filled_again(crew: Crew) -> None:
    crew.workspace("acme", "one", "two")
    worker = crew.worker()
    with crew.at_work(worker):
        assert wait(lambda: len([one for one in crew.runs("acme") if one.exit_code == 0]) == 2)
        crew.execute(f"DROP SCHEMA {worker.queue.schema} CASCADE")
        crew.owe("acme")
        assert wait(lambda: len([one for one in crew.runs("acme") if one.exit_code == 0]) == 4)


def test_a_row_that_fails_by_our_own_fault_is_told(
    crew: Crew, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    crew.workspace("acme", "one")
    monkeypatch.setattr(feeding, "open_call", broken)
    worker = crew.worker(drain=True)
    with crew.at_work(worker):
        assert wait(lambda: worker.is_over)
    assert "worker.row_failed" in [record.message for record in caplog.records]
    assert crew.codes("acme") == []

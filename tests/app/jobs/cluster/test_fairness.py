"""Workspaces take turns: how much one has to do, or how slow its vendor is, costs another a few jobs at most."""

import threading

import pytest

from crmbridge.app.jobs.cluster import feeding
from crmbridge.app.jobs.cluster.working import Manner

from .crew import Crew, wait

pytestmark = pytest.mark.postgres
MANY = 25


def test_a_workspace_with_much_to_do_lets_another_go_before_its_next_jobs(crew: Crew) -> None:
    crew.workspace("noisy", *(f"job{number}" for number in range(MANY)))
    late = threading.Event()
    seen: list[int] = []

    def act(name: str) -> None:
        if name == "noisy" and len(crew.work.began) == 5 and not late.is_set():
            late.set()
            crew.workspace("quiet", "one")
            worker.queue.look()
            seen.append(len(crew.work.began))

    crew.work.act = act
    worker = crew.worker(jobs=2, share=2, drain=True)
    with crew.at_work(worker):
        assert wait(lambda: worker.is_over)
    began = crew.work.began
    assert began.count("noisy") == MANY
    assert began.index("quiet") - seen[0] <= 2 * 2  # what ran, and what waited before it


def test_a_workspace_whose_vendor_is_slow_leaves_a_place_to_others(crew: Crew) -> None:
    crew.workspace("slow", *(f"job{number}" for number in range(5)))
    crew.workspace("quiet", "one")
    go = threading.Event()

    def act(name: str) -> None:
        if name == "slow":
            go.wait(30)

    crew.work.act = act
    worker = crew.worker(jobs=3)
    with crew.at_work(worker):
        assert wait(lambda: crew.codes("quiet") == [("one", 0)] and crew.work.began.count("slow") == 2)
        crew.workspace("later", "one")
        worker.queue.look()
        assert wait(lambda: crew.codes("later") == [("one", 0)])
        assert crew.work.began.count("slow") == 2
        go.set()
        assert wait(lambda: len([one for one in crew.codes("slow") if one[1] == 0]) == 5)


def test_the_queue_holds_no_more_of_a_workspace_than_its_share(crew: Crew) -> None:
    crew.workspace("acme", *(f"job{number}" for number in range(5)))
    queue = crew.worker().queue
    queue.open()
    with crew.bridge("acme") as bridge:
        assert feeding.feed(bridge.wiring, queue, "db.acme", share=2) == 2
        assert feeding.feed(bridge.wiring, queue, "db.acme", share=2) == 0
        (first, _) = queue.of("db.acme")
        crew.execute(f"UPDATE procrastinate_jobs SET status = 'doing' WHERE id = {first.id}")
        assert feeding.feed(bridge.wiring, queue, "db.acme", share=2, besides=first.id) == 1
        assert feeding.feed(bridge.wiring, queue, "db.acme", share=None) == 3
    queue.close()


@pytest.mark.parametrize(
    ("manner", "tenants", "share"),
    [
        (Manner(jobs=4), 1, None),
        (Manner(jobs=4), 2, 3),
        (Manner(jobs=1), 2, 1),
        (Manner(jobs=4, share=9), 1, 9),
    ],
)
def test_a_workspace_that_is_alone_has_every_place(manner: Manner, tenants: int, share: int | None) -> None:
    assert manner.share_of(tenants) == share

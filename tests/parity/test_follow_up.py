"""What was worked out goes back into both CRMs over loopback HTTP; reps work with it, and the next run sees it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from crmbridge.app import follow_up
from crmbridge.sync.twoway import applying
from crmbridge_sim.zoho import ZohoSimulator

from .following import Followed, calls, following, keys, noon_ms

SYSTEMS = [
    pytest.param(("zoho", True), id="zoho"),
    pytest.param(("fxiaoke", True), id="fxiaoke", marks=pytest.mark.wide),
    pytest.param(("fxiaoke", False), id="fxiaoke without tasks"),
]
LATER = date(2026, 7, 20)


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def crm(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Followed]:
    monkeypatch.setitem(follow_up.SERVICES, "by hand", calls)
    name, has_tasks = request.param
    with following(tmp_path, name, has_tasks=has_tasks) as found:
        yield found


def run(crm: Followed) -> tuple[int, dict[str, object]]:
    """One run, and what it says of the connection; nothing where all that is wanted is there already."""
    with crm.open() as bridge:
        told = bridge.follow_up()
        rows = [dict(row) for row in told.rows if row["state"] != "nothing"]
        return told.exit_code, rows[0] if rows else {}


def approve(crm: Followed, plan: object) -> int:
    with crm.open() as bridge:
        return bridge.apply(str(plan)).exit_code


def work(crm: Followed, done: str, moved: str, deleted: str) -> None:
    """The rep completes one task, puts another off, and deletes the third."""
    made = crm.made()
    ids = {key: vendor_id for key, (vendor_id, _) in made.items()}
    if isinstance(crm.simulator, ZohoSimulator):
        crm.simulator.backdoor.edit("Tasks", ids[done], {"Status": "Completed"})
        crm.simulator.backdoor.edit("Tasks", ids[moved], {"Due_Date": LATER.isoformat()})
        crm.simulator.backdoor.delete("Tasks", ids[deleted])
        return
    people = crm.simulator.backdoor
    people.invalid(crm.tasks, ids[deleted])
    if crm.tasks == "TaskObj":
        people.edit("TaskObj", ids[done], {"status": "2", "finished_time": noon_ms(LATER)})
        people.edit("TaskObj", ids[moved], {"dead_line": noon_ms(LATER)})
    else:
        text = str(made[done][1]["active_record_content"])
        people.edit(crm.tasks, ids[done], {"active_record_content": text.replace("未完成", "已完成")})


@pytest.mark.parametrize("crm", SYSTEMS, indirect=True)
def test_what_was_worked_out_stands_in_the_crm_and_what_reps_do_with_it_comes_back(crm: Followed) -> None:
    code, waiting = run(crm)
    assert (code, waiting["state"], crm.made()) == (3, "waiting", {})
    assert set(crm.shown().values()) <= {(None, None), ("", "")}
    assert approve(crm, waiting["plan"]) == 0
    assert {state for _, state in crm.shown().values()} & {"active", "loyal"}
    assert {tier for tier, _ in crm.shown().values()} & {"VIP", "A"}
    done, moved, deleted = keys(crm)
    assert set(crm.made()) == {done, moved, deleted}
    assert {one.state for one in crm.told().values()} <= {"unread", "open"}
    crm.sync()
    assert {one.state for one in crm.told().values()} == {"open"}
    assert run(crm) == (0, {}), "a second run makes none"
    work(crm, done, moved, deleted)
    crm.sync()
    told = crm.told()
    assert [told[key].state for key in (done, moved, deleted)] == ["done", "open", "gone"]
    if crm.tasks != "ActiveRecordObj":
        assert told[moved].due == LATER, "the rep's date"
    before = crm.rows(crm.tasks)
    assert run(crm) == (0, {}), "nothing is made again, and nothing is put back"
    assert crm.rows(crm.tasks) == before
    assert deleted not in crm.made()


@pytest.mark.wide
@pytest.mark.parametrize("crm", SYSTEMS, indirect=True)
def test_killed_between_the_call_and_its_answer_a_task_is_made_once(
    crm: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, waiting = run(crm)
    with monkeypatch.context() as patched:

        def dies(*_: object) -> None:
            raise Killed

        patched.setattr(applying, "_read_again", dies)
        with pytest.raises(Killed):
            approve(crm, waiting["plan"])
    once = crm.made()
    assert once, "the vendor has them, and the answer was not kept"
    for _ in range(4):
        crm.simulator.clock.advance(900)
        crm.sync()
        code, row = run(crm)
        if code == 3:
            approve(crm, row["plan"])
    assert {key: vendor_id for key, (vendor_id, _) in crm.made().items() if key in once} == {
        key: vendor_id for key, (vendor_id, _) in once.items()
    }
    assert set(crm.made()) == set(keys(crm))
    assert run(crm) == (0, {})

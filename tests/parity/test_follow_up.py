"""What was worked out goes back into both CRMs over loopback HTTP; reps work with it, and the next run sees it."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmbridge.app import follow_up
from crmbridge.sync.twoway import applying
from crmbridge_sim.zoho.backdoor import Backdoor as ZohoPeople

from .following import DUE, Followed, calls, following, keys, noon_ms

KINDS = {"zoho": ("zoho", True), "fxiaoke": ("fxiaoke", True), "fxiaoke without tasks": ("fxiaoke", False)}


def systems(quick: str) -> list[Any]:
    """Each system, by one of them at every change of the code."""
    marks = {name: () if name == quick else pytest.mark.wide for name in KINDS}
    return [pytest.param(one, id=name, marks=marks[name]) for name, one in KINDS.items()]


LATER = date(2026, 7, 20)
WHOLE = dict(follow_up.SERVICES)


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def crm(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Followed]:
    monkeypatch.setattr(follow_up, "SERVICES", {"tiers": follow_up.SERVICES["tiers"], "by hand": calls})
    name, has_tasks = request.param
    with following(tmp_path, name, has_tasks=has_tasks) as found:
        yield found


def run(crm: Followed) -> tuple[int, dict[str, object]]:
    """One run, and what it says of the connection; nothing where all that is wanted is there already."""
    told = crm.bridge.follow_up()
    rows = [dict(row) for row in told.rows if row["state"] != "nothing"]
    return told.exit_code, rows[0] if rows else {}


def approve(crm: Followed, plan: object) -> int:
    return crm.bridge.apply(str(plan)).exit_code


def work(crm: Followed, done: str, moved: str | None = None, deleted: str | None = None) -> None:
    """The rep completes one task, puts another off, and deletes the third."""
    made = crm.made()
    people = crm.simulator.backdoor
    if isinstance(people, ZohoPeople):
        people.edit("Tasks", made[done][0], {"Status": "Completed"})
        if moved is not None:
            people.edit("Tasks", made[moved][0], {"Due_Date": LATER.isoformat()})
        if deleted is not None:
            people.delete("Tasks", made[deleted][0])
        return
    if crm.tasks == "TaskObj":
        people.edit("TaskObj", made[done][0], {"status": "2", "finished_time": int(crm.simulator.clock.now() * 1000)})
        if moved is not None:
            people.edit("TaskObj", made[moved][0], {"dead_line": noon_ms(LATER)})
    else:
        text = str(made[done][1]["active_record_content"])
        people.edit(crm.tasks, made[done][0], {"active_record_content": text.replace("未完成", "已完成")})
    if deleted is not None:
        people.invalid(crm.tasks, made[deleted][0])


@pytest.mark.parametrize("crm", systems("zoho"), indirect=True)
def test_what_was_worked_out_stands_in_the_crm_and_what_reps_do_with_it_comes_back(crm: Followed) -> None:
    code, waiting = run(crm)
    assert (code, waiting["state"], crm.made()) == (3, "waiting", {})
    assert set(crm.shown().values()) <= {(None, None), ("", "")}
    assert approve(crm, waiting["plan"]) == 0
    assert {state for _, state in crm.shown().values()} & {"active", "loyal"}
    assert {tier for tier, _ in crm.shown().values()} & {"VIP", "A"}
    done, moved, deleted = keys(crm)
    assert set(crm.made()) == {done, moved, deleted}
    if crm.tasks != "ActiveRecordObj":
        assert set(crm.days().values()) == {DUE}, "a native task, due as wanted"
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


def test_what_came_of_the_last_touch_stands_on_the_deal_in_the_same_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requirement S2-31: the same touches in both systems give the same line on the same deals."""
    monkeypatch.setattr(follow_up, "SERVICES", {"results": WHOLE["results"]})
    shown = {}
    for name in ("zoho", "fxiaoke"):
        with following(tmp_path / name, name, deals=60) as crm:
            assert crm.results() == {}
            _, waiting = run(crm)
            assert approve(crm, waiting["plan"]) == 0
            shown[name] = crm.results()
            crm.sync()
            assert run(crm) == (0, {}), "a second run writes none"
            assert crm.results() == shown[name]
    assert shown["zoho"] == shown["fxiaoke"]
    assert len(shown["zoho"]) > 1
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\d call: [a-z ]+", line) for line in shown["zoho"].values())


@pytest.mark.parametrize("crm", systems("fxiaoke without tasks"), indirect=True)
def test_leads_are_scored_and_followed_up_where_the_rep_works(crm: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_up, "SERVICES", {name: WHOLE[name] for name in ("scores", "cadence")})
    _, waiting = run(crm)
    assert approve(crm, waiting["plan"]) == 0
    assert all(tier in {"A", "B", "C", "D"} and float(str(score)) >= 0 for tier, score, _ in crm.scored())
    assert all(day for *_, day in crm.scored()), "the day of the next touch stands on the lead"
    first = crm.made()
    assert first, "a lead that nobody touched is due"
    crm.sync()
    assert run(crm) == (0, {}), "a second run makes none"
    done = min(first)
    work(crm, done)
    crm.wait(1)
    crm.sync()
    assert crm.told()[done].state == "done"
    code, row = run(crm)
    assert (code, row["tasks"], row["records"]) == (0, 0, 1), (
        "it was done: its lead shows a later day, and no task is due"
    )
    crm.wait(40)
    crm.sync()
    run(crm)
    following = crm.made().keys() - first.keys()
    assert len(following) == 1, "the next of that one; the others still stand as they are"
    assert {vendor_id for key, (vendor_id, _) in crm.made().items() if key in first} == {
        one for one, _ in first.values()
    }


@pytest.mark.parametrize("crm", systems("none"), indirect=True)
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
    crm.close()
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


@pytest.mark.parametrize("crm", systems("none"), indirect=True)
def test_with_every_service_a_second_run_makes_none(crm: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_up, "SERVICES", WHOLE)
    for _ in range(3):
        code, row = run(crm)
        assert code in {0, 3}
        if code == 3:
            assert approve(crm, row["plan"]) == 0
        crm.sync()
        assert run(crm) == (0, {}), "the same day"
        crm.wait(7)
        crm.sync()
    assert crm.made()

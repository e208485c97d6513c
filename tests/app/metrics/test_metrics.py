"""What Prometheus is told: every figure of the list, read from the ledger, in a form that its own parser takes."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.app.jobs.desk import Desk

from crmbridge.app.bridge import Bridge
from crmbridge.app.metrics import collecting, exposition, textfile
from crmbridge.app.metrics.families import FAMILIES, Sample
from crmbridge.cli import app
from crmbridge.http import state
from crmbridge.http.breaker import Calm
from crmbridge.ledger import connections, counted, plans, runs, shared
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import to_us

SECTION_6 = [
    *("run_duration_seconds", "runs_total", "records_total", "conflicts_total", "quarantine_records"),
    *("outbox_in_doubt", "outbox_oldest_age_seconds", "watermark_lag_seconds", "credits_remaining"),
    *("guard_trips_total", "breaker_state", "last_success_timestamp_seconds"),
]
Found = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def told(bridge: Bridge) -> Found:
    """Every figure, as Prometheus' own parser reads it; without the label of the workspace."""
    found: Found = {}
    for family in text_string_to_metric_families(textfile.text(bridge.wiring)):
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "workspace"}
            assert sample.labels["workspace"] == "acme"
            found[sample.name, tuple(sorted(labels.items()))] = sample.value
    return found


def figure(found: Found, name: str, **labels: str) -> float | None:
    return found.get((f"crmbridge_{name}", tuple(sorted(labels.items()))))


def test_every_name_of_the_specification_is_there_once() -> None:
    names = [family.name for family in FAMILIES]
    assert len(set(names)) == len(names)
    assert {f"crmbridge_{name}" for name in SECTION_6} <= set(names)
    for family in FAMILIES:
        assert family.name.endswith("_total") == (family.type == "counter")
        assert family.help.endswith(".")


def test_a_workspace_that_was_never_read_says_so(desk: Desk) -> None:
    with desk.opener() as bridge:
        found = told(bridge)
    assert figure(found, "last_success_timestamp_seconds", connection="books") == 0
    assert figure(found, "job_last_success_timestamp_seconds", job_name="nightly") == 0
    assert figure(found, "job_interval_seconds", job_name="nightly") == 86400
    assert figure(found, "records_total", connection="books", op="read") == 0
    assert not [name for name, _ in found if name.endswith("watermark_lag_seconds")]


def test_what_a_run_did_is_counted(desk: Desk) -> None:
    desk.tick()
    assert desk.tick(days=1) == [("nightly", 0)]
    desk.now += timedelta(minutes=3)
    with desk.opener() as bridge:
        found = told(bridge)
    assert figure(found, "runs_total", command="sync", result="done") == 1
    assert figure(found, "runs_total", command="sync", result="guard") == 0
    assert figure(found, "records_total", connection="books", op="read") == 6
    assert figure(found, "records", connection="books") == 6
    assert figure(found, "watermark_lag_seconds", connection="books", object="deals") == 180
    assert figure(found, "last_success_timestamp_seconds", connection="books") == desk.now.timestamp() - 180
    assert figure(found, "job_last_success_timestamp_seconds", job_name="nightly") == desk.now.timestamp() - 180
    assert figure(found, "run_duration_seconds_count", command="sync") == 1
    assert figure(found, "run_duration_seconds_bucket", command="sync", le="+Inf") == 1
    assert figure(found, "run_duration_seconds_bucket", command="sync", le="60") == 1


def test_no_counter_falls_when_old_runs_go(desk: Desk) -> None:
    """Prometheus takes a fall for a new beginning, and would count everything again."""
    desk.tick()
    for _ in range(3):
        desk.tick(days=1)
    desk.now += timedelta(days=500)
    with desk.opener() as bridge:
        before = told(bridge)
        gone = bridge.db_prune().rows
        assert [(row["table"], row["rows"]) for row in gone] == [("run", 2)]
        after = told(bridge)
    assert {k: v for k, v in after.items() if k[0].endswith(("_total", "_count", "_sum", "_bucket"))} == {
        k: v for k, v in before.items() if k[0].endswith(("_total", "_count", "_sum", "_bucket"))
    }
    assert figure(after, "runs_total", command="sync", result="done") == 3
    desk.tick(days=1)
    with desk.opener() as bridge:
        assert figure(told(bridge), "runs_total", command="sync", result="done") == 4


def test_a_look_at_what_would_go_counts_nothing_twice(desk: Desk) -> None:
    desk.tick()
    for _ in range(2):
        desk.tick(days=1)
    desk.now += timedelta(days=500)
    with desk.opener() as bridge:
        bridge.db_prune(is_tried=True)
        assert figure(told(bridge), "runs_total", command="sync", result="done") == 2


def test_a_guard_stays_counted_once_a_person_let_the_plan_pass(desk: Desk) -> None:
    with desk.opener() as bridge:
        now_us = to_us(desk.now)
        with bridge.wiring.ledger.begin() as tx:
            trips = json.dumps([["deletes", "too many", {}], ["first-write", "the first", {}]])
            plan = Plan("p1", "pair:main", "x", "open", 30, now_us, now_us + 60_000_000, guards=trips)
            number = plans.add(tx, plan)
        assert figure(told(bridge), "plans_stopped") == 1
        with bridge.wiring.ledger.begin() as tx:
            plans.guarded(tx, number, guards=None, lifted=json.dumps(["deletes"]))
            plans.move(tx, number, "done", now_us=now_us)
        found = told(bridge)
    assert figure(found, "plans_stopped") == 0
    assert [figure(found, "guard_trips_total", guard=name) for name in ("deletes", "first-write", "updates")] == [
        1,
        1,
        0,
    ]


@pytest.mark.parametrize(("later_s", "shown"), [(30, 2), (70, 1)])
def test_a_breaker_is_shown_as_it_is_now(desk: Desk, later_s: int, shown: int) -> None:
    opened = Calm().opened("auth", "refused", desk.now.timestamp(), 60.0)
    with desk.opener() as bridge:
        with bridge.wiring.ledger.begin() as tx:
            made = connections.ensure(tx, "books", adapter="csv", rank=0, now_us=1)
            shared.put(tx, made, "door:api", state.write(state.DoorState(opened)), now_us=1)
        desk.now += timedelta(seconds=later_s)
        found = told(bridge)
    assert figure(found, "breaker_state", connection="books") == shown
    assert figure(found, "login_refused", connection="books") == 1


def test_an_object_that_is_not_read_any_more_is_not_late(desk: Desk) -> None:
    with desk.opener() as bridge:
        for name, day in (("old", 0), ("deals", 9)):
            at_us = to_us(desk.now + timedelta(days=day))
            with bridge.wiring.ledger.begin() as tx:
                run_id = runs.start(tx, command="sync", version="1", now_us=at_us)
                runs.step(tx, run_id, runs.Step("books", name, at_us, 5_000_000, exit_code=0))
        desk.now += timedelta(days=10)
        found = told(bridge)
    assert figure(found, "watermark_lag_seconds", connection="books", object="deals") == 86400
    assert figure(found, "watermark_lag_seconds", connection="books", object="old") is None


def test_one_object_that_was_never_read_to_its_end_is_no_success(desk: Desk) -> None:
    with desk.opener() as bridge:
        at_us = to_us(desk.now)
        with bridge.wiring.ledger.begin() as tx:
            run_id = runs.start(tx, command="sync", version="1", now_us=at_us)
            runs.step(tx, run_id, runs.Step("books", "people", at_us, 1, exit_code=0, credits_left=70, calls=1))
            runs.step(tx, run_id, runs.Step("books", "deals", at_us, 1, exit_code=5, error_code="UNAVAILABLE"))
        found = told(bridge)
    assert figure(found, "last_success_timestamp_seconds", connection="books") == 0
    assert figure(found, "credits_remaining", connection="books") == 70


def test_names_are_escaped_and_whole_numbers_stay_whole() -> None:
    family = next(one for one in FAMILIES if one.name == "crmbridge_credits_total")
    made = exposition.text([Sample(family, ('a"b\\c\nd',), 12345678901234567)], "蓝河")
    assert made.splitlines()[-1].endswith(" 12345678901234567")
    (found,) = text_string_to_metric_families(made)
    assert found.samples[0].labels == {"workspace": "蓝河", "connection": 'a"b\\c\nd'}


def test_an_altered_audit_log_and_a_lost_key_are_shown(desk: Desk) -> None:
    with desk.opener() as bridge:
        bridge.schedule_pause("nightly")
        found = told(bridge)
        assert figure(found, "audit_broken") == 0
        assert figure(found, "job_paused", job_name="nightly") == 1
    (desk.company.folder / ".crmbridge" / "audit.key").unlink()
    with desk.opener() as bridge:
        assert figure(told(bridge), "audit_broken") == 1


def test_the_file_is_written_after_every_job_however_it_ends(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "acme.prom"
    desk.write(f'\n[metrics]\ntextfile = "{file.as_posix()}"\n')
    desk.tick()
    assert not file.exists()
    desk.tick(days=1)
    assert 'crmbridge_runs_total{workspace="acme",command="sync",result="done"} 1\n' in file.read_text("utf-8")
    (desk.company.folder / "exports" / "deals.csv").unlink()
    assert desk.tick(days=1)[0][1] != 0
    assert f'crmbridge_collected_timestamp_seconds{{workspace="acme"}} {desk.now.timestamp():.0f}' in file.read_text()
    assert [one.name for one in tmp_path.iterdir() if one.suffix != ".prom" and one.is_file()] == []


def test_a_file_that_cannot_be_written_fails_no_job(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.write('\n[metrics]\ntextfile = "nowhere/acme.prom"\n')
    desk.tick()
    with caplog.at_level("ERROR", "crmbridge.jobs"):
        assert desk.tick(days=1) == [("nightly", 0)]
    assert [record.message for record in caplog.records] == ["metrics.unwritten"]


def test_a_name_that_nobody_collects_is_refused(desk: Desk, tmp_path: Path) -> None:
    with desk.opener() as bridge, pytest.raises(ConfigError, match=r"\.prom"):
        bridge.metrics_textfile(tmp_path / "acme.txt")
    desk.write('\n[metrics]\ntextfile = "acme.txt"\n')
    with pytest.raises(ConfigError, match=r"metrics\.textfile"):
        desk.opener()


def test_the_command_shows_text_rows_or_writes_the_file(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    place = ["--workspace", str(desk.company.folder)]
    assert app.run(["metrics", *place], {}) == 0
    assert capfd.readouterr().out.startswith("# HELP crmbridge_info ")
    assert app.run(["metrics", "--json", *place], {}) == 0
    rows = json.loads(capfd.readouterr().out)["rows"]
    assert {row["metric"] for row in rows} <= {name for family in FAMILIES for name in family.names}
    file = desk.company.folder / "acme.prom"
    assert app.run(["metrics", "--json", "--textfile", str(file), *place], {}) == 0
    assert json.loads(capfd.readouterr().out)["rows"] == [{"file": str(file), "bytes": file.stat().st_size}]


def test_nobody_s_name_and_no_record_is_a_label(desk: Desk) -> None:
    desk.tick()
    desk.tick(days=1)
    with desk.opener() as bridge:
        labels = {value for one in collecting.collect(bridge.wiring) for value in one.values}
    assert not labels & {"Li", "Wang", "d1", "d2", "d3", "d4"}
    assert len(labels) < 100


def test_counts_are_kept_apart_by_how_a_record_went(desk: Desk) -> None:
    with desk.opener() as bridge, bridge.wiring.ledger.begin() as tx:
        run_id = runs.start(tx, command="sync", version="1", now_us=1)
        runs.step(tx, run_id, runs.Step("books", "deals", 1, 1, part=runs.WRITE, written=3, updated=2, quarantined=1))
        counts = counted.look(tx)
    assert counts[counted.RECORDS, "books", counted.SENT] == 5
    assert counts[counted.RECORDS, "books", counted.REFUSED] == 1
    assert counts[counted.RECORDS, "books", "written"] == 0


def test_runs_are_summed_up_now_and_then_and_none_is_counted_twice(desk: Desk) -> None:
    with desk.opener() as bridge, bridge.wiring.ledger.begin() as tx:
        now_us = to_us(desk.now)
        for number in range(6):
            run_id = runs.start(tx, command="sync", version="1", now_us=now_us)
            runs.step(tx, run_id, runs.Step("books", "deals", now_us, 1, read=10, calls=2))
            if number != 3:  # it is still at work
                runs.finish(tx, run_id, exit_code=0, now_us=now_us + 1)
        before = counted.look(tx)
        assert before[counted.RUNS, "sync", "0"] == 5
        counted.sum_up(tx, now_us=now_us, at_least=4)
        assert counted._kept(tx) == (0, {})
        counted.sum_up(tx, now_us=now_us, at_most=1)
        assert counted._kept(tx)[0] == 1
        assert counted.look(tx) == before
        counted.sum_up(tx, now_us=now_us)
        assert counted._kept(tx)[0] == 3
        assert counted.look(tx) == before
        runs.finish(tx, 4, exit_code=5, now_us=now_us + 2)
        after = counted.look(tx)
        counted.sum_up(tx, now_us=now_us)
        assert counted._kept(tx)[0] == 6
        assert counted.look(tx) == after
    assert after[counted.RUNS, "sync", "5"] == 1
    assert after[counted.RECORDS, "books", "read"] == 60


def test_a_run_that_was_killed_keeps_nothing_from_being_summed_up_for_ever(desk: Desk) -> None:
    with desk.opener() as bridge, bridge.wiring.ledger.begin() as tx:
        now_us = to_us(desk.now)
        runs.start(tx, command="sync", version="1", now_us=now_us)
        counted.sum_up(tx, now_us=now_us + 1)
        assert counted._kept(tx)[0] == 0
        counted.sum_up(tx, now_us=now_us + counted.OVER_US)
        assert counted._kept(tx)[0] == 1

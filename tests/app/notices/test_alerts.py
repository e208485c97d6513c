"""What an operator is told: what failed, was not run, was stopped or put aside; each once, by a channel that works."""

from datetime import timedelta

from tests.app.notices.conftest import Opened
from tests.app.notices.office import BOSS, OPS, Office

from crmbridge.app.notices import troubles
from crmbridge.app.notices.troubles import Trouble

NIGHTLY = (
    '\n[jobs.nightly]\nkind = "sync"\nschedule = "0 2 * * *"\n'
    '[jobs.tell]\nkind = "notices"\nschedule = "*/15 * * * *"\n'
)


def found(made: Office) -> list[Trouble]:
    with made.bridge() as bridge:
        return troubles.troubles(bridge.wiring)


def test_a_company_without_trouble_is_left_alone(office: Opened) -> None:
    made = office(OPS)
    assert made.fates() == []
    assert made.hub.got == []


def test_a_job_that_failed_is_told_once_for_each_time_it_came_due(office: Opened) -> None:
    made = office(OPS, NIGHTLY)
    made.tick()
    (made.folder / "mapping" / "crm.toml").write_text("format = 1\nnonsense = 2\n", encoding="utf-8")
    made.tick(hours=18)
    assert made.hub.texts("ops") == []
    for _ in range(3):
        made.tick(hours=2)
    assert len(made.hub.titles("ops")) == 1
    assert made.hub.titles("ops")[0] == "crmbridge acme: 1 to look at"
    assert "the job nightly ended with 78 (config)" in made.hub.texts("ops")[0]
    made.tick(hours=18)
    made.tick(hours=6)
    assert len(made.hub.titles("ops")) == 2


def test_a_job_that_nobody_ran_is_late(office: Opened) -> None:
    made = office(OPS, NIGHTLY)
    made.tick()
    made.now += timedelta(days=1, hours=1)
    assert [one.key for one in found(made)] == []
    made.now += timedelta(days=1)
    (late,) = found(made)
    assert (late.note.code, late.note.params["job"], late.note.params["count"]) == ("JOB_LATE", "nightly", 2)
    with made.bridge() as bridge:
        bridge.schedule_pause("nightly")
    assert found(made) == []


def test_what_is_put_aside_is_told_once_a_day_and_only_where_something_new_came(office: Opened) -> None:
    made = office(OPS)
    deals = made.folder / "crm" / "deals.csv"

    def spoil(line: str) -> None:
        deals.write_text(deals.read_text(encoding="utf-8") + line, encoding="utf-8")
        with made.bridge() as bridge:
            bridge.sync([])

    spoil("bad-1,Talk,nonsense,Ann,,,2026-01-05,\n")
    assert made.fates() == [("ops", "ops", "sent")]
    assert "1 record of crm could not be used" in made.hub.texts("ops")[0]
    spoil("bad-2,Talk,nonsense,Ann,,,2026-01-05,\n")
    assert made.fates(minutes=30) == []
    made.now += timedelta(days=1)
    assert made.fates() == []
    spoil("bad-3,Talk,nonsense,Ann,,,2026-01-05,\n")
    assert made.fates() == [("ops", "ops", "sent")]
    assert "3 records of crm could not be used" in made.hub.texts("ops")[1]


def test_a_channel_that_fails_is_told_by_another_one(office: Opened) -> None:
    made = office(BOSS, OPS)
    made.hub.ways["room"] = (404, b"")
    assert made.fates() == [("boss", "room", "waiting"), ("ops", "ops", "sent")]
    assert "the channel room fails (HTTP 404)" in made.hub.texts("ops")[0]
    assert "room" not in str([one for one in made.fates(minutes=20) if one[0] == "ops"])


def test_an_alert_that_did_not_arrive_tells_later_what_is_true_then(office: Opened) -> None:
    made = office(BOSS, OPS)
    made.hub.ways.update(room=(404, b""), ops=(503, b""))
    made.send()
    made.hub.ways.clear()
    made.send(minutes=6)  # the room is well again, so that there is nothing to tell any more
    assert len(made.hub.titles("ops")) == 1
    assert [one.state for one in made.kept() if one.channel == "ops"] == ["waiting"]
    made.send(days=2)
    assert [one.state for one in made.kept() if one.channel == "ops"] == ["dropped"]

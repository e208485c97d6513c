"""A round of notices: each person the own work, once, at an hour that suits; what fails waits and stops nobody."""

import importlib.util
import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.app.notices.conftest import Opened
from tests.app.notices.hub import Way
from tests.app.notices.office import BOSS, OPS, REPS, RULES

from crmbridge.app.notice_file import FILE, NoticeFile
from crmbridge.model.errors import ConfigError, LeaseLost
from crmbridge.report.notices import postman
from crmbridge.sync.twoway.notices import Notify

ANN, AMY = "mail/ann@acme.example", "mail/amy@acme.example"


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_a_digest_is_what_the_queue_says_to_that_person(office: Opened) -> None:
    made = office(REPS)
    rows = {row["for"]: row for row in made.look().rows}
    assert set(rows) == {"Ann", "Amy", "Bob"}
    with made.bridge() as bridge:
        for person, row in rows.items():
            seen = [one for one in bridge.queue(owner=person, viewer=person).rows if one["section"] == "queue"]
            told = str(row["text"]).splitlines()
            assert [re.split("[:：]", line.split(". ")[1])[0] for line in told] == [one["record"] for one in seen]
    assert made.hub.got == []
    assert made.kept() == []


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_each_person_is_told_once_a_day(office: Opened) -> None:
    made = office(REPS)
    assert made.fates() == [
        ("reps", "mail", "no_address"),
        ("reps", "mail", "sent"),
        ("reps", "mail", "quiet"),
    ]
    assert [path for path, _ in made.hub.got] == [ANN]
    assert "ann-1" in made.hub.texts(ANN)[0]
    assert not [text for text in made.hub.texts(ANN) if "amy" in text or "bob" in text]
    assert ("reps", "mail", "sent") not in made.fates(hours=1)
    made.now = datetime(2026, 3, 18, 1, tzinfo=UTC)
    assert ("reps", "mail", "sent") in made.fates()
    assert len(made.hub.titles(ANN)) == 2


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_quiet_hours_are_those_of_where_somebody_is(office: Opened) -> None:
    made = office(REPS)
    made.send()
    assert made.hub.titles(AMY) == []
    made.now = datetime(2026, 3, 17, 12, 29, tzinfo=UTC)
    assert made.hub.titles(AMY) == []
    made.send(minutes=1)  # half past eight in New York
    assert len(made.hub.titles(AMY)) == 1
    assert made.send(minutes=1).rows == ()


def test_whoever_all_of_whom_sleep_costs_no_figures(office: Opened) -> None:
    made = office(REPS)
    made.now = datetime(2026, 3, 16, 18, tzinfo=UTC)
    told = made.send()
    assert (told.rows, [note.code for note in told.warnings]) == ((), ["LATER"])
    assert "2026-03-17 08:30" in str(told.warnings[0].params["time"])


def test_nobody_is_told_on_a_day_off(office: Opened) -> None:
    made = office(REPS, BOSS)
    made.now = datetime(2026, 3, 22, 4, tzinfo=UTC)  # a Sunday
    assert made.send().rows == ()


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_people_have_their_own_channel_language_and_hours_or_nothing(office: Opened) -> None:
    people = (
        '\n[notices.people."ann@acme.example"]\nchannel = "ops"\nlanguage = "en"\nquiet = "none"\n'
        '[notices.people.Amy]\ntimezone = "Asia/Shanghai"\nlanguage = "zh"\n[notices.people.Bob]\nmute = true\n'
    )
    made = office(REPS, people)
    made.now = datetime(2026, 3, 16, 22, tzinfo=UTC)  # six in the morning
    assert [path for path, _ in made.hub.got] == []
    made.send()
    assert [path for path, _ in made.hub.got] == ["ops"]
    assert "3 to do" in made.hub.titles("ops")[0]
    made.send(hours=3)
    assert [path for path, _ in made.hub.got] == ["ops", AMY]
    assert "待办" in made.hub.titles(AMY)[0]


@pytest.mark.parametrize(("way", "code"), [((503, b""), "away"), ((400, b""), "refused")])
def test_what_did_not_arrive_is_sent_later_and_less_and_less_often(office: Opened, way: Way, code: str) -> None:
    made = office(BOSS)
    made.hub.ways["room"] = way
    assert made.fates() == [("boss", "room", "waiting")]
    assert made.kept()[0].code == code
    assert made.fates(minutes=4, seconds=59)[0][2] in {"resting", "waiting"}
    assert len(made.hub.got) == 1
    assert made.fates(seconds=1) == [("boss", "room", "waiting")]
    assert len(made.hub.got) == 2
    made.send(minutes=9)
    assert len(made.hub.got) == 2
    made.hub.ways.clear()
    assert made.fates(minutes=1) == [("boss", "room", "sent")]
    assert made.fates(hours=2) == []
    assert [one.attempts for one in made.kept()] == [3]


@pytest.mark.parametrize("way", [(500, b"broken"), "garbage"])
def test_what_may_have_arrived_is_not_sent_again_until_a_person_says_so(office: Opened, way: Way) -> None:
    made = office(BOSS)
    made.hub.ways["room"] = way
    assert made.fates() == [("boss", "room", "doubted")]
    made.hub.ways.clear()
    assert made.fates(hours=2) == []
    assert len(made.hub.got) == 1
    (doubted,) = made.kept()
    with made.bridge() as bridge, pytest.raises(ConfigError, match="is in no doubt"):
        bridge.notices_again(doubted.key, "ops")
    with made.bridge() as bridge:
        bridge.notices_again(doubted.key, "room")
    assert made.fates(minutes=1) == [("boss", "room", "sent")]
    assert len(made.hub.got) == 2


@pytest.mark.file_ledger  # the workspace is a copy of a folder
@pytest.mark.parametrize("way", ["never", "drip"])
def test_a_slow_channel_is_given_up_and_the_others_are_told(
    office: Opened, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = office(BOSS, '\n[notices.rules.two]\naudience = "manager"\nchannels = ["room", "ops"]\nteam = "North"\n')
    made.hub.ways["room"] = way
    monkeypatch.setattr(postman, "LONGEST_S", 3)
    assert made.fates()[:2] == [("boss", "room", "doubted"), ("two", "room", "resting")]
    assert len(made.hub.titles("room")) == 1
    monkeypatch.setattr(postman, "LONGEST_S", 30)
    made.hub.ways.clear()
    made.send(minutes=6)
    assert len(made.hub.titles("room")) == 2
    assert len(made.hub.titles("ops")) >= 1


def test_a_notice_is_dropped_when_its_time_is_over(office: Opened) -> None:
    made = office(BOSS)
    made.hub.ways["room"] = (503, b"")
    made.send()
    made.hub.ways.clear()
    made.now += timedelta(days=7)
    made.send()
    assert [(one.key, one.state) for one in made.kept()] == [
        ("pack/boss/2026-W12", "delivered"),
        ("pack/boss/2026-W11", "dropped"),
    ]


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_a_rule_that_cannot_be_carried_out_stops_no_other(office: Opened) -> None:
    made = office('\n[notices.rules.bad]\naudience = "manager"\nchannels = ["ops"]\nteam = "Nort"\n', BOSS)
    told = made.send()
    assert (told.exit_code, [row["state"] for row in told.rows]) == (78, ["sent"])
    assert "did you mean North?" in str(told.warnings[0])


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_a_pack_goes_along_where_the_channel_can_carry_it(office: Opened) -> None:
    made = office(BOSS, '\n[notices.rules.plain]\naudience = "manager"\nchannels = ["ops"]\nattach = false\n')
    made.send()
    (told,) = [one for path, one in made.hub.got if path == "room"]
    assert [one["filename"] for one in told["attachments"]] == ["pack-2026-W11.html"]
    assert (made.folder / "reports" / "pack-2026-W11.html").exists()
    assert "pack-2026-W11.html" in told["message"]
    assert "won: -¥500.00 (1 deal)" in told["message"]
    (plain,) = [one for path, one in made.hub.got if path == "ops"]
    assert plain["attachments"] == []


@pytest.mark.file_ledger  # the workspace is a copy of a folder
@pytest.mark.parametrize(("person", "team", "sent"), [("Ada", "North", 1), ("Ada", None, 0), ("Cleo", None, 1)])
def test_nobody_gets_a_pack_of_what_he_does_not_see(office: Opened, person: str, team: str | None, sent: int) -> None:
    rule = f'\n[notices.rules.one]\naudience = "manager"\nchannels = ["mail"]\nperson = "{person}"\n'
    made = office(rule + (f'team = "{team}"\n' if team else ""))
    told = made.send()
    assert (told.exit_code, len(made.hub.got)) == (0 if sent else 78, sent)
    if sent:
        assert made.hub.got[0][0] == f"mail/{person.lower()}@acme.example"


def test_a_secret_that_is_not_there_fails_its_channel_alone(office: Opened) -> None:
    made = office(BOSS, OPS.replace('"operator"', '"manager"'))
    del made.environ["TOLD_ROOM"]
    assert made.fates() == [("boss", "room", "waiting"), ("ops", "ops", "sent")]
    assert {one.channel: one.code for one in made.kept()} == {"room": "invalid", "ops": None}


def test_a_url_that_does_not_suit_its_channel_reaches_nobody(office: Opened) -> None:
    made = office(REPS, BOSS)
    made.environ["TOLD_MAIL"], made.environ["TOLD_ROOM"] = made.hub.url("all"), made.hub.url("{email}")
    assert {(row["state"], row.get("code")) for row in made.send().rows} >= {("waiting", "invalid")}
    assert made.hub.got == []


def test_what_is_sent_is_of_now(office: Opened) -> None:
    made = office(BOSS)
    with made.bridge(as_of=made.now - timedelta(days=7)) as bridge:
        with pytest.raises(ConfigError, match="what is sent is of now"):
            bridge.notices_send()
        assert [row["key"] for row in bridge.notices_send(is_tried=True).rows] == ["pack/boss/2026-W10"]


def test_two_rounds_at_once_are_one(office: Opened) -> None:
    from crmbridge.app.jobs.holding import holding  # noqa: PLC0415

    made = office(BOSS)
    with made.bridge() as bridge, holding(bridge.wiring, "notices"), pytest.raises(LeaseLost):
        made.send()
    assert made.hub.got == []


def test_nothing_to_send_without_rules_or_without_apprise(office: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    made = office()
    assert RULES in (made.folder / "crmbridge.toml").read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match="nobody is to be told anything"):
        made.send()
    made.write(BOSS)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConfigError) as failed:
        made.send()
    assert 'pip install "crmbridge[notices]"' in str(failed.value.hint)
    assert made.look().rows != ()


@pytest.mark.file_ledger  # the workspace is a copy of a folder
def test_what_services_want_somebody_told_finds_its_way_once(office: Opened) -> None:
    made = office(REPS)
    channel = NoticeFile(made.folder / FILE, lambda: made.now)
    made.folder.joinpath(".crmbridge").mkdir(exist_ok=True)
    made.send()
    channel.deliver(Notify("help|deal|1", "Ada", "Ann asks for help with ann-1", "help"))
    channel.deliver(Notify("help|deal|2", "Nobody", "this is for nobody", "help"))
    assert made.fates(minutes=15)[-2:] == [("reps", "mail", "sent"), ("reps", "mail", "no_address")]
    assert made.hub.texts("mail/ada@acme.example") == ["Ann asks for help with ann-1"]
    assert ("reps", "mail", "sent") not in made.fates(minutes=15)
    assert "Ann" not in str(made.kept())
    made.now += timedelta(days=8)
    assert not [one for one in made.look().rows if one["kind"] == "word"]


def test_a_clock_that_goes_on_makes_no_hour_a_quiet_one(office: Opened) -> None:
    made = office(BOSS)
    with made.bridge() as bridge:
        moments = (made.now + timedelta(milliseconds=count) for count in itertools.count())
        bridge.wiring.clock = lambda: next(moments)
        assert [row["state"] for row in bridge.notices_send().rows] == ["sent"]

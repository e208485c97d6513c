"""Experiments out of records: requirement S3-34. Arms by subject, measured by a share, no verdict before its time."""

from datetime import date
from hashlib import sha256

import orjson
import pytest
from tests.services.response_worlds import at, naive
from tests.services.worlds import Deal, company, local, six_stages

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.services.experiments import SERVICE, assigned, body, decided, experiments, find, with_decision
from crmbridge.services.experiments_document import built_in, load_experiments
from crmbridge.services.experiments_report import Standing
from crmbridge.services.kpi import registry

NAME = "exp-call-within-1h"
TEXT = """format = 1
[experiments.exp-call-within-1h]
hypothesis = "who is called within an hour buys more often"
change = "call within an hour"
metric = "lead_conversion"
unit = "lead"
start = 2026-02-01
end = 2026-03-01
n_planned = {planned}
"""
END = "2026-03-01 09:00"


def config(planned: int = 40) -> str:
    return TEXT.format(planned=planned)


def is_control(subject: str) -> bool:
    return int(sha256(f"{NAME}|{subject}".encode()).hexdigest()[:8], 16) % 100 < 50


def world(n: int = 200) -> tuple[Facts, dict[bool, list[tuple[str, bool]]]]:
    """n leads, one an hour from the 1st of February, and one before and one after the experiment."""
    facts = company([Deal("d", [("S1", "2026-01-10")], "1.00")])
    rows: list[dict[str, object]] = []
    arms: dict[bool, list[tuple[str, bool]]] = {True: [], False: []}
    for k in range(n):
        subject = f"crm:lead-{k}"
        converted = k % (10 if is_control(subject) else 2) == 0
        arms[is_control(subject)].append((f"l{k}", converted))
        rows.append(_lead(f"l{k}", subject, f"2026-02-{1 + k % 28:02d}", converted=converted))
    rows.append(_lead("early", "crm:early", "2026-01-31", converted=True))
    rows.append(_lead("late", "crm:late", "2026-03-01", converted=True))
    facts.insert("leads", rows)
    return facts, arms


def _lead(id_: str, subject: str, day: str, *, converted: bool) -> dict[str, object]:
    return {
        "id": id_,
        "subject": subject,
        "created_at": local(day),
        "converted": converted,
        "lifecycle": "active",
    }


def standing(facts: Facts, moment: str, text: str) -> Standing:
    found = experiments(facts, [six_stages()], at(moment), load_experiments(text, registry()), registry())
    return find(found.standings, NAME)


def remember(facts: Facts, moment: str, told: object) -> None:
    row = {"service": SERVICE, "subject": NAME, "at": naive(at(moment)), "body": orjson.dumps(told).decode()}
    facts.insert("service_events", [row])


def test_arms_hold_who_came_in_by_the_hash_of_the_subject_and_nobody_else() -> None:
    facts, arms = world()
    one = standing(facts, END, config())
    for name, mine in (("control", arms[True]), ("treatment", arms[False])):
        told = one.arms[name]  # type: ignore[index]
        assert told.assigned == len(mine)
        assert told.measured == tuple(sorted(id_ for id_, _ in mine))
        assert told.counted == tuple(sorted(id_ for id_, converted in mine if converted))
    assert (one.state, one.result is not None and one.result.verdict) == ("ended", "improved")


@pytest.mark.parametrize(
    ("moment", "planned", "state", "waits"),
    [
        ("2026-01-31 09:00", 40, "planned", "records"),
        ("2026-02-28 23:00", 40, "running", "end"),
        ("2026-02-28 23:00", 4_000, "running", "records"),
        (END, 4_000, "too_few", "records"),
        (END, 40, "ended", None),
    ],
)
def test_there_is_no_verdict_before_the_records_and_the_end(moment: str, planned: int, state: str, waits: str) -> None:
    one = standing(world()[0], moment, config(planned))
    assert (one.state, one.waits_for, one.result is None) == (state, waits, waits is not None)


def test_the_planned_number_follows_from_baseline_and_effect() -> None:
    text = config().replace("n_planned = 40", 'baseline = "0.20"\neffect = "0.05"')
    assert load_experiments(text, registry()).experiments[NAME].planned == 1_094


def test_nothing_is_adopted_without_a_verdict_but_dropped_at_any_time() -> None:
    early = standing(world()[0], "2026-02-10 09:00", config())
    with pytest.raises(ConfigError, match="no verdict before 40 records in each arm and 2026-03-01"):
        decided(early, "adopt", by="Li", reason="looks good", on=date(2026, 2, 10))
    made = decided(early, "drop", by="Li", reason="customers complain", on=date(2026, 2, 10))
    assert (made.control, made.verdict) == (early.arms["control"].pair, None)
    with pytest.raises(ConfigError, match="decided already"):
        decided(with_decision(early, made), "drop", by="Li", reason="again", on=date(2026, 2, 11))


@pytest.mark.parametrize(
    ("choice", "until", "by", "said"),
    [
        ("extend", None, "Li", "new end"),
        ("drop", date(2026, 5, 1), "Li", "new end"),
        ("extend", date(2026, 3, 1), "Li", "no later end"),
        ("drop", None, " ", "by somebody"),
    ],
)
def test_a_decision_that_says_too_little_is_refused(choice: str, until: date | None, by: str, said: str) -> None:
    one = standing(world(20)[0], END, config())
    with pytest.raises(ConfigError, match=said):
        decided(one, choice, by=by, reason="why", on=date(2026, 3, 1), until=until)  # type: ignore[arg-type]


def test_extended_it_runs_on_and_is_judged_at_its_new_end() -> None:
    facts, _ = world()
    one = standing(facts, END, config(101))
    assert one.state == "too_few"
    made = decided(one, "extend", by="Li", reason="few leads", on=date(2026, 3, 1), until=date(2026, 3, 2))
    remember(facts, END, body(made))
    again = standing(facts, "2026-03-01 10:00", config(101))
    assert again.decisions == (made,)
    assert (again.end, again.state, again.is_decided) == (date(2026, 3, 2), "running", False)
    assert sum(arm.assigned for arm in again.arms.values()) == 201, "with the one of the 1st of March"
    assert (again.state, again.end) == (with_decision(one, made).state, with_decision(one, made).end)
    before = standing(facts, "2026-03-01 08:00", config(101))
    assert before.decisions == (), "what was decided later was not known"


def test_what_was_decided_keeps_the_numbers_of_that_moment() -> None:
    facts, _ = world()
    one = standing(facts, END, config())
    made = decided(one, "adopt", by="Li", reason="better", on=date(2026, 3, 1))
    remember(facts, END, body(made))
    facts.connection.cursor().execute("UPDATE leads SET converted = true")
    later = standing(facts, "2026-03-05 09:00", config())
    assert later.decision == made
    assert later.arms["control"].pair != made.control
    assert (made.verdict, later.is_decided) == ("improved", True)


def test_deals_are_measured_over_those_that_are_decided() -> None:
    made = [("won", "2026-02-20"), ("lost", "2026-02-21"), ("S2", "2026-02-22")]
    deals = [Deal(f"d{k}", [("S1", "2026-02-05"), made[k % 3]], "1.00") for k in range(30)]
    text = config(1).replace("lead_conversion", "win_rate").replace('unit = "lead"', 'unit = "deal"')
    one = standing(company(deals), END, text)
    assert sum(arm.assigned for arm in one.arms.values()) == 30
    assert sum(len(arm.measured) for arm in one.arms.values()) == 20
    assert sum(len(arm.counted) for arm in one.arms.values()) == 10


def test_what_the_source_cannot_tell_is_no_figure() -> None:
    facts = company([Deal("d", [("S1", "2026-01-10")], "1.00")])
    one = standing(facts, END, config())
    assert one.unavailable is not None
    assert (one.unavailable.code, one.result, one.waits_for) == ("NO_RECORDS", None, None)


def test_a_record_is_in_the_same_arm_whether_it_came_in_or_not() -> None:
    facts, _ = world(3)
    one = standing(facts, END, config())
    assert assigned(facts, [six_stages()], at(END), one, "l1") == ("crm:lead-1", True)
    assert assigned(facts, [six_stages()], at(END), one, "early") == ("crm:early", False)
    with pytest.raises(ConfigError, match="no lead of that moment"):
        assigned(facts, [six_stages()], at(END), one, "nobody")


@pytest.mark.parametrize("step", [1, 5, 7, 11])
def test_shuffled_records_change_nothing(step: int) -> None:
    order = [k * step % 12 for k in range(12)]
    facts = company([Deal("d", [("S1", "2026-01-10")], "1.00")])
    facts.insert("leads", [_lead(f"l{k}", f"crm:{k}", "2026-02-02", converted=k % 2 == 0) for k in order])
    one = standing(facts, END, config(1))
    expected = {f"l{k}" for k in range(12) if is_control(f"crm:{k}")}
    assert set(one.arms["control"].measured) == expected
    assert one.arms["control"].measured == tuple(sorted(expected))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lead_conversion", "lead_convertion", "experiments.toml:5: .*lead_convertion.*mean lead_conversion"),
        ("lead_conversion", "leads_created", "experiments.toml:5: .*no share of records"),
        ("lead_conversion", "win_rate", "experiments.toml:5: .*share of other records"),
        ('unit = "lead"', 'unit = "laed"', "experiments.toml:6: .*did you mean lead"),
        ("end = 2026-03-01", "end = 2026-02-01", "experiments.toml:2: .*ends before it starts"),
        ("n_planned = 40", "", "experiments.toml:2: .*n_planned, or baseline and effect"),
        ("n_planned = 40", 'baseline = "0.9"\neffect = "0.2"', "experiments.toml:2: .*from 0 to 1"),
        ("change =", "chnage =", "experiments.toml:4: unknown key .*did you mean change"),
    ],
)
def test_a_document_that_is_wrong_is_told_with_line_and_nearest_choice(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigErrors, match=said):
        load_experiments(config().replace(old, new), registry())


def test_nothing_is_shipped_in_force_and_a_name_is_told_with_the_nearest() -> None:
    facts, _ = world(2)
    report = experiments(facts, [six_stages()], at(END), built_in(), registry())
    assert (report.standings, report.evidence.n) == ((), 0)
    with pytest.raises(ConfigError, match="no experiment"):
        find([standing(facts, END, config())], NAME[:-1])

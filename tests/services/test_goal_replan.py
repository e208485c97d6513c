"""Re-planning: the vector by name, and that the year's total stays whatever happens."""

from fractions import Fraction
from random import Random

import pytest
from tests.services.goal_worlds import CN, KPIS, PIPELINES, end_of, goals, sold, world

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.model.money import round_half_up
from crmbridge.services.goal_desk import GoalDesk
from crmbridge.services.goal_pace_report import PaceRequest
from crmbridge.services.goal_replan import Mode, Proposal, replan
from crmbridge.services.goals_document import GoalsConfig

YEAR = '[[goals]]\nid = "revenue"\nmetric = "revenue"\nperiod = "2026"\ntarget = "10000000"\n'
EVEN = goals(YEAR)
BY_DAYS = goals(YEAR + 'time = { method = "working_days" }\n')


def proposed(facts: Facts, config: GoalsConfig, day: str, mode: Mode = "redistribute", **asked: bool) -> Proposal:
    desk = GoalDesk(facts, PIPELINES, PaceRequest(end_of(day), CN, config, KPIS))
    return replan(desk, desk.goals()[0], mode, **asked)


def after(found: Proposal, level: str, node: str = "company") -> list[str]:
    return [
        str(round_half_up(one.after, 2)) for one in found.changes if one.period.level == level and one.node.key == node
    ]


def test_gv_replan_1_redistributed_over_the_quarters_and_months_left() -> None:
    with world([sold("a", "u1", "2026-02-10", "2100000")]) as facts:
        found = proposed(facts, EVEN, "2026-03-31")
        quarters = after(found, "quarter")
        assert quarters == ["2100000.00", "2633333.34", "2633333.33", "2633333.33"]
        second = next(one for one in found.changes if one.period.label == "2026-Q2")
        assert f"{float(second.after / second.before - 1):+.2%}" == "+5.33%"
        months = after(found, "month")[3:]
        assert months == ["877777.78"] * 5 + ["877777.77", "877777.78", "877777.78", "877777.77"]
        assert sum(one.after for one in found.changes if one.period.level == "quarter") == 10_000_000
        by_days = after(proposed(facts, BY_DAYS, "2026-03-31"), "quarter")
        assert by_days[1:] == ["2549735.45", "2758730.16", "2591534.39"]


def test_gv_replan_1_ahead_of_the_plan() -> None:
    with world([sold("a", "u1", "2026-02-10", "2700000")]) as facts:
        kept = proposed(facts, EVEN, "2026-03-31")
        assert after(kept, "quarter")[1:] == ["2500000.00"] * 3
        assert kept.is_empty
        assert [note.code for note in kept.notes] == ["REPLAN_AHEAD"]
        lowered = proposed(facts, EVEN, "2026-03-31", floor=False)
        assert after(lowered, "quarter")[1:] == ["2433333.34", "2433333.33", "2433333.33"]


def test_the_whole_shortfall_goes_to_the_next_quarter_or_the_plan_stays() -> None:
    with world([sold("a", "u1", "2026-02-10", "2100000")]) as facts:
        carried = proposed(facts, EVEN, "2026-03-31", "carry_next")
        assert after(carried, "quarter") == ["2100000.00", "2900000.00", "2500000.00", "2500000.00"]
        assert after(carried, "month")[3:6] == ["966666.67", "966666.67", "966666.66"]
        kept = proposed(facts, EVEN, "2026-03-31", "keep")
        assert kept.is_empty
        assert after(kept, "quarter") == ["2500000.00"] * 4


def test_within_a_quarter_what_is_left_of_it_takes_its_part() -> None:
    """At the end of February March is a third of a quarter: 9,000,000.00 over 10 months."""
    with world([sold("a", "u1", "2026-02-10", "1000000")]) as facts:
        found = proposed(facts, EVEN, "2026-02-28")
        assert after(found, "month")[:4] == ["0.00", "1000000.00", "900000.00", "900000.00"]
        carried = proposed(facts, EVEN, "2026-02-28", "carry_next", floor=False)
        assert after(carried, "month")[:4] == ["0.00", "1000000.00", "1500000.00", "833333.34"]


def test_before_anything_is_over_and_after_all_of_it_there_is_nothing_to_re_plan() -> None:
    with world([sold("a", "u1", "2026-02-10", "2100000")]) as facts:
        for day, code in (("2026-01-15", "REPLAN_EARLY"), ("2026-12-31", "REPLAN_OVER")):
            found = proposed(facts, EVEN, day)
            assert found.is_empty
            assert [note.code for note in found.notes] == [code]


def test_a_target_that_is_reached_is_left_alone() -> None:
    with world([sold("a", "u1", "2026-02-10", "10000000")]) as facts:
        found = proposed(facts, EVEN, "2026-03-31", floor=False)
        assert found.is_empty
        assert [note.code for note in found.notes] == ["REPLAN_MET"]


def test_a_rate_cannot_be_re_planned() -> None:
    config = goals('[[goals]]\nid = "win"\nmetric = "win_rate"\nperiod = "2026"\ntarget = "30 %"\n')
    with world([sold("a", "u1", "2026-02-10", "1")]) as facts, pytest.raises(ConfigError, match="do not add up"):
        proposed(facts, config, "2026-03-31")


@pytest.mark.parametrize("seed", [0, 1, 2, *(pytest.param(n, marks=pytest.mark.wide) for n in range(3, 12))])
def test_every_reps_year_stays_and_what_is_over_is_what_came(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a world of numbers
    deals = [
        sold(
            f"d{n}",
            random.choice(["u1", "u2", "u3", None]),
            f"2026-{random.randint(1, 12):02d}-12",
            f"{random.randint(1, 9_000_00) / 100}",
        )
        for n in range(40)
    ]
    method = random.choice(["even", "working_days", "seasonal"])
    values = ', values = ["8", "6", "9", "8", "8", "9", "7", "7", "9", "8", "9", "12"]' if method == "seasonal" else ""
    config = goals(
        '[[goals]]\nid = "revenue"\nmetric = "revenue"\nperiod = "2026"\ntarget = "7654321.01"\n'
        f'org = {{ method = "even" }}\ntime = {{ method = "{method}"{values} }}\n'
    )
    day = random.choice(["2026-01-31", "2026-02-28", "2026-05-31", "2026-06-30", "2026-09-30", "2026-11-15"])
    mode: Mode = random.choice(["redistribute", "carry_next"])
    with world([*deals, sold("before", "u1", "2025-12-12", "1")]) as facts:
        found = proposed(facts, config, day, mode, floor=random.random() < 0.5)
    for key, parts in found.changed.parts.items():
        before = found.goal.parts[key]
        assert sum(map(int, parts.values())) == sum(map(int, before.values()))
        assert parts.keys() == before.keys()
        assert all(int(target) >= 0 for target in parts.values())
    assert found.changed.share(found.goal.tree) == found.goal.target
    whole = [one for one in found.changes if one.node.key == "company" and one.period.level == "quarter"]
    assert sum((one.after for one in whole), Fraction(0)) == Fraction("7654321.01")

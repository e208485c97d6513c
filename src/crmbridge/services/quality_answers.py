"""How long each lead waited for its first answer, in working time (services.md 7.5)."""

from crmbridge.model.calendar import Calendar
from crmbridge.services.quality_document import FirstResponse
from crmbridge.services.world import World


def write(world: World, config: FirstResponse, calendar: Calendar) -> None:
    """The temporary table svc_answers; `calendar` is the one whose days the facts hold."""
    day_s = 60 * sum(end - start for start, end in calendar.day_hours)
    world.run("quality_second")
    limit, parameters = _limit(config, day_s)
    fragments = {
        "day_s": str(day_s),
        "worked_a": _worked("a_second", calendar),
        "worked_b": _worked("b_second", calendar),
        "limit": limit,
    }
    world.run("quality_answers", fragments, **parameters)


def _worked(second: str, calendar: Calendar) -> str:
    """SQL for the working seconds of a workday up to a second of it."""
    parts = [f"greatest(0, least({second}, {60 * end:d}) - {60 * start:d})" for start, end in calendar.day_hours]
    return f"({' + '.join(parts)})"


def _limit(config: FirstResponse, day_s: int) -> tuple[str, dict[str, object]]:
    """SQL for how many working seconds a lead of its tier may wait; NULL where nothing is agreed."""
    limits = [(tier, minutes * 60) for tier, minutes in config.minutes.items()]
    limits += [(tier, days * day_s) for tier, days in config.business_days.items()]
    parameters: dict[str, object] = {
        "answer_other": None if config.other_business_days is None else config.other_business_days * day_s
    }
    branches = []
    for number, (tier, limit_s) in enumerate(limits):
        parameters |= {f"answer_tier_{number}": tier, f"answer_limit_{number}": limit_s}
        branches.append(f"WHEN $answer_tier_{number} THEN $answer_limit_{number}")
    other = "CAST($answer_other AS BIGINT)"
    return f"CASE trim(tier) {' '.join(branches)} ELSE {other} END" if branches else other, parameters

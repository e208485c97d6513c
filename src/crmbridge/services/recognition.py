"""Who is to be recognised, and with whom to talk, by scores month after month. Nothing follows from it by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from crmbridge.services.incentive_document import IncentivesConfig

Scores = Sequence[Fraction | None]
"""The scores of one person, month after month up to the one that is looked at; None where there was none."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A person to be named: for so many months running, or for the score of this month."""

    user: str
    scores: tuple[Fraction, ...]


def recognised(scores: Mapping[str, Scores], config: IncentivesConfig) -> list[Remark]:
    """Who has reached the score just now in so many months running: each run of good months is named once."""
    found = []
    for user, months in sorted(scores.items()):
        streak = _streak(months, config.recognised_from)
        if len(streak) == config.recognise.months:
            found.append(Remark(user, streak))
    return found


def to_talk_to(scores: Mapping[str, Scores], config: IncentivesConfig) -> list[Remark]:
    """Who has a score of the last month below the limit: a reason for a talk, and no sanction."""
    limit = Fraction(config.coach_below)
    last = {user: months[-1] for user, months in sorted(scores.items()) if months}
    return [Remark(user, (score,)) for user, score in last.items() if score is not None and score < limit]


def _streak(months: Scores, least: Fraction) -> tuple[Fraction, ...]:
    """The good months at the end, as far back as they are told."""
    found: list[Fraction] = []
    for score in reversed(months):
        if score is None or score < least:
            break
        found.append(score)
    return tuple(reversed(found))


def months_needed(config: IncentivesConfig) -> int:
    """How many months must be told to know whether a run has just become long enough: one more than it takes."""
    return config.recognise.months + 1

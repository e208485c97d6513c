"""A scorecard: weighted attainments of several KPIs as one score. Formulas: `services.md` 9.

score = 100 x sum of w x min(cap, max(0, attainment)) / sum of w, over the KPIs that have an attainment. One without is
dropped, the weights of the others count for the whole, and the card says that it is incomplete.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from crmbridge.model.notes import Note
from crmbridge.services import stats

CAP = Fraction(6, 5)
"""The most that one KPI counts, as shipped: 120 %."""


@dataclass(frozen=True, slots=True)
class Attained:
    """A KPI of a card. `attainment` None: there is no actual, no target, or too few records, as `reason` says."""

    kpi: str
    weight: Fraction
    attainment: Fraction | None
    actual: Fraction | None = None
    target: Fraction | None = None
    n: int = 0
    currency: str | None = None
    reason: Note | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a KPI brought to the score: `counted` is the attainment within 0 and the cap, `points` are of the score."""

    of: Attained
    counted: Fraction | None
    points: Fraction | None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The score, None where no KPI has an attainment; `weight` is that of the KPIs that have one, of 100."""

    score: Fraction | None
    weight: Fraction
    rows: tuple[Counted, ...]

    @property
    def is_incomplete(self) -> bool:
        """Whether a KPI was dropped."""
        return any(row.counted is None for row in self.rows)


def scorecard(attained: Sequence[Attained], *, cap: Fraction = CAP) -> Scorecard:
    """The score of a card; its points sum to it exactly."""
    whole = sum((one.weight for one in attained), Fraction(0))
    known = sum((one.weight for one in attained if one.attainment is not None), Fraction(0))
    rows = []
    for one in attained:
        if one.attainment is None:
            rows.append(Counted(one, None, None))
            continue
        counted = min(cap, max(Fraction(0), one.attainment))
        rows.append(Counted(one, counted, 100 * one.weight * counted / known if known else None))
    score = sum((row.points for row in rows if row.points is not None), Fraction(0)) if known else None
    return Scorecard(score, 100 * (stats.ratio(known, whole) or Fraction(0)), tuple(rows))

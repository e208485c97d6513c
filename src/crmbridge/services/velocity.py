"""Sales velocity: what the open pipeline is worth per day at the present win rate, deal value and cycle."""

from fractions import Fraction

Number = int | Fraction


def velocity(
    n_open: int | None, win_rate: Fraction | None, average: Number | None, cycle_days: Number | None
) -> Fraction | None:
    """`n_open x win_rate x average / cycle`, per day, in the unit of `average`. Any unknown makes it unknown.

    A cycle of less than a day counts as one day.
    """
    if n_open is None or win_rate is None or average is None or cycle_days is None:
        return None
    return n_open * win_rate * Fraction(average) / max(Fraction(cycle_days), Fraction(1))

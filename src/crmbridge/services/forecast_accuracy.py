"""How good earlier forecasts were: what they said of a period that is over, against what it came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from crmbridge.services import stats


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was foreseen for a period, and what it came to, in 1/10,000."""

    period: str
    forecast_e4: Fraction | int
    actual_e4: Fraction | int

    @property
    def error(self) -> Fraction | None:
        """(forecast - actual) / actual; None where the period came to nothing."""
        return stats.ratio(Fraction(self.forecast_e4) - self.actual_e4, self.actual_e4)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Over `n` periods with an actual; `excluded` more came to nothing. `bias` is the mean error, `mape` its size."""

    n: int
    excluded: int
    errors: tuple[Fraction, ...]
    bias: Fraction | None
    mape: Fraction | None


def accuracy(outcomes: Sequence[Outcome]) -> Accuracy:
    """The errors of the forecasts, their mean and the mean of their size; None where no period counts."""
    errors = tuple(error for error in (outcome.error for outcome in outcomes) if error is not None)
    return Accuracy(
        n=len(errors),
        excluded=len(outcomes) - len(errors),
        errors=errors,
        bias=stats.ratio(sum(errors, Fraction(0)), len(errors)),
        mape=stats.ratio(sum((abs(error) for error in errors), Fraction(0)), len(errors)),
    )

"""What a change came from: the factors of a product (LMDI), and mix against rate over groups. Both add up exactly.

Formulas: `services.md` 15. LMDI needs logarithms, so its parts are floats, and the last of them takes what the others
leave: rounded once in the report, they sum to the change to the cent (`allocated`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log

from crmbridge.services import stats

Group = tuple[int, int]
"""Won, and all, of one group in one period."""


@dataclass(frozen=True, slots=True)
class Factors:
    """A change of a product and the part of each factor; no parts where a factor is zero on one side."""

    before: Fraction
    after: Fraction
    parts: Mapping[str, float] | None

    @property
    def change(self) -> Fraction:
        """How much more the product is."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class MixRate:
    """A change of a rate over all groups: what came from their shares, and what from their own rates, exactly."""

    before: Fraction
    after: Fraction
    mix: Mapping[str, Fraction]
    rate: Mapping[str, Fraction]

    @property
    def change(self) -> Fraction:
        """How much higher the rate is."""
        return self.after - self.before


def factors(before: Mapping[str, Fraction], after: Mapping[str, Fraction]) -> Factors:
    """The change of the product of all factors; both sides name the same ones in the same order."""
    whole_before, whole_after = _product(before), _product(after)
    if not (whole_before and whole_after):
        return Factors(whole_before, whole_after, None)
    start, end = float(whole_before), float(whole_after)
    weight = start if whole_before == whole_after else (end - start) / log(end / start)
    parts = {name: weight * log(float(after[name] / before[name])) for name in before}
    return Factors(whole_before, whole_after, parts)


def allocated(parts: Mapping[str, float], whole: int) -> dict[str, int]:
    """Parts that are about `whole` together, rounded to whole units so that they are it: the largest takes the rest."""
    rounded = {name: round(part) for name, part in parts.items()}
    if rounded:
        largest = max(rounded, key=lambda name: abs(parts[name]))
        rounded[largest] += whole - sum(rounded.values())
    return rounded


def mix_rate(before: Mapping[str, Group], after: Mapping[str, Group]) -> MixRate | None:
    """Splits the change of a rate; None where a period has no records at all.

    A group that a period does not have has a share of nothing there and the rate of the other period, so that all of
    its change is mix.
    """
    names = sorted({*before, *after})
    n_before, n_after = (sum(n for _, n in period.values()) for period in (before, after))
    if not (n_before and n_after):
        return None
    rates = {name: _rates(before.get(name, (0, 0)), after.get(name, (0, 0))) for name in names}
    shares = {
        name: (Fraction(before.get(name, (0, 0))[1], n_before), Fraction(after.get(name, (0, 0))[1], n_after))
        for name in names
    }
    whole = tuple(sum((shares[name][at] * rates[name][at] for name in names), Fraction(0)) for at in (0, 1))
    mean = (whole[0] + whole[1]) / 2
    mix = {name: (s1 - s0) * ((rates[name][0] + rates[name][1]) / 2 - mean) for name, (s0, s1) in shares.items()}
    rate = {name: (s0 + s1) / 2 * (rates[name][1] - rates[name][0]) for name, (s0, s1) in shares.items()}
    return MixRate(whole[0], whole[1], mix, rate)


def _rates(before: Group, after: Group) -> tuple[Fraction, Fraction]:
    found = [stats.ratio(*group) for group in (before, after)]
    known: Sequence[Fraction] = [one for one in found if one is not None]
    if not known:
        return Fraction(0), Fraction(0)
    return found[0] if found[0] is not None else known[0], found[1] if found[1] is not None else known[0]


def _product(of: Mapping[str, Fraction]) -> Fraction:
    whole = Fraction(1)
    for part in of.values():
        whole *= part
    return whole

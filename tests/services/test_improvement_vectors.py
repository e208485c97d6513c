"""The golden vectors of improvement: `services.md` 15."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.services.attribution import allocated, factors, mix_rate
from crmbridge.services.comparison import change, rate_change
from crmbridge.services.experiment import arm, bucket, judge, needed


def revenue(leads: int, conversion: str, value: int) -> dict[str, Fraction]:
    return {"leads": Fraction(leads), "conversion": Fraction(conversion), "value": Fraction(value)}


def test_gv_imp_1_what_changed() -> None:
    found = factors(revenue(200, "0.09", 125_000), revenue(240, "0.10", 120_000))
    assert (found.before, found.after, found.change) == (Fraction(2_250_000), Fraction(2_880_000), Fraction(630_000))
    assert found.parts is not None
    assert {name: f"{part:.2f}" for name, part in found.parts.items()} == {
        "leads": "465294.27",
        "conversion": "268885.62",
        "value": "-104179.89",
    }
    cents = allocated({name: part * 100 for name, part in found.parts.items()}, 63_000_000)
    assert cents == {"leads": 46_529_427, "conversion": 26_888_562, "value": -10_417_989}


@pytest.mark.parametrize(
    ("after", "before", "difference", "low", "high", "verdict"),
    [
        ((24, 240), (18, 200), "0.0100", "-0.0474", "0.0650", "no_clear_change"),
        ((60, 200), (36, 200), "0.1200", "0.0363", "0.2017", "improved"),
        ((3, 5), (1, 5), "0.4000", "-0.1626", "0.7264", "insufficient"),
        ((0, 20), (5, 20), "-0.2500", "-0.4687", "-0.0378", "worse"),
    ],
)
def test_gv_imp_1_verdicts(  # noqa: PLR0917 - a row of the vector
    after: tuple[int, int], before: tuple[int, int], difference: str, low: str, high: str, verdict: str
) -> None:
    found = rate_change(before, after)
    assert (f"{found.difference:.4f}", f"{found.low:.4f}", f"{found.high:.4f}") == (difference, low, high)
    assert found.verdict == verdict


def test_gv_imp_2() -> None:
    before = {"exhibition": (12, 30), "web": (30, 120), "ads": (10, 50)}
    after = {"exhibition": (34, 90), "web": (30, 120), "ads": (9, 50)}
    found = mix_rate(before, after)
    assert found is not None
    assert (f"{float(found.before):.4f}", f"{float(found.after):.6f}") == ("0.2600", "0.280769")
    mix, rate = sum(found.mix.values()), sum(found.rate.values())
    assert (f"{float(found.change):+.6f}", f"{float(mix):+.6f}", f"{float(rate):+.6f}") == (
        "+0.020769",
        "+0.030705",
        "-0.009936",
    )
    assert {name: f"{float(part):.6f}" for name, part in found.rate.items()} == {
        "ads": "-0.004423",
        "exhibition": "-0.005513",
        "web": "0.000000",
    }


def test_gv_imp_3() -> None:
    assert [needed(0.20, 0.25), needed(0.10, 0.15), needed(0.25, 0.40)] == [1_094, 686, 152]
    buckets = [bucket("exp-call-within-1h", f"lead-{n}") for n in range(1, 7)]
    assert buckets == [66, 98, 27, 21, 73, 98]
    assert [arm("exp-call-within-1h", f"lead-{n}") for n in (1, 3)] == ["treatment", "control"]


def test_nobody_looks_before_the_planned_number_and_the_end() -> None:
    """Requirement S3-34: .20 to .25 takes 1,094 in each arm, and before that there is no verdict."""
    early, end = date(2026, 3, 1), date(2026, 6, 1)
    waiting = judge((219, 1_093), (280, 1_200), planned=needed(0.20, 0.25), end=end, today=early)
    assert (waiting.result, waiting.waits_for) == (None, "records")
    full = judge((219, 1_094), (280, 1_094), planned=1_094, end=end, today=early)
    assert (full.result, full.waits_for) == (None, "end")
    few = judge((219, 1_093), (280, 1_094), planned=1_094, end=end, today=end)
    assert (few.result, few.waits_for) == (None, "records")
    over = judge((219, 1_094), (280, 1_094), planned=1_094, end=end, today=end)
    assert over.result is not None
    assert (over.result.verdict, over.waits_for) == ("improved", None)


def test_where_less_is_better_less_is_an_improvement() -> None:
    assert rate_change((5, 20), (0, 20), direction="down").verdict == "improved"


def test_a_share_of_nothing_is_no_share() -> None:
    assert change(Fraction(0), Fraction(5)).share is None
    assert change(None, Fraction(5)).difference is None


GROUPS = st.dictionaries(
    st.sampled_from("abcde"), st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda kn: (min(kn), max(kn)))
)


@given(GROUPS, GROUPS)
def test_mix_and_rate_sum_to_the_change_exactly(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]
) -> None:
    found = mix_rate(before, after)
    if found is not None:
        assert sum(found.mix.values()) + sum(found.rate.values()) == found.change


@given(st.lists(st.tuples(st.fractions(0, 1000), st.fractions(0, 1000)), min_size=1, max_size=4))
def test_the_parts_of_a_product_sum_to_its_change(pairs: list[tuple[Fraction, Fraction]]) -> None:
    before = {f"f{n}": low for n, (low, _) in enumerate(pairs)}
    after = {f"f{n}": high for n, (_, high) in enumerate(pairs)}
    found = factors(before, after)
    if found.parts is None:
        assert not (found.before and found.after)
    else:
        assert sum(found.parts.values()) == pytest.approx(float(found.change), rel=1e-6, abs=1e-6)
        whole = round(float(found.change))
        assert sum(allocated(found.parts, whole).values()) == whole


@given(st.integers(0, 99), st.text(min_size=1, max_size=10))
def test_an_arm_never_changes(n: int, name: str) -> None:
    assert arm(name, f"lead-{n}") == arm(name, f"lead-{n}")

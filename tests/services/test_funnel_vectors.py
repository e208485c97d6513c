"""The golden vectors of the funnel, by name, with every value the method gives."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from tests.services.worlds import Deal, company, six_stages, workdays

from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline
from crmbridge.services import bottlenecks, stats
from crmbridge.services.bottlenecks import Step
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelReport, FunnelRequest, StageRow
from crmbridge.services.open_deals import OpenDeal, open_deals
from crmbridge.services.results import Amount, Durations, MoneyRate, Period, Rate
from crmbridge.services.velocity import velocity
from crmbridge.services.verdicts import Segment, judge

AS_OF = datetime(2026, 6, 30, 4, tzinfo=UTC)
Q1, Q2 = Period(date(2026, 1, 1), date(2026, 4, 1)), Period(date(2026, 4, 1), date(2026, 7, 1))
HALF = Period(date(2026, 1, 1), date(2026, 7, 1))
STEPS = [
    Step("S1", 200, 120, 20),
    Step("S2", 120, 80, 10),
    Step("S3", 80, 50, 10),
    Step("S4", 50, 30, 6),
    Step("S5", 30, 18, 4),
]
BASELINES = {
    "S1": Fraction("0.60"),
    "S2": Fraction("0.70"),
    "S3": Fraction("0.75"),
    "S4": Fraction("0.70"),
    "S5": Fraction("0.65"),
}


def near(value: float | Fraction | None, printed: str) -> bool:
    """Within half a unit of the last printed decimal (C10)."""
    assert value is not None
    decimals = len(printed.partition(".")[2])
    return bool(abs(float(value) - float(printed)) <= 0.5 * 10**-decimals + 1e-9)


def interval(rate: Rate, low: str, high: str) -> bool:
    return near(rate.low, low) and near(rate.high, high)


# GV-FUNNEL-1


@pytest.mark.parametrize(
    ("place", "to_date", "resolved", "mature", "low", "high", "lost_at", "leakage", "gain"),
    [
        (0, ".6000", 180, ".6667", ".5950", ".7314", 60, ".3000", "0"),
        (1, ".6667", 110, ".7273", ".6374", ".8018", 30, ".2500", "0"),
        (2, ".6250", 70, ".7143", ".5995", ".8068", 20, ".2500", "1.1801"),
        (3, ".6000", 44, ".6818", ".5344", ".8000", 14, ".2800", "0.5538"),
        (4, ".6000", 26, ".6923", ".5001", ".8350", 8, ".2667", "0"),
    ],
)
def test_gv_funnel_1_steps(
    *, place: int, to_date: str, resolved: int, mature: str, low: str, high: str, lost_at: int, leakage: str, gain: str
) -> None:
    step = STEPS[place]
    assert near(Rate.of(step.reached_next, step.reached).value, to_date)
    assert step.resolved == resolved
    assert near(step.mature.value, mature)
    assert interval(step.mature, low, high)
    assert step.reached - step.reached_next - step.open_at == lost_at
    assert near(Rate.of(lost_at, step.reached).value, leakage)
    found = bottlenecks.find(STEPS, baselines=BASELINES)[place]
    assert near(found.gain, gain) if gain != "0" else found.gain == 0


def test_gv_funnel_1_win_rates() -> None:
    narrow, to_date = Rate.of(18, 150), Rate.of(18, 200)
    assert near(narrow.value, ".1200")
    assert interval(narrow, ".0773", ".1817")
    assert near(to_date.value, ".0900")
    assert interval(to_date, ".0577", ".1378")


def test_gv_funnel_1_first_candidate() -> None:
    found = bottlenecks.find(STEPS, baselines=BASELINES)
    assert [item.conversion for item in found] == ["clear", "clear", "candidate", "candidate", "clear"]
    assert [item.stage for item in sorted(found, key=lambda b: b.place or 99)][:2] == ["S3", "S4"]


def test_gv_funnel_1_confirmed_and_insufficient() -> None:
    confirmed = bottlenecks.find([Step("S4", 100, 45, 0)], baselines={"S4": Fraction("0.65")})[0]
    assert near(confirmed.mature.high, ".5476")
    assert confirmed.conversion == "confirmed"
    few = bottlenecks.find([Step("S4", 5, 2, 0)], baselines={"S4": Fraction("0.65")})[0]
    assert interval(few.mature, ".1176", ".7693")
    assert few.conversion == "insufficient"


def test_gv_funnel_1_from_events() -> None:
    stops = [("S1", 20, 60), ("S2", 10, 30), ("S3", 10, 20), ("S4", 6, 14), ("S5", 4, 8)]
    deals = []
    for place, (stage, still_open, lost) in enumerate(stops):
        way = [(f"S{n + 1}", "2026-01-05") for n in range(place + 1)]
        deals += [Deal(f"{stage}o{n:03}", way) for n in range(still_open)]
        deals += [Deal(f"{stage}l{n:03}", [*way, ("lost", "2026-02-02")]) for n in range(lost)]
    way = [(f"S{n}", "2026-01-05") for n in range(1, 6)]
    deals += [Deal(f"won{n:03}", [*way, ("won", "2026-02-02")]) for n in range(18)]
    with company(deals) as facts:
        report = funnel(facts, [six_stages()], FunnelRequest(as_of=AS_OF, baselines=BASELINES))
    assert [row.reached for row in report.stages] == [200, 120, 80, 50, 30]
    assert [row.open_at for row in report.stages] == [20, 10, 10, 6, 4]
    assert [row.lost_at for row in report.stages] == [60, 30, 20, 14, 8]
    assert report.stages[-1].reached_next == report.whole.won == 18
    assert report.whole.open == 50
    assert report.whole.win_rate == Rate.of(18, 150)
    assert report.bottlenecks["sales"] == bottlenecks.find(
        [
            Step(s.stage, s.reached, s.reached_next, s.open_at, r.left, r.dwell_in_unit, r.sla_days)
            for s, r in zip(STEPS, report.stages, strict=True)
        ],
        baselines=BASELINES,
    )


# GV-FUNNEL-2


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (1, 1, ".206549", "1"),
        (0, 1, "0", ".793451"),
        (3, 3, ".438503", "1"),
        (8, 10, ".490162", ".943318"),
        (10, 20, ".299298", ".700702"),
        (20, 40, ".351995", ".648005"),
        (45, 100, ".356145", ".547554"),
        (0, 20, "0", ".161125"),
        (20, 20, ".838875", "1"),
    ],
)
def test_gv_funnel_2_wilson(successes: int, n: int, low: str, high: str) -> None:
    found = stats.wilson(successes, n)
    assert found is not None
    for value, printed in zip(found, (low, high), strict=True):
        assert value == float(printed) if "." not in printed else near(value, printed)


def test_gv_funnel_2_no_trials_no_interval() -> None:
    assert stats.wilson(0, 0) is None


# GV-FUNNEL-3


def yuan(amount: int) -> Amount:
    return Amount(amount * 10_000, "CNY", 1)


CHANNELS = [
    Segment("referral", 1, 1),
    Segment("exhibition", 12, 30, yuan(60_000)),
    Segment("search ads", 15, 75, yuan(90_000)),
    Segment("website", 30, 120, yuan(30_000)),
]


@pytest.mark.parametrize(
    ("place", "rate", "wilson", "rest", "difference", "adjusted", "verdict", "cost"),
    [
        (0, "1.0000", (".2065", "1"), None, None, None, "insufficient", None),
        (1, ".4000", (".2459", ".5768"), (46, 196), ".1653", ("-.0322", ".3877"), "leading", 5000),
        (2, ".2000", (".1251", ".3041"), (43, 151), "-.0848", ("-.2135", ".0672"), "trailing", 6000),
        (3, ".2500", (".1811", ".3344"), (28, 106), "-.0142", ("-.1534", ".1228"), "no clear difference", 1000),
    ],
)
def test_gv_funnel_3_channels(
    *,
    place: int,
    rate: str,
    wilson: tuple[str, str],
    rest: tuple[int, int] | None,
    difference: str | None,
    adjusted: tuple[str, str] | None,
    verdict: str,
    cost: int | None,
) -> None:
    found = judge(CHANNELS)[place]
    assert near(found.rate.value, rate)
    assert interval(found.rate, *wilson)
    assert found.verdict == verdict
    assert found.shift_investment is False
    assert found.cost_per_won_e4 == (None if cost is None else cost * 10_000)
    if difference is None or adjusted is None:
        assert found.difference is None
        return
    assert (found.rest.numerator, found.rest.denominator) == rest
    assert near(found.difference, difference)
    assert near(found.low, adjusted[0])
    assert near(found.high, adjusted[1])


def test_gv_funnel_3_z_of_three_segments() -> None:
    assert near(stats.z_of(0.05 / 3), "2.3939797998")


def test_gv_funnel_3_winner() -> None:
    segments = [Segment("exhibition", 24, 60), *CHANNELS[2:]]
    found = judge(segments)[0]
    assert (found.rest.numerator, found.rest.denominator) == (45, 195)
    assert near(found.difference, ".1692")
    assert near(found.low, ".0116")
    assert near(found.high, ".3356")
    assert found.verdict == "winner"
    assert found.shift_investment


# GV-FUNNEL-4

G = {
    "G01": ("referral", "甲", "120000", "S1 01-05, S2 01-08, S3 01-15, S4 01-22, S5 02-02, won 02-14"),
    "G02": ("website", "甲", "80000", "S1 01-12, S2 01-19, S3 02-02, lost 04-10"),
    "G03": ("website", "乙", "50000", "S1 01-20, S2 01-27, lost 02-10"),
    "G04": ("exhibition", "乙", "200000", "S1 02-02, S3 02-09, S4 03-02, S5 04-01, won 05-12"),
    "G05": ("exhibition", "乙", "150000", "S1 02-25, S2 03-02, S3 03-16, S4 04-07, S3 04-20, S4 05-06"),
    "G06": ("website", "丙", "60000", "S1 03-03, S2 03-10, S3 03-24, S4 04-07, lost 04-28"),
    "G07": (
        "referral",
        "丙",
        "100000",
        "S1 03-10, S2 03-12, lost 03-20, S2 04-13, S3 04-20, S4 04-27, S5 05-06, won 05-20",
    ),
    "G08": ("website", "丙", "40000", "S1 03-24"),
    "G09": ("referral", "甲", "90000", "S1 2025-11-03, S2 2025-11-10, S3 2025-12-01, S4 2026-01-12, lost 04-15"),
    "G10": ("exhibition", "甲", "70000", "S1 04-08, S2 04-13, S3 04-27, S4 05-11, S5 05-25, won 06-16"),
}
OFF_2025 = [("01-01", 1), ("01-28", 8), ("04-04", 3), ("05-01", 5), ("05-31", 3), ("10-01", 8)]
OFF_2026 = [("01-01", 3), ("02-15", 9), ("04-04", 3), ("05-01", 5), ("06-19", 3), ("09-25", 3), ("10-01", 7)]
WORKED = [
    "2025-01-26",
    "2025-02-08",
    "2025-04-27",
    "2025-09-28",
    "2025-10-11",
    "2026-01-04",
    "2026-02-14",
    "2026-02-28",
]
WORKED += ["2026-05-09", "2026-09-20", "2026-10-10"]


def chinese_days() -> Iterator[tuple[date, bool]]:
    """Mainland China's working days of 2025 and 2026 as the State Council announced them."""
    off = {
        date.fromisoformat(f"{year}-{start}") + timedelta(days=n)
        for year, spells in ((2025, OFF_2025), (2026, OFF_2026))
        for start, length in spells
        for n in range(length)
    }
    worked = {date.fromisoformat(day) for day in WORKED}
    for number in range(730):
        day = date(2025, 1, 1) + timedelta(days=number)
        yield day, day in worked or (day not in off and day.weekday() < 5)


def gv_deals() -> list[Deal]:
    deals = []
    for name, (source, owner, amount, way) in G.items():
        events = []
        for entry in way.split(", "):
            stage, day = entry.split(" ")
            events.append((stage, day if len(day) > 5 else f"2026-{day}"))
        deals.append(Deal(name, events, amount, facts={"source": source, "owner_id": owner, "owner_ref": owner}))
    return deals


@pytest.fixture
def facts() -> Iterator[Facts]:
    with company(gv_deals()) as filled:
        workdays(filled, chinese_days())
        yield filled


@pytest.fixture
def pipeline() -> Pipeline:
    return six_stages()


def stage(report: FunnelReport, key: str) -> StageRow:
    return next(row for row in report.stages if row.stage == key)


def test_gv_funnel_4_cohort(facts: Facts, pipeline: Pipeline) -> None:
    report = funnel(facts, [pipeline], FunnelRequest(as_of=AS_OF, cohort=Q1))
    assert [row.reached for row in report.stages] == [8, 7, 6, 5, 3]
    assert report.stages[-1].reached_next == 3
    assert [row.open_at for row in report.stages] == [1, 0, 0, 1, 0]
    assert [row.lost_at for row in report.stages] == [0, 1, 1, 1, 0]
    to_date = [row.to_date for row in report.stages]
    for rate, printed in zip(to_date, (".8750", ".8571", ".8333", ".6000", "1.0000"), strict=True):
        assert isinstance(rate, Rate)
        assert near(rate.value, printed)
    mature = [row.mature for row in report.stages]
    assert mature == [Rate.of(k, n) for k, n in ((7, 7), (6, 7), (5, 6), (3, 4), (3, 3))]
    cohort = report.whole.cohort
    assert cohort is not None
    assert cohort.to_date == Rate.of(3, 8)
    assert cohort.resolved == Rate.of(3, 6)
    assert interval(cohort.resolved, ".1876", ".8124")


def test_gv_funnel_4_snapshot(facts: Facts, pipeline: Pipeline) -> None:
    whole = funnel(facts, [pipeline], FunnelRequest(as_of=AS_OF, window=Q2)).whole
    assert (whole.won, whole.lost) == (3, 3)
    assert near(whole.win_rate.value, ".5000")
    assert str(whole.won_amount.money) == "CNY 370000.00"
    assert str(whole.lost_amount.money) == "CNY 230000.00"
    assert near(whole.win_rate_value.value, ".6167")


def test_gv_funnel_4_as_known(facts: Facts, pipeline: Pipeline) -> None:
    then = funnel(facts, [pipeline], FunnelRequest(as_of=AS_OF, window=Q1, known="then")).whole
    assert (then.won, then.lost) == (1, 2)
    assert then.win_rate == Rate.of(1, 3)
    assert funnel(facts, [pipeline], FunnelRequest(as_of=AS_OF, window=Q1)).whole.win_rate == Rate.of(1, 2)


def test_gv_funnel_4_cycles(facts: Facts, pipeline: Pipeline) -> None:
    whole = funnel(facts, [pipeline], FunnelRequest(as_of=AS_OF)).whole
    assert whole.cycle_gross.mean == Fraction("69.75")
    assert [whole.cycle_gross.minimum, whole.cycle_gross.maximum] == [40, 99]
    assert whole.cycle.mean == Fraction("63.75")
    assert whole.cycle.median == 58


@pytest.mark.parametrize(
    ("key", "n", "mean", "median", "in_unit", "over"),
    [
        ("S1", 9, "5.5556", 7, 5, False),
        ("S2", 8, "14.125", 14, 10, True),
        ("S3", 8, "26.25", 17.5, 10, False),
        ("S4", 6, "29.6667", 17.5, 12.5, True),
        ("S5", 4, "22.25", 18, 13.5, True),
    ],
)
def test_gv_funnel_4_dwell(
    *,
    facts: Facts,
    pipeline: Pipeline,
    key: str,
    n: int,
    mean: str,
    median: float,
    in_unit: float,
    over: bool,
) -> None:
    report = funnel(facts, [pipeline], FunnelRequest(as_of=AS_OF))
    row = stage(report, key)
    assert isinstance(row.dwell, Durations)
    assert row.dwell.n == row.left == n
    assert near(row.dwell.mean, mean)
    assert row.dwell.median == median
    assert row.dwell_in_unit == in_unit
    assert row.is_over_sla is over
    assert {found.time for found in report.bottlenecks["sales"]} == {"insufficient"}


def test_gv_funnel_4_open_ages(facts: Facts, pipeline: Pipeline) -> None:
    found = {deal.record_id: deal for deal in open_deals(facts, [pipeline], as_of=AS_OF)}
    assert set(found) == {"G05", "G08"}
    g05, g08 = found["G05"], found["G08"]
    assert isinstance(g05, OpenDeal)
    assert [g05.stage, g05.visit_days, g05.visit_business_days, g05.cumulative_days] == ["S4", 55, 39, 68]
    assert [g08.stage, g08.visit_days, g08.visit_business_days] == ["S1", 98, 66]


def test_gv_funnel_4_by_source(facts: Facts, pipeline: Pipeline) -> None:
    report = funnel(facts, [pipeline], FunnelRequest(as_of=AS_OF, by="source"))
    rates = {row.label: row.win_rate for row in report.slices}
    assert rates == {"exhibition": Rate.of(2, 2), "referral": Rate.of(2, 3), "website": Rate.of(0, 3)}
    assert interval(rates["exhibition"], ".3424", "1.0000")
    assert interval(rates["referral"], ".2077", ".9385")
    assert interval(rates["website"], "0.0000", ".5615")
    assert {verdict.verdict for verdict in report.verdicts} == {"insufficient"}


def test_gv_funnel_4_velocity(facts: Facts, pipeline: Pipeline) -> None:
    whole = funnel(facts, [pipeline], FunnelRequest(as_of=AS_OF, window=HALF)).whole
    assert (whole.won, whole.lost, whole.in_play) == (4, 4, 1)
    assert whole.won_amount.mean_e4 == 122_500 * 10_000
    assert str(whole.velocity) == "CNY 960.78"


# GV-FUNNEL-5


def test_gv_funnel_5_velocity() -> None:
    amounts, cycles = (120_000, 80_000, 200_000, 100_000), (40, 30, 60, 50)
    average, cycle, rate = Fraction(sum(amounts), 4), Fraction(sum(cycles), 4), Fraction(4, 16)
    assert [average, cycle] == [125_000, 45]
    found = velocity(25, rate, average, cycle)
    assert found is not None
    assert near(found, "17361.11")
    assert near(found * 30, "520833.33")
    lever = Fraction(11, 10)
    assert near(velocity(25, rate * lever, average, cycle), "19097.22")
    assert near(velocity(25, rate, average * lever, cycle), "19097.22")
    assert near(velocity(25, rate, average, cycle * Fraction(9, 10)), "19290.12")


def test_gv_funnel_5_value_win_rate() -> None:
    lost = Amount((10 * 50_000 + 2 * 150_000) * 10_000, "CNY", 12)
    rate = MoneyRate.of(Amount(500_000 * 10_000, "CNY", 4), lost)
    assert near(rate.value, ".3846")


def test_gv_funnel_5_unknown_stays_unknown_and_a_short_cycle_is_a_day() -> None:
    assert velocity(25, None, Fraction(1), Fraction(1)) is None
    assert velocity(25, Fraction(1), None, Fraction(1)) is None
    assert velocity(25, Fraction(1), Fraction(1), None) is None
    assert velocity(None, Fraction(1), Fraction(1), Fraction(1)) is None
    assert velocity(1, Fraction(1), 7, Fraction(1, 2)) == 7


def test_the_deals_of_some_owners_are_the_sum_of_their_slices(facts: Facts, pipeline: Pipeline) -> None:
    asked = FunnelRequest(as_of=AS_OF, by="owner")
    slices = {row.key: row for row in funnel(facts, [pipeline], asked).slices if row.key}
    for owners in ({one} for one in slices):
        own = funnel(facts, [pipeline], replace(asked, owners=frozenset(owners)))
        assert {row.key: (row.total, row.won, row.won_amount) for row in own.slices} == {
            one: (slices[one].total, slices[one].won, slices[one].won_amount) for one in owners
        }
    everybody = funnel(facts, [pipeline], replace(asked, owners=frozenset(slices)))
    assert everybody.stages == funnel(facts, [pipeline], asked).stages
    assert funnel(facts, [pipeline], replace(asked, owners=frozenset())).whole.total == 0

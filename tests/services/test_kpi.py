"""KPIs: formulas as data, measured with their sample and evidence, or refused with the reason."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from tests.services.worlds import Deal, company, local, six_stages

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.model.money import MixedCurrency
from crmbridge.report import words
from crmbridge.report.i18n import catalog
from crmbridge.report.kpis import kpi_listing
from crmbridge.services import stats
from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.kpi import (
    KpiResult,
    KpiSlice,
    built_in,
    find,
    load_kpis,
    measure_kpis,
    records_of_kpi,
    registry,
)
from crmbridge.services.results import Period, Rate

AS_OF = datetime(2026, 6, 30, 4, tzinfo=UTC)
PIPELINES = [six_stages("calendar")]
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


def won(name: str, day: str = "2026-03-11", amount: str | None = "100", **facts: object) -> Deal:
    return Deal(name, [("S1", "2026-03-01"), ("won", day)], amount, facts=facts)


def lost(name: str, day: str = "2026-03-21", amount: str | None = "50", **facts: object) -> Deal:
    return Deal(name, [("S1", "2026-03-01"), ("lost", day)], amount, facts=facts)


@pytest.fixture
def facts() -> Iterator[Facts]:
    deals = [
        won("w1", amount="100", account_id="a1", owner_id="u1", owner_ref="1", source="web"),
        won("w2", "2026-03-31", "200", account_id="a1", owner_id="u1", owner_ref="1", source="fair"),
        won("w3", "2026-05-02", "400", account_id="a2", source="web"),
        lost("l1", reason="no_decision"),
        lost("l2", source="web"),
        Deal("o1", [("S2", "2026-03-01")], "70"),
        Deal("o2", [("S2", "2026-03-01")]),
    ]
    with company(deals) as filled:
        filled.insert("accounts", [{"id": "a1"}, {"id": "a2"}, {"id": "a3"}])
        filled.insert("users", [{"id": "u1", "name": "Li"}])
        yield filled


def one(
    facts: Facts, kpi: str, *, window: Period | None = None, by: str | None = None, own: str | None = None
) -> KpiResult:
    known = registry(load_kpis(own) if own else ())
    return measure_kpis(facts, PIPELINES, [find(known, kpi)], as_of=AS_OF, window=window, by=by)[0]


def whole(facts: Facts, kpi: str, *, window: Period | None = None, own: str | None = None) -> KpiSlice:
    found = one(facts, kpi, window=window, own=own).whole
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kpi", "all_time", "march"),
    [
        ("deals_won", 3, 2),
        ("deals_lost", 2, 2),
        ("deals_created", 7, 7),
        ("revenue_won", 700, 300),
        ("avg_deal_value", Fraction(700, 3), 150),
        ("median_deal_value", 200, 150),
        ("win_rate", Fraction(3, 4), Fraction(2, 3)),
        ("win_rate_value", Fraction(700, 750), Fraction(300, 350)),
        ("cycle_days_mean", Fraction(102, 3), 20),
        ("cycle_days_median", 30, 20),
        ("open_deals", 2, 2),
        ("open_amount", 70, 70),
        ("new_customers", 2, 1),
    ],
)
def test_built_in_kpis_over_all_time_and_over_a_month(
    facts: Facts, kpi: str, all_time: Fraction, march: Fraction
) -> None:
    assert whole(facts, kpi).value == all_time
    assert whole(facts, kpi, window=MARCH).value == march


def test_every_built_in_kpi_declares_what_it_must() -> None:
    for kpi in built_in():
        assert set(kpi.names) == {"en", "zh"}
        assert kpi.source
    ids = [kpi.id for kpi in built_in()]
    assert len(ids) == len(set(ids))


def test_kpis_agree_with_the_funnel(facts: Facts) -> None:
    report = funnel(facts, PIPELINES, FunnelRequest(as_of=AS_OF)).whole
    rate = whole(facts, "win_rate")
    assert Rate.of(int(rate.numerator or 0), int(rate.denominator or 0)) == report.win_rate
    assert (rate.low, rate.high) == (report.win_rate.low, report.win_rate.high)
    assert whole(facts, "win_rate_value").value == report.win_rate_value.value
    assert whole(facts, "cycle_days_mean").value == report.cycle.mean
    assert whole(facts, "revenue_won").money == report.won_amount.money


def test_a_kpi_reads_in_its_own_unit(facts: Facts) -> None:
    kpis = ("revenue_won", "win_rate", "win_rate_value", "cycle_days_mean", "cycle_days_median")
    told = kpi_listing([one(facts, kpi) for kpi in kpis], as_of=AS_OF, window=None)
    assert [words.cell(row["value"], "value", catalog("en")) for row in told.rows] == [
        "¥700.00",
        "75.00 % (3 / 4)",
        "93.33 % (¥700.00 / ¥750.00)",
        "34.00",
        "30.00",
    ]


def test_gv_kpi_small_months_are_reported_with_their_interval(facts: Facts) -> None:
    rate = whole(facts, "win_rate", window=MARCH)
    assert [rate.n, rate.numerator, rate.denominator] == [3, 2, 3]
    assert (rate.low, rate.high) == stats.wilson(2, 3)
    assert not rate.is_enough


def test_fewer_records_than_the_smallest_sample_are_said_to_be_few(facts: Facts) -> None:
    assert [note.code for note in one(facts, "win_rate").evidence.warnings] == ["INSUFFICIENT"]


def test_no_decided_deal_gives_no_rate_and_no_mean(facts: Facts) -> None:
    empty = Period(date(2027, 1, 1), date(2027, 2, 1))
    assert whole(facts, "win_rate", window=empty).value is None
    assert whole(facts, "avg_deal_value", window=empty).value is None
    assert whole(facts, "revenue_won", window=empty).value == 0
    assert whole(facts, "deals_won", window=empty).value == 0


def test_a_sum_of_unknown_amounts_is_unknown_not_zero() -> None:
    with company([Deal("o", [("S1", "2026-03-01")]), won("w")]) as facts:
        found = whole(facts, "open_amount")
    assert found.value is None
    assert found.unknown == 1


def test_what_a_source_does_not_have_is_unavailable_with_the_reason() -> None:
    with company([Deal("w", [("won", None)])]) as facts:
        found = {
            r.kpi.id: r.unavailable.reason
            for r in measure_kpis(facts, PIPELINES, built_in(), as_of=AS_OF)
            if r.unavailable
        }
    assert found["leads_created"].code == "NO_RECORDS"
    assert str(found["tasks"]) == "there are no records of kind task"
    assert str(found["revenue_won"]) == 'no deal has anything in "amount"'
    assert str(found["cycle_days_mean"]) == 'no deal has anything in "cycle_days"'
    assert "deals_won" not in found


def test_a_period_needs_a_date_somewhere() -> None:
    with company([Deal("w", [("won", None)])]) as facts:
        result = one(facts, "deals_won", window=MARCH)
    assert result.unavailable is not None
    assert str(result.unavailable.reason) == 'no deal has anything in "closed_at"'


def test_slices_add_up_and_the_unassigned_have_a_row(facts: Facts) -> None:
    result = one(facts, "revenue_won", by="owner")
    assert {(s.key, s.label): s.value for s in result.slices} == {("u1", "Li"): 300, (None, "unknown"): 400}
    assert result.whole is not None
    assert result.whole.value == 700


def test_months_of_the_kpis_own_date_are_slices(facts: Facts) -> None:
    result = one(facts, "deals_won", by="month")
    assert {s.label: s.value for s in result.slices if s.key and s.value} == {"2026-03": 2, "2026-05": 1}
    with pytest.raises(ConfigError, match="without a date"):
        one(facts, "open_deals", by="quarter")


def test_every_figure_names_its_records(facts: Facts) -> None:
    known = registry()
    found = records_of_kpi(facts, PIPELINES, known["deals_won"], as_of=AS_OF, window=MARCH)
    assert found == ("w1", "w2")
    rate = known["win_rate"]
    assert records_of_kpi(facts, PIPELINES, rate, as_of=AS_OF, denominator=True) == ("l2", "w1", "w2", "w3")
    assert records_of_kpi(facts, PIPELINES, rate, as_of=AS_OF, by="source", key="web") == ("w1", "w3")
    assert records_of_kpi(facts, PIPELINES, known["deals_won"], as_of=AS_OF, by="owner", key=None) == ("w3",)


def test_records_of_some_owners_are_counted_alone(facts: Facts) -> None:
    kpi, mine = find(registry(), "deals_won"), frozenset({"u1"})
    (found,) = measure_kpis(facts, PIPELINES, [kpi], as_of=AS_OF, owners=mine)
    assert found.whole is not None
    assert found.whole.value == 2
    assert records_of_kpi(facts, PIPELINES, kpi, as_of=AS_OF, owners=mine) == ("w1", "w2")
    (others,) = measure_kpis(facts, PIPELINES, [kpi], as_of=AS_OF, owners=frozenset({"u2"}))
    assert others.whole is not None
    assert others.whole.value == 0


def test_what_nobody_owns_is_unknown_of_an_owner_not_nothing(facts: Facts) -> None:
    facts.insert("tasks", [{"id": "t1", "status": "open"}])
    (found,) = measure_kpis(facts, PIPELINES, [find(registry(), "tasks_open")], as_of=AS_OF, owners=frozenset({"u1"}))
    assert found.unavailable is not None
    assert (found.unavailable.reason.code, found.unavailable.reason.params["measure"]) == ("FIELD_EMPTY", "owner")


def test_a_stock_is_not_changed_by_a_period_and_says_so(facts: Facts) -> None:
    assert [note.code for note in one(facts, "open_deals", window=MARCH).evidence.warnings] == ["AS_OF_ONLY"]


def test_mixed_currencies_are_never_added() -> None:
    with company([won("a"), won("b", amount=None, amount_e4=7, amount_currency="USD")]) as facts:
        with pytest.raises(MixedCurrency):
            one(facts, "revenue_won")
        (chosen,) = measure_kpis(facts, PIPELINES, [registry()["revenue_won"]], as_of=AS_OF, currency="USD")
    assert chosen.whole is not None
    assert (chosen.whole.currency, chosen.whole.n) == ("USD", 1)


def test_leads_activities_and_tasks_are_counted_too() -> None:
    with company([]) as facts:
        facts.insert(
            "leads",
            [
                {"id": f"l{n}", "created_at": local("2026-03-01"), "converted": n < 9, "source": "web"}
                for n in range(30)
            ],
        )
        facts.insert("activities", [{"id": "c", "type": "call", "state": "done", "ended_at": local("2026-03-02")}])
        facts.insert("tasks", [{"id": "t", "title": "x", "status": "open", "status_raw": "Not Started"}])
        conversion = whole(facts, "lead_conversion", window=MARCH)
        assert conversion.value == Fraction(9, 30)
        assert conversion.low == pytest.approx(0.1666, abs=5e-5)
        assert conversion.high == pytest.approx(0.4788, abs=5e-5)
        assert whole(facts, "activities_done", window=MARCH).value == 1
        assert {s.label: s.value for s in one(facts, "tasks", by="status_raw").slices} == {"Not Started": 1}


OWN = """
[[kpis]]
id = "big_deals"
names = { en = "Big deals", zh = "大单" }
unit = "count"
direction = "up"

[kpis.formula]
kind = "deal"
aggregate = "count"
where = [{ field = "state", is = "won" }, { field = "amount", at_least = 150 }]
date = "closed_at"
"""


def own(formula: str, unit: str = "count") -> str:
    return f'[[kpis]]\nid = "mine"\nunit = "{unit}"\ndirection = "up"\nformula = {formula}\n'


def test_a_company_writes_its_own_kpi(facts: Facts) -> None:
    assert whole(facts, "big_deals", own=OWN).value == 2


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ('{ field = "source", is = "web" }', 3),
        ('{ field = "source", not = "web" }', 1),
        ('{ field = "source", in = ["web", "fair"] }', 4),
        ('{ field = "source", blank = true }', 3),
        ('{ field = "source", blank = false }', 4),
        ('{ field = "amount", at_most = 70.0 }', 3),
        ('{ field = "amount", is = 70 }', 1),
        ('{ field = "closed_at", at_least = 2026-03-31 }', 2),
        ('{ field = "cycle_days", at_most = 10 }', 1),
        ('{ field = "on_hold", is = false }', 7),
        ('{ field = "owner", is = "u1" }', 2),
    ],
)
def test_conditions_compare_fields_of_every_type(facts: Facts, where: str, expected: int) -> None:
    formula = f'{{ kind = "deal", aggregate = "count", where = [{where}] }}'
    assert whole(facts, "mine", own=own(formula)).value == expected


def test_custom_fields_are_counted_compared_and_added_up() -> None:
    deals = [
        won(f"d{n}", custom=json.dumps({"size of deal": {"type": "number", "value": value}}))
        for n, value in enumerate(("1.5", "2.25", "many"))
    ]
    with company(deals) as facts:
        total = '{ kind = "deal", aggregate = "sum", field = "custom.size of deal" }'
        found = whole(facts, "mine", own=own(total, "number"))
        big = '{ kind = "deal", aggregate = "count", where = [{ field = "custom.size of deal", at_least = 2 }] }'
        assert whole(facts, "mine", own=own(big)).value == 1
        same = '{ kind = "deal", aggregate = "count", where = [{ field = "custom.size of deal", is = "many" }] }'
        assert whole(facts, "mine", own=own(same)).value == 1
        distinct = '{ kind = "deal", aggregate = "distinct", field = "custom.size of deal" }'
        assert whole(facts, "mine", own=own(distinct)).value == 3
    assert found.value == Fraction("3.75")
    assert found.unknown == 1


def test_a_rate_of_two_sums_over_a_field_of_another_record() -> None:
    with company([won("a", amount="90", product_id="p"), won("b", amount="30", product_id="p")]) as facts:
        facts.insert("products", [{"id": "p", "list_price_e4": 80_0000, "list_price_currency": "CNY"}])
        formula = '{ kind = "deal", aggregate = "rate", field = "amount", of_field = "product.list_price" }'
        found = whole(facts, "mine", own=own(formula, "rate"))
    assert [found.numerator, found.denominator, found.value] == [120, 160, Fraction(3, 4)]


def test_a_value_is_never_sql(facts: Facts) -> None:
    formula = (
        """{ kind = "deal", aggregate = "count", where = [{ field = "source", is = "'; DROP TABLE deals; --" }] }"""
    )
    assert whole(facts, "mine", own=own(formula)).value == 0
    assert facts.scalar("SELECT count(*) FROM deals") == 7


def test_a_company_replaces_a_shipped_kpi_by_its_id() -> None:
    mine = load_kpis(own('{ kind = "deal", aggregate = "count" }').replace("mine", "deals_won"))
    assert registry(mine)["deals_won"] is mine[0]


def refusal(text: str) -> str:
    with pytest.raises(ConfigErrors) as error:
        load_kpis(text, file="kpis.toml")
    return str(error.value)


def test_a_kpi_without_formula_or_unit_is_refused() -> None:
    assert "kpis.0.formula is missing" in refusal('[[kpis]]\nid = "x"\nunit = "count"\ndirection = "up"\n')
    text = refusal('[[kpis]]\nid = "x"\ndirection = "up"\nformula = { kind = "deal", aggregate = "count" }\n')
    assert "kpis.toml:1" in text
    assert "kpis.0.unit is missing" in text


@pytest.mark.parametrize(
    ("formula", "unit", "told"),
    [
        ('{ kind = "deel", aggregate = "count" }', "count", "did you mean deal?"),
        ('{ kind = "deal", aggregate = "average", field = "amount" }', "money", "formula.aggregate"),
        ('{ kind = "deal", aggregate = "sum", field = "amont" }', "money", "did you mean amount?"),
        ('{ kind = "deal", aggregate = "sum" }', "money", "sum needs a field"),
        ('{ kind = "deal", aggregate = "sum", field = "name" }', "number", "cannot be added up"),
        ('{ kind = "deal", aggregate = "sum", field = "amount" }', "count", "the unit of this formula is money"),
        ('{ kind = "deal", aggregate = "count", field = "amount" }', "count", "count takes no field"),
        ('{ kind = "deal", aggregate = "rate" }', "rate", "a rate needs of"),
        ('{ kind = "deal", aggregate = "count", date = "source" }', "count", "source is no date"),
        ('{ kind = "deal", aggregate = "count", where = [{ field = "stat", is = "won" }] }', "count", "did you mean"),
        ('{ kind = "deal", aggregate = "count", where = [{ field = "state" }] }', "count", "exactly one of"),
        ('{ kind = "deal", aggregate = "count", wher = [] }', "count", "did you mean where?"),
    ],
)
def test_what_a_formula_cannot_say_is_refused_with_file_line_and_choice(formula: str, unit: str, told: str) -> None:
    text = refusal(own(formula, unit))
    assert told in text
    assert "kpis.toml:" in text


def test_the_same_id_twice_is_refused_with_its_line() -> None:
    assert "kpis.toml:8: KPI mine is there twice" in refusal("\n" + own('{ kind = "deal", aggregate = "count" }') * 2)


def test_a_value_that_cannot_be_compared_is_refused(facts: Facts) -> None:
    formula = '{ kind = "deal", aggregate = "count", where = [{ field = "amount", is = "much" }] }'
    with pytest.raises(ConfigError, match="amount cannot be compared with 'much'"):
        whole(facts, "mine", own=own(formula))


def test_an_unknown_kpi_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean win_rate"):
        find(registry(), "winrate")

"""The golden vectors of the stage model, by name, with every value the method gives."""

from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from crmbridge.model.calendar import named
from crmbridge.model.errors import ConfigError
from crmbridge.model.pipeline import Category, Pipeline, Stage
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.gates import check_move
from crmbridge.services.moves import Event
from crmbridge.services.qualification import qualify
from crmbridge.services.stages import Journey, is_stalled, journey, sla_age

ZONE = ZoneInfo("Asia/Shanghai")
CUT = {"D1": (4, 30), "D2": (4, 1), "D3": (4, 30), "D4": (3, 10)}
SIX = Pipeline(
    id="sales",
    stages=(
        *(Stage(key=f"S{n}", order=n, category=Category.OPEN, sla_unit="calendar", sla_days=10) for n in range(1, 6)),
        Stage(key="won", order=6, category=Category.WON),
        Stage(key="lost", order=7, category=Category.LOST),
    ),
)
DEALS = {
    "D1": [("S1", "03-02"), ("S2", "03-05"), ("S3", "03-10 15"), ("S4", "03-16"), ("S5", "03-20"), ("won", "03-31")],
    "D2": [("S1", "03-02"), ("S3", "03-04 21"), ("S2", "03-09"), ("S3", "03-12"), ("S4", "03-18")],
    "D3": [("S1", "01-05"), ("S2", "01-08"), ("lost", "01-20"), ("S3", "03-01"), ("S4", "03-08"), ("won", "03-18")],
    "D4": [("S1", "03-02"), ("S1", "03-03"), ("S5", "03-06")],
}


def at(text: str) -> datetime:
    day, _, hour = text.partition(" ")
    month, _, number = day.partition("-")
    return datetime(2026, int(month), int(number), int(hour or 9), tzinfo=ZONE).astimezone(UTC)


def walk(deal: str) -> Journey:
    events = [Event(stage, at(when), seq=n) for n, (stage, when) in enumerate(DEALS[deal])]
    way = journey(events, SIX, as_of=datetime(2026, *CUT[deal], 9, tzinfo=ZONE), zone=ZONE)
    assert way is not None
    return way


@pytest.mark.parametrize(
    ("deal", "kinds"),
    [
        ("D1", "create advance advance advance advance close_won"),
        ("D2", "create skip[S2] regress advance advance"),
        ("D3", "create advance close_lost reopen advance close_won[S5]"),
        ("D4", "create noop skip[S2,S3,S4]"),
    ],
)
def test_gv_stage_1_kinds(deal: str, kinds: str) -> None:
    assert [str(move) for move in walk(deal).moves] == kinds.split()


@pytest.mark.parametrize(
    ("deal", "dwell"),
    [
        ("D1", {"S1": 3, "S2": 5.25, "S3": 5.75, "S4": 4, "S5": 11}),
        ("D2", {"S1": 2.5, "S3": 10.5, "S2": 3}),
        ("D3", {"S1": 3, "S2": 12, "S3": 7, "S4": 10}),
        ("D4", {"S1": 4}),
    ],
)
def test_gv_stage_1_completed_dwell(deal: str, dwell: dict[str, float]) -> None:
    way = walk(deal)
    found = {stage: days for n in range(1, 6) if (days := way.dwell_days(stage := f"S{n}")) is not None}
    assert found == {stage: Fraction(days) for stage, days in dwell.items()}


def test_gv_stage_1_visits_of_d2() -> None:
    assert len(walk("D2").stays("S3")) == 2


def test_gv_stage_1_now() -> None:
    d1, d2, d3, d4 = (walk(deal) for deal in DEALS)
    assert (d1.state, d1.furthest) == ("won", 6)
    assert (d2.last.place.stage, d2.furthest) == ("S4", 4)
    assert sla_age(d2, as_of=datetime(2026, 4, 1, 9, tzinfo=ZONE)) == 14
    assert d3.state == "won"
    assert d3.episodes == 2
    assert d3.cycle_gross_us == 72 * 86_400_000_000
    assert d3.cycle_net_us == 32 * 86_400_000_000
    assert (d4.last.place.stage, d4.furthest) == ("S5", 5)
    assert sla_age(d4, as_of=datetime(2026, 3, 10, 9, tzinfo=ZONE)) == 4


@pytest.mark.parametrize(
    ("scores", "value", "coverage"),
    [
        ((3, 2, 1, 0), 56.7, 1.00),
        ((3, 3, None, None), 100.0, 0.60),
        ((None, None, None, None), None, 0.00),
    ],
)
def test_gv_qual_1(scores: tuple[int | None, ...], value: float | None, coverage: float) -> None:
    found = qualify(dict(zip(("intent", "need_fit", "budget", "decision_process"), scores, strict=True)))
    assert found.coverage == Fraction(str(coverage))
    if value is None:
        assert found.value is None
    else:
        assert found.value is not None
        assert abs(float(found.value) - value) <= 0.05 + 1e-9


def test_gv_gate_1() -> None:
    values = {"two_way_contacts": 1, "needs": 1, "intent": 2, "need_fit": 1, "budget": None, "decision_process": 0}
    actions = {"make_first_contact", "learn_needs", "requirement_analysis", "tailored_proposal"}
    found = {
        mode: check_move(default_pipeline(), "first_contact", "quoted", values=values, actions=actions, mode=mode)
        for mode in ("block", "warn", "audit")
    }
    unmet = [(finding.stage, finding.criterion) for finding in found["block"].unmet]
    assert unmet == [("needs_confirmed", name) for name in ("need_fit", "budget", "decision_process")]
    assert [result.allows for result in found.values()] == [False, True, True]
    assert len(found["audit"].unmet) == 3


def test_gv_gate_1_going_back_passes_no_gate_but_needs_a_reason() -> None:
    bare = check_move(default_pipeline(), "negotiation", "needs_confirmed", values={}, mode="block")
    assert [finding.kind for finding in bare.unmet] == ["reason"]
    assert not bare.allows
    told = check_move(default_pipeline(), "negotiation", "needs_confirmed", values={}, mode="block", reason="scope")
    assert told.allows


def test_default_pipeline_is_the_documents_table() -> None:
    stages = default_pipeline().stages
    assert [stage.names["zh"] for stage in stages] == [
        "潜在客户",
        "初步接触",
        "需求确认",
        "报价",
        "谈判",
        "成交",
        "丢单",
    ]
    assert [str(stage.probability) for stage in stages] == ["0.10", "0.20", "0.40", "0.60", "0.80", "1", "0"]
    assert [stage.sla_days for stage in stages] == [10, 5, 10, 7, 10, None, None]
    assert default_pipeline().won_rank == 6


def test_gv_funnel_4_ages_by_the_plain_path() -> None:
    """G05 and G08 of GV-FUNNEL-4 with the shipped calendar: 55 d, 39 bd, 68 d with the earlier visit; 98 d, 66 bd."""
    china = named("CN", zone=ZONE)
    cut = datetime(2026, 6, 30, 12, tzinfo=ZONE)
    g05 = [("S1", 2, 25), ("S2", 3, 2), ("S3", 3, 16), ("S4", 4, 7), ("S3", 4, 20), ("S4", 5, 6)]
    ages = {}
    for unit in ("calendar", "business"):
        for clock in ("visit", "cumulative"):
            stages = tuple(stage.model_copy(update={"sla_unit": unit, "sla_clock": clock}) for stage in SIX.stages)
            pipeline = SIX.model_copy(update={"stages": stages})
            for name, events in (("G05", g05), ("G08", [("S1", 3, 24)])):
                told = [
                    Event(stage, datetime(2026, month, day, tzinfo=ZONE), "day", seq)
                    for seq, (stage, month, day) in enumerate(events)
                ]
                way = journey(told, pipeline, as_of=cut, zone=ZONE)
                assert way is not None
                ages[name, unit, clock] = sla_age(way, as_of=cut, calendar=china)
    assert ages["G05", "calendar", "visit"] == 55
    assert ages["G05", "business", "visit"] == 39
    assert ages["G05", "calendar", "cumulative"] == 68
    assert ages["G08", "calendar", "visit"] == 98
    assert ages["G08", "business", "visit"] == 66


def test_a_hold_is_taken_off_the_age() -> None:
    way = walk("D2")
    cut = datetime(2026, 4, 1, 9, tzinfo=ZONE)
    assert sla_age(way, as_of=cut, holds=[(date(2026, 3, 20), date(2026, 3, 25))]) == 9
    assert sla_age(way, as_of=cut, holds=[(date(2026, 1, 1), date(2026, 3, 19))]) == 13
    assert not is_stalled(way, sla_age(way, as_of=cut, holds=[(date(2026, 3, 20), date(2026, 3, 25))]))
    assert is_stalled(way, sla_age(way, as_of=cut))


def test_a_history_that_begins_in_the_middle_leaves_the_first_entry_unknown() -> None:
    events = [Event("S3", at("03-10"), from_stage="S2"), Event("S5", at("03-20"), seq=1, from_stage="S4")]
    way = journey(events, SIX, as_of=at("04-01"), zone=ZONE)
    assert way is not None
    assert [str(move) for move in way.moves] == ["create", "advance", "advance", "advance"]
    assert [move.is_inferred for move in way.moves] == [True, False, True, False]
    assert [note.code for note in way.notes] == ["HISTORY_GAP", "HISTORY_GAP"]
    assert way.dwell_days("S2") is None
    assert way.dwell_days("S4") is None
    assert way.dwell_days("S3") == 10
    assert way.start == (None, "exact")


def test_a_score_outside_its_scale_is_refused() -> None:
    with pytest.raises(ConfigError, match="from 0 to 3"):
        qualify({"intent": 4})


def test_knowing_little_opens_no_gate() -> None:
    assert qualify({"intent": 3, "need_fit": 3}).counts
    assert not qualify({"intent": 3}).counts
    assert not qualify({}).counts


def test_a_move_to_a_stage_that_does_not_exist_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean quoted"):
        check_move(default_pipeline(), "prospect", "qoted", values={})


def test_any_of_several_fields_settles_a_criterion_and_blank_text_settles_none() -> None:
    actions = {"obtain_customer_information", "determine_intent"}
    pipeline = default_pipeline()

    def unmet(values: dict[str, object]) -> list[str]:
        found = check_move(pipeline, "prospect", "first_contact", values=values, actions=actions)
        return [finding.field for finding in found.unmet]

    assert unmet({"intent": 1, "contact_phone": "+86 10"}) == []
    assert unmet({"intent": 1, "contact_phone": " "}) == ["contact_email, contact_phone"]
    assert unmet({"intent": "0", "contact_email": "a@b.c"}) == ["intent"]


def test_lost_needs_a_reason_and_no_criteria() -> None:
    assert not check_move(default_pipeline(), "quoted", "lost", values={}, mode="block").allows
    assert check_move(default_pipeline(), "quoted", "lost", values={}, mode="block", reason="price").allows

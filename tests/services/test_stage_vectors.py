"""The golden vectors of the stage model, by name, with every value the method gives."""

from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from crmbridge.model.pipeline import Category, Pipeline, Stage
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.gates import check_move
from crmbridge.services.moves import Event
from crmbridge.services.qualification import qualify
from crmbridge.services.stages import Journey, journey, sla_age

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

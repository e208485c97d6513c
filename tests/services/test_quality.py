"""Scores by hand, required fields, what cannot be judged, and a company's own document."""

from fractions import Fraction

import pytest
from tests.services.quality_worlds import AS_OF, ask, failing, finding, lost, opened, reasons, won
from tests.services.worlds import SHANGHAI, company

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.model.pipeline import Category, Pipeline, Stage
from crmbridge.services.quality import failing_records
from crmbridge.services.quality_document import QualityConfig, built_in, load_quality
from crmbridge.services.quality_report import QualityRequest, Tally, score, worst
from crmbridge.services.quality_texts import TOPICS

GV_DQ_2 = {
    "required_fields": Tally(20, 2),
    "result_record": Tally(30, 3),
    "next_step": Tally(20, 8),
    "first_response": Tally(10, 1),
    "stale": Tally(20, 3),
    "duplicates": Tally(50, 0),
}
WEIGHTS = {name: setting.weight for name, setting in built_in().checks.items()}


def test_gv_dq_2_the_score_of_the_vector() -> None:
    value = score(GV_DQ_2, WEIGHTS)
    assert value is not None
    assert f"{float(value):.2f}" == "85.42"
    without = score(GV_DQ_2 | {"first_response": Tally(0, 0)}, WEIGHTS)
    assert without == Fraction(169, 2) == Fraction("84.50")


def test_gv_dq_2_the_worst_three_cost_the_most() -> None:
    assert [name for name, _ in worst(GV_DQ_2, WEIGHTS)] == ["next_step", "required_fields", "result_record"]


def test_a_score_without_anything_applicable_is_none_and_weight_zero_counts_for_nothing() -> None:
    assert score({}, WEIGHTS) is None
    assert score({"stale": Tally(0, 0)}, WEIGHTS) is None
    assert score({"stale": Tally(4, 4), "quote": Tally(1, 1)}, {"stale": 0, "quote": 1}) == 0
    assert worst({"stale": Tally(4, 4)}, {"stale": 0}) == ()


def test_fewer_than_ten_judged_records_are_not_enough() -> None:
    deals = [opened(f"a{n}", owner_id="u1", owner_ref="1") for n in range(10)]
    deals += [opened(f"b{n}", owner_id="u2", owner_ref="2") for n in range(9)]
    with company([*deals, opened("nobody")]) as facts:
        facts.insert("users", [{"id": "u1", "name": "Li"}, {"id": "u2", "name": "Wu"}])
        report = ask(facts, "unassigned", "owner_unknown")
    assert {s.label: (s.n, s.is_enough) for s in report.scores} == {
        "Li": (10, True),
        "Wu": (9, False),
        "unknown": (1, False),
    }
    assert report.scores[-1].key is None
    assert report.whole.n == 20


# -- required fields --------------------------------------------------------------------------------------------------

DOCUMENT = """
[[required.deal]]
fields = ["owner", "source|channel"]
[[required.deal]]
fields = ["amount"]
from_rank = 3
states = ["open"]
"""


def test_required_fields_of_the_document_by_stage_and_state() -> None:
    deals = [
        opened("ok", owner_ref="1", channel="web"),
        opened("no_owner", source="fair"),
        opened("no_source", owner_ref="1"),
        opened("early", "S2", None, owner_ref="1", source="x"),
        opened("late", "S3", None, owner_ref="1", source="x"),
        won("won", None, owner_ref="1", source="x"),
    ]
    with company(deals) as facts:
        assert failing(facts, "required_fields", config=load_quality(DOCUMENT)) == (
            6,
            ["late", "no_owner", "no_source"],
        )
        found = finding(ask(facts, "required_fields", config=load_quality(DOCUMENT)), "required_fields")
        assert found.parts == {"amount": 1, "owner": 1, "source|channel": 1}


def test_a_stage_requires_its_own_fields_and_those_of_the_stages_before_it() -> None:
    stages = (
        Stage(key="S1", order=1, category=Category.OPEN, required_fields=("source", "no_such_field")),
        Stage(key="S2", order=2, category=Category.OPEN, required_fields=("next_step",)),
        Stage(key="won", order=3, category=Category.WON),
        Stage(key="lost", order=4, category=Category.LOST, required_fields=("reason",)),
    )
    deals = [
        opened("a"),
        opened("b", source="x"),
        opened("c", "S2", source="x"),
        opened("d", "S2", next_step="call"),
        won("e", source="x", next_step="y"),
        won("f", source="x"),
        lost("g"),
        lost("h", reason="price"),
    ]
    config = load_quality("required.deal = []")
    with company(deals) as facts:
        report = ask(facts, "required_fields", pipelines=[Pipeline(id="sales", stages=stages)], config=config)
        request = QualityRequest(AS_OF, checks=("required_fields",), config=config)
        records = failing_records(facts, [Pipeline(id="sales", stages=stages)], request)
    assert finding(report, "required_fields").tally == Tally(8, 5)
    assert {r.record_id: r.parts for r in records} == {
        "a": ("source",),
        "c": ("next_step",),
        "d": ("source",),
        "f": ("next_step",),
        "g": ("reason",),
    }


def test_what_a_source_cannot_supply_is_not_blank_there() -> None:
    rows = [
        {"id": "a", "connection": "crm", "object": "deals", "owner_ref": "1"},
        {"id": "b", "connection": "crm", "object": "deals"},
        {"id": "c", "connection": "books", "object": "deals"},
    ]
    with Facts.in_memory(zone=SHANGHAI, currency="CNY") as facts:
        facts.insert("deals", rows)
        report = ask(facts)
        found = finding(report, "unassigned")
        assert (found.tally, found.not_judged, found.examples) == (Tally(2, 1), 1, ("b",))
        said = {(one.check, one.unavailable.reason.params.get("fields")) for one in report.unjudged}
        assert ("required_fields", "name, account, expected_close, amount") in said
        told = {("books", "deals"): frozenset({"amount"})}
        found = finding(ask(facts, "unassigned", unfilled=told), "unassigned")
        assert (found.tally, found.not_judged) == (Tally(3, 2), 0), "its mapping says that it can"
        nobody = {(name, "deals"): frozenset({"owner"}) for name in ("crm", "books")}
        assert finding(ask(facts, "unassigned", unfilled=nobody), "unassigned").tally == Tally(2, 1), "what is there is"


def test_what_cannot_be_judged_has_its_reason_and_is_never_a_pass() -> None:
    with company([opened("a")]) as facts:
        report = ask(facts)
    told = reasons(report)
    assert told["lost_without_reason", "deal"] == "NOT_SUPPLIED"
    assert told["owner_inactive", "deal"] == "NOT_SUPPLIED"
    assert told["unmet_gate", "deal"] == "NO_GATES"
    assert told["quote", "deal"] == "NO_QUOTES"
    assert told["all", "lead"] == "NO_RECORDS"
    judged = {(found.topic.id, found.kind) for found in report.findings if found.topic.id != "required_fields"}
    assert not judged & told.keys()


def test_without_any_record_there_is_no_score() -> None:
    with company([]) as facts:
        report = ask(facts)
    assert (report.findings, report.whole.value, report.whole.n, report.scores) == ((), None, 0, ())


# -- the document --------------------------------------------------------------------------------------------------


def test_every_check_has_words_a_weight_and_a_severity() -> None:
    assert built_in().checks.keys() == TOPICS.keys()


def test_a_companys_own_document_changes_single_values() -> None:
    config = load_quality(
        'amount_from_rank = 2\n[checks]\nstale = { weight = 5, severity = "error" }\n[stale.days]\nE = 9'
    )
    assert config.amount_from_rank == 2
    assert (config.checks["stale"].weight, config.checks["stale"].severity) == (5, "error")
    assert config.checks["repeats"] == built_in().checks["repeats"]
    assert config.stale.days == {"D": 60, "E": 9}
    assert isinstance(config, QualityConfig)


def test_a_check_can_be_switched_off() -> None:
    config = load_quality("checks.open_certain.enabled = false")
    with company([opened("a", probability=1)]) as facts:
        assert "open_certain" not in {found.topic.id for found in ask(facts, config=config).findings}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stale.other_dayz = 3", "quality.toml:1: unknown key stale.other_dayz"),
        ('[[required.deal]]\nfields = ["amout"]', "amount"),
        ("checks.stail = { weight = 1, severity = 'info' }", "stale"),
        ("region = 'Kina'", "two capital letters"),
        ("checks.stale.severity = 'bad'", "checks.stale.severity"),
    ],
)
def test_mistakes_in_the_document_are_told_with_the_nearest(text: str, said: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        load_quality(text)
    assert said in " ".join(str(problem) for problem in caught.value.problems)


def test_an_unknown_check_or_dimension_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean stale"):
        QualityRequest(AS_OF, checks=("stail",))
    with company([opened("a", owner_ref="1")]) as facts, pytest.raises(ConfigError, match="owner"):
        ask(facts, by="ownr")

"""Scores and tiers: the golden vectors by name, what sources lack, and a plain path beside the SQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services.score_worlds import AS_OF, Did, Lead, config, filled, next_tier, of, plain

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError
from crmbridge.services.scores import scores
from crmbridge.services.scores_document import ScoresConfig, built_in, load_scores
from crmbridge.services.scores_report import ScoreCard, ScoresReport, ScoresRequest
from crmbridge.services.sharing import share

GV_FIT = {"a": "30", "b": "25", "c": "15", "d": "20"}
UNREACHABLE = {"phones": "[]", "emails": "[]"}
GV_SCORE_1 = Lead(
    "L",
    ("a", "b", "c", "d"),
    (3, 1, 2, None),
    (
        Did("form", 7),
        Did("email", 14, {"direction": "in"}),
        Did("web_event", 1),
        Did("web_event", 7),
        Did("meeting", 30),
    ),
)


def told(leads: Sequence[Lead], known: ScoresConfig | None = None, **asked: Any) -> ScoresReport:
    with filled(leads) as facts:
        return scores(facts, [], ScoresRequest(**{"as_of": AS_OF, "explained": True, **asked}), known)


def test_gv_score_1() -> None:
    one = of(told([GV_SCORE_1], config(fit=GV_FIT)), "L")
    assert one.fit == 90
    assert number(one.engagement) == pytest.approx(50.7418, abs=5e-5)
    assert seen(one.intent, one.coverage) == (75, Fraction(4, 5))
    assert number(one.score) == pytest.approx(73.7225, abs=5e-5)
    assert seen(one.tier, one.why) == ("B", "first")
    parts = {part: sum(row.contribution for row in one.explanation if row.part == part) for part in ("fit", "intent")}
    assert parts == {"fit": 36, "intent": Fraction("22.5")}
    events = [(row.rule, round(float(row.contribution / row.factor), 4)) for row in one.explanation if row.about]
    assert events == [("form", 30), ("reply", 25), ("web", 5), ("web", 5), ("event", 20)], "raw points"
    worth = sorted(round(float(row.contribution) / 0.3, 4) for row in one.explanation if row.about)
    assert worth == [2.5, 4.5286, 10, 12.5, 21.2132]
    intent = [(row.rule, row.raw) for row in one.explanation if row.part == "intent"]
    assert intent == [("need", 3), ("budget", 1), ("authority", 2), ("timing", None)]
    assert sum(row.contribution for row in one.explanation) == one.score


def test_gv_score_1_geometric_and_two_weeks_later() -> None:
    geometric = of(told([GV_SCORE_1], config('method = "geometric"', fit=GV_FIT)), "L")
    assert number(geometric.score) == pytest.approx(71.7505, abs=5e-5)
    assert sum(row.contribution for row in geometric.explanation) == geometric.score
    assert geometric.explanation[-1].rule == "geometric"
    assert geometric.explanation[-1].contribution < 0
    later = of(told([GV_SCORE_1], config(fit=GV_FIT), as_of=AS_OF + timedelta(days=14)), "L")
    assert number(later.engagement) == pytest.approx(25.8501, abs=5e-5)
    assert number(later.score) == pytest.approx(66.2550, abs=5e-5)
    assert later.tier == "B"


def test_a_part_of_nothing_kills_a_geometric_score() -> None:
    known = config('method = "geometric"', fit=GV_FIT)
    nothing = of(told([replace(GV_SCORE_1, marks=()), replace(GV_SCORE_1, id="M")], known), "L")
    assert seen(nothing.fit, nothing.score, nothing.tier) == (0, 0, "D")


def test_gv_score_2() -> None:
    halved = {0: 30, 7: 21.2132, 14: 15, 28: 7.5}
    report = told([Lead(str(age), did=(Did("form", age),)) for age in halved])
    for age, points in halved.items():
        assert number(of(report, str(age)).engagement) == pytest.approx(points, abs=5e-5), age


GV_TIER_1 = [
    (0, "82", "A", "first"),
    (1, "78", "A", "within_band"),
    (2, "81", "A", "same"),
    (3, "76", "A", "within_band"),
    (4, "74.9", "A", "within_hold"),
    (9, "74.9", "B", "demoted"),
    (10, "79.9", "B", "same"),
    (11, "80", "A", "promoted"),
    (12, "39", "A", "within_hold"),
    (18, "39", "D", "demoted"),
    (19, "39", "D", "same"),
]


def test_gv_tier_1() -> None:
    lead = Lead("L", ("a",), (3, 3, 3, None))
    changes, raw = [], []
    with filled([lead]) as facts:
        for day, score, tier, why in GV_TIER_1:
            known = config("[weights]\nfit = 1\nengagement = 0\nintent = 0", fit={"a": score})
            as_of = AS_OF + timedelta(days=day)
            report = scores(facts, [], ScoresRequest(as_of), known)
            one = of(report, "L")
            assert seen(one.score, one.tier, one.why) == (Fraction(score), tier, why), day
            changes += [(day, change.tier, change.score) for change in report.changes]
            raw.append(one.raw_tier)
            remember(facts, report)
    assert changes == [(0, "A", 82), (9, "B", Fraction("74.9")), (11, "A", 80), (18, "D", 39)]
    assert sum(earlier != later for earlier, later in pairwise(raw)) == 5, "thresholds alone change it more often"


def remember(facts: Facts, report: ScoresReport) -> None:
    at = report.request.as_of.replace(tzinfo=None)
    for change in report.changes:
        body = f'{{"tier":"{change.tier}"}}'
        facts.insert("service_events", [{"service": "lead_tiers", "subject": change.id, "at": at, "body": body}])


def seen(*values: object) -> tuple[object, ...]:
    return values


def number(value: Fraction | None) -> float:
    assert value is not None
    return float(value)


def test_a_needs_enough_of_intent_and_loses_it_after_the_hold() -> None:
    known = config(fit={"a": "100"})
    best = Lead("L", ("a",), (3, None, None, None), [Did("form", 0)] * 4)
    little = of(told([best], known), "L")
    assert seen(little.score, little.coverage, little.tier) == (100, Fraction(2, 5), "B")
    assert of(told([replace(best, bant=(3, 3, None, None))], known), "L").tier == "A"
    for days, tier, why in ((6, "A", "within_hold"), (7, "B", "demoted")):
        with filled([best]) as facts:
            at = (AS_OF - timedelta(days=days)).replace(tzinfo=None)
            facts.insert(
                "service_events", [{"service": "lead_tiers", "subject": "L", "at": at, "body": '{"tier":"A"}'}]
            )
            one = of(scores(facts, [], ScoresRequest(AS_OF), known), "L")
        assert seen(one.tier, one.why, one.was) == (tier, why, "A"), "a band does not stand for what is not known"


def test_a_score_of_exactly_sixty_enters_at_sixty() -> None:
    known = config("[weights]\nfit = 0.4\nengagement = 0.3\nintent = 0.3", fit={"a": "80"})
    lead = Lead("L", ("a",), (1, 1, 1, 1), [Did("form", 0)] * 2)
    one = of(told([lead], known), "L")
    assert one.intent == Fraction(100, 3)
    assert one.score == 60, "32 and 18 and 10"
    assert one.tier == "B"


def test_a_pin_holds_to_the_end_of_its_day() -> None:
    leads = [Lead(name, (), (0, 0, 0, 0)) for name in "LMN"]
    leads[2].facts = UNREACHABLE
    days = {"L": date(2026, 3, 10), "M": date(2026, 3, 9), "N": date(2026, 3, 10)}
    pins = "".join(f'\n[[pins]]\nrecord = "crm:{name}"\ntier = "C"\nuntil = {day}' for name, day in days.items())
    report = told(leads, config(pins, fit={"a": "0"}))
    assert [(one.id, one.tier, one.why, one.raw_tier) for one in report.cards] == [
        ("L", "C", "pinned", "D"),
        ("M", "D", "first", "D"),
        ("N", "X", "disqualified", None),
    ], "a pin does not make reachable"


def test_who_is_disqualified_has_no_score_and_comes_back_at_once() -> None:
    leads = [Lead("L", facts=UNREACHABLE), Lead("M", facts={"status": "disqualified"}), Lead("N")]
    with filled(leads) as facts:
        for name in "LMN":
            at = (AS_OF - timedelta(days=1)).replace(tzinfo=None)
            facts.insert(
                "service_events", [{"service": "lead_tiers", "subject": name, "at": at, "body": '{"tier":"X"}'}]
            )
        later = {"service": "lead_tiers", "subject": "N", "at": (AS_OF + timedelta(days=1)).replace(tzinfo=None)}
        facts.insert("service_events", [{**later, "body": '{"tier":"A"}'}, {**later, "service": "other", "body": "{}"}])
        report = scores(facts, [], ScoresRequest(AS_OF, explained=True))
    found = {one.id: (one.score, one.tier, one.disqualifier, one.why) for one in report.cards}
    assert found["L"] == (None, "X", "unreachable", "disqualified")
    assert found["M"] == (None, "X", "disqualified", "disqualified")
    assert found["N"][1:] == ("D", None, "qualified_again")
    assert [(change.id, change.was, change.tier) for change in report.changes] == [("N", "X", "D")]
    assert of(report, "L").explanation == ()


def test_a_lead_whose_person_opted_out_as_a_contact_is_disqualified() -> None:
    with filled([Lead("L"), Lead("M")]) as facts:
        facts.insert("contacts", [{"id": "c", "do_not_contact": True}, {"id": "d", "do_not_contact": False}])
        kept = {"L": ("lead", "p"), "c": ("contact", "p"), "M": ("lead", "q"), "d": ("contact", "q")}
        rows = [{"record_id": id_, "kind": kind, "person_key": key} for id_, (kind, key) in kept.items()]
        facts.insert("persons", rows)
        report = scores(facts, [], ScoresRequest(AS_OF))
    assert (of(report, "L").tier, of(report, "L").disqualifier) == ("X", "opted_out")
    assert of(report, "M").tier == "D"


def test_what_no_source_tells_is_unavailable_and_never_nought() -> None:
    report = told([Lead("L", ("a",))], config(fit={"a": "70"}))
    one = of(report, "L")
    assert seen(one.engagement, one.intent, one.coverage) == (None, None, 0)
    assert seen(one.score, one.tier) == (70, "B"), "the weight goes to what is known"
    assert {(gap.part, gap.records, gap.unavailable.reason.code) for gap in report.unavailable} == {
        ("engagement", 1, "NO_ENGAGEMENT"),
        ("intent", 1, "NO_INTENT"),
    }
    with filled([]) as facts:
        facts.insert("leads", [{"id": "L", "connection": "files", "object": "x"}])
        empty = of(scores(facts, [], ScoresRequest(AS_OF)), "L")
        assert seen(empty.fit, empty.score, empty.tier, empty.why) == (None, None, None, "no_score")
        blank = {("files", "x"): frozenset({"phones", "emails"})}
        mapped = of(scores(facts, [], ScoresRequest(AS_OF, unfilled=blank)), "L")
        assert seen(mapped.fit, mapped.tier) == (0, "D"), "a mapping that fills the title says that there is none"
        assert mapped.disqualifier is None, "a source without numbers does not make its leads unreachable"


def test_sources_are_judged_each_by_what_it_supplies() -> None:
    leads = [Lead("L", did=[Did("form", 0)], bant=(3, 3, 3, 3)), Lead("M", facts={"connection": "b", "phones": None})]
    report = told(leads, config(fit={"a": "70"}))
    assert seen(of(report, "L").fit, of(report, "M").fit) == (None, None)
    assert seen(of(report, "L").engagement, of(report, "M").engagement) == (30, None)
    assert of(report, "M").disqualifier is None
    assert of(report, "M").score is None


def test_what_does_not_count() -> None:
    did = [
        Did("form", 0, {"automated": True}),
        Did("form", -1),
        Did("form", 0, {"state": "planned"}),
        Did("form", 0, {"lifecycle": "deleted"}),
        Did("email", 0, {"direction": "out"}),
    ]
    assert of(told([Lead("L", did=did)]), "L").engagement == 0


def test_as_known_then_leaves_out_what_was_logged_later() -> None:
    late = Did("form", 3, {"logged_at": (AS_OF + timedelta(days=1)).replace(tzinfo=None)})
    lead = Lead("L", did=[late, Did("web_event", 0)])
    assert number(told([lead]).cards[0].engagement) > 25
    with filled([lead]) as facts:
        then = scores(facts, [], ScoresRequest(AS_OF, "then"))
        later = scores(facts, [], ScoresRequest(AS_OF + timedelta(days=2), "then"))
    assert of(then, "L").engagement == 5
    assert number(of(later, "L").engagement) > 20


def test_the_newest_are_kept_and_groups_are_capped() -> None:
    known = config("[engagement.rules.form]\nmax_count = 2", fit={})
    one = of(
        told([Lead("L", did=[Did("form", 28), Did("form", 0), Did("form", 14), *[Did("web_event", 0)] * 7])], known),
        "L",
    )
    assert one.engagement == 30 + 15 + 20
    rows = [seen(row.rule, row.about, row.raw) for row in one.explanation if row.rule in {"cap", "form"}]
    assert rows == [("form", "L-1", 30), ("form", "L-2", 30), ("cap", "web", -15)]
    many = of(told([Lead("L", did=[Did("form", 0)] * 5)]), "L")
    clamp = next(row for row in many.explanation if row.rule == "clamp")
    assert seen(many.engagement, clamp.raw) == (100, -50)


def test_points_below_nought_are_none() -> None:
    one = of(told([Lead("L", ("a", "b"))], config(fit={"a": "-40", "b": "15"})), "L")
    rows = [seen(row.rule, row.raw) for row in one.explanation if row.part == "fit"]
    assert seen(one.fit, rows) == (0, [("a", -40), ("b", 15), ("clamp", 25)])


def test_equal_scores_come_in_the_order_of_creation_and_then_of_the_canonical_id() -> None:
    days = {"A": 3, "B": 2, "C": None, "D": 2}
    made = {name: day and {"created_at": datetime(2026, 3, day)} for name, day in days.items()}  # noqa: DTZ001 - as facts are
    assert [one.id for one in told([Lead(name, facts=facts or {}) for name, facts in made.items()]).cards] == list(
        "BDAC"
    )


def test_an_event_that_is_known_to_the_day_is_as_old_as_its_day() -> None:
    moment = datetime(2026, 3, 2, 16, tzinfo=UTC).replace(tzinfo=None)  # the start of 3 March in Shanghai
    lead = Lead("L", did=[Did("form", 0, {"started_at": moment, "started_at_precision": "day"})])
    assert number(of(told([lead]), "L").engagement) == pytest.approx(21.2132, abs=5e-5)


def test_values_that_are_no_criteria_are_unknown_and_said() -> None:
    report = told([Lead("L", bant=(3, 9, -1, None))])
    assert seen(of(report, "L").intent, of(report, "L").coverage) == (100, Fraction(2, 5))
    assert [(note.code, note.params) for note in report.evidence.warnings] == [("ODD_CRITERION", {"n": 2})]


def test_deals_and_contacts_are_scored_by_their_own_rules() -> None:
    with filled([Lead("L")]) as facts:
        facts.insert("contacts", [{"id": "c", "full_name": "Li", "decision_role": "buyer"}])
        facts.insert("contacts", [{"id": "d", "full_name": "Wu", "do_not_contact": True}])
        lost = {"id": "lost", "stage": "lost", "pipeline": "default", "category": "lost", "contact_id": "c"}
        facts.insert("deals", [lost])
        deal = {
            "stage": "quoted",
            "pipeline": "default",
            "category": "open",
            "amount_e4": 10_000,
            "amount_currency": "CNY",
        }
        facts.insert(
            "deals", [{**deal, "id": "open", "contact_id": "c", "contact_ref": "c", "intent": 3, "need_fit": 2}]
        )
        facts.insert("deals", [{**deal, "id": "shy", "contact_id": "d", "contact_ref": "d"}])
        facts.insert(
            "activities", [{"id": "1", "type": "form", "contact_id": "c", "started_at": AS_OF.replace(tzinfo=None)}]
        )
        meeting = {
            "type": "meeting",
            "contact_id": "c",
            "deal_id": "elsewhere",
            "started_at": AS_OF.replace(tzinfo=None),
        }
        facts.insert("activities", [{"id": "2", **meeting}])
        report = scores(facts, [], ScoresRequest(AS_OF), load_scores('kinds = ["deal", "contact"]'))
    open_, shy = of(report, "open"), of(report, "shy")
    assert seen(open_.fit, open_.engagement, open_.coverage) == (40, 30, Fraction(3, 5))
    assert open_.intent == Fraction(250, 3), "as a deal is qualified"
    assert (shy.tier, shy.disqualifier) == ("X", "opted_out")
    assert seen(of(report, "c").fit, of(report, "c").engagement) == (60, 50)
    assert {one.id for one in report.cards} == {"open", "shy", "c", "d"}


def test_a_lead_that_became_a_deal_is_scored_no_more() -> None:
    moment = (AS_OF - timedelta(days=1)).replace(tzinfo=None)
    leads = [Lead("L", facts={"converted_at": moment}), Lead("M")]
    assert [one.id for one in told(leads).cards] == ["M"]
    assert [one.id for one in told(leads, as_of=AS_OF - timedelta(days=2)).cards] == ["L", "M"]


def test_the_list_is_chosen_and_everything_is_counted() -> None:
    leads = [
        Lead(name, ("a",) * (name < "C"), facts={"owner_id": owner}) for name, owner in zip("ABCD", "uvuv", strict=True)
    ]
    with filled(leads) as facts:
        facts.insert(
            "users", [{"id": "u", "name": "Li Na", "email": "li@x.cn"}, {"id": "v", "name": "Wu", "email": None}]
        )
        wanted: tuple[tuple[dict[str, Any], str], ...] = (
            ({"owner": "li na"}, "AC"),
            ({"tier": "B", "limit": 1}, "A"),
            ({"kind": "deal"}, ""),
        )
        with share(facts) as shared:
            for chosen, ids in wanted:
                report = scores(shared, [], ScoresRequest(AS_OF, **chosen), config(fit={"a": "70"}))
                assert [one.id for one in report.cards] == list(ids), chosen
                assert {(group.tier, group.records) for group in report.groups} == {("B", 2), ("D", 2)}
                assert len(report.changes) == 4
            with pytest.raises(ConfigError, match=r"there is no user Lina \(did you mean Li Na\?\)"):
                scores(shared, [], ScoresRequest(AS_OF, owner="Lina"))
            with pytest.raises(ConfigError, match=r"there is no tier E \(did you mean A, B, C, D, X\?\)"):
                scores(shared, [], ScoresRequest(AS_OF, tier="E"))


DID = st.builds(
    Did,
    st.sampled_from(["form", "email", "web_event", "meeting", "note"]),
    st.integers(-3, 90).map(lambda n: n / 2),
    st.sampled_from([{}, {"direction": "in"}, {"automated": True}, {"state": "planned"}, {"state": "done"}]),
)
LEADS = st.lists(
    st.tuples(
        st.sets(st.sampled_from("abcd")),
        st.tuples(*[st.none() | st.integers(0, 3)] * 4),
        st.lists(DID, max_size=14),
        st.none() | st.tuples(st.sampled_from("ABCDX"), st.integers(0, 12)),
    ),
    min_size=1,
    max_size=12,
)


WORLDS = given(LEADS, st.sampled_from(["weighted", "geometric"]), st.randoms(use_true_random=False))


@settings(max_examples=3, deadline=None)
@WORLDS
def test_sql_and_the_plain_path_agree(world: list[Any], method: str, random: Any) -> None:
    compare(world, method, random)


@pytest.mark.wide
@settings(max_examples=200, deadline=None)
@WORLDS
def test_sql_and_the_plain_path_agree_in_many_worlds(world: list[Any], method: str, random: Any) -> None:
    compare(world, method, random)


def compare(world: list[Any], method: str, random: Any) -> None:
    known = config(
        f'method = "{method}"\n[engagement.rules.form]\nmax_count = 2\n[engagement.rules.web]\nmax_count = 3'
        "\n[engagement.rules.event]\npoints = -20\n[engagement.caps]\nweb = 11",
        fit={"a": "60", "b": "55.5", "c": "-40", "d": "12.25"},
    )
    leads = [Lead(f"L{n:02}", sorted(marks), bant, did) for n, (marks, bant, did, _) in enumerate(world)]
    leads.append(replace(GV_SCORE_1, id="Z"))
    before = {f"L{n:02}": was for n, (_, _, _, was) in enumerate(world) if was is not None}
    report = asked(leads, before, known)
    for lead in leads:
        one, wanted = of(report, lead.id), plain(lead, known)
        assert seen(one.fit, one.intent, one.coverage) == (wanted.fit, wanted.intent, wanted.coverage)
        assert number(one.engagement) == pytest.approx(wanted.engagement, abs=1e-6)
        assert number(one.score) == pytest.approx(wanted.score, abs=1e-6)
        assert sum(row.contribution for row in one.explanation) == one.score
        assert one.score is not None
        assert one.tier == tier_of(one, one.score, before.get(lead.id), known)
    shuffled = [replace(lead, did=[*lead.did]) for lead in random.sample(leads, len(leads))]
    assert repr(asked(shuffled, before, known)) == repr(report)


def asked(leads: Sequence[Lead], before: dict[str, tuple[str, int]], known: ScoresConfig) -> ScoresReport:
    with filled(leads) as facts:
        for name, (tier, days) in before.items():
            at = (AS_OF - timedelta(days=days)).replace(tzinfo=None)
            row = {"service": "lead_tiers", "subject": name, "at": at, "body": f'{{"tier":"{tier}"}}'}
            facts.insert("service_events", [row])
        return scores(facts, [], ScoresRequest(AS_OF, explained=True), known)


def tier_of(one: ScoreCard, score: Fraction, before: tuple[str, int] | None, known: ScoresConfig) -> str:
    was, days = before or (None, 0)
    entries = [(name, tier.enter) for name, tier in known.ranked if one.coverage >= Fraction(tier.intent_coverage)]
    return next_tier(None if was == "X" else was, score, days, entries)


def test_what_is_shipped_scores_a_plain_lead() -> None:
    lead = Lead(
        "L", facts={"title": "销售总监", "company_name": "某公司", "emails": '["li@pku.edu.cn"]', "industry": "IT"}
    )
    director = Lead("M", facts={"title": "Sales DIRECTOR", "emails": '["li@edu.com"]', "source": "Partner referral"})
    report = told([lead, director])
    assert of(report, "L").fit == 30 + 20 + 15 + 10 + 10 - 30, "a school is not a buyer"
    assert of(report, "M").fit == 30 + 15 + 10 + 15
    assert built_in().method == "weighted"

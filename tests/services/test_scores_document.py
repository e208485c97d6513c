"""The document of scores: what is shipped, what a company changes, and what is wrong with it in a line each."""

import pytest

from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.errors import ConfigErrors
from crmbridge.services.quality_document import load_quality
from crmbridge.services.scores_document import built_in, load_scores


def test_the_tier_table_is_that_of_the_method() -> None:
    config = built_in()
    table = [(name, str(tier.first_response), str(tier.touch_every)) for name, tier in config.ranked]
    assert table == [("A", "1bh", "2bd"), ("B", "4bh", "5bd"), ("C", "1bd", "10bd"), ("D", "3bd", "30d")]
    assert [int(tier.enter) for _, tier in config.ranked] == [80, 60, 40, 0]
    best, worst = config.tier("A"), config.tier("D")
    assert best is not None
    assert worst is not None
    assert (best.touch_within, best.owner_levels, best.manager_sees_daily) == (Interval(3, "bd"), ("senior",), True)
    assert (worst.is_nurture, worst.pool_after) == (True, Interval(30, "d"))
    assert config.tier("X") is None
    assert config.tier(None) is None


def test_a_companys_document_lies_over_what_is_shipped() -> None:
    assert load_scores("") == built_in()
    config = load_scores("[fit.lead.role]\npoints = 40\n[fit.lead.student]\nenabled = false\n[tiers.A]\nenter = 85")
    assert config.fit_rules("lead")["role"].points == 40
    assert config.fit_rules("lead")["role"].where == built_in().fit["lead"]["role"].where
    assert "student" not in config.fit_rules("lead")
    assert config.ranked[0][1].enter == 85


WRONG = [
    ("[tiers.A]\nenterr = 3", "scores.toml:2: unknown key tiers.A.enterr (did you mean enter?)"),
    (
        '[fit.lead.x]\npoints = 3\nwhere = [{ field = "compny_name", blank = false }]',
        (
            "scores.toml:3: fit.lead.x.where: there is nothing to compare or add up in compny_name of a lead"
            " (did you mean company_name?)"
        ),
    ),
    (
        '[fit.lead.x]\npoints = 3\nwhere = [{ field = "need", is = "much" }]',
        "scores.toml:3: fit.lead.x.where: need cannot be compared with 'much'",
    ),
    (
        '[fit.lead.x]\npoints = 3\nwhere = [{ field = "need", contains = ["much"] }]',
        "scores.toml:3: fit.lead.x.where: need is no text",
    ),
    (
        "[intent.lead]\nneeds = 3",
        (
            "scores.toml:2: intent.lead.needs: there is nothing to compare or add up in needs of a lead"
            " (did you mean need?)"
        ),
    ),
    ("[intent.lead]\nsource = 3", "scores.toml:2: intent.lead.source: a criterion goes from 0 to 3"),
    (
        '[engagement.rules.web]\ngroup = "wob"',
        "scores.toml:2: engagement.rules.web.group cannot be 'wob' (did you mean web?)",
    ),
    (
        '[[pins]]\nrecord = "crm:1"\ntier = "Q"\nuntil = 2026-01-01',
        "scores.toml:3: pins.0.tier cannot be 'Q' (did you mean A, B, C, D?)",
    ),
    ('method = "weigthed"', "scores.toml:1: method cannot be 'weigthed' (did you mean weighted?)"),
    (
        '[tiers.A]\nfirst_response = "1x"',
        "scores.toml:2: tiers.A.first_response: '1x' is no interval such as 4bh, 2bd or 7d",
    ),
    ("[tiers.D]\nenter = 20", "scores.toml:1: tiers: one tier must be entered from 0 on"),
    ("[tiers.C]\nenter = 60", "scores.toml:1: tiers: two tiers are entered at the same score"),
    ("[tiers.X]\nenter = 10", "scores.toml:1: tiers.X: X is the tier of the disqualified, and has no entry"),
    (
        "[weights]\nfit = 0\nengagement = 0\nintent = 0",
        "scores.toml:1: weights: a score needs a weight above 0",
    ),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_what_is_wrong_is_said_with_its_line_and_the_nearest_choice(text: str, told: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        load_scores(text)
    assert str(caught.value) == told


def test_an_interval_reads_as_it_is_written() -> None:
    assert [str(Interval.parse(text)) for text in ("1bh", "2 bd", "30d")] == ["1bh", "2bd", "30d"]


def test_data_quality_asks_for_what_the_tier_table_promises() -> None:
    quality = load_quality("")
    for name, tier in built_in().ranked:
        response, touch = tier.first_response, tier.touch_every
        assert response is not None
        assert touch is not None
        limits = {"bh": (quality.first_response.minutes, 60), "bd": (quality.first_response.business_days, 1)}
        kept, unit = limits[response.unit]
        assert kept[name] == response.count * unit
        stale = {"bd": quality.stale.business_days, "d": quality.stale.days}[touch.unit][name]
        assert stale == 2 * (tier.touch_within or touch).count, "twice the cadence"

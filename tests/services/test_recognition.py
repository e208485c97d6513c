"""Recognition and talks: requirements S0-30 and S2-37."""

from fractions import Fraction

from crmbridge.services.bonus_rule import judge, read
from crmbridge.services.incentive_document import built_in
from crmbridge.services.recognition import months_needed, recognised, to_talk_to

CONFIG = built_in()


def months(*scores: int | None) -> list[Fraction | None]:
    return [None if score is None else Fraction(score) for score in scores]


def named(*scores: int | None) -> bool:
    return bool(recognised({"u": months(*scores)}, CONFIG))


def test_a_score_of_90_three_months_running_is_named_once() -> None:
    assert months_needed(CONFIG) == 4
    assert not named(80, 95, 95)
    assert named(80, 90, 91, 92)
    assert not named(90, 91, 92, 93), "it was named a month ago"
    assert named(95, 89, 90, 90, 90), "a new run of good months"
    assert not named(90, 90, None, 90), "a month without a score is none of them"


def test_98_earns_the_bonus_and_55_is_a_talk_and_no_sanction() -> None:
    assert judge(read("scorecard >= 90"), {"scorecard": Fraction("98.04")}).verdict == "earned"
    low = to_talk_to({"a": months(55), "b": months(60), "c": months(None)}, CONFIG)
    assert [(one.user, one.scores) for one in low] == [("a", (Fraction(55),))]

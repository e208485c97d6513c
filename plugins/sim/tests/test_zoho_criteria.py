"""Search criteria are read as DOC7:search describes them."""

import pytest

from crmbridge_sim.zoho import criteria
from crmbridge_sim.zoho.predicate import Condition, Group, Malformed, Operator


def test_one_condition_keeps_colons_of_a_datetime() -> None:
    read = criteria.parse("(Modified_Time:greater_equal:2026-05-20T14:45:09+02:00)")
    assert read == Condition("Modified_Time", Operator.GREATER_EQUAL, ("2026-05-20T14:45:09+02:00",))


def test_brackets_group_and_one_word_joins_flat() -> None:
    read = criteria.parse("((A:equals:1)and(B:equals:2)and((C:equals:3)or(D:in:4,5)))")
    a, b = (Condition(name, Operator.EQUAL, (value,)) for name, value in (("A", "1"), ("B", "2")))
    inner = Group("or", (Condition("C", Operator.EQUAL, ("3",)), Condition("D", Operator.IN, ("4", "5"))))
    assert read == Group("and", (a, b, inner))


def test_mixed_words_of_one_level_go_from_left_to_right() -> None:
    read = criteria.parse("((A:equals:1)or(B:equals:2)and(C:equals:3))")
    assert isinstance(read, Group)
    assert read.word == "and"
    assert isinstance(read.parts[0], Group)
    assert read.parts[0].word == "or"


def test_backslash_keeps_brackets_commas_and_backslashes() -> None:
    read = criteria.parse(r"(Company:equals:Nord \(North\)\, A\\B)")
    assert read == Condition("Company", Operator.EQUAL, (r"Nord (North), A\B",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A:equals:1",
        "(A:equals:1",
        "(A:equals:1))",
        "(A:equals)",
        "(A:equals:a,b)",
        "(A:between:1)",
        "((A:equals:1)x)",
    ],
)
def test_what_is_no_criteria_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        criteria.parse(text)
    assert caught.value.code == "INVALID_QUERY"


def test_ten_conditions_and_no_more() -> None:
    ten = "and".join(["(A:equals:1)"] * 10)
    assert isinstance(criteria.parse(f"({ten})"), Group)
    with pytest.raises(Malformed) as caught:
        criteria.parse(f"({ten}and(A:equals:1))")
    assert caught.value.code == "CRITERIA_LIMIT_EXCEEDED"


def test_a_hundred_values_and_no_more() -> None:
    values = ",".join(str(number) for number in range(100))
    assert isinstance(criteria.parse(f"(A:in:{values})"), Condition)
    with pytest.raises(Malformed, match="Only 100 values"):
        criteria.parse(f"(A:in:{values},100)")


@pytest.mark.parametrize(
    ("data_type", "word", "taken"),
    [
        ("text", "starts_with", True),
        ("text", "greater_than", False),
        ("picklist", "starts_with", False),
        ("picklist", "in", True),
        ("boolean", "in", False),
        ("textarea", "in", False),
        ("datetime", "between", True),
        ("currency", "less_equal", True),
    ],
)
def test_operators_follow_the_data_type(data_type: str, word: str, *, taken: bool) -> None:
    read = criteria.parse(f"(A:{word}:1{',2' if word == 'between' else ''})")
    if taken:
        criteria.check(read, {"A": data_type})
        return
    with pytest.raises(Malformed) as caught:
        criteria.check(read, {"A": data_type})
    assert caught.value.details["operator"] == word


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(Malformed) as caught:
        criteria.check(criteria.parse("(Nope:equals:1)"), {"A": "text"})
    assert caught.value.details["api_name"] == "Nope"

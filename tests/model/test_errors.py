import inspect
import re
from collections.abc import Iterator

import pytest

from crmbridge.model import errors
from crmbridge.model.errors import ConfigError, ConfigErrors, CrmBridgeError, Throttled, nearest, render

CLASSES = {
    name: kept
    for name, kept in vars(errors).items()
    if inspect.isclass(kept) and issubclass(kept, CrmBridgeError) and kept.__module__ == errors.__name__
}


def drawn() -> Iterator[tuple[str, str]]:
    """The (class, its parent) of each line of the tree in the docstring."""
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"^    (?P<bars>(?:[|` ]   )*)(?:[|`]- )?(?P<name>[A-Z]\w+)", line):
            depth = len(found["bars"]) // 4 + ("- " in line[: found.start("name")])
            del above[depth:]
            yield found["name"], above[-1] if above else "Exception"
            above.append(found["name"])


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    assert dict(drawn()) == {name: kept.__base__.__name__ for name, kept in CLASSES.items() if kept.__base__}


def test_every_error_has_its_own_code_and_an_exit_code() -> None:
    codes = [kept.code for kept in CLASSES.values() if kept is not ConfigErrors]
    assert len(set(codes)) == len(codes)
    assert all(0 < kept.exit_code < 128 for kept in CLASSES.values())


def test_every_error_says_what_the_caller_must_do() -> None:
    assert all((kept.__doc__ or "").strip() for kept in CLASSES.values())


def test_an_error_is_a_template_and_its_values() -> None:
    error = ConfigError(
        "{file} has no column {column}", file="a.csv", column="x", nearest="y", hint="did you mean {nearest}?"
    )
    assert str(error) == "a.csv has no column x (did you mean y?)"
    assert error.message == "{file} has no column {column}"
    assert error.context == {"file": "a.csv", "column": "x", "nearest": "y"}


def test_braces_in_values_and_in_texts_without_values_stay() -> None:
    assert str(ConfigError("{reason}", reason="a {strange} one")) == "a {strange} one"
    assert str(ConfigError("a {strange} one")) == "a {strange} one"
    assert render("{a}", {"a": 1, "b": 2}) == "1"


def test_several_problems_are_told_together() -> None:
    error = ConfigErrors(ConfigError("no {x}", x=name) for name in "ab")
    assert str(error) == "no a\nno b"
    assert len(error.problems) == 2
    assert isinstance(error, ConfigError)


def test_a_throttled_call_may_say_when_to_come_back() -> None:
    assert Throttled("too many calls", after=30).after == 30
    assert Throttled("too many calls").after is None


@pytest.mark.parametrize(
    ("word", "choices", "found"),
    [
        ("Close Valu", ["close_value", "account"], "close_value"),
        ("CLOSE_VALUE", ["Close_Value"], "Close_Value"),
        ("成交金额", ["成交额", "客户"], "成交额"),
        ("xyz", ["close_value"], None),
        ("x", [], None),
    ],
)
def test_the_nearest_choice(word: str, choices: list[str], found: str | None) -> None:
    assert nearest(word, choices) == found


def test_where_there_is_nothing_to_choose_no_choice_is_hinted_at() -> None:
    def missing(known: list[str]) -> str:
        near = errors.suggestion("north", known)
        return str(ConfigError("there is no {team}", team="north", nearest=near, hint="did you mean {nearest}?"))

    assert missing(["North East"]) == "there is no north (did you mean North East?)"
    assert missing([]) == "there is no north"

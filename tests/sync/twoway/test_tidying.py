"""A system's own form of what it was given, told from an edit by what the system is known to keep."""

import pytest

from crmbridge.model.canonical import Value
from crmbridge.sync.twoway.tidying import EVERYTHING, Keeps, is_form, kept


@pytest.mark.parametrize(
    ("given", "shown", "loses"),
    [
        ("Kiel", "KIEL", Keeps.SMALL),
        ("kiel", "KIEL", Keeps.SMALL | Keeps.SMALL_FIRST),
        ("kiel am see", "Kiel Am See", Keeps.SMALL_FIRST),
        ("ACME", "Acme", Keeps.CAPITAL),
        ("ACME", "acme", Keeps.CAPITAL | Keeps.CAPITAL_FIRST),
        ("Acme  Ltd", "Acme Ltd", Keeps.SPACE),
        ("Acme \n Ltd", "ACME LTD", Keeps.SPACE | Keeps.SMALL),
        ("Straße", "STRASSE", Keeps.SMALL),
        (("Kiel", "Bonn"), ("KIEL", "BONN"), Keeps.SMALL),
        ("+49 431 / 55", "+49431-55", Keeps.NOTHING),
        ("same", "same", Keeps.NOTHING),
    ],
)
def test_a_form_is_one_unless_the_side_keeps_what_it_lost(given: Value, shown: Value, loses: Keeps) -> None:
    assert is_form(given, shown)
    assert is_form(given, shown, EVERYTHING & ~loses)
    assert not any(is_form(given, shown, one) for one in EVERYTHING & loses)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Kiel", "Kiehl"),
        ("C", "C++"),
        ("Acme Ltd", "Acme  Ltd"),
        ("AcmeLtd", "Acme Ltd"),
        ("Acme", "Acme Ltd"),
        ("Kiel", None),
        (("a", "b"), ("a",)),
        (1, 2),
        ("12", "13"),
    ],
)
def test_no_system_tidies_up_like_that(given: Value, shown: Value) -> None:
    assert not is_form(given, shown)


def test_what_a_side_shows_it_keeps() -> None:
    assert kept(["KIEL", "BONN AM RHEIN", None, 7]) == Keeps.CAPITAL_FIRST | Keeps.CAPITAL
    assert kept(["Kiel"]) == Keeps.CAPITAL_FIRST | Keeps.SMALL
    assert kept(["a  b"], Keeps.CAPITAL) == Keeps.SMALL_FIRST | Keeps.SPACE | Keeps.CAPITAL
    assert kept(["12"]) == Keeps.NOTHING
    assert kept(["iPhone  IPHONE"]) == EVERYTHING


@pytest.mark.parametrize("way", [str.upper, str.lower, str.title, lambda text: " ".join(text.split())])
def test_a_side_that_always_tidies_up_never_shows_that_it_does_not(way: "object") -> None:
    assert callable(way)
    texts = ["kiel  am See", "ACME ltd", "Mc Donald", "x"]
    keeps = kept(way(text) for text in texts)
    assert all(is_form(text, way(text), keeps) for text in texts)

"""Every service gives the same answer in all three places, byte for byte, once ids are the world's own keys."""

import pytest

from .canonical import canonical_json, canonical_page
from .conftest import Line
from .records import Held
from .worlds import AS_OF, CURRENCIES, PLACES, Place

pytestmark = pytest.mark.xdist_group("parity")
PERIOD = ("--from", "2025-04-01", "--to", "2026-06-01")
ANSWERS = [
    (
        "funnel",
        "--currency",
        "EUR",
        "--by",
        "owner",
        "--by",
        "source",
        "--by",
        "segment",
        "--by",
        "deal_type",
        "--explain",
    ),
    ("funnel", "--currency", "USD", "--by", "account.industry", "--by", "owner.manager"),
    ("funnel", "--currency", "CNY", "--cohort", *PERIOD),
    ("funnel", "--currency", "EUR", "--known", "then", *PERIOD),
    ("kpi", "--currency", "KWD", "--explain"),
    ("kpi", "--currency", "EUR", "--by", "owner", *PERIOD),
    ("quality", "--explain"),
    *(("quality", "--check", check) for check in ("close_overdue", "duplicates")),
    ("goals", "allocate", "1000000", "--year", "2026"),
    ("forecast", "--currency", "EUR", "--by", "owner", "--explain"),
    ("goals", "pace", "--level", "quarter", "--explain"),
    ("tiers", "--currency", "EUR", "--limit", "0"),
    *(("care", view, "--currency", "EUR", "--limit", "0") for view in ("churn", "gaps", "offers")),
    ("care", "renewals", "--limit", "0"),
    ("scores", "--limit", "0", "--explain"),
    ("queue", "--limit", "0", "--currency", "EUR", "--explain"),
    ("scorecards", "--period", "2026-Q2", "--currency", "EUR", "--explain"),
    ("satisfaction", "--by", "owner", "--by", "month", "--limit", "0", "--explain"),
    ("leaderboard", "--kpi", "deals_won", "--period", "2026-Q2", "--explain"),
    ("compare", "--period", "2026-Q2", "--currency", "EUR", "--by", "source", "--explain"),
    ("report", "pack", "--quarter", "2026-Q2", "--currency", "EUR"),
]
WIDE = [
    ("funnel", "--currency", "EUR", "--pipeline", "renewal", "--explain"),
    ("quality", "--by", "owner"),
    ("quality", "--by", "source", "--explain"),
    *(("quality", "--check", check) for check in ("stale", "lost_without_reason")),
    *((name, "--currency", currency, "--explain") for name in ("funnel", "kpi") for currency in CURRENCIES),
    *((name, "--limit", "0", "--explain") for name in ("cadence", "response", "pool")),
    ("tiers", "--currency", "USD", "--limit", "0"),
]
WEEKS = ["2026-W26", *(pytest.param(week, marks=pytest.mark.wide) for week in ("2026-W20", "2025-W40"))]


SORTED = frozenset({"cadence", "pool", "queue", "response", "satisfaction", "tiers"})
"""Rows of equal rank stand there by external key or id, which are made of what each place calls its records."""


def canonical(held: dict[str, Held], answers: dict[str, str], *, is_sorted: bool = False) -> list[str]:
    return [canonical_json(answers[name], held[name], is_sorted=is_sorted) for name in PLACES]


@pytest.mark.parametrize(
    "words", [*ANSWERS, *(pytest.param(one, marks=pytest.mark.wide) for one in WIDE)], ids=" ".join
)
def test_an_answer_is_the_same(
    places: dict[str, Place], held: dict[str, Held], line: Line, words: tuple[str, ...]
) -> None:
    asked = (*words, "--json", "--as-of", AS_OF.isoformat())
    answers = {name: line.ask(places[name], *asked) for name in PLACES}
    zoho, fxiaoke, files = canonical(held, answers, is_sorted=words[0] in SORTED)
    assert len(files) > 300
    assert zoho == files
    assert fxiaoke == files


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.wide)])
@pytest.mark.parametrize("week", WEEKS)
def test_the_weekly_report_is_the_same(
    places: dict[str, Place], held: dict[str, Held], line: Line, language: str, week: str
) -> None:
    asked = ("report", "weekly", "--week", week, "--currency", "EUR", "-o", "-", "--lang", language)
    pages = [
        canonical_page(line.ask(places[name], *asked, "--as-of", AS_OF.isoformat()), held[name]) for name in PLACES
    ]
    assert len(pages[2]) > 10_000
    assert pages[0] == pages[2]
    assert pages[1] == pages[2]


def test_the_answers_say_something(places: dict[str, Place], line: Line) -> None:
    """Three empty answers would be equal too."""
    funnel = line.ask(places["files"], "funnel", "--currency", "EUR", "--json", "--as-of", AS_OF.isoformat())
    assert '"full"' in funnel, "no history"
    assert '"won": 0' not in funnel.partition('"stage"')[0]

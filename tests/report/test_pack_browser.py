"""200 hostile texts in every field of a pack: escaped, and in a real browser nothing runs and nothing is asked for."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from tests.report.test_weekly_browser import CHROMIUM, measured
from tests.report.test_weekly_safety import ATTRIBUTES, PAYLOADS, SPOT, TAGS, hostile_pack, refilled
from tests.report.weekly_worlds import Page

from crmbridge.app.weekly import week_named
from crmbridge.model.money import Money
from crmbridge.model.notes import Note
from crmbridge.report import pack_page
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import Names, Word
from crmbridge.report.pack import COLUMNS, Pack, PackSection, Question
from crmbridge.report.pack_texts import TITLES
from crmbridge.report.weekly import page
from crmbridge.report.weekly_pack import WeeklyPack

HOSTILE = tuple(f"{before}{one}" for one in PAYLOADS for before in ("", '">', "</td></table>", "\\'&quot;"))


def hostile_talk() -> Pack:
    """A pack with the spot in every text of every column of every section, and in notes, names and questions."""
    note = Note("X", "{a} and {b}", {"a": SPOT, "b": SPOT})
    texts: dict[str, object] = {one.name: SPOT for one in COLUMNS if one.kind in {"text", "word", "value"}}
    more: dict[str, object] = {
        "what": Word(SPOT),
        "stage": Names({"en": SPOT, "zh": SPOT}),
        "question": note,
        "why": note,
    }
    columns = ("what", "question", "who", "deal", "stage", "why", "response", "verdict", "amount")
    steps = [
        {"what": Word(step), "amount": Money(amount, "CNY"), "n": 1, "deal": SPOT}  # type: ignore[arg-type]
        for step, amount in (("opening", 5), ("new", 2), ("won", -1), ("closing", 6))
    ]
    sections = [
        PackSection(key, columns, [texts, more, *(steps if key == "waterfall" else [])], (note,))
        for key in TITLES
        if key != "agenda"
    ]
    moment = datetime(2026, 6, 22, tzinfo=UTC)
    return Pack(SPOT, SPOT, week_named("2026-W25"), moment, sections, [Question(note, (SPOT,))])


def whole_page(payload: str, language: str = "en") -> str:
    """The page with a payload in every field of the report and of its pack."""
    talk = hostile_talk()
    sections = [
        PackSection(one.key, one.columns, refilled(list(one.rows), payload), refilled(one.why, payload))
        for one in talk.sections
    ]
    filled = Pack(
        payload, payload, talk.period, talk.as_of, sections, [Question(refilled(talk.questions[0].note, payload), ())]
    )
    return page(refilled(report(), payload), language, filled)


def pack_alone(payload: str, language: str = "en") -> str:
    """The page of a pack by itself, with a payload in every field of it."""
    talk = hostile_talk()
    sections = [
        PackSection(one.key, one.columns, refilled(list(one.rows), payload), refilled(one.why, payload))
        for one in talk.sections
    ]
    questions = [Question(refilled(talk.questions[0].note, payload), ())]
    return pack_page.page(Pack(payload, payload, talk.period, talk.as_of, sections, questions), catalog(language))


@cache
def report() -> WeeklyPack:
    """The report with the spot in every field, gathered once."""
    return hostile_pack()


@pytest.mark.parametrize("payload", HOSTILE[1::41])
def test_hostile_texts_stay_texts(payload: str) -> None:
    for made in (whole_page(payload, "zh"), pack_alone(payload, "zh")):
        shown = Page.of(made)
        assert {tag for tag, _ in shown.elements} <= TAGS
        assert all(attrs.keys() <= ATTRIBUTES for _, attrs in shown.elements)
        assert shown.open == []


def test_there_are_200_of_them() -> None:
    assert len(set(HOSTILE)) >= 200


@pytest.mark.xdist_group("browser")
@pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: hostile texts were NOT tried in a browser")
@pytest.mark.parametrize("made", [whole_page, pack_alone])
def test_in_a_browser_nothing_runs_and_nothing_is_asked_for(tmp_path: Path, made: Callable[[str], str]) -> None:
    text = "".join(HOSTILE).replace("alert(1)", "(window.ran=1)")
    found, console, asked = measured(tmp_path, made(text), (390,))
    assert found["390"]["alerts"] == 0
    assert found["390"]["scripts"] == 0
    assert "violation" not in found
    assert console == []
    assert asked == []


@pytest.mark.xdist_group("browser")
@pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: the pack was NOT looked at in a browser")
@pytest.mark.parametrize("made", [whole_page, pack_alone])
def test_long_texts_stay_inside(tmp_path: Path, made: Callable[[str], str]) -> None:
    found, _, _ = measured(tmp_path, made("W" * 200), (1280, 390))
    assert all(one["scroll"] <= int(width) for width, one in found.items())

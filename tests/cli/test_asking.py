"""What a person is asked before something cannot be taken back."""

import io
import sys

import pytest

from crmbridge.cli import asking, language
from crmbridge.model.errors import ConfigError


@pytest.mark.parametrize(
    ("typed", "answer"), [("y\n", True), ("Yes\n", True), ("是\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_only_a_yes_is_one(monkeypatch: pytest.MonkeyPatch, typed: str, answer: bool) -> None:  # noqa: FBT001 - a case
    language.speak("en")
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    assert asking.agreed("end {connection}?", tty=True, connection="crm") is answer


def test_where_nobody_can_answer_nothing_is_agreed() -> None:
    language.speak("en")
    with pytest.raises(ConfigError, match=r"end crm\? \(--yes does it without\)"):
        asking.agreed("end {connection}?", tty=False, connection="crm")

"""What a source tells of itself, as notes for people."""

from collections.abc import Sequence

from crmbridge.adapter.contract import Problem
from crmbridge.model.notes import Note


def notes(notices: Sequence[Problem]) -> list[Note]:
    """The notices of a page."""
    return [Note(notice.code, notice.message, dict(notice.params)) for notice in notices]

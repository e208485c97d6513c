"""Notices as people read them: what a round came to, what was told before, and how the channels do."""

from collections.abc import Iterable, Mapping, Sequence

from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section

_COLUMNS = (
    Column("channel", mark("channel")),
    Column("works", mark("state"), "word"),
    Column("delivered_at", mark("last delivered"), "instant"),
    Column("failing_since", mark("fails since"), "instant"),
    Column("key", mark("key")),
    Column("kind", mark("kind of notice"), "word"),
    Column("rule", mark("rule")),
    Column("for", mark("for")),
    Column("state", mark("state"), "word"),
    Column("attempts", mark("attempts"), "count"),
    Column("at", mark("at"), "instant"),
    Column("again_at", mark("tried again"), "instant"),
    Column("code", mark("how it was taken"), "word"),
    Column("said", mark("what it said")),
    Column("title", mark("headline")),
    Column("text", mark("text")),
)
_CHANNELS = Section(
    "channels", mark("Channels"), ("channel", "works", "delivered_at", "failing_since", "again_at", "code", "said")
)
_NOTICES = Section(
    "notices", mark("Notices"), ("key", "channel", "state", "attempts", "at", "again_at", "code", "said")
)
_SENT = Section("sent", mark("This round"), ("rule", "channel", "for", "state", "again_at", "code", "said"))
_TEXTS = Section("texts", mark("What would be sent"), ("rule", "channel", "for", "state", "title", "text"))


def kept_listing(channels: Iterable[Mapping[str, object]], notices: Iterable[Mapping[str, object]]) -> Listing:
    """How the channels do, and what was told, the last first."""
    rows = [{"section": "channels", **row} for row in channels] + [{"section": "notices", **row} for row in notices]
    return Listing(
        "notices/1",
        _COLUMNS,
        tuple(rows),
        sections=(_CHANNELS, _NOTICES),
        empty=mark("there is no channel yet: add [notices.channels.NAME]"),
    )


def round_listing(
    rows: Sequence[Mapping[str, object]], warnings: Sequence[Note], *, is_tried: bool, exit_code: int = 0
) -> Listing:
    """What a round came to; with `is_tried` what it would be, with every text."""
    name = "texts" if is_tried else "sent"
    return Listing(
        "notices-round/1",
        _COLUMNS,
        tuple({"section": name, **row} for row in rows),
        warnings=tuple(warnings),
        exit_code=exit_code,
        sections=(_TEXTS if is_tried else _SENT,),
        empty=mark("there is nothing to tell"),
    )

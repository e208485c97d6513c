"""What people were told, and by which channel; never the text, which is made anew whenever it is sent."""

from sqlalchemy import Column, Index, Table

from crmbridge.ledger.declaring import METADATA, integer, text
from crmbridge.ledger.types import TEXT

notice = Table(
    "notice",
    METADATA,
    Column("key", TEXT, primary_key=True),
    Column("channel", TEXT, primary_key=True),
    text("kind"),
    text("rule"),
    text("state"),
    integer("attempts"),
    integer("made_us"),
    integer("until_us"),
    integer("sent_us", needed=False),
    integer("settled_us", needed=False),
    integer("retry_us", needed=False),
    text("code", needed=False),
    text("said", needed=False),
    text("covers", needed=False),
    Index("ix_notice_state", "state", "channel"),
    sqlite_strict=True,
)
"""One notice by one channel. `until_us` is when it is worth nothing any more; `covers` what an alert speaks of.

`code` is how the channel took it the last time, `said` the number that it answered with, such as a status of HTTP.
"""

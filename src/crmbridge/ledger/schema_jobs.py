"""Where the scheduled jobs of a workspace stand; what they are stands in its configuration."""

from sqlalchemy import Column, Table

from crmbridge.ledger.declaring import METADATA, integer, text
from crmbridge.ledger.types import TEXT

job_state = Table(
    "job_state",
    METADATA,
    Column("job", TEXT, primary_key=True),
    text("schedule"),
    integer("since_us"),
    integer("paused_us", needed=False),
    integer("attempts"),
    integer("retry_us", needed=False),
    sqlite_strict=True,
)
"""What comes due after `since_us` is open; `schedule` is the one that this is said of.

`attempts` is how often the open one was tried in vain, and `retry_us` when it is tried again.
"""

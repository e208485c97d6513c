"""Days and times as people type them on a command line."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from crmbridge.app import config
from crmbridge.cli.usage import Usage
from crmbridge.model import instants


def as_of(text: str, workspace: Path | None, environ: Mapping[str, str]) -> datetime:
    """The instant of a text. A day means its last microsecond; without a zone the workspace's holds."""
    moment = _parsed(text)
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(UTC)
    folder = config.find_workspace(workspace, environ)
    where = instants.zone(config.load(folder, environ).config.workspace.timezone)
    if isinstance(moment, datetime):
        return instants.local_instant(moment, where)
    return instants.local_instant(datetime.combine(moment + timedelta(days=1), time()), where) - timedelta(
        microseconds=1
    )


def _parsed(text: str) -> date | datetime:
    for parse in (date.fromisoformat, datetime.fromisoformat):
        try:
            return parse(text)
        except ValueError:
            continue
    raise _unreadable(text)


def day(text: str | None) -> date | None:
    """The day of a text such as 2026-03-31; None stays None."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _unreadable(text) from error


def _unreadable(text: str) -> Usage:
    return Usage(
        "{text} is no day and no time", text=text, hint="write 2026-03-31, or 2026-03-31T18:00+08:00 for a time"
    )

"""Revisions that are whole seconds: two edits of one second have the same, so an equal one proves nothing."""

from datetime import datetime

from crmbridge.adapter.contract import RawRecord


def is_second(record: RawRecord) -> bool:
    """Whether the revision of a record is no more than the second in which it was changed."""
    modified = record.modified
    return modified is not None and not modified.microsecond and _instant(record.revision) == modified


def _instant(revision: str | None) -> datetime | None:
    try:
        at = None if revision is None else datetime.fromisoformat(revision)
    except ValueError:
        return None
    return None if at is None or at.tzinfo is None else at

"""Leads that have become something: how that is seen, and what it means for their fields.

A lead that was converted is the vendor's own: no system lets anybody write it any more, or say what it has become. What
it has become (an account, a contact, a deal) are records like any others.
"""

from collections.abc import Sequence

from crmbridge.model.kinds import kind

LEAD = "lead"
BECOME = ("converted_account", "converted_contact", "converted_deal")
"""What a lead has become: the fields that point at it."""
CONVERSION = frozenset({"converted", "converted_at", *BECOME})
"""No system lets anybody write these: they are never merged."""
CLOSED = frozenset({"status", "stage", "pipeline", "disqualify_reason"})
"""Where a lead stood. One that has become something says nothing of that to the other side's, which has not."""


def has_become(kind_name: str, values: Sequence[object]) -> bool:
    """Whether a mapped row is a lead that was converted, by its flag, its time, or its status."""
    if kind_name != LEAD:
        return False
    flag, since, status = (values[at] for at in _PLACES)
    return bool(flag) or since is not None or status == "converted"


def _places() -> tuple[int, ...]:
    names = [column.name for column in kind(LEAD).columns]
    return tuple(names.index(name) for name in ("converted", "converted_at_us", "status"))


_PLACES = _places()

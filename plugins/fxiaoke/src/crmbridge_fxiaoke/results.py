"""What Fxiaoke's refusals mean for a record, and how they are told.

Codes of business refusals are not public (dossier 6): the text is all there is to tell a lock from a missing right. So
the text goes to the person as it is, with the traceId that Fxiaoke's support asks for, and only hints depend on it.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from crmbridge.adapter.contract import Rejected
from crmbridge.http import InDoubt
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.values import is_empty

HINTS: Mapping[str, str] = {
    "锁定": "the record is locked in Fxiaoke: it can be written once it is unlocked, or its approval has ended",
    "审批": "the record waits for an approval in Fxiaoke",
    "审核": "the record waits for an approval in Fxiaoke",
    "数据权限": "the acting employee may not change this record: give the right in Fxiaoke, or take another one",
    "没有权限": "the acting employee may not change this record: give the right in Fxiaoke, or take another one",
    "阶段": "move the stage in Fxiaoke",
}
"""What a person can do about a refusal, by a word of it."""
_DUPLICATES = ("重复", "duplicate", "已存在相同")
REFUSED = "Fxiaoke refuses this: {said}"
REFUSED_TRACED = "Fxiaoke refuses this: {said} (traceId {trace_id})"


def rejected(error: Refused, *, field: str | None = None) -> Rejected:
    """The refusal of one record in Fxiaoke's own words."""
    said = error.said
    hint = next((hint for word, hint in HINTS.items() if word in said), None)
    params = {"said": said, "trace_id": error.trace_id, "refused": error.number}
    return Rejected(str(error.number), REFUSED_TRACED if error.trace_id else REFUSED, params, field, hint)


def answer_in(doubt: InDoubt) -> Refused | None:
    """The ambiguous answer behind a doubt; None where no answer came at all."""
    return doubt.__cause__ if isinstance(doubt.__cause__, Refused) else None


def is_duplicate(error: Refused) -> bool:
    """Whether a record is refused because another has the same value."""
    return any(word in error.said.lower() for word in _DUPLICATES)


def partly(done: Sequence[str], left: Sequence[str], refusal: Rejected) -> Rejected:
    """Some of a record's calls were made and then one was refused: neither applied nor untouched."""
    message = "written: {done}; not written: {left}, which Fxiaoke refuses: {said}"
    if refusal.params.get("trace_id"):
        message = "written: {done}; not written: {left}, which Fxiaoke refuses: {said} (traceId {trace_id})"
    params = {**refusal.params, "done": ", ".join(done), "left": ", ".join(left), "said": _said(refusal)}
    return Rejected("PARTLY_WRITTEN", message, params, left[0] if left else None, refusal.hint)


def differing(sent: Mapping[str, object], row: Mapping[str, object], cleared: Iterable[str] = ()) -> list[str]:
    """The fields whose value in a row is not the one that was sent, and those that should be empty and are not."""
    found = [name for name, value in sent.items() if not _is_same(value, row.get(name))]
    return found + [name for name in cleared if not is_empty(row.get(name))]


def _said(refusal: Rejected) -> str:
    said = refusal.params.get("said")
    return said if isinstance(said, str) else str(refusal)


def _is_same(sent: object, stored: object) -> bool:
    """Whether two values are one, however they are written: `12.5` is `12.500`, and a list keeps no order."""
    if sent == stored:
        return True
    if isinstance(sent, list) and isinstance(stored, list):
        return sorted(map(str, sent)) == sorted(map(str, stored))
    try:
        return not isinstance(sent, list) and not isinstance(stored, list) and _exact(sent) == _exact(stored)
    except InvalidOperation:
        return False


def _exact(value: object) -> Decimal:
    return Decimal(str(value))

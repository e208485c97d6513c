"""What was done to a record since it was looked at, out of its change log (修改记录).

An update takes no condition (dossier 3.5): between our look and our call somebody may edit the record. The version
rises with each change (2.3, by how much is not certain): where it rose by one there was one change, our own, and
nothing is asked. Where it rose by more the log is read (3.12), which keeps what each field was before. A company
without that log, or whose log comes later than the change, does not tell.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from crmbridge.adapter.contract import RawRecord
from crmbridge.adapter.courtesies import Traced, Trail
from crmbridge.model.errors import ContractError, ScopeError
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.history import fields_of, lines_of
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.payload import instant, risen
from crmbridge_fxiaoke.session import Session

LOG_S = 3.0
"""How long a log that does not show the last change yet is given."""
_SLACK = timedelta(seconds=1)
"""A line may be a little older than the time that the record got."""
UNTOLD = Trail(is_told=False)


def trace(session: Session, objects: Objects, now: RawRecord, since: str) -> Trail:
    """What was done from that revision on, the last change first."""
    steps = risen(since, now.revision)
    if steps in {0, 1}:
        return Trail()
    lines = _lines(session, now)
    if lines and _is_behind(lines, now):
        session.context.pause(LOG_S)
        lines = _lines(session, now)
    if not lines or _is_behind(lines, now):
        return UNTOLD
    newest = list(reversed(lines))[:steps]
    return Trail([_traced(objects, now.object, line) for line in newest])


def _lines(session: Session, now: RawRecord) -> list[Mapping[str, Any]]:
    try:
        return lines_of(session, now.object, now.external_id)
    except (Refused, ScopeError, ContractError):
        return []


def _is_behind(lines: Sequence[Mapping[str, Any]], now: RawRecord) -> bool:
    """Whether the log lacks the change that the record shows."""
    last = instant(lines[-1].get("operationTime"))
    return now.modified is not None and (last is None or last + _SLACK < now.modified)


def _traced(objects: Objects, object_name: str, line: Mapping[str, Any]) -> Traced:
    told = {str(one["fieldApiName"]): one.get("oldValue") for one in fields_of(line) if one.get("fieldApiName")}
    before = objects.shape(object_name).payload(told)
    return Traced({name: before[name] for name in told if name in before}, instant(line.get("operationTime")))

"""Past changes of stage, out of the change log (修改记录) of each record.

The log is read record by record, one call or more for each (dossier 3.12): 100,000 opportunities take more than five
hours at 100 calls in 20 seconds, and a whole pack of calls. So it is read only where the connection says so, and after
the first time only of what changed. A record begins in a stage without a line in the log: that is told by the first
line's old value, or by the stage it is still in.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from crmbridge.adapter.contract import HistoryPage, Problem, PullRequest, RawRecord, StageChange
from crmbridge.model.errors import ContractError
from crmbridge_fxiaoke.cursor import Cursor
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.fields import STAGES
from crmbridge_fxiaoke.glance import glance
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.payload import instant
from crmbridge_fxiaoke.reader import reader_for
from crmbridge_fxiaoke.session import LOG, Session

PAGE = 200
"""The most lines of the log in a call."""
_MOST_PAGES = 50
_CREATED, _CREATOR = "create_time", "created_by"


def history(session: Session, objects: Objects, request: PullRequest) -> Iterator[HistoryPage]:
    """The pages of stage changes; one empty page for an object without stages, and where nobody asked for them."""
    stage = STAGES.get(request.object)
    if stage is None or not session.options.history:
        text = "stage changes of {object} are not read: history = true reads them, one call or more for each record"
        told = [Problem("history.off", text, {"object": request.object})] if stage is not None else []
        yield HistoryPage((), request.cursor or Cursor().text(), notices=told)
        return
    quiet = None if objects.is_described(request.object) else glance(session, objects, request)
    if quiet is not None:
        yield HistoryPage((), quiet.cursor)
        return
    asked = PullRequest(request.object, request.cursor, frozenset({stage[0], _CREATED, _CREATOR}))
    with ThreadPoolExecutor(session.options.concurrency, thread_name_prefix="fxiaoke-log") as pool:
        for page in reader_for(session, objects, asked).pages():
            changes: list[StageChange] = []
            problems = list(page.problems)
            logs = pool.map(lambda one: _log(session, request.object, one.external_id), page.records)
            for record, lines in zip(page.records, logs, strict=True):
                found, unusable = _changes(record, lines, stage[0])
                changes += found
                problems += unusable
            yield HistoryPage(changes, page.cursor, problems, complete=page.whole, notices=page.notices)


def _log(session: Session, object_name: str, external_id: str) -> list[Mapping[str, Any]]:
    """The lines of one record's log, oldest first; none where the record went away meanwhile."""
    try:
        return lines_of(session, object_name, external_id)
    except Refused:
        return []


def lines_of(session: Session, object_name: str, external_id: str) -> list[Mapping[str, Any]]:
    """The lines of one record's log, oldest first; Refused where Fxiaoke does not give it."""
    found: list[Mapping[str, Any]] = []
    for number in range(1, _MOST_PAGES + 1):
        data = {
            "apiName": object_name,
            "objectId": external_id,
            "operationalType": "system",
            "pageNumber": number,
            "pageSize": PAGE,
        }
        told = session.ask(LOG, data).get("data")
        lines = told.get("modifyRecordList") if isinstance(told, Mapping) else None
        if not isinstance(told, Mapping) or not isinstance(lines, list):
            raise ContractError("Fxiaoke sent no change log of {object}", object=object_name)
        found += [line for line in lines if isinstance(line, Mapping)]
        info = told.get("pageInfo")
        count = info.get("pageCount") if isinstance(info, Mapping) else None
        if not lines or not isinstance(count, int) or number >= count:
            break
    return sorted(found, key=_order)


def _changes(
    record: RawRecord, lines: Sequence[Mapping[str, Any]], stage: str
) -> tuple[list[StageChange], list[Problem]]:
    """The record's stages in their order: the first one, then each change."""
    moves: list[StageChange] = []
    problems: list[Problem] = []
    for line in lines:
        for one in fields_of(line):
            if one.get("fieldApiName") == stage:
                made = _change(record.external_id, line, one)
                if made is not None:
                    moves.append(made)
                else:
                    text = "a line of the change log has no stage, no time or no number"
                    problems.append(Problem("HISTORY_UNUSABLE", text, position=record.external_id))
    first = moves[0].from_label if moves else _text(record.payload.get(stage))
    began = instant(record.payload.get(_CREATED))
    if first and not problems:
        creator, named = _creator(record), f"{record.external_id}:created"
        moves.insert(0, StageChange(record.external_id, named, first, began, by=creator, modified=began))
    return moves, problems


def _creator(record: RawRecord) -> str | None:
    """Who made the record put it into its first stage."""
    people = record.payload.get(_CREATOR)
    first = people[0] if isinstance(people, list) and people else None
    return _text(first) or None


def _change(external_id: str, line: Mapping[str, Any], one: Mapping[str, Any]) -> StageChange | None:
    number, at, label = _text(line.get("logId")), instant(line.get("operationTime")), _text(one.get("newValue"))
    if not number or at is None or not label:
        return None
    return StageChange(
        external_id,
        f"{external_id}:{number}",
        label,
        at,
        _text(one.get("oldValue")) or None,
        by=_text(line.get("userId")) or None,
        modified=at,
    )


def fields_of(line: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a line says of each field that it is about."""
    found = line.get("fields")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _order(line: Mapping[str, Any]) -> tuple[str, int, str]:
    at, number = instant(line.get("operationTime")), _text(line.get("logId"))
    return (at.isoformat() if at else "", len(number), number)


def _text(value: object) -> str:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""

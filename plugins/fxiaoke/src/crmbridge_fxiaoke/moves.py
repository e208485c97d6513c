"""What an update cannot do: a new owner, and a stage of the old opportunities.

`owner` in an update is ignored or refused (dossier 3.5), so it goes by `changeOwner` alone. A stage of
`NewOpportunityObj` is a field like others, though the tenant's stage engine may refuse a jump, or take the write and
leave the stage (dossier 3.10): whoever writes one looks afterwards. A stage of `OpportunityObj` has a call of its own,
which names the stage that it leaves: one that moved meanwhile is refused.

A new opportunity needs its process in many companies, and no call lists processes. Where one is missing, it is the one
that all opportunities in that stage have, as far as one page tells; where they have several, Fxiaoke has its say.
"""

from collections.abc import Mapping, Sequence

from crmbridge_fxiaoke.outgoing import KEY
from crmbridge_fxiaoke.querying import Query, ask, where
from crmbridge_fxiaoke.session import Session, path_of

STAGE_FIELDS: Mapping[str, str] = {"NewOpportunityObj": "sales_stage", "OpportunityObj": "oppo_stage_id"}
"""The field that holds the stage."""
MOVED_BY_CALL = frozenset({"OpportunityObj"})
PROCESS = "sales_process_id"
_DEALS = "NewOpportunityObj"
_MOVE_STAGE = "/cgi/crm/v2/service/moveNextSaleActionStage"


def change_owner(session: Session, object_name: str, external_id: str, owner: Sequence[str]) -> None:
    """Gives the record to another employee (更换负责人)."""
    data = {"dataObjectApiName": object_name, "Data": [{"objectDataId": external_id, "ownerId": list(owner)}]}
    session.write(path_of(object_name, "changeOwner"), data)


def move_stage(session: Session, external_id: str, left: str, entered: str) -> None:
    """Moves an opportunity of the old model from one stage to another."""
    data = {"opportunityId": external_id, "currentSaleActionStageId": left, "backReason__o": entered}
    session.write(_MOVE_STAGE, data)


def process_of(session: Session, stage: object) -> str | None:
    """The process of a stage; None where no opportunity is in it, or several processes have it."""
    asked = Query(_DEALS, (where(STAGE_FIELDS[_DEALS], "EQ", stage),), projection=(KEY, PROCESS))
    found = {row[PROCESS] for row in ask(session, asked).rows if isinstance(row.get(PROCESS), str) and row[PROCESS]}
    return found.pop() if len(found) == 1 else None


def lacks_process(object_name: str, values: Mapping[str, object], fields: Mapping[str, object]) -> bool:
    """Whether a new record has a stage, and could have a process and has none."""
    return object_name == _DEALS and PROCESS in fields and PROCESS not in values and STAGE_FIELDS[_DEALS] in values

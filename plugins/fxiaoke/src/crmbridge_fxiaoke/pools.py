"""The pools of leads and of accounts (线索池, 公海): calls of their own, and which of them a change asks for.

A record that lies in a pool belongs to nobody, and nobody may change its owner: it is claimed first (dossier 3.7). To
claim a colleague's lead is a decision, so it is made only where the connection is told to.

    the record         asked for                        done
    in a pool          an owner                         claimed, then given to the owner; or refused with the reason
    owned              a pool and no owner, no owner    given back to that pool, or to the one it came from
    owned              no pool                          taken out of its pool, the owner stays
    in a pool          no pool and an owner             taken out of its pool and given to the owner
    in a pool          another pool                     refused: there is no such call
    in no pool         a pool and no owner              given to that pool
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from crmbridge.adapter.contract import Rejected
from crmbridge_fxiaoke.session import PRESET, Session
from crmbridge_fxiaoke.values import is_empty

POOL_FIELDS: Mapping[str, str] = {"LeadsObj": "leads_pool_id", "AccountObj": "high_seas_id"}
"""The objects that have pools, and the field that names a record's pool."""
OWNER = "owner"
_REASON, _OTHER_REASON = "back_reason", "back_reason__o"
REASONS = frozenset({_REASON, _OTHER_REASON})
"""The fields that say why a record was given back: they go with that call."""


class Move(StrEnum):
    """What is done with a record and its pool."""

    NOTHING = "nothing"
    CLAIM = "claim"
    GIVE_BACK = "give back"
    TAKE_OUT = "take out"


@dataclass(frozen=True, slots=True)
class PoolMove:
    """A move, and the pool it is about."""

    move: Move
    pool: str = ""


_NOTHING = PoolMove(Move.NOTHING)


def pool_move(
    object_name: str, asked: Mapping[str, object], row: Mapping[str, object], *, may_claim: bool
) -> PoolMove | Rejected:
    """What a change of `asked` fields needs, by how the record stands in `row`; Rejected where no call does that."""
    field = POOL_FIELDS.get(object_name)
    if field is None:
        return _NOTHING
    if not is_empty(row.get(OWNER)):
        return _of_owned(object_name, asked, field, row.get(field))
    found = _of_unowned(asked, field, row.get(field))
    if isinstance(found, PoolMove) and found.move is Move.CLAIM and not may_claim:
        return Rejected(
            "IN_POOL",
            "the record lies in the pool {pool}: nobody may change its owner before it is claimed",
            {"pool": row.get(field) or "-"},
            OWNER,
            hint="claim it in Fxiaoke, or set claim_from_pool = true",
        )
    return found


def _of_unowned(asked: Mapping[str, object], field: str, present: object) -> PoolMove | Rejected:
    wanted = asked.get(field, present)
    wants_owner = OWNER in asked and not is_empty(asked[OWNER])
    if not is_empty(wanted) and wanted != present:
        if not is_empty(present):
            message = "the record lies in the pool {pool}, and no call moves it into another"
            return Rejected("POOL_MOVE", message, {"pool": present, "field": field}, field)
        return _either(field) if wants_owner else PoolMove(Move.GIVE_BACK, str(wanted))
    if is_empty(wanted) and not is_empty(present):
        return PoolMove(Move.TAKE_OUT, str(present))
    return PoolMove(Move.CLAIM, str(present)) if wants_owner and not is_empty(present) else _NOTHING


def _of_owned(object_name: str, asked: Mapping[str, object], field: str, present: object) -> PoolMove | Rejected:
    loses_owner = OWNER in asked and is_empty(asked[OWNER])
    wanted = asked.get(field, present)
    if loses_owner or (field in asked and not is_empty(wanted) and OWNER not in asked and wanted != present):
        if is_empty(wanted):
            return Rejected(
                "NO_POOL",
                "a record of {object} without an owner lies in a pool, and none is named",
                {"object": object_name, "field": field},
                field,
            )
        return PoolMove(Move.GIVE_BACK, str(wanted))
    if field in asked and is_empty(wanted) and not is_empty(present):
        return PoolMove(Move.TAKE_OUT, str(present))
    return _either(field) if wanted != present and not (is_empty(wanted) and is_empty(present)) else _NOTHING


def _either(field: str) -> Rejected:
    return Rejected("POOL_MOVE", "a record is given to a pool or to an owner, not to both", {}, field)


def claim(session: Session, object_name: str, external_id: str) -> None:
    """The acting employee takes the record out of its pool (领取) and owns it."""
    session.write(f"{PRESET}/choose", {"apiName": object_name, "objectIds": [external_id]})


def give_back(session: Session, object_name: str, external_id: str, pool: str, asked: Mapping[str, object]) -> None:
    """Nobody owns the record any more: it lies in the pool (退回)."""
    reason = asked.get(_REASON) or "other"
    why = {_OTHER_REASON: asked.get(_OTHER_REASON) or "crmbridge"} if reason == "other" else {}
    body = {"apiName": object_name, "objectIds": [external_id], "objectPoolId": pool, "backReason": reason}
    session.write(f"{PRESET}/return", {**body, **({"backReason__o": why[_OTHER_REASON]} if why else {})})


def take_out(session: Session, object_name: str, external_id: str, pool: str, owner: object) -> None:
    """The record belongs to no pool any more (移除); its owner stays, or is the one that is named."""
    owned = {"isKeepOwner": False, "owner": owner} if not is_empty(owner) else {"isKeepOwner": True}
    session.write(
        f"{PRESET}/remove", {"apiName": object_name, "objectIDs": [external_id], "objectPoolId": pool, **owned}
    )

"""Zoho's results of a write, put to the records they are about: by their place and by the id they name.

`SUCCESS` names the record's id, an error the place it stood at (`$.data[3].Email`). Where place and id disagree the
id counts, and a result that cannot be placed for certain is nobody's: its record is in doubt, never applied.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmbridge.adapter.contract import Rejected
from crmbridge_zoho.errors import Meaning, Refusal, refusal_of
from crmbridge_zoho.fields import KEY, MODIFIED

_PLACE = re.compile(r"\$\.data\[([0-9]{1,4})\]")
_TOLD = ("expected_data_type", "maximum_length", "supported_values", "mapped_field")
_SAID = "Zoho refuses this: {said}"
HINTS: Mapping[str, str] = {
    "RECORD_IN_BLUEPRINT": "the stage is moved by a blueprint: somebody takes a transition of it in Zoho",
    "RECORD_LOCKED": "the record is locked in Zoho: it can be written once it is unlocked",
    "NOT_APPROVED": "the record waits for an approval in Zoho",
    "NOT_REVIEWED": "the record waits for a review in Zoho",
    "CONVERTED_RECORD": "the lead was converted: write to its contact, account or deal",
}
"""What a person can do about a refusal."""


@dataclass(frozen=True, slots=True)
class Done:
    """One record was written."""

    external_id: str
    revision: str | None


Result = Done | Refusal


def placed(items: Sequence[object], ids: Sequence[str | None], *, status: int) -> list[Result | None]:
    """One result for each record, in their order; None where there is none that is surely its own.

    `ids` are the ids that were written to, None for a record that was made.
    """
    results = [_result(item, status) for item in items]
    claims = [_claim(item, result, ids) for item, result in zip(items, results, strict=True)]
    is_moved = len(items) != len(ids) or any(claim not in {None, place} for place, claim in enumerate(claims))
    found: list[Result | None] = [None] * len(ids)
    taken: set[int] = set()
    for place, (result, claim) in enumerate(zip(results, claims, strict=True)):
        at = claim if claim is not None or is_moved else place
        if at is None or at >= len(ids):
            continue
        found[at] = None if at in taken else result
        taken.add(at)
    return found


def rejected(refusal: Refusal) -> Rejected:
    """The refusal of one record, for a person."""
    several = refusal.details.get("errors")
    inner = [one for one in map(_inner, several) if one is not None] if isinstance(several, list) else []
    if refusal.code == "MULTIPLE_OR_MULTI_ERRORS" and inner:
        told = "; ".join(f"{one.code} {one.what or ''}: {one.message}" for one in inner)
        return Rejected(refusal.code, _SAID, {"said": told}, inner[0].what)
    said = [refusal.message or refusal.code]
    said += [f"{key}: {refusal.details[key]}" for key in _TOLD if key in refusal.details]
    params: dict[str, object] = {"said": "; ".join(said)}
    message, hint = _SAID, HINTS.get(refusal.code)
    if refusal.code == "DUPLICATE_DATA" and (held := _duplicate(refusal))[0]:
        message = "Zoho refuses this: {said}; the record {id} has this value"
        params["id"] = held[0]
        if held[1]:
            message = "Zoho refuses this: {said}; the record {id} of {module} has this value"
            params["module"] = held[1]
    return Rejected(refusal.code, message, params, refusal.what, hint)


def duplicate_of(refusal: Refusal, module: str, field: str) -> str | None:
    """The id of the record of this module that has that field's value already, where that is what was refused."""
    if refusal.code != "DUPLICATE_DATA" or refusal.what != field:
        return None
    identity, other = _duplicate(refusal)
    return identity if other in {None, module} else None


def _result(item: object, status: int) -> Result | None:
    refusal = refusal_of(item, status=status)
    if refusal is not None:
        return refusal
    if not isinstance(item, Mapping) or item.get("status") != "success":
        return None
    details = _details(item)
    identity, modified = details.get(KEY), details.get(MODIFIED)
    if isinstance(identity, int) and not isinstance(identity, bool):
        identity = str(identity)
    if not isinstance(identity, str) or not identity:
        return None
    return Done(identity, modified if isinstance(modified, str) else None)


def _claim(item: object, result: Result | None, ids: Sequence[str | None]) -> int | None:
    """The place that a result names by itself: by the id that was written to, or by the path of an error."""
    if isinstance(result, Done):
        return ids.index(result.external_id) if result.external_id in ids else None if None in ids else len(ids)
    details = _details(item)
    several = details.get("errors")
    path = details.get("json_path") or _details(several[0] if isinstance(several, list) and several else None).get(
        "json_path"
    )
    if isinstance(path, str) and (match := _PLACE.match(path)):
        return int(match.group(1))
    identity = details.get(KEY)
    is_own = isinstance(result, Refusal) and result.code != "DUPLICATE_DATA"
    return ids.index(identity) if is_own and isinstance(identity, str) and identity in ids else None


def _details(item: object) -> Mapping[str, Any]:
    found = item.get("details") if isinstance(item, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _inner(item: object) -> Refusal | None:
    return refusal_of(item)


def _duplicate(refusal: Refusal) -> tuple[str | None, str | None]:
    """The record that has the value already, and its module where Zoho names it."""
    record = refusal.details.get("duplicate_record")
    record = record if isinstance(record, Mapping) else {}
    module = record.get("module")
    identity = record.get(KEY) or refusal.details.get(KEY)
    name = module.get("api_name") if isinstance(module, Mapping) else None
    return (str(identity) if identity else None), (str(name) if name else None)


def is_doubtful(refusal: Refusal) -> bool:
    """Whether an error of one record says nothing about whether it was written."""
    return refusal.meaning in {Meaning.UNAVAILABLE, Meaning.THROTTLE, Meaning.RENEW}

"""Changes to several objects: each file is written once, and every change gets its outcome."""

from collections.abc import Mapping, Sequence

from crmbridge.adapter.contract import Change, Outcome, Rejected, Unknown
from crmbridge.model.errors import CrmBridgeError, suggestion
from crmbridge_csv.plan import Plan
from crmbridge_csv.write import write


def push(plans: Mapping[str, Plan], changes: Sequence[Change]) -> list[Outcome]:
    """One outcome for each change, in the same order.

    An error leaves only where no file was written yet; after that, what could not be tried is Unknown.
    """
    by_object: dict[str, list[int]] = {}
    for place, change in enumerate(changes):
        by_object.setdefault(change.object, []).append(place)
    outcomes: dict[int, Outcome] = {}
    for name, places in by_object.items():
        outcomes |= zip(
            places, _of_object(plans, name, [changes[place] for place in places], bool(outcomes)), strict=True
        )
    return [outcomes[place] for place in range(len(changes))]


def _of_object(
    plans: Mapping[str, Plan],
    name: str,
    changes: Sequence[Change],
    has_written: bool,  # noqa: FBT001 - private
) -> Sequence[Outcome]:
    if name not in plans:
        params = {"object": name, "nearest": suggestion(name, plans)}
        refusal = Rejected("UNKNOWN_OBJECT", "there is no object {object}", params, hint="did you mean {nearest}?")
        return [refusal] * len(changes)
    try:
        return write(plans[name], changes)
    except CrmBridgeError as error:
        if not has_written:
            raise
        return [Unknown.by(error)] * len(changes)

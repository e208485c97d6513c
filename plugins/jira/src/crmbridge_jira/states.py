"""Moving an issue: Jira writes no status, it makes transitions, and which there are depends on where the issue stands.

The target is a status id, or a state: its configured status, else the category `done`, or any other for `open`. A name
never decides. Where several transitions lead there, the one that asks for the fewest fields is taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.adapter.contract import Rejected
from crmbridge_jira.config import ObjectOptions, State
from crmbridge_jira.issues import DONE, state_of
from crmbridge_jira.session import Json, Session, part, rows

_PREFERRED = {"new": 0, "indeterminate": 1}


@dataclass(frozen=True, slots=True)
class Target:
    """Where an issue should stand."""

    state: State | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The transition to make, with the fields that its screen asks for."""

    transition: str
    fields: Mapping[str, object] = field(default_factory=dict)


def step(session: Session, options: ObjectOptions, issue: Json, target: Target) -> Step | Rejected | None:
    """The transition that leads there; None where it stands there already, Rejected where there is no way."""
    fields = issue.get("fields") or {}
    status = target.status or (options.states.get(target.state) if target.state else None)
    here = fields.get("status") or {}
    if status is not None and here.get("id") == status:
        return None
    if target.status is None and state_of(options, fields) == target.state:
        return None
    if target.state == "cancelled" and status is None:
        hint = 'say which status means it: states = {{ cancelled = "ID" }} in the object\'s section'
        params = {"issue": issue.get("key")}
        return Rejected(
            "NO_STATUS", "no status is known to mean that {issue} is cancelled", params, "status", hint=hint
        )
    path = f"/issue/{part(str(issue.get('id')))}/transitions"
    told = session.get(path, {"expand": "transitions.fields"})
    there = [one for one in rows(told or {}, "transitions") if one.get("isAvailable") is not False]
    ways = [one for one in there if _leads(one, status, target.state, options)]
    if not ways:
        return _no_way(issue, here, there)
    best = min(ways, key=lambda one: (_rank(one, target.state), len(_asked(one))))
    return _filled(best, options, target, str(issue.get("key")))


def _leads(transition: Json, status: str | None, state: State | None, options: ObjectOptions) -> bool:
    to = transition.get("to") or {}
    if status is not None:
        return bool(to.get("id") == status)
    return state_of(options, {"status": to}) == state


def _rank(transition: Json, state: State | None) -> int:
    category = ((transition.get("to") or {}).get("statusCategory") or {}).get("key")
    return _PREFERRED.get(str(category), 2) if state == "open" else 0


def _asked(transition: Json) -> dict[str, Json]:
    """The fields that its screen must have, and has no value for."""
    fields = transition.get("fields") or {}
    return {name: one for name, one in fields.items() if one.get("required") and not one.get("hasDefaultValue")}


def _filled(transition: Json, options: ObjectOptions, target: Target, key: str) -> Step | Rejected:
    asked, values = _asked(transition), dict[str, object]()
    allowed = (asked.pop("resolution", None) or {}).get("allowedValues")
    to = transition.get("to") or {}
    if isinstance(allowed, list):
        state = target.state or state_of(options, {"status": to})
        chosen = _resolution(allowed, options, state)
        if chosen is None:
            names = ", ".join(f"{one.get('name')} ({one.get('id')})" for one in allowed)
            text = "the way of {issue} to {status} asks for a resolution: {names}"
            params = {"issue": key, "status": to.get("name"), "names": names, "state": state}
            hint = 'say which one: resolutions = {{ {state} = "ID" }} in the object\'s section'
            return Rejected("NO_RESOLUTION", text, params, "resolution", hint=hint)
        values["resolution"] = chosen
    if asked:
        names = ", ".join(str(one.get("name") or name) for name, one in asked.items())
        text = "the way of {issue} to {status} asks for fields that are not known here: {names}"
        hint = "make them optional on the screen of that transition, or move the issue in Jira"
        params = {"issue": key, "status": to.get("name"), "names": names}
        return Rejected("SCREEN_FIELDS", text, params, next(iter(asked)), hint=hint)
    return Step(str(transition.get("id")), values)


def _resolution(allowed: Sequence[Json], options: ObjectOptions, state: State | None) -> dict[str, object] | None:
    """The configured one; without it the only one, and for what is done the first that Jira offers."""
    wanted = options.resolutions.get(state) if state is not None else None
    if wanted is None:
        is_clear = len(allowed) == 1 or (state == DONE and allowed)
        return {"id": allowed[0].get("id")} if is_clear else None
    found = next((one for one in allowed if wanted in {one.get("id"), one.get("name")}), None)
    return {"id": found.get("id")} if found is not None else None


def _no_way(issue: Json, here: Mapping[str, object], there: Sequence[Json]) -> Rejected:
    names = ", ".join(str((one.get("to") or {}).get("name")) for one in there)
    params = {"issue": issue.get("key"), "status": here.get("name"), "names": names or "-"}
    text = "the workflow has no way for {issue} from {status} to there, only to: {names}"
    hint = "add a transition to the workflow, or give the account the permission Transition Issues"
    return Rejected("NO_WAY", text, params, "status", hint=hint)

"""Things as the API tells them (dossier A2, A4, A8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmbridge_sim.jira import adf, site
from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.model import Comment, Field, Issue, IssueType, Link, Project, Transition, User

ALL = ("*all",)


def user(ctx: Ctx, account_id: str | None) -> dict[str, Any] | None:
    """Somebody; Data Center tells a name, Cloud an account id and rarely an e-mail (dossier A2, A8)."""
    one = ctx.sim.people.get(account_id or "")
    return None if one is None else person(ctx, one)


def person(ctx: Ctx, one: User) -> dict[str, Any]:
    """The same of a known user."""
    shown = ctx.sim.switches.text("emails")
    told: dict[str, Any] = {"displayName": one.display_name, "active": one.active, "timeZone": one.zone.key}
    if not ctx.sim.cloud:
        own = {"name": one.name, "key": f"JIRAUSER{one.account_id[:5]}", "emailAddress": one.email}
        return {"self": ctx.url(f"user?username={one.name}"), **own, **told}
    told = {"self": ctx.url(f"user?accountId={one.account_id}"), "accountId": one.account_id, **told}
    if shown == "all" or (shown == "own" and one is ctx.user):
        told["emailAddress"] = one.email
    return {**told, "accountType": "atlassian"}


def status(ctx: Ctx, status_id: str) -> dict[str, Any]:
    """A status with its category."""
    one = site.STATUSES[status_id]
    number, name = site.CATEGORIES[one.category]
    category = {"self": ctx.url(f"statuscategory/{number}"), "id": number, "key": one.category, "name": name}
    return {"self": ctx.url(f"status/{one.id}"), "id": one.id, "name": one.name, "statusCategory": category}


def issue_type(ctx: Ctx, one: IssueType) -> dict[str, Any]:
    """A type."""
    return {"self": ctx.url(f"issuetype/{one.id}"), "id": one.id, "name": one.name, "subtask": one.subtask}


def project(ctx: Ctx, one: Project) -> dict[str, Any]:
    """A project."""
    style = {"simplified": one.team_managed, "style": "next-gen" if one.team_managed else "classic"}
    return {
        "self": ctx.url(f"project/{one.id}"), "id": one.id, "key": one.key, "name": one.name,
        "projectTypeKey": "software", **(style if ctx.sim.cloud else {}),
    }  # fmt: skip


def field_of(one: Field) -> dict[str, Any]:
    """A field as ``/field`` lists it."""
    names = {"id": one.id, "key": one.id, "name": one.name, "custom": one.custom, "navigable": True}
    return {**names, "clauseNames": [one.id, one.name], "schema": schema(one)}


def schema(one: Field) -> dict[str, Any]:
    """What a field holds."""
    kind = {"text": "string", "labels": "array", "issuelinks": "array"}.get(one.kind, one.kind)
    told: dict[str, Any] = {"type": kind}
    if one.kind == "labels":
        told["items"] = "string"
    if not one.custom:
        return {**told, "system": one.id}
    names = {"text": "textarea", "string": "textfield", "number": "float", "option": "select", "date": "datepicker"}
    suffix = names.get(one.kind, one.kind)
    custom = {"custom": f"com.atlassian.jira.plugin.system.customfieldtypes:{suffix}"}
    return {**told, **custom, "customId": int(one.id.rpartition("_")[2])}


def text(ctx: Ctx, value: Any) -> Any:  # noqa: ANN401  # a document or a text
    """A text field: a document in v3, a string in v2."""
    return value if value is None or ctx.documents else adf.text_of(value)


def comment(ctx: Ctx, issue: Issue, one: Comment, *, expand: str = "", properties: bool = False) -> dict[str, Any]:
    """A comment."""
    told = {
        "self": ctx.url(f"issue/{issue.id}/comment/{one.id}"),
        "id": one.id,
        "author": user(ctx, one.author),
        "updateAuthor": user(ctx, one.update_author),
        "body": text(ctx, one.body),
        "created": ctx.time(one.created),
        "updated": ctx.time(one.updated),
        "jsdPublic": True,
    }
    if "renderedBody" in expand:
        told["renderedBody"] = adf.rendered(one.body)
    if properties or "properties" in expand:
        told["properties"] = [{"key": key, "value": value} for key, value in one.properties.items()]
    return told


def transition(ctx: Ctx, one: Transition, *, fields: bool = True) -> dict[str, Any]:
    """A way out, with the fields of its screen when they are asked for."""
    told = {"id": one.id, "name": one.name, "to": status(ctx, one.target), "hasScreen": bool(one.screen)}
    told |= {"isGlobal": False, "isInitial": False, "isConditional": False, "isAvailable": True}
    if fields:
        told["fields"] = {name: meta(ctx, site.FIELDS[name], required=True) for name in one.screen}
    return told


def meta(ctx: Ctx, one: Field, *, required: bool, types: Sequence[IssueType] = ()) -> dict[str, Any]:
    """A field of a screen."""
    values = {"priority": site.PRIORITIES, "resolution": site.RESOLUTIONS}.get(one.kind)
    told: dict[str, Any] = {"fieldId": one.id, "key": one.id, "name": one.name, "required": required}
    told |= {"hasDefaultValue": one.kind == "priority", "schema": schema(one), "operations": ["set"]}
    if one.kind == "labels":
        told["operations"] = ["add", "set", "remove"]
    if values or one.options:
        rows = values.items() if values else one.options
        told["allowedValues"] = [{"id": name, "name" if values else "value": word} for name, word in rows]
    if one.kind == "issuetype":
        told["allowedValues"] = [issue_type(ctx, kind) for kind in types]
    return told


def link(ctx: Ctx, issue: Issue, one: Link) -> dict[str, Any]:
    """A link, told from one of its ends."""
    number = next(number for number, words in site.LINK_TYPES.items() if words[0] == one.type)
    kind = {"id": number, **dict(zip(("name", "inward", "outward"), site.LINK_TYPES[number], strict=True))}
    other = ctx.sim.store.issues[one.inward if one.outward == issue.id else one.outward]
    side = "inwardIssue" if one.outward == issue.id else "outwardIssue"
    return {"id": one.id, "self": ctx.url(f"issueLink/{one.id}"), "type": kind, side: brief(ctx, other)}


def brief(ctx: Ctx, one: Issue) -> dict[str, Any]:
    """Another issue in few words."""
    fields = {"summary": one.values["summary"], "status": status(ctx, one.values["status"])}
    return {"id": str(one.id), "key": one.key, "self": ctx.url(f"issue/{one.id}"), "fields": fields}


def value(ctx: Ctx, one: Issue, name: str) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912  # one line a kind
    """One field of an issue."""
    held = one.values.get(name)
    field = site.FIELDS[name]
    match field.kind:
        case "text":
            return text(ctx, held)
        case "user":
            return user(ctx, one.creator if name == "creator" else held)
        case "status":
            return status(ctx, str(held))
        case "priority" | "resolution":
            words = site.PRIORITIES if field.kind == "priority" else site.RESOLUTIONS
            return held and {"self": ctx.url(f"{field.kind}/{held}"), "id": held, "name": words[held]}
        case "option":
            return held and {"id": held, "value": dict(field.options)[held]}
        case "project":
            return project(ctx, ctx.sim.projects[one.project])
        case "issuetype":
            return issue_type(ctx, ctx.sim.type_of(one))
        case "datetime":
            ms = {"created": one.created, "updated": one.updated}.get(name, held)
            return ms and ctx.time(ms)
        case "issuelink":
            above = ctx.sim.store.issues.get(held or 0)
            return above and brief(ctx, above)
        case "comments-page":
            rows = [comment(ctx, one, each) for each in one.comments]
            return {"comments": rows, "startAt": 0, "maxResults": len(rows), "total": len(rows)}
        case "issuelinks":
            if name == "subtasks":
                return [brief(ctx, each) for each in ctx.sim.store.subtasks(one)]
            return [link(ctx, one, each) for each in ctx.sim.store.linked(one)]
        case "labels":
            return list(held or ())
        case _:
            return held


def selected(asked: Sequence[str]) -> list[str]:
    """The names of the fields meant by ``summary,duedate``, ``*all``, ``-comment``."""
    left_out = {name[1:] for name in asked if name.startswith("-")}
    named = [name for name in asked if not name.startswith("-")]
    if "*all" in named or (left_out and not named):
        named = list(site.FIELDS)
    elif "*navigable" in named:
        named = [name for name in site.FIELDS if name != "comment"]
    return [name for name in dict.fromkeys(named) if name in site.FIELDS and name not in left_out]


def issue(
    ctx: Ctx, one: Issue, asked: Sequence[str] = ALL, *, properties: Sequence[str] = (), expand: str = ""
) -> dict[str, Any]:
    """An issue with the fields asked for."""
    told: dict[str, Any] = {"id": str(one.id), "key": one.key, "self": ctx.url(f"issue/{one.id}")}
    names = selected(asked)
    told["fields"] = {name: value(ctx, one, name) for name in names}
    if "renderedFields" in expand:
        told["renderedFields"] = {
            name: adf.rendered(one.values.get(name)) for name in names if site.FIELDS[name].kind == "text"
        }
    if properties:
        wanted = one.properties if "*all" in properties else properties
        told["properties"] = {key: one.properties[key] for key in wanted if key in one.properties}
    if "changelog" in expand:
        rows = [entry(ctx, each) for each in one.history]
        told["changelog"] = {"startAt": 0, "maxResults": len(rows), "total": len(rows), "histories": rows}
    return told


def entry(ctx: Ctx, one: Any) -> dict[str, Any]:  # noqa: ANN401  # History
    """An entry of the changelog."""
    return {"id": one.id, "author": user(ctx, one.author), "created": ctx.time(one.created), "items": list(one.items)}

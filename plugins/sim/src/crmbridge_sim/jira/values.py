"""Fields of a write: what each takes, which are on the screen, and what is said of a bad one (dossier A2, A6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import partial
from typing import Any

from crmbridge_sim.jira import adf, errors, site, times
from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.model import Field, Issue

LONGEST_TEXT, LONGEST_LINE = 32_767, 255
AUTOMATIC = "-1"


class _Bad(Exception):
    """One bad value."""


def checked(
    ctx: Ctx, screen: set[str], fields: Mapping[str, Any], update: Mapping[str, Any], issue: Issue | None = None
) -> dict[str, Any]:
    """The inner values of the fields sent; one bad field fails all of them (dossier A2)."""
    sheet = _Sheet(ctx, screen)
    for name, sent in fields.items():
        sheet.take(name, partial(_value, ctx, sent))
    for name, operations in update.items():
        if name != "comment":
            held = sheet.values[name] if name in sheet.values else issue.values.get(name) if issue else None
            sheet.take(name, partial(_operated, ctx, operations, held))
    if sheet.bad:
        raise errors.bad_fields(sheet.bad)
    return sheet.values


@dataclass
class _Sheet:
    """A write on its way: what was taken and what is wrong."""

    ctx: Ctx
    screen: set[str]
    values: dict[str, Any] = dataclass_field(default_factory=dict)
    bad: dict[str, str] = dataclass_field(default_factory=dict)

    def take(self, name: str, read: Callable[[Field], Any]) -> None:
        """One field."""
        field = site.FIELDS.get(name)
        if field is None or not field.settable or name not in self.screen or name in self.ctx.sim.off_screen:
            self.bad[name] = errors.NOT_ON_SCREEN.format(name)
            return
        try:
            self.values[name] = read(field)
        except _Bad as error:
            self.bad[name] = str(error)


def _operated(ctx: Ctx, operations: Any, held: Any, field: Field) -> Any:  # noqa: ANN401  # JSON
    """``[{"add":"x"},{"remove":"y"}]`` on what is held; other fields know ``set`` alone."""
    if not isinstance(operations, list):
        raise _Bad("Update operations are a list.")
    for operation in operations:
        if not isinstance(operation, dict) or len(operation) != 1:
            raise _Bad("An update operation is an object with one name.")
        ((verb, sent),) = operation.items()
        if verb == "set":
            held = _value(ctx, sent, field)
        elif verb in {"add", "remove"} and field.kind == "labels":
            label = _labels([sent])[0]
            kept = [one for one in held or [] if one != label]
            held = [*(held or []), *([label] if label not in (held or []) else [])] if verb == "add" else kept
        else:
            raise _Bad(f"Field '{field.name}' does not support update '{verb}'.")
    return held


def _value(ctx: Ctx, sent: Any, field: Field) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912  # one line a kind
    match field.kind:
        case "string":
            return _line(field, sent)
        case "text":
            return text(ctx, sent)
        case "date":
            if sent is not None and not times.is_day(sent):
                raise _Bad(f"Error parsing date string: {sent}")
            return sent
        case "user":
            return _user(ctx, field, sent)
        case "labels":
            return _labels(sent)
        case "priority":
            return _choice(field, sent, site.PRIORITIES)
        case "resolution":
            return _choice(field, sent, site.RESOLUTIONS)
        case "option":
            return _choice(field, sent, dict(field.options), word="value")
        case "number":
            if sent is not None and (isinstance(sent, bool) or not isinstance(sent, (int, float))):
                raise _Bad("Operation value must be a number")
            return sent
        case "issuelink":
            return _parent(ctx, sent)
        case "project" | "issuetype":
            return _reference(sent)
        case _:
            raise _Bad(errors.NOT_ON_SCREEN.format(field.id))


def _line(field: Field, sent: Any) -> str | None:  # noqa: ANN401  # JSON
    if sent is None or (field.id == "summary" and isinstance(sent, str) and not sent.strip()):
        if field.id == "summary":
            raise _Bad("You must specify a summary of the issue.")
        return None
    if not isinstance(sent, str):
        raise _Bad("Operation value must be a string")
    if "\n" in sent or "\r" in sent:
        raise _Bad(f"The {field.id} is invalid because it contains newline characters.")
    if len(sent) > LONGEST_LINE:
        raise _Bad(errors.TOO_LONG.format(LONGEST_LINE))
    return sent


def text(ctx: Ctx, sent: Any) -> Any:  # noqa: ANN401  # JSON
    """A text as it is kept: v3 takes a document, v2 a string and converts it (dossier A2, A8)."""
    if sent is None:
        return None
    if ctx.documents:
        if not adf.is_document(sent):
            raise _Bad(errors.NOT_ADF)
        kept: Any = sent
    else:
        if not isinstance(sent, str):
            raise _Bad("Operation value must be a string")
        kept = adf.document(sent) if ctx.sim.cloud else sent
    counted = json.dumps(kept) if ctx.sim.switches.text("text_length") == "json" else adf.text_of(kept)
    if len(counted) > LONGEST_TEXT:
        raise _Bad(errors.TOO_LONG.format(LONGEST_TEXT))
    return kept


def comment_body(ctx: Ctx, sent: Any) -> Any:  # noqa: ANN401  # JSON
    """The body of a comment; a bad one is told under ``comment`` (dossier A6)."""
    try:
        kept = text(ctx, sent)
    except _Bad as error:
        raise errors.bad_fields({"comment": str(error)}) from error
    if not adf.text_of(kept).strip():
        raise errors.bad_fields({"comment": "Comment body can not be empty!"})
    return kept


def _labels(sent: Any) -> list[str]:  # noqa: ANN401  # JSON
    if sent is None:
        return []
    if not isinstance(sent, list) or not all(isinstance(one, str) for one in sent):
        raise _Bad("data was not an array of strings")
    for one in sent:
        if " " in one:
            raise _Bad(f"The label '{one}' contains spaces which is invalid.")
        if len(one) > LONGEST_LINE:
            raise _Bad(errors.TOO_LONG.format(LONGEST_LINE))
    return list(dict.fromkeys(sent))


def _user(ctx: Ctx, field: Field, sent: Any) -> str | None:  # noqa: ANN401  # JSON
    if sent is None:
        return None
    if not isinstance(sent, dict):
        raise _Bad("data was not an object")
    name = sent.get("accountId", sent.get("id")) if ctx.sim.cloud else sent.get("name")
    if name is None and ({"accountId", "id"} & sent.keys() or "name" in sent):
        return None
    return account(ctx, name, assigned=field.id == "assignee")


def account(ctx: Ctx, name: Any, *, assigned: bool) -> str | None:  # noqa: ANN401  # JSON
    """Somebody by account id (Cloud) or name (Data Center); ``-1`` is the project's default."""
    if name is None or name == AUTOMATIC:
        return None
    one = ctx.sim.person(name) if isinstance(name, str) else None
    if one is None:
        raise _Bad(f"User '{name}' does not exist.")
    if assigned and (not one.active or one.account_id in ctx.sim.not_assignable):
        raise _Bad(f"User '{name}' cannot be assigned issues.")
    return one.account_id


def assignee(ctx: Ctx, name: Any) -> str | None:  # noqa: ANN401  # JSON
    """The same for the call that only assigns."""
    try:
        return account(ctx, name, assigned=True)
    except _Bad as error:
        raise errors.bad_fields({"assignee": str(error)}) from error


def _choice(field: Field, sent: Any, known: Mapping[str, str], word: str = "name") -> str | None:  # noqa: ANN401  # JSON
    if sent is None:
        return None
    if isinstance(sent, dict):
        for key, name in known.items():
            if sent.get("id") == key or ("id" not in sent and sent.get(word) == name):
                return key
    raise _Bad(f"The {field.name.lower()} selected is invalid.")


def _parent(ctx: Ctx, sent: Any) -> int | None:  # noqa: ANN401  # JSON
    if sent is None:
        return None
    found = ctx.sim.store.find(_reference(sent))
    if found is None:
        raise _Bad("Could not find issue by id or key.")
    return found.id


def _reference(sent: Any) -> str:  # noqa: ANN401  # JSON
    name = (sent.get("id") or sent.get("key") or sent.get("name")) if isinstance(sent, dict) else None
    if not isinstance(name, str):
        raise _Bad("data was not an object with an id")
    return name

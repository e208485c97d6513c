"""Whether an issue, as the index has it, is what a query seeks (dossier A3)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from crmbridge_sim.jira import adf, site, times
from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.errors import Refusal
from crmbridge_sim.jira.jql.parser import Clause, Node, Operand, Query
from crmbridge_sim.jira.model import Issue

ALIASES = {
    "issue": "id", "issuekey": "id", "key": "id", "id": "id", "due": "duedate", "type": "issuetype",
    "createddate": "created", "updateddate": "updated", "status category": "statuscategory",
}  # fmt: skip
INSTANTS, ORDERED = ("created", "updated", "resolutiondate"), ("created", "updated", "duedate", "resolutiondate", "id")
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_CATEGORIES = {"to do": "new", "in progress": "indeterminate", "done": "done", "no category": "undefined"}


class _Nobody(Exception):
    """A field or value that does not exist."""


class Matcher:
    """One query of one caller."""

    def __init__(self, ctx: Ctx, query: Query) -> None:
        self._ctx, self._query = ctx, query
        self._sees_all = ctx.sim.switches.text("unknown_value") == "empty" or ctx.user is None

    def found(self, issues: list[Issue]) -> list[Issue]:
        """The issues sought, in the order asked for, the newest first by default."""
        where = self._query.where
        rows = [one for one in issues if where is None or self._holds(where, one)]
        if not issues and where is not None:
            self._known(where)
        rows.sort(key=lambda one: one.id, reverse=not self._query.orders)
        for name, falls in reversed(self._query.orders):
            rows.sort(key=lambda one, name=name: self._order(one, name), reverse=falls)  # type: ignore[misc]  # a default
        return rows

    def _known(self, node: Node) -> None:
        """A query is held against the site even when there is nothing to find."""
        for part in () if isinstance(node, Clause) else node.parts:
            self._known(part)
        if isinstance(node, Clause):
            self._names(node)

    def _holds(self, node: Node, issue: Issue) -> bool:
        if isinstance(node, Clause):
            return self._clause(node, issue)
        if node.word == "not":
            return not self._holds(node.parts[0], issue)
        held = [self._holds(part, issue) for part in node.parts]  # all of them: each may be unknown
        return all(held) if node.word == "and" else any(held)

    def _names(self, clause: Clause) -> tuple[str, list[Any]] | None:
        """The field and its operands; None when something is unknown and that is no error."""
        try:
            name = self._field(clause)
            return name, [self._operand(name, one) for one in clause.operands]
        except _Nobody as unknown:
            if self._sees_all:
                return None
            raise Refusal(400, str(unknown)) from unknown

    def _clause(self, clause: Clause, issue: Issue) -> bool:
        read = self._names(clause)
        if read is None:
            return False
        name, operands = read
        held = self._held(name, issue)
        match clause.operator:
            case "=" | "in" | "is":
                return any(self._same(name, held, one) for one in operands)
            case "!=" | "not in" | "is not":
                empty = held in (None, []) and None not in operands
                return not empty and not any(self._same(name, held, one) for one in operands)
            case "~" | "!~":
                words = str(operands[0] or "").lower().replace("*", "").split()
                has = all(word in str(held or "").lower() for word in words)
                return has is (clause.operator == "~")
            case sign:
                if name not in ORDERED:
                    raise Refusal(400, f"The operator '{sign}' is not supported by the '{clause.field}' field.")
                return held is not None and operands[0] is not None and COMPARISONS[sign](held, operands[0])

    @staticmethod
    def _same(name: str, held: Any, wanted: Any) -> bool:  # noqa: ANN401  # any value
        if wanted is None:
            return held in (None, [])
        if name == "labels":
            return wanted.lower() in {one.lower() for one in held}
        if name in {"status", "issuetype", "priority", "resolution"}:
            return held in wanted
        return bool(held == wanted)

    def _field(self, clause: Clause) -> str:
        name = clause.field.lower()
        if name.startswith("issue.property["):
            setting = self._ctx.sim.switches.text("property_jql")
            if setting == "error":
                raise Refusal(400, f"Field '{clause.field}' does not exist or you do not have permission to view it.")
            if setting == "empty":
                raise _Nobody(name)
            return clause.field
        name = ALIASES.get(name, name)
        if name in {"id", "statuscategory", "text", *site.FIELDS}:
            return name
        for field in site.FIELDS.values():
            if name in {field.name.lower(), f"cf[{field.id.rpartition('_')[2]}]"}:
                return field.id
        raise _Nobody(f"Field '{clause.field}' does not exist or you do not have permission to view it.")

    def _operand(self, name: str, one: Operand) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912  # one line a field
        if one.kind == "empty":
            return None
        if one.kind == "function":
            return self._function(one)
        text = one.text
        nobody = _Nobody(f"The value '{text}' does not exist for the field '{name}'.")
        if name in INSTANTS or name == "duedate":
            instant = times.asked(text, self._ctx.zone, self._ctx.now)
            if instant is None:
                raise Refusal(400, f"Date value '{text}' for field '{name}' is invalid.")
            return times.written(instant, self._ctx.zone)[:10] if name == "duedate" else instant
        match name:
            case "project":
                keys = [
                    p.key
                    for p in self._ctx.sim.projects.values()
                    if text.lower() in {p.key.lower(), p.id, p.name.lower()}
                ]
                return self._one_of(keys, nobody)
            case "id" | "parent":
                issue = self._ctx.sim.store.find(text)
                if issue is None:
                    raise _Nobody(f"An issue with key '{text}' does not exist for field '{name}'.")
                return issue.id
            case "status":
                return self._some_of(
                    [s.id for s in site.STATUSES.values() if text.lower() in {s.id, s.name.lower()}], nobody
                )
            case "statuscategory":
                numbers = {str(number): key for key, (number, _) in site.CATEGORIES.items()}
                key = _CATEGORIES.get(text.lower()) or numbers.get(text) or text.lower()
                return self._one_of([key] if key in site.CATEGORIES else [], nobody)
            case "issuetype":
                kinds = [kind for project in self._ctx.sim.projects.values() for kind in project.types]
                return self._some_of([k.id for k in kinds if text.lower() in {k.id, k.name.lower()}], nobody)
            case "assignee" | "reporter" | "creator":
                person = self._ctx.sim.person(text)
                return self._one_of([person.account_id] if person else [], nobody)
            case "priority" | "resolution":
                words = site.PRIORITIES if name == "priority" else site.RESOLUTIONS
                return self._some_of(
                    [key for key, word in words.items() if text.lower() in {key, word.lower()}], nobody
                )
            case _:
                return text

    def _function(self, one: Operand) -> Any:  # noqa: ANN401  # any value
        if one.text == "currentuser":
            return self._ctx.user.account_id if self._ctx.user else None
        if one.text == "now":
            return self._ctx.now
        raise Refusal(400, f"Unable to find JQL function '{one.text}()'.")

    @staticmethod
    def _one_of(found: list[str], nobody: _Nobody) -> str:
        if not found:
            raise nobody
        return found[0]

    @staticmethod
    def _some_of(found: list[str], nobody: _Nobody) -> list[str]:
        if not found:
            raise nobody
        return found

    def _held(self, name: str, issue: Issue) -> Any:  # noqa: ANN401, PLR0911  # any value
        match name:
            case "id":
                return issue.id
            case "project":
                return issue.project
            case "issuetype":
                return issue.type_id
            case "statuscategory":
                return site.STATUSES[issue.values["status"]].category
            case "created" | "updated":
                return issue.created if name == "created" else issue.updated
            case "creator":
                return issue.creator
            case "text":
                return f"{issue.values['summary']} {adf.text_of(issue.values.get('description'))}"
        if name.lower().startswith("issue.property["):
            return _property(issue, name)
        held = issue.values.get(name)
        return adf.text_of(held) if isinstance(held, dict) else held

    def _order(self, issue: Issue, name: str) -> tuple[bool, Any]:
        field = self._field(Clause(name, "=", ()))
        if field == "id" and name.lower() in {"key", "issuekey"}:
            prefix, _, number = issue.key.rpartition("-")
            return True, (prefix, int(number))
        held = self._held(field, issue)
        return held is not None, str(held) if isinstance(held, (list, bool)) else held or 0


def _property(issue: Issue, name: str) -> Any:  # noqa: ANN401  # JSON
    """``issue.property[key].path``, for a site whose app has declared the index (dossier A7)."""
    key, _, path = name[len("issue.property[") :].partition("]")
    held: Any = issue.properties.get(key.strip("\"'"))
    for part in filter(None, path.split(".")):
        held = held.get(part) if isinstance(held, dict) else None
    return held

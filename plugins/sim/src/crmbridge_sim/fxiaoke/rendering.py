"""Stored rows as a caller sees them: numbers as texts, people as lists, times in ms, no nulls (dossier 2.3, 2.4).

A rendering is made per object, projection and style of ids; it is a list of small functions, one a column.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from crmbridge_sim.fxiaoke.people import COMPANY, Department
from crmbridge_sim.fxiaoke.schema import COMPUTED, LISTS, LONG, Field, Obj
from crmbridge_sim.fxiaoke.store import DERIVED, quoted

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.context import Ctx

Row = dict[str, Any]
Put = Callable[[Row, Any], None]
CUT = 200
_TAG = re.compile(r"<[^>]+>")


def number_text(value: int, decimals: int) -> str:
    """A scaled whole number as text with its declared decimals (dossier 2.4: OBS)."""
    if decimals <= 0:
        return str(value)
    sign, digits = ("-", -value) if value < 0 else ("", value)
    whole, part = divmod(digits, 10**decimals)
    return f"{sign}{whole}.{part:0{decimals}d}"


class Rendering:
    """How rows of an object come out for one caller; ``names`` empty = every field."""

    def __init__(
        self, ctx: Ctx, obj: Obj, names: Sequence[str] = (), *, include_null: bool, in_list: bool, simple: bool = False
    ) -> None:
        self._ctx, self._obj, self._null, self._list = ctx, obj, include_null, in_list
        self._shows_empty = ctx.switches.flag("empty_values_shown")
        self._labels = not names or ctx.switches.flag("projection_adds_labels")
        wanted = [name for name in (names or obj.fields) if name in obj and obj[name].active]
        if not names or ctx.switches.flag("projection_adds_id"):
            wanted = list(dict.fromkeys(["_id", *wanted]))
        if simple:  # dossier 3.2: no live calculation
            wanted = [name for name in wanted if obj[name].type not in COMPUTED]
        self._wanted, self._whole = wanted, not names
        self.columns = list(
            dict.fromkeys(["_id", "owner", "relevant_team", *(name for name in wanted if name not in DERIVED)])
        )
        self.sql = ", ".join(quoted(name) for name in self.columns)
        self._puts = [(place, self._put(obj[name])) for place, name in enumerate(self.columns) if name in wanted]
        self._references = [obj[name] for name in wanted if obj[name].type == "object_reference" and self._labels]

    def rows(self, rows: Iterable[Sequence[Any]]) -> list[Row]:
        """Rows in the order of ``columns`` as the reply has them."""
        made = [self._row(row) for row in rows]
        for field in self._references:
            self._name(made, field)
        return made

    def _row(self, row: Sequence[Any]) -> Row:
        out: Row = {}
        for place, put in self._puts:
            value = row[place]
            if value is None:
                if self._null:
                    out[self.columns[place]] = None
            else:
                put(out, value)
        self._frame(out, row[1], row[2])
        return out

    def _frame(self, out: Row, owner: str | None, team: str | None) -> None:
        """What follows from the owner, and the technical fields."""
        ctx, wanted = self._ctx, self._wanted
        if "owner" in wanted:
            self._owner(out, owner)
        who = ctx.people.get(owner) if owner else None
        department = ctx.people.departments.get(who.department) if who else None
        if department:
            if "owner_department" in wanted:
                out["owner_department"] = department.name
            if "owner_department_id" in wanted:
                out["owner_department_id"] = department.id
            if "data_own_department" in wanted:
                self._department(out, department)
        self._technical(out, owner, team)

    def _department(self, out: Row, department: Department) -> None:
        """The owner's department, unless the record names one of its own (dossier 2.3)."""
        if "data_own_department" not in out:
            out["data_own_department"] = [department.id]
            if self._labels:
                shown = {"deptId": department.id, "deptName": department.name, "parentId": department.parent}
                shown["status"] = "1" if department.is_stop else "0"
                out["data_own_department__r"], out["data_own_department__l"] = shown, [shown]

    def _owner(self, out: Row, owner: str | None) -> None:
        if owner:
            out["owner"] = [self._ctx.outer(owner)]
            if self._labels:
                person = self._ctx.people.expanded(owner)
                out["owner__r"], out["owner__l"] = person, [person]
        elif self._shows_empty:
            out["owner"] = []

    def _technical(self, out: Row, owner: str | None, team: str | None) -> None:
        ctx, wanted = self._ctx, self._wanted
        if "relevant_team" in wanted:
            out["relevant_team"] = ctx.team(owner, team)
        if "is_deleted" in wanted:
            out["is_deleted"] = False
        if self._whole:
            out["tenant_id"] = ctx.people.tenant_id
            out["object_describe_api_name"] = self._obj.api_name
            out["object_describe_id"] = ctx.sim.describe_id(self._obj.api_name)
            out["extend_obj_data_id"] = out["_id"]
            out["data_own_organization"] = [COMPANY]
            if self._list:  # technical fields of rows, to be ignored (dossier 2.3)
                out["total_num"], out["searchAfterId"] = 0, [out["_id"]]

    def _put(self, field: Field) -> Put:  # noqa: PLR0911, C901  # one branch a wire shape
        name = field.api_name
        if name in {"owner", "relevant_team"} or (name == "version" and not self._ctx.sim.store.version_step):
            return _nothing
        if field.numeric:
            return lambda out, value: out.__setitem__(name, number_text(value, field.decimals))
        if field.type == "employee":
            return self._person(name)
        if field.type == "employee_many":
            outer = self._ctx.outer
            return lambda out, value: out.__setitem__(name, [outer(one) for one in json.loads(value)])
        if field.type == "true_or_false":
            return lambda out, value: out.__setitem__(name, bool(value))
        if field.type == "object_reference_many":
            return self._references_many(name)
        if field.type in LISTS:
            return lambda out, value: out.__setitem__(name, json.loads(value))
        if field.type == "quote":
            return lambda out, value: out.update({name: value, f"{name}__v": value})
        if field.type in LONG:
            return self._long(field)
        if field.options:
            return self._option(field)
        if self._shows_empty:
            return lambda out, value: out.__setitem__(name, value)
        return lambda out, value: out.__setitem__(name, value) if value != "" else None

    def _person(self, name: str) -> Put:
        ctx, labels = self._ctx, self._labels
        brief = name in {"created_by", "last_modified_by"}

        def put(out: Row, value: str) -> None:
            out[name] = [ctx.outer(value)] if value else []
            if labels and value:
                person = ctx.people.expanded(value, brief=brief)
                out[f"{name}__r"], out[f"{name}__l"] = person, [person]

        return put

    def _option(self, field: Field) -> Put:
        labels = {one.value: one.label for one in field.options}
        name, shown = field.api_name, self._labels and self._ctx.switches.flag("select_labels")

        def put(out: Row, value: str) -> None:
            out[name] = value
            if shown and value in labels:
                out[f"{name}__r"] = labels[value]

        return put

    def _long(self, field: Field) -> Put:
        name, rich = field.api_name, field.type == "html_rich_text"
        most = CUT if self._list and self._ctx.switches.flag("long_text_cut") else None

        def put(out: Row, value: str) -> None:
            out[name] = value[:most]
            if rich:
                out[f"{name}__o"] = _TAG.sub("", value)[:most]

        return put

    def _references_many(self, name: str) -> Put:
        def put(out: Row, value: str) -> None:
            out[name] = out[f"{name}__relation_ids"] = json.loads(value)

        return put

    def _name(self, rows: list[Row], field: Field) -> None:
        """``__r`` of a reference: the name of what it points to; "" for none (dossier 2.4)."""
        name = field.api_name
        wanted = list({row[name] for row in rows if row.get(name)})
        known = self._ctx.sim.reference_names(field.target, wanted) if wanted else {}
        for row in rows:
            if row.get(name):
                row[f"{name}__r"] = known.get(row[name], "")
            elif self._shows_empty:
                row.setdefault(name, "")


def _nothing(out: Row, value: Any) -> None:  # noqa: ANN401  # a put like the others
    del out, value

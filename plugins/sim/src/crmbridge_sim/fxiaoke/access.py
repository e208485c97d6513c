"""Who sees what: every call is done with the acting employee's rights (dossier 1.1). An administrator sees all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crmbridge_sim.fxiaoke.people import Employee
from crmbridge_sim.fxiaoke.schema import Obj
from crmbridge_sim.fxiaoke.store import Values, quoted

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator

EVERYBODYS = frozenset({"LeadsPoolObj", "HighSeasObj", "DepartmentObj", "PersonnelObj"})


class Access:
    """A seller sees his own records, those of the people below him, those whose team he is in, and open pools."""

    def __init__(self, sim: FxiaokeSimulator) -> None:
        self._sim = sim

    def condition(self, user: Employee, obj: Obj) -> tuple[str, list[Any]]:
        """The SQL that keeps the rows a user may see; empty = all."""
        parts: list[str] = []
        values: list[Any] = []
        hidden = self._sim.store.hidden.get(obj.api_name)
        if hidden:
            parts.append(f"_id NOT IN ({', '.join('?' * len(hidden))})")
            values += sorted(hidden)
        if not user.is_admin and obj.api_name not in EVERYBODYS:
            team = sorted(self._sim.people.below(user.id))
            marks = ", ".join("?" * len(team))
            own = [f"owner IN ({marks})", "relevant_team LIKE ?"]
            values += [*team, f'%["{user.id}"%']
            if obj.pool:
                own.append(f"(coalesce(owner, '') = '' AND coalesce({quoted(obj.pool)}, '') <> '')")
            parts.append(f"({' OR '.join(own)})")
        return " AND ".join(parts), values

    def may_see(self, user: Employee, obj: Obj, row: Values) -> bool:
        """The same for one row."""
        if row["_id"] in self._sim.store.hidden.get(obj.api_name, ()):
            return False
        if user.is_admin or obj.api_name in EVERYBODYS:
            return True
        if row["owner"] in self._sim.people.below(user.id):
            return True
        team = json.loads(row["relevant_team"] or "[]")
        return any(one[0] == user.id for one in team) or bool(obj.pool and not row["owner"] and row[obj.pool])

"""Which records a pair makes, and where: some records of one system shown in another, tasks in a task tool say.

A record is made only where its fields say so, on the board of whoever owns it; one that somebody deleted over there is
made again while they still say so, where the pair wants that. Records that both sides hold are kept in step anyhow.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.model.canonical import Value
from crmbridge.model.kinds import kind

STATUS, OPEN, CANCELLED = "status", "open", "cancelled"
EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Mirror:
    """What a pair makes of records that one side lacks.

    `only` names fields (`status`, or `task.status`) and the values with which a record is made. `boards` names people
    (by address or name), managers and teams, each with the object in which what is theirs is made; `*` everybody else.
    `remakes`: what was deleted on the side on which it was made is made again. `cancels`: what was deleted where it
    came from is cancelled on the other side, and not deleted.
    """

    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    boards: Mapping[str, str] = field(default_factory=dict)
    remakes: bool = False
    cancels: bool = False

    def wants(self, kind_name: str, values: Mapping[str, Value]) -> bool:
        """Whether a record that shows these values is to be made on the other side; of what is unknown it is not."""
        for named, allowed in self.only.items():
            of_kind, _, name = named.rpartition(".")
            is_meant = of_kind in {"", kind_name} and name in kind(kind_name).fields
            if is_meant and _text(values.get(name)) not in allowed:
                return False
        return True

    def has_boards(self, objects: Iterable[str]) -> bool:
        """Whether any of the objects is a board."""
        return not set(objects).isdisjoint(self.boards.values())


def _text(value: Value) -> str | None:
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)

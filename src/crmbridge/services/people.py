"""The people of the company as plans and scorecards see them, and whose matters each of them may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from crmbridge.services.incentive_document import Whom
from crmbridge.services.world import World


@dataclass(frozen=True, slots=True)
class Person:
    """A user. `ramp` 1 is a full quota, less a newcomer's share of it; None where the CRM does not tell."""

    id: str
    name: str | None
    email: str | None
    external_id: str | None
    role: str | None
    level: str | None
    ramp: Decimal | None
    manager_id: str | None
    is_active: bool

    @property
    def shown(self) -> str:
        """What people call him."""
        return self.name or self.email or self.id

    def is_called(self, name: str) -> bool:
        """Whether a name, address or id is his, whatever the case of the letters."""
        wanted = name.strip().casefold()
        return wanted in {one.casefold() for one in (self.id, self.name, self.email, self.external_id) if one}


def people(world: World) -> dict[str, Person]:
    """Every user by id."""
    return {row[0]: Person(*row) for row in world.tuples("people")}


def is_meant(whom: Whom, person: Person) -> bool:
    """Whether a plan or card is for a person: named in one of its lists, or it has none."""
    if not whom.is_particular:
        return True
    named = any(person.is_called(name) for name in whom.users)
    return named or person.role in whom.roles or person.level in whom.levels


def led_by(known: Mapping[str, Person], managers: Iterable[str]) -> frozenset[str]:
    """The ids of some people and of everybody below them, however many managers lie between."""
    below: dict[str, list[str]] = {}
    for person in known.values():
        if person.manager_id is not None:
            below.setdefault(person.manager_id, []).append(person.id)
    found: set[str] = set()
    waiting = list(managers)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += below.get(one, [])
    return frozenset(found)


def may_see(known: Mapping[str, Person], viewers: Sequence[str], everything: Sequence[str]) -> frozenset[str]:
    """Whose pay one sees who is known by the ids `viewers`: the own and that of those below, or of all.

    `everything` names those who see what everybody is paid.
    """
    if any(known[one].is_called(name) for one in viewers if one in known for name in everything):
        return frozenset(known)
    return led_by(known, viewers)

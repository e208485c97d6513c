"""People at work in the CRMs: they make records, change them, empty fields, delete, and bring back."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from crmbridge.testing.world.crm import Crm, Row
from crmbridge.testing.world.habits import FIELDS, MARK, SPOILT

MOST_RECORDS = 5


@dataclass(slots=True)
class People:
    """Whoever edits. `edits` counts what they did."""

    rng: random.Random
    crms: Sequence[Crm]
    deletes: bool = True
    edits: int = 0
    _made: int = 0
    _typed: int = 0
    _deleted: dict[str, int] = field(default_factory=dict)

    def __call__(self) -> None:
        """Somebody does something."""
        crm = self.rng.choice(self.crms)
        rows = crm.live()
        dice = self.rng.random()
        if (dice < 0.15 or not rows) and self._made < MOST_RECORDS:
            self.create(crm)
        elif 0.15 <= dice < 0.162 and rows:
            self._delete(crm, self.rng.choice(rows))
        elif 0.162 <= dice < 0.18:
            self._restore(crm)
        elif rows:
            self._edit(crm, self.rng.choice(rows))

    def create(self, crm: Crm) -> None:
        """Somebody makes a record."""
        self._made += 1
        self.edits += 1
        fields = {MARK: f"M{self._made}", "name": self._text("name", crm)}
        more = [name for name in FIELDS[1:] if self.rng.random() < 0.7]
        crm.create(fields | {name: self._text(name, crm) for name in more}, who="user")

    def _edit(self, crm: Crm, row: Row) -> None:
        wanted: dict[str, str | None] = {}
        for name in self.rng.sample(FIELDS, self.rng.choice([1, 1, 1, 2])):
            if name != "name" and self.rng.random() < 0.1:
                wanted[name] = None
            else:
                wanted[name] = self._value(crm, row, name)
        tidy = {name: crm.habits.tidied(name, value) for name, value in wanted.items()}
        if any(row.now.fields.get(name) != value for name, value in tidy.items()):
            self.edits += 1
            crm.edit(row, wanted, who="user")

    def _value(self, crm: Crm, row: Row, name: str) -> str | None:
        """Mostly something new; sometimes what another CRM shows, or the same written otherwise."""
        dice = self.rng.random()
        if dice < 0.1:
            mark = row.now.fields.get(MARK)
            others = [other for some in self.crms if some is not crm for other in some.live()]
            same = [other.now.fields.get(name) for other in others if other.now.fields.get(MARK) == mark]
            if same and same[0] is not None and crm.refuses({name: same[0]}) is None:
                return same[0]
        value = row.now.fields.get(name)
        if dice < 0.15 and value is not None:
            return self._sloppy(value.swapcase())
        return self._text(name, crm)

    def _text(self, name: str, crm: Crm) -> str:
        self._typed += 1
        if name == "phone":
            return f"+49 431 {550_000 + self._typed}"
        spoilt = SPOILT if self.rng.random() < 0.04 and not crm.habits.refuses else ""
        return self._sloppy(f"{name} {self._typed}{spoilt}")

    def _sloppy(self, text: str) -> str:
        dice = self.rng.random()
        if dice < 0.1:
            return text.replace(" ", "  ") + " "
        return text.title() if dice < 0.4 else text

    def _delete(self, crm: Crm, row: Row) -> None:
        if not self.deletes:
            return
        if not crm.habits.has_feed and self._deleted.get(crm.name):
            return  # a list that has shrunk by two stops the stream until a person has looked
        self._deleted[crm.name] = self._deleted.get(crm.name, 0) + 1
        self.edits += 1
        crm.delete(row, who="user")

    def _restore(self, crm: Crm) -> None:
        live = {row.now.fields.get(MARK) for row in crm.live()}  # nobody brings back what has been made anew
        dead = [row for row in crm.rows.values() if row.now.is_deleted and row.now.fields.get(MARK) not in live]
        if dead:
            self.edits += 1
            crm.restore(self.rng.choice(dead))

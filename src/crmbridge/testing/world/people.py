"""People at work in the CRMs: they make records, change them, empty fields, delete, bring back, merge and convert."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from crmbridge.testing.world.crm import Crm, Row
from crmbridge.testing.world.habits import FIELDS, KEY, MARK, SPOILT

DEEDS = ("create", "edit", "import", "clear", "delete", "restore", "merge", "convert")
"""A record is made; fields of one are changed; of all at once; one is emptied; a record is deleted, and comes back; one
of two becomes part of the other and is gone; one is gone and another, with all its values, is there instead."""
_DICE = (
    (0.08, "create"),
    (0.105, "delete"),
    (0.125, "restore"),
    (0.135, "merge"),
    (0.145, "convert"),
    (0.16, "import"),
)
"""Below so much of one, that; everything above is an edit."""
_CALM = ((0.15, "create"), (0.4, "delete"), (0.7, "restore"), (0.72, "merge"), (0.74, "convert"))
"""Where little is edited, and much comes and goes."""


@dataclass(slots=True)
class People:
    """Whoever edits: with `focus`, so often, what changed last. `edits` counts what they did, `did` by what it was."""

    rng: random.Random
    crms: Sequence[Crm]
    deletes: bool = True
    most: int = 5
    focus: float = 0.0
    is_calm: bool = False
    edits: int = 0
    did: Counter[str] = field(default_factory=Counter)
    _made: int = 0
    _shared: set[str | None] = field(default_factory=set)
    _typed: int = 0
    _deleted: dict[str, int] = field(default_factory=dict)

    def __call__(self) -> None:
        """Somebody does something."""
        crm = self.rng.choice(self.crms)
        dice = self.rng.random()
        what = next((name for below, name in (_CALM if self.is_calm else _DICE) if dice < below), "edit")
        rows = crm.live()
        if not rows or what == "create":
            if self._made < self.most:
                self.create(crm)
            elif rows:
                self._edit(crm, self.rng.choice(rows))
        elif what == "restore":
            self._restore(crm)
        elif what == "import":
            for row in rows:
                self._edit(crm, row, as_what="import")
        elif what == "edit":
            self._edit(crm, *self._of_interest(crm, rows))
        elif self.deletes and (crm.habits.has_feed or (len(rows) > 1 and not self._deleted.get(crm.name))):
            self._end(crm, rows, what)  # a list that is empty, or has shrunk by two, stops the stream

    def _of_interest(self, crm: Crm, rows: Sequence[Row]) -> tuple[Row, Sequence[str]]:
        """A record, and the fields of it that somebody looks at."""
        if self.rng.random() < self.focus:
            last = crm.chronicle.deeds[-1]
            same = next((row for row in rows if row.now.fields.get(MARK) == last.mark), None)
            if same is not None:
                return same, [name for name in FIELDS if name in last.after] or FIELDS
        return self.rng.choice(rows), FIELDS

    def share(self) -> None:
        """A company that everybody knew before anything was connected: each CRM has its own record of it."""
        mark = self._mark()
        self._shared.add(mark)
        for crm in self.crms:
            self.create(crm, mark)

    def create(self, crm: Crm, mark: str | None = None) -> None:
        """Somebody makes a record."""
        self._done("create")
        fields = {MARK: mark or self._mark(), "name": self._text("name", crm)}
        more = [name for name in FIELDS[1:] if self.rng.random() < 0.7]
        crm.create(fields | {name: self._text(name, crm) for name in more}, who="user")

    def _mark(self) -> str:
        self._made += 1
        return f"M{self._made}"

    def _done(self, what: str) -> None:
        self.edits += 1
        self.did[what] += 1

    def _edit(self, crm: Crm, row: Row, among: Sequence[str] = FIELDS, as_what: str = "edit") -> None:
        wanted: dict[str, str | None] = {}
        for name in self.rng.sample(among, min(len(among), self.rng.choice([1, 1, 1, 2]))):
            if name != "name" and self.rng.random() < 0.1:
                wanted[name] = None
            else:
                wanted[name] = self._value(crm, row, name)
        tidy = {name: crm.habits.tidied(name, value) for name, value in wanted.items()}
        if any(row.now.fields.get(name) != value for name, value in tidy.items()):
            self._done("clear" if None in wanted.values() else as_what)
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

    def _end(self, crm: Crm, rows: Sequence[Row], what: str) -> None:
        """A record is there no more, and what it said may stand elsewhere."""
        row = self.rng.choice(rows)
        if what == "merge" and len(rows) > 1:
            self._merge(crm, row, self.rng.choice([other for other in rows if other is not row]))
        elif what == "convert":
            self._convert(crm, row)
        else:
            self._done("delete")
            crm.delete(row, who="user")
        self._deleted[crm.name] = self._deleted.get(crm.name, 0) + 1

    def _merge(self, crm: Crm, row: Row, master: Row) -> None:
        """The master keeps what it has, and takes from the other record what it lacks, or what somebody chose."""
        taken = {
            name: value
            for name in FIELDS
            if (value := row.now.fields.get(name)) is not None
            and (master.now.fields.get(name) is None or self.rng.random() < 0.3)
        }
        self._done("merge")
        if taken:
            self.edits += 1
            crm.edit(master, taken, who="user")
        crm.delete(row, who="user")

    def _convert(self, crm: Crm, row: Row) -> None:
        """What a lead was is another record now, which nobody has an external key of."""
        self._done("convert")
        self.edits += 1
        crm.delete(row, who="user")
        crm.create({**row.now.fields, MARK: self._mark(), KEY: None}, who="user")

    def _restore(self, crm: Crm) -> None:
        live = {row.now.fields.get(MARK) for row in crm.live()}  # nobody brings back what has been made anew
        live |= self._shared - {
            deed.mark for deed in crm.chronicle.of("engine") if deed.crm == crm.name
        }  # nor a stranger
        last = {row.now.fields.get(MARK): row for row in crm.rows.values()}  # nor one of which there was another since
        dead = [row for mark, row in last.items() if row.now.is_deleted and mark not in live]
        elsewhere = {row.now.fields.get(MARK) for other in self.crms if other is not crm for row in other.live()}
        wanted = [row for row in dead if row.now.fields.get(MARK) in elsewhere]
        if dead:
            self._done("restore")
            crm.restore(self.rng.choice(wanted if wanted and self.rng.random() < 0.5 else dead))

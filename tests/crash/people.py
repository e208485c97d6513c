"""People who edit in two systems, and remember what they wanted.

Towns and sums are edited on the left, heads on the right, next steps on both: so for most fields it is known which
value must be there in the end, whatever died on the way.
"""

import random
from dataclasses import dataclass, field
from typing import Any

from tests.crash.vendors import Service

from crmbridge.sync.twoway.merging import Side
from crmbridge.testing.memory import MemoryStore, Row

COMPANIES = {Side.LEFT: "companies", Side.RIGHT: "customers"}
DEALS = {Side.LEFT: "deals", Side.RIGHT: "chances"}
TITLE = {Side.LEFT: "title", Side.RIGHT: "name"}
OWNED = {
    "town": (Side.LEFT, COMPANIES, {Side.LEFT: "town", Side.RIGHT: "place"}),
    "heads": (Side.RIGHT, COMPANIES, {Side.LEFT: "staff", Side.RIGHT: "heads"}),
    "sum": (Side.LEFT, DEALS, {Side.LEFT: "sum", Side.RIGHT: "worth"}),
}
"""Who edits a field, in which objects, and what it is called on each side."""
NEXT = {Side.LEFT: "todo", Side.RIGHT: "next"}


@dataclass
class People:
    """`wanted` is the last value that somebody gave a field, `steps` every next step that was ever given to a deal."""

    rng: random.Random
    servers: dict[Side, Service]
    wanted: dict[tuple[str, str], str] = field(default_factory=dict)
    steps: dict[str, set[str]] = field(default_factory=dict)
    titles: dict[str, dict[Side, str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    number: int = 0

    def store(self, side: Side) -> MemoryStore:
        """What a side holds."""
        return self.servers[side].store

    def row(self, side: Side, title: str) -> Row | None:
        """The live record of that title."""
        return next((row for row in self.store(side).live(self.titles[title][side]) if named(row, side) == title), None)

    def begin(self) -> None:
        """A company of eight and their deals, four known to each side, one to both."""
        for number in range(4):
            for side in Side:
                self.make_company(side)
                self.make_deal(side, list(self.titles)[2 * number])
        both = {"title": "Both", "reg": "R-both", "town": "Kiel"}, {"name": "Both", "number": "R-both", "place": "Kiel"}
        for side, fields in zip(Side, both, strict=True):
            self.store(side).put(COMPANIES[side], dict(fields))
        self.titles["Both"] = dict(COMPANIES)
        self.wanted["Both", "town"] = "Kiel"

    def make_company(self, side: Side) -> None:
        """Somebody enters a company."""
        title, town = self._new("Company"), self._new("Town")
        more = {"reg": f"R-{title}", "town": town} if side is Side.LEFT else {"number": f"R-{title}", "place": town}
        self.store(side).put(COMPANIES[side], {TITLE[side]: title, **more})
        self.titles[title] = dict(COMPANIES)
        self.wanted[title, "town"] = town

    def make_deal(self, side: Side, company: str) -> None:
        """Somebody enters a deal, with a company where his system knows it."""
        title, amount = self._new("Deal"), str(self._count())
        row = self.row(side, company)
        reference = row.external_id if row else None
        fields: dict[str, Any] = {TITLE[side]: title}
        if side is Side.LEFT:
            fields |= {"phase": "Talk", "company": reference, "sum": amount, "money": "EUR"}
        else:
            fields |= {"stage": "1", "customer": reference, "worth": amount, "currency": "EUR"}
        self.store(side).put(DEALS[side], fields)
        self.titles[title] = dict(DEALS)
        self.wanted[title, "sum"] = amount

    def act(self, times: int = 1) -> None:
        """Somebody does something."""
        for _ in range(times):
            self.rng.choices((self.edit, self.step, self.make, self.delete), (10, 4, 3, 1))[0]()

    def edit(self) -> None:
        """A field is edited by whoever owns it."""
        name = self.rng.choice(tuple(OWNED))
        side, objects, names = OWNED[name]
        title = self._some(objects)
        row = self.row(side, title) if title else None
        if title is None or row is None:
            return
        value = self._new("Town") if name == "town" else str(self._count())
        self.store(side).edit(objects[side], row.external_id, {names[side]: value})
        self.wanted[title, name] = value

    def step(self) -> None:
        """A next step is told on either side, perhaps on both at once."""
        title = self._some(DEALS)
        for side in self.rng.sample(tuple(Side), self.rng.choice((1, 2))):
            if title:
                self.tell_step(title, side)

    def tell_step(self, title: str, side: Side) -> None:
        """The next step of that deal is told on that side."""
        row = self.row(side, title)
        if row:
            said = self._new("Step")
            self.store(side).edit(DEALS[side], row.external_id, {NEXT[side]: said})
            self.steps.setdefault(title, set()).add(said)

    def make(self) -> None:
        """Something new, on either side."""
        side = self.rng.choice(tuple(Side))
        company = self._some(COMPANIES)
        if company is None or self.rng.random() < 0.4:
            self.make_company(side)
        else:
            self.make_deal(side, company)

    def delete(self) -> None:
        """A deal is deleted on the left, where both sides agree about it; nobody looks at it again."""
        if title := self._some(DEALS):
            self.delete_deal(title)

    def delete_deal(self, title: str) -> None:
        """That deal is deleted on the left, where both sides agree about it."""
        rows = {side: self.row(side, title) for side in Side}
        left, right = rows[Side.LEFT], rows[Side.RIGHT]
        if left is None or right is None or self.differing(title, left, right):
            return
        self.store(Side.LEFT).delete(DEALS[Side.LEFT], left.external_id)
        self.gone.add(title)

    def differing(self, title: str, left: Row, right: Row) -> list[str]:
        """The fields in which two rows differ, or are not what somebody wanted."""
        rows = {Side.LEFT: left, Side.RIGHT: right}
        found = []
        for name, (_, objects, names) in OWNED.items():
            if self.titles[title] == objects:
                shown = {str(rows[side].fields.get(names[side]) or "") for side in Side}
                if shown != {self.wanted.get((title, name), "")}:
                    found.append(f"{name} of {title}: {shown}, wanted {self.wanted.get((title, name))}")
        if self.titles[title] == DEALS:
            said = {str(rows[side].fields.get(NEXT[side]) or "") for side in Side}
            if len(said) > 1 or not said <= self.steps.get(title, {""}):
                found.append(f"next step of {title}: {said} of {self.steps.get(title)}")
        return found

    def _some(self, objects: dict[Side, str]) -> str | None:
        titles = [title for title, where in self.titles.items() if where == objects and title not in self.gone]
        return self.rng.choice(titles) if titles else None

    def _new(self, what: str) -> str:
        return f"{what} {self._count()}"

    def _count(self) -> int:
        self.number += 1
        return self.number


def named(row: Row, side: Side) -> str:
    """What a record is called."""
    return str(row.fields[TITLE[side]])

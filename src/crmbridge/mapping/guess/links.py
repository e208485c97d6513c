"""Which object a reference points at: a column whose values are contained in the key of another object.

Where the records are named by another unique column than the key (owners by name, not by number), that column becomes
the key. Where no object holds them, one of the distinct values is proposed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.mapping.guess.profile import Column, Sample
from crmbridge.mapping.guess.rule import KindGuess, Projection, Rekey
from crmbridge.mapping.guess.words import placeholders, squeeze
from crmbridge.model.kinds import kind
from crmbridge.model.notes import Note

_CONTAINED = 0.5
_MOST_ALIASES = 50
_NEVER_PROJECTED = frozenset({"modified_by"})
_PROJECTED_KINDS = {
    "user": "owners", "account": "customers", "contact": "contacts", "product": "products", "org_unit": "offices"
}  # fmt: skip
_BY_FIELD = {"manager": "managers", "created_by": "creators", "assignee": "assignees", "actor": "actors"}
Place = tuple[str, str]
"""An object and a field of it."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a reference reads: its column, the object it points at (None: nobody knows), spellings, what it rests on."""

    column: str
    target: str | None
    evidence: str
    values: Mapping[str, str] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    questions: tuple[Note, ...] = ()


@dataclass(slots=True)
class Links:
    """Every reference of every object, the keys it takes, and the objects to be added."""

    guesses: Sequence[KindGuess]
    samples: Mapping[str, Sample]
    projects: bool
    may_rekey: bool
    found: dict[Place, Link] = field(default_factory=dict)
    keys: list[Rekey] = field(default_factory=list)
    projections: list[Projection] = field(default_factory=list)

    def resolve(self) -> None:
        """Finds all of it: keys first, then what is contained in them, then what has no home."""
        chosen = {guess.info.name: self._key(guess) for guess in self.guesses}
        homeless: list[tuple[Place, str, tuple[str, ...]]] = []
        for guess, name, target, columns in self._references():
            link = self._linked(guess, name, target, columns, chosen)
            if link is not None:
                self.found[guess.info.name, name] = link
            else:
                homeless.append(((guess.info.name, name), target, columns))
        homeless.sort(key=lambda one: (one[0][1] in _BY_FIELD, -len(self._column(one[0][0], one[2][0]).values)))
        for place, target, columns in homeless:
            self.found[place] = self._housed(place, target, columns)

    def _references(self) -> Iterator[tuple[KindGuess, str, str, tuple[str, ...]]]:
        for guess in self.guesses:
            for one in kind(guess.kind).references:
                columns = guess.columns.get(one.name, ())
                filled = tuple(name for name in columns if self._column(guess.info.name, name).filled)
                if filled or (columns and guess.info.name not in self.samples):
                    yield guess, one.name, one.target or "", filled or columns

    def _column(self, object_name: str, column: str) -> Column:
        found = self.samples.get(object_name)
        return found.column(column) if found else Column()

    def _key(self, guess: KindGuess) -> str | None:
        """The column that others name an object's records by: its key, or another that more of them use."""
        object_name, own = guess.info.name, guess.info.key_field
        held = self.samples.get(object_name)
        if held is None or not self.may_rekey:
            return own
        counted = {column: self._uses(guess, column) for column in held.columns if held.is_key(column)}
        best = max(counted, key=lambda column: (counted[column], column == own), default=own)
        if best is None or best == own or not counted.get(best):
            return own
        note = Note(
            "KEY_NAMED_BY_OTHERS",
            "{column} is the key of {object}: {count} columns of other objects name its records by it, {others} by"
            " {key}",
            {
                "object": object_name,
                "column": best,
                "count": counted[best],
                "others": counted.get(own or "", 0),
                "key": own or "*",
            },
        )
        self.keys.append(Rekey(object_name, best, note))
        return best

    def _uses(self, guess: KindGuess, column: str) -> int:
        """How many references hold values of that column."""
        home = self._column(guess.info.name, column)
        return sum(
            any(self._share(self._column(other.info.name, name), home)[0] >= _CONTAINED for name in columns)
            for other, _, target, columns in self._references()
            if target == guess.kind
        )

    @staticmethod
    def _share(column: Column, home: Column) -> tuple[float, list[str]]:
        """How much of a column's different values another one holds, and those it does not."""
        values = [value for value in column.values if value.casefold() not in placeholders()]
        missing = [value for value in values if not home.holds(value)]
        return (1 - len(missing) / len(values) if values else 0.0), missing

    def _linked(
        self, guess: KindGuess, name: str, target: str, columns: Iterable[str], keys: Mapping[str, str | None]
    ) -> Link | None:
        """The reference to the object that holds most of its values; None where none holds half of them."""
        best: tuple[float, str, str, list[str]] | None = None
        homes = [other.info.name for other in self.guesses if other.kind == target]
        for column in columns:
            for home in homes:
                key = keys[home]
                if guess.info.name not in self.samples:
                    return Link(column, home, "by its name; no records were looked at")
                if key is None or (home == guess.info.name and column == key):
                    continue
                share, missing = self._share(self._column(guess.info.name, column), self._column(home, key))
                if share >= _CONTAINED and (best is None or share > best[0]):
                    best = (share, column, home, missing)
        return None if best is None else self._told(guess.info.name, name, best, keys)

    def _told(
        self, object_name: str, name: str, best: tuple[float, str, str, list[str]], keys: Mapping[str, str | None]
    ) -> Link:
        _, column, home, missing = best
        key = keys[home] or ""
        total = [v for v in self._column(object_name, column).values if v.casefold() not in placeholders()]
        evidence = f"{len(total) - len(missing)} of {len(total)} different values are keys ({key}) of {home}"
        alike = _aliases(missing, self._column(home, key).values)
        if alike:
            evidence += f"; {len(alike)} more but for spaces and signs"
        lost = [value for value in missing if value not in alike]
        notes: tuple[Note, ...] = ()
        if lost:
            told: dict[str, object] = {
                "object": object_name,
                "column": column,
                "field": name,
                "count": len(lost),
                "target": home,
                "examples": ", ".join(lost[:5]),
            }
            notes = (
                Note(
                    "ASK_LINK",
                    "{object}: {count} values of {column} are in no key of {target}, such as {examples}: what are they?"
                    " Those records have no {field}",
                    told,
                ),
            )
        return Link(column, home, evidence, alike, self._empty(object_name, column), notes)

    def _empty(self, object_name: str, column: str) -> tuple[str, ...]:
        return tuple(v for v in self._column(object_name, column).values if v.casefold() in placeholders())

    def _housed(self, place: Place, target: str, columns: Sequence[str]) -> Link:
        """The reference to the distinct values of a column as an object of their own, or the question for one."""
        object_name, name = place
        column = columns[0]
        role = _BY_FIELD.get(name) or _PROJECTED_KINDS.get(target)
        held = self._column(object_name, column)
        told: dict[str, object] = {"object": object_name, "column": column, "field": name, "target": target}
        if role is None or name in _NEVER_PROJECTED or not held.values:
            note = Note(
                "ASK_TARGET",
                "{object}: which object do the values of {column} belong to? None is of the kind {target}",
                told,
            )
            return Link(column, None, "", {}, (), (note,))
        if not self.projects:
            note = Note(
                "ASK_TARGET",
                "{object}: no object holds the values of {column}; add one of its distinct values to crmbridge.toml,"
                " map it as {target}, and name it here",
                told,
            )
            return Link(column, None, "", {}, (), (note,))
        for made in self.projections:
            home = self._column(made.object, made.column)
            share, missing = self._share(held, home)
            if made.kind == target and share >= _CONTAINED:
                said = f"{len(held.values) - len(missing)} of {len(held.values)} different values are in {made.name}"
                return Link(column, made.name, said, {}, self._empty(object_name, column))
        made = self._project(place, column, target, role)
        said = f"its {len(held.values)} different values, as an object of their own"
        return Link(column, made.name, said, {}, self._empty(object_name, column))

    def _project(self, place: Place, column: str, target: str, role: str) -> Projection:
        taken = {*self.samples, *(guess.info.name for guess in self.guesses), *(one.name for one in self.projections)}
        folded = {name.casefold() for name in taken}
        name, number = role, 2
        while name in folded:
            name, number = f"{role}_{number}", number + 1
        note = Note(
            "DISTINCT_VALUES",
            "{object} has no table of its own: it is the {count} different values of {column} in {source}",
            {
                "object": name,
                "count": len(self._column(place[0], column).values),
                "column": column,
                "source": place[0],
            },
        )
        made = Projection(name, place[0], column, target, note)
        self.projections.append(made)
        return made


def _aliases(missing: Sequence[str], keys: Iterable[str]) -> dict[str, str]:
    """Values that are a key but for case, spaces and signs, where only one key is so like them."""
    by_form: dict[str, list[str]] = {}
    for key in keys:
        by_form.setdefault(squeeze(key), []).append(key)
    near = {value: by_form.get(squeeze(value), []) for value in missing}
    found = {value: homes[0] for value, homes in near.items() if len(homes) == 1 and squeeze(value)}
    return found if len(found) <= _MOST_ALIASES else {}

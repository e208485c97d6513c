"""`[pairs.NAME]`: which connections are kept in step, and by which rules; everything wrong with them at once.

A pair names two connections, and pairs may not lead records of one kind from a connection back to itself: an edit would
go round, and nobody could say whose it is. Deals that go one way and contacts that go another are no ring.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from crmbridge.model import documents, kinds
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.mirror import Mirror

PolicyName = Literal["left", "right", "newest", "review", "left-owns", "right-owns"]
_CREATES: dict[str, frozenset[Side]] = {
    "both": frozenset(Side),
    "left": frozenset({Side.LEFT}),
    "right": frozenset({Side.RIGHT}),
    "none": frozenset(),
}


class PairSection(BaseModel):
    """One pair. `fields` names a field (`stage`, or `deal.stage`) that has another policy than the pair.

    `creates` is the side on which records may be made that the other side has; `deletes` whether a deletion on one
    side is carried to the other, `"cancel"` cancels there; `create_probable` whether a record is made although it is
    probably there already. `only` names fields and the values with which a record is made at all, `boards` people,
    managers and teams with the object in which what is theirs is made, `remakes` whether what was deleted where it was
    made is made again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    left: str
    right: str
    kinds: tuple[str, ...] = Field(min_length=1)
    policy: PolicyName = "review"
    fields: dict[str, PolicyName] = Field(default_factory=dict)
    creates: Literal["both", "left", "right", "none"] = "both"
    deletes: bool | Literal["cancel"] = False
    create_probable: bool = False
    only: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    boards: dict[str, str] = Field(default_factory=dict)
    remakes: bool = False

    @property
    def connections(self) -> tuple[str, str]:
        """Both connections, the left one first."""
        return self.left, self.right

    @property
    def policies(self) -> dict[str, Policy]:
        """The fields that have a policy of their own."""
        return {name: Policy(policy) for name, policy in self.fields.items()}

    @property
    def creating(self) -> frozenset[Side]:
        """The sides on which records may be made."""
        return _CREATES[self.creates]

    @property
    def mirror(self) -> Mirror:
        """Which records are made, and where."""
        return Mirror(self.only, self.boards, remakes=self.remakes, cancels=self.deletes == "cancel")

    @property
    def ordered_kinds(self) -> tuple[str, ...]:
        """The kinds, those that others point at first."""
        return tuple(sorted(set(self.kinds), key=kinds.KIND_NAMES.index))


def problems(
    document: documents.TomlText, pairs: Mapping[str, PairSection], connections: Iterable[str]
) -> Iterator[ConfigError]:
    """Everything wrong with the pairs that a look at one key cannot tell, each with its line and the nearest name."""
    known = list(connections)
    for name, pair in pairs.items():
        yield from _names(document, name, pair, known)
        yield from _fields(document, name, pair)
    yield from _rings(document, pairs)
    yield from _handed_on(document, pairs)


def _names(document: documents.TomlText, name: str, pair: PairSection, known: list[str]) -> Iterator[ConfigError]:
    for side, connection in zip(Side, pair.connections, strict=True):
        if connection not in known:
            text = "{file}:{line}: {key}: there is no connection {value}"
            yield _wrong(document, ("pairs", name, side.value), text, connection, known)
    if pair.left == pair.right:
        path = ("pairs", name, "right")
        text = "{file}:{line}: {key}: {value} cannot be kept in step with itself"
        yield ConfigError(text, **_place(document, path), value=pair.right, hint="name another connection")
    for kind_name in pair.kinds:
        if kind_name not in kinds.KIND_NAMES:
            text = "{file}:{line}: {key}: there is no kind {value}"
            yield _wrong(document, ("pairs", name, "kinds"), text, kind_name, kinds.KIND_NAMES)


def _fields(document: documents.TomlText, name: str, pair: PairSection) -> Iterator[ConfigError]:
    there = [kind_name for kind_name in pair.kinds if kind_name in kinds.KIND_NAMES]
    for table, written in [*(("fields", one) for one in pair.fields), *(("only", one) for one in pair.only)]:
        path = ("pairs", name, table, written)
        kind_name, dot, field = written.rpartition(".")
        if dot and kind_name not in there:
            text = "{file}:{line}: {key}: the pair has no kind {value}"
            yield _wrong(document, path, text, kind_name, there)
            continue
        mergeable = _mergeable([kind_name] if dot else there)
        if field not in mergeable:
            text = "{file}:{line}: {key}: {value} is no field that is kept in step"
            yield _wrong(document, path, text, field, mergeable)
        elif table == "only":
            yield from _values(document, path, pair, [kind_name] if dot else there, field)


def _values(
    document: documents.TomlText, path: documents.Path, pair: PairSection, there: Iterable[str], field: str
) -> Iterator[ConfigError]:
    """Values that a field never has, of those with which a record is made."""
    specs = [kinds.kind(one).fields[field] for one in there if field in kinds.kind(one).fields]
    known = [value for spec in specs for value in spec.values]
    for value in pair.only[str(path[-1])] if known else ():
        if value not in known:
            text = "{file}:{line}: {key}: {value} is no value of it"
            yield _wrong(document, path, text, value, known)


def _mergeable(kind_names: Iterable[str]) -> list[str]:
    from crmbridge.sync.twoway.pairs import NEVER  # noqa: PLC0415 - only where a pair names fields wrongly

    return sorted({field for name in kind_names for field in kinds.kind(name).fields} - NEVER)


def _rings(document: documents.TomlText, pairs: Mapping[str, PairSection]) -> Iterator[ConfigError]:
    """Pairs over the same connections, and those that close a way round for records of one kind; each is told once."""
    over: dict[frozenset[str], str] = {}
    joined: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for name, pair in pairs.items():
        if pair.left == pair.right:
            continue
        both, place = frozenset(pair.connections), _place(document, ("pairs", name))
        if both in over:
            text = "{file}:{line}: {key}: {left} and {right} are the pair {other} already"
            names = {"left": pair.left, "right": pair.right, "other": over[both]}
            yield ConfigError(text, **place, **names, hint="give one of them more kinds, and take the other out")
            continue
        over[both] = name
        ways = {kind_name: _way(joined.get(kind_name, {}), pair.left, pair.right) for kind_name in pair.kinds}
        ring = next(((kind_name, way) for kind_name, way in ways.items() if way), None)
        if ring is not None:
            yield _ring(place, pair, *ring)
        for kind_name in pair.kinds:
            ends = joined.setdefault(kind_name, {})
            ends.setdefault(pair.left, []).append((pair.right, name))
            ends.setdefault(pair.right, []).append((pair.left, name))


def _handed_on(document: documents.TomlText, pairs: Mapping[str, PairSection]) -> Iterator[ConfigError]:
    """Fields that one side owns, of kinds that the other shares with a third: what is put back would be handed on."""
    for name, pair in pairs.items():
        owners = {policy.owner for policy in (Policy(pair.policy), *pair.policies.values()) if policy.owner is not None}
        for side in Side:
            connection = pair.connections[side is Side.RIGHT]
            if not any(owner.value != side.value for owner in owners):
                continue
            other = next((it for it, one in pairs.items() if it != name and _shares(pair, one, connection)), None)
            if other is not None:
                text = "{file}:{line}: {key}: what {connection} changes is put back, and the pair {other} hands it on"
                hint = "take -owns out of {key}, or {connection} out of {other}"
                place = _place(document, ("pairs", name))
                yield ConfigError(text, **place, connection=connection, other=other, hint=hint)


def _shares(pair: PairSection, other: PairSection, connection: str) -> bool:
    return connection in other.connections and not set(pair.kinds).isdisjoint(other.kinds)


def _way(joined: Mapping[str, Sequence[tuple[str, str]]], start: str, end: str) -> list[tuple[str, str]]:
    """The shortest way over pairs from a connection to another, as (connection, by which pair); empty for none."""
    before: dict[str, tuple[str, str]] = {}
    waiting = [start]
    for one in waiting:
        for other, pair in joined.get(one, ()):
            if other != start and other not in before:
                before[other] = (one, pair)
                waiting.append(other)
    way: list[tuple[str, str]] = []
    at = end
    while at in before:
        at, pair = before[at]
        way.insert(0, (at, pair))
    return way


def _ring(
    place: Mapping[str, object], pair: PairSection, kind_name: str, way: Sequence[tuple[str, str]]
) -> ConfigError:
    return ConfigError(
        "{file}:{line}: {key} makes a ring for records of the kind {kind}: {ring}",
        **place,
        kind=kind_name,
        ring=" - ".join([*(connection for connection, _ in way), pair.right, pair.left]),
        pairs=", ".join(name for _, name in way),
        hint="take {kind} out of one of them ({key}, or {pairs})",
    )


def _wrong(
    document: documents.TomlText, path: documents.Path, text: str, value: str, known: Iterable[str]
) -> ConfigError:
    near = suggestion(value, known)
    return ConfigError(text, **_place(document, path), value=value, nearest=near, hint="did you mean {nearest}?")


def _place(document: documents.TomlText, path: documents.Path) -> dict[str, object]:
    return {"file": document.file, "line": document.line(path), "key": ".".join(map(str, path))}

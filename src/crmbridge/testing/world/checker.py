"""Looks for broken promises: sees what people and the engine did in the CRMs, what these hold, and the conflict log.

I1   the sides agree: each shows what the other does, in its own form
I2   an edit is final, or somebody who saw it changed it, or it is in the log of conflicts
I3   a run after agreement writes nothing; no value appears that nobody typed
     what a person has answered to a question is final too, unless somebody has edited since
I4   what is delivered once more changes nothing in the ledger and nothing in the CRMs
I5   at no moment one side holds two records that are one
I6   the same changes, told in another order, come to the same
I7   the engine deletes a record only while its peer is deleted, by a person, and nothing of it was edited since; it
     keeps nothing as deleted that was not
I8   the engine writes no more often than people edit, times the sides, and what went wrong; after so many calls in a
     row without an answer it makes none for a while
I9   no cursor is kept without what was read before it
I12  nothing was written before a person had approved it; a plan writes nothing until it is carried out, and then what
     it says
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import orjson

from crmbridge.testing.world import mappings
from crmbridge.testing.world.chronicle import Deed
from crmbridge.testing.world.crm import Crm, Row
from crmbridge.testing.world.deletions import deletions
from crmbridge.testing.world.habits import FIELDS, MARK, SPOILT, fold
from crmbridge.testing.world.line import too_soon
from crmbridge.testing.world.scenario import Lived


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise."""

    seed: int
    promise: str
    about: str

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.promise} {self.about}"

    @classmethod
    def read(cls, told: str) -> Self:
        """One that was told so."""
        head, _, rest = told.partition(": ")
        promise, _, about = rest.partition(" ")
        return cls(int(head.removeprefix("seed ")), promise, about)


def check(lived: Lived) -> list[Violation]:
    """Every promise that this seed broke."""
    if lived.crash is not None:
        return [Violation(lived.seed, "crash", lived.crash)]
    found = [("I8", told) for told in _calls(lived)]
    found += [("I1", told) for told in _convergence(lived)]
    found += [("I2", told) for told in _lost(lived)]
    found += [("I3", told) for told in _echoes(lived)]
    found += [("I5", told) for told in _doubles(lived)]
    found += [("I7", told) for told in deletions(lived)]
    found += [("I2", told) for told in _unheard(lived)]
    found += [("I2", told) for told in _ascribed(lived)]
    found += [("I6", told) for told in lived.differs_by_order]
    found += [("I2", told) for crm in lived.crms for told in crm.unsettled]
    found += [("I7", told) for told in lived.undeleted]
    found += [("I9", told) for told in lived.unfounded]
    found += [("I12", told) for told in lived.unplanned]
    if lived.is_changed_by_again:
        found.append(("I4", "everything was delivered once more, and something changed"))
    if lived.wrote_unasked:
        found.append(("I12", "something was written before the first approval"))
    return [Violation(lived.seed, promise, about) for promise, about in found]


def _rows(crm: Crm, *, is_deleted: bool = False) -> dict[str, Row]:
    return {str(r.now.fields.get(MARK)): r for r in crm.rows.values() if r.now.is_deleted is is_deleted}


def _questions(lived: Lived) -> set[tuple[str, str, str]]:
    """(pair, mark, field) of what waits for a person; the marks are found by the values that the log names.

    A value that stands in several records may be asked about in each of them.
    """
    typed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for deed in lived.chronicle.deeds:
        for name in FIELDS:
            if (value := fold(deed.after.get(name))) is not None:
                typed[name, value].add(str(deed.mark))
    for answer in lived.chronicle.answers:  # an answer that was contradicted before it had arrived is asked about
        if (said := fold(answer.value)) is not None:
            typed[answer.name, said].add(answer.mark)
    found: set[tuple[str, str, str]] = set()
    for one in lived.conflicts:
        asked = mappings.field_of(one.field)
        if one.settled_us is None and asked is not None:
            for _, value, _ in orjson.loads(one.candidates):
                marks = typed.get((asked, fold(value) or ""), set())
                found |= {(one.pair, mark, asked) for mark in marks}
    return found


def _is_spoilt(row: Row) -> bool:
    return any(value is not None and SPOILT in value for value in row.now.fields.values())


def _convergence(lived: Lived) -> Iterator[str]:
    asked, torn = _questions(lived), _torn(lived)
    for left, right in lived.pairs:
        here, there = _rows(left), _rows(right)
        dead = _rows(left, is_deleted=True).keys() | _rows(right, is_deleted=True).keys()
        is_picky = left.habits.refuses or right.habits.refuses
        if lived.deletes:
            yield from _undelivered(lived, left, right)
            yield from _undelivered(lived, right, left)
        for mark in sorted(here.keys() | there.keys()):
            one, other = here.get(mark), there.get(mark)
            if mark in dead | torn or (is_picky and any(row is not None and _is_spoilt(row) for row in (one, other))):
                continue
            if one is None or other is None:
                yield f"{mark} is in one of {left.name}, {right.name} only"
                continue
            for name in FIELDS:
                values = one.now.fields.get(name), other.now.fields.get(name)
                if not _agree(left, right, name, values) and (left.name + right.name, mark, name) not in asked:
                    yield f"{mark}.{name}: {left.name} has {values[0]!r}, {right.name} has {values[1]!r}"


def _undelivered(lived: Lived, left: Crm, right: Crm) -> Iterator[str]:
    """Of each record that somebody deleted on the left and that is still there, and the same, on the right."""
    last: dict[tuple[str, str | None], Deed] = {}
    restored = set()
    for deed in lived.chronicle.deeds:
        if deed.op != "edit":
            last[deed.crm, deed.mark] = deed
        if deed.op == "restore":
            restored.add(deed.mark)
    dead, live = _rows(left, is_deleted=True), _rows(right)
    for mark in sorted((dead.keys() & live.keys()) - _rows(left).keys() - restored):
        gone, there = last[left.name, mark], last[right.name, mark]
        is_same = not _is_unlike(dead[mark], live[mark]) and not _is_own(lived.chronicle.deeds, gone, there)
        if gone.who == "user" and there.number < gone.number and is_same and not _is_unsure(lived, left, dead[mark]):
            yield f"{mark} was deleted in {left.name} and is still in {right.name}"


def _is_unsure(lived: Lived, crm: Crm, dead: Row) -> bool:
    """Whether it was deleted before the engine heard that its last update had arrived: nobody knows which was seen."""
    deeds = [deed for deed in lived.chronicle.deeds if (deed.crm, deed.external_id) == (crm.name, dead.external_id)]
    last = deeds[-2]
    return (last.who, last.op) == ("engine", "edit") and crm.heard.get(dead.external_id, 0) < dead.versions[-2].number


def _is_unlike(one: Row, other: Row) -> bool:
    return any(fold(one.now.fields.get(name)) != fold(other.now.fields.get(name)) for name in FIELDS)


def _is_own(deeds: Sequence[Deed], gone: Deed, there: Deed) -> bool:
    """Whether somebody typed there what it shows, and the engine never carried it to where the record was deleted.

    It may be what the deleted one showed, and yet an edit that nobody who deleted had seen: it is not deleted for that.
    """
    own: dict[str, str | None] = {}
    for deed in deeds:
        where = (deed.crm, deed.mark)
        if where == (there.crm, there.mark) and deed.op == "edit":
            own = {name: value for name, value in own.items() if name not in deed.after}
            own |= {name: fold(deed.after[name]) for name in FIELDS if name in deed.after and deed.who == "user"}
        elif where == (gone.crm, gone.mark) and deed.who == "engine":
            own = {name: value for name, value in own.items() if value != fold(deed.after.get(name))}
    return bool(own)


def _agree(left: Crm, right: Crm, name: str, values: tuple[str | None, str | None]) -> bool:
    """Whether each side shows what the other does in its own form; numbers of phones are compared by their digits."""
    if name == "phone":
        return fold(values[0]) == fold(values[1])
    one, other = (value if value is None else value.strip() or None for value in values)
    return right.habits.tidied(name, one) == other or left.habits.tidied(name, other) == one


def _lost(lived: Lived) -> Iterator[str]:
    logged = _logged(lived)
    shown: dict[tuple[str, str, str], set[str | None]] = defaultdict(set)
    for crm in lived.crms:
        for row in crm.rows.values():
            for name in FIELDS:
                shown[crm.name, str(row.now.fields.get(MARK)), name].add(fold(row.now.fields.get(name)))
    dead = {(crm.name, mark) for crm in lived.crms for mark in _rows(crm, is_deleted=True)}
    for deed in lived.chronicle.of("user"):
        if deed.op not in {"create", "edit"} or (deed.crm, str(deed.mark)) in dead:
            continue
        for name, value in deed.after.items():
            if name not in FIELDS or (deed.op == "create" and value is None):
                continue
            typed = fold(value)
            if typed in shown[deed.crm, str(deed.mark), name] or (name, typed) in logged:
                continue
            if not _is_superseded(lived.chronicle.deeds, deed, name) and not _is_undone(
                lived.chronicle.deeds, deed, name
            ):
                yield f"{deed.mark}.{name}: {value!r} of {deed.crm} (deed {deed.number}) is nowhere"


def _is_superseded(deeds: Sequence[Deed], lost: Deed, name: str) -> bool:
    """Whether somebody who saw the value typed another over it, or the engine could not have seen it there."""
    typed = fold(lost.after[name])
    for deed in deeds:
        if deed.mark != lost.mark or name not in deed.after or deed is lost:
            continue
        is_here = (deed.crm, deed.external_id) == (lost.crm, lost.external_id)
        if fold(deed.before.get(name)) == typed and (deed.who == "user" or (deed.is_blind and is_here)):
            return True
        if deed.number > lost.number and deed.who == "user" and fold(deed.after[name]) == typed:
            return True
    return False


def _is_undone(deeds: Sequence[Deed], back: Deed, name: str) -> bool:
    """Whether somebody typed again what had stood there before: whoever did not look meanwhile saw no edit."""
    typed = fold(back.after[name])
    place = (back.crm, back.external_id)
    earlier = (deed for deed in deeds[: back.number] if (deed.crm, deed.external_id) == place and name in deed.after)
    return any(typed in {fold(deed.after[name]), fold(deed.before.get(name))} for deed in earlier)


def _logged(lived: Lived) -> set[tuple[str, str | None]]:
    found: set[tuple[str, str | None]] = set()
    for one in lived.conflicts:
        name = mappings.field_of(one.field)
        if name is not None:
            found |= {(name, fold(value)) for _, value, _ in orjson.loads(one.candidates)}
    return found


def _echoes(lived: Lived) -> Iterator[str]:
    """Writes after agreement, and values that nobody typed: not in the form in which they can have come there."""
    if lived.echoes:
        yield f"{lived.echoes} writes after both sides agreed"
    typed: dict[tuple[str | None, str], set[tuple[str, str]]] = defaultdict(set)
    for answer in lived.chronicle.answers:
        if answer.value is not None:
            typed[answer.mark, answer.name] |= {(crm.name, answer.value) for crm in lived.crms}
    for deed in lived.chronicle.deeds:
        for name, value in deed.after.items():
            if name not in FIELDS or value is None:
                continue
            known = typed[deed.mark, name]
            if deed.who == "user":
                known.add((deed.crm, value))
            elif not any(_is_carried(lived.crms, one, deed.crm, name=name, shown=value) for one in known):
                yield f"{deed.mark}.{name}: nobody typed {value!r} (deed {deed.number})"


def _is_carried(crms: Sequence[Crm], typed: tuple[str, str], to: str, *, name: str, shown: str) -> bool:
    """Whether a CRM shows what was typed in one of them as each on the way from there tidies it up."""
    at, value = typed
    if name == "phone":
        return fold(shown) == fold(value)
    names = [crm.name for crm in crms]
    first, last = names.index(at), names.index(to)
    way = crms[first : last + 1] if first <= last else [*reversed(crms[last : first + 1])]
    found: str | None = value.strip()
    for crm in way:
        found = crm.habits.tidied(name, found)
    return shown.strip() == (found or "").strip()


def _torn(lived: Lived) -> set[str]:
    """Marks of which a create was on its way while somebody brought the record back that it was to stand for."""
    late = {(crm.name, number) for crm in lived.crms for number in crm.landed}
    back: dict[tuple[str, str | None], Deed] = {}
    found = set()
    for deed in lived.chronicle.deeds:
        place = (deed.crm, deed.mark)
        if deed.op == "restore":
            back[place] = deed
        elif deed.op == "delete":
            back.pop(place, None)
        elif deed.op == "create" and deed.who == "engine" and place in back:
            is_late = (deed.crm, deed.number) in late
            found |= {str(deed.mark)} if is_late or back[place].number >= _looked(lived, deed) else set()
    return found


def _looked(lived: Lived, made: Deed) -> int:
    """So many deeds had been done when the engine last looked for what was there, before it made a record."""
    calls = (one for one in reversed(lived.chronicle.calls[: made.calls]) if one.crm == made.crm)
    return next((one.deeds for one in calls if one.what in {"find", "pull"}), 0)


def _doubles(lived: Lived) -> Iterator[str]:
    held: dict[tuple[str, str | None], set[str]] = defaultdict(set)
    torn = _torn(lived)
    for deed in lived.chronicle.deeds:
        place = held[deed.crm, deed.mark]
        if deed.op == "delete":
            place.discard(deed.external_id)
        else:
            place.add(deed.external_id)
        if deed.op == "create" and len(place) > 1 and deed.mark not in torn:
            yield f"{deed.crm} holds {deed.mark} as {', '.join(sorted(place))} (deed {deed.number})"


def _ascribed(lived: Lived) -> Iterator[str]:
    """Of each conflict that a side has won by something that nobody typed there.

    Where a person was asked, both sides' present values stood to choose, whoever they came from. What the third system
    shows is the word of the pair behind a side, wherever it was typed.
    """
    names = [crm.name for crm in lived.crms]
    typed: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
    for deed in lived.chronicle.of("user"):
        typed[deed.crm] |= {(name, fold(value)) for name, value in deed.after.items()}
    for answer in lived.chronicle.answers:
        for crm in answer.crms:
            typed[crm].add((answer.name, fold(answer.value)))
    asked = {(c.pair, c.record_id, c.field) for c in lived.conflicts if c.settled_us != c.opened_us}
    for one in lived.conflicts:
        name, value = mappings.field_of(one.field), None if one.value is None else orjson.loads(one.value)
        if (one.pair, one.record_id, one.field) in asked or one.winner not in {"left", "right"} or value is None:
            continue
        at = names.index(one.pair[1])
        there = names[:at] if one.winner == "left" else names[at:]
        beyond = lived.crms[: at - 1] if one.winner == "left" else lived.crms[at + 1 :]
        is_another_pairs = any(_showed(crm, name, value, one.opened_us) for crm in beyond)
        if name in FIELDS and not is_another_pairs and not any((name, fold(value)) in typed[crm] for crm in there):
            yield f"{one.field} of {one.pair}: nobody typed {value!r} on the {one.winner}"


def _showed(crm: Crm, name: str | None, value: str, at_us: int) -> bool:
    """Whether a record of the third system showed that then: the pair behind a side has brought it, and insists."""
    versions = (next((v for v in reversed(row.versions) if v.at_us <= at_us), None) for row in crm.rows.values())
    return any(one is not None and fold(one.fields.get(str(name))) == fold(value) for one in versions)


def _unheard(lived: Lived) -> Iterator[str]:
    """Of each answer to a question about what both sides showed, and that is not what they show in the end."""
    if len(lived.crms) > 2:
        return  # what the third system says may come between
    rows = [_rows(crm) for crm in lived.crms]
    last = {(answer.mark, answer.name): answer for answer in lived.chronicle.answers}
    for answer in last.values():
        held = [row for some in rows if (row := some.get(answer.mark)) is not None]
        is_picky = any(crm.habits.refuses for crm in lived.crms) and any(_is_spoilt(row) for row in held)
        if not answer.is_informed or len(held) < len(lived.crms) or is_picky:
            continue
        later = lived.chronicle.deeds[answer.deeds :]
        if any((d.who, d.mark) == ("user", answer.mark) and answer.name in d.after for d in later):
            continue
        if any(fold(row.now.fields.get(answer.name)) != fold(answer.value) for row in held):
            yield f"{answer} is not what it came to"


def _calls(lived: Lived) -> Iterator[str]:
    writes = len(lived.chronicle.of("engine"))
    trouble = sum(lived.hits.values()) + sum(lived.kills.values())
    most = (lived.edits + len(lived.chronicle.answers)) * 2 * len(lived.pairs) + trouble
    if writes > most:
        yield f"{writes} writes, {most} may be"
    for crm in lived.crms:
        if soon := too_soon(crm.line.reached):
            yield f"{crm.name} was called {len(soon)} times although it does not answer"

"""What becomes of one field that two systems hold. Pure: nothing is read, written or asked here.

Four things are known of a field: the value decided last, the value each side was last seen with, and every value that
was sent to a side and never heard of again. One shadow copy is not enough: a side that has not taken over the last
decision yet, and is edited, contradicts that decision although the other side is quiet; and a write whose answer was
lost may land late and look like an edit (the specification's reliability page, sections 0.2 and 4.1).

    a side changed      it shows something that it was not last seen with, that is not its form of the decided value,
                        and that is no write of ours arriving late
    one candidate       it wins
    several, equal      no conflict
    several, different  the rule says who wins, or that a person must; every loser is told

A list of texts is merged as a set: what either side added is in, what either took out is out.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from crmbridge.model.canonical import Scalar, Value
from crmbridge.sync.twoway.tidying import Keeps, is_form


class Unseen:
    """The type of UNSEEN."""

    def __repr__(self) -> str:
        return "UNSEEN"


UNSEEN: Final = Unseen()
"""Nothing is known yet, which is something else than empty."""


class Side(StrEnum):
    """One of the two systems."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Side":
        """The one across."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT

    @property
    def bit(self) -> int:
        """Its bit in `Twin.behind`."""
        return 1 if self is Side.LEFT else 2


class Who(StrEnum):
    """Whose value a candidate is: a side's, or the decision that this side had not taken over yet."""

    LEFT = "left"
    RIGHT = "right"
    DECIDED = "decided"


class Policy(StrEnum):
    """Who wins where both sides say something different.

    A side that owns a field wins even where it says nothing new: what the other side makes of it is put back.
    """

    LEFT = "left"
    RIGHT = "right"
    NEWEST = "newest"
    REVIEW = "review"
    LEFT_OWNS = "left-owns"
    RIGHT_OWNS = "right-owns"

    @property
    def owner(self) -> Who | None:
        """The side that owns the field, where one does."""
        return {Policy.LEFT_OWNS: Who.LEFT, Policy.RIGHT_OWNS: Who.RIGHT}.get(self)


@dataclass(frozen=True, slots=True)
class Held:
    """One side's hold on a field.

    `value` is what its record shows now and `known` what it was last seen with; `shows` is the form that this side
    would give the decided value, UNSEEN where nothing is decided or where the side cannot take it. `late` are values
    that were sent to it and may still land. `at_us` is when the record changed, None where the system's word on that
    is not to be trusted. `is_acked` says that it has taken the decided value over, in whatever form it shows it;
    `is_unread` that `known` is what was sent to it, and that this is the first look since. `keeps` is what it is known
    not to tidy up; `is_unsighted` that another pair wrote this over a late landing, and never saw what it had covered;
    `is_covered` that another value was sent lately and may have landed over what is decided, unseen.
    """

    value: Value
    known: Value | Unseen = UNSEEN
    shows: Value | Unseen = UNSEEN
    late: Collection[Value] = ()
    at_us: int | None = None
    is_acked: bool = False
    is_unread: bool = False
    keeps: Keeps = Keeps.NOTHING
    is_unsighted: bool = False
    is_covered: bool = False

    @property
    def is_moved(self) -> bool:
        """Whether it shows something that it was not last seen with."""
        return self.known is UNSEEN or self.value != self.known

    @property
    def is_changed(self) -> bool:
        """Whether somebody else than we has changed it; what is empty at the first look is to be filled."""
        if self.known is UNSEEN and self.value in {None, ()}:
            return False
        return self.is_moved and self.value != self.shows and not self._was_sent and not self._is_own_form

    @property
    def _is_own_form(self) -> bool:
        """Whether it shows what it took over from us as it tidies that up, and nobody had seen it so yet."""
        return self.is_unread and not isinstance(self.known, Unseen) and is_form(self.known, self.value, self.keeps)

    @property
    def is_late(self) -> bool:
        """Whether it shows a value that we once sent and that nobody wants any more: ours, or typed by somebody."""
        return self.is_moved and self._was_sent and not is_form(self._shown, self.value, self.keeps)

    @property
    def _was_sent(self) -> bool:
        """Whether it shows something that was sent and never heard of; in another form only if it had none before."""
        if self.value in self.late:
            return True
        had_it = not isinstance(self.known, Unseen) and is_form(self.known, self.value, self.keeps)
        return not had_it and any(is_form(sent, self.value, self.keeps) for sent in self.late)

    @property
    def _shown(self) -> Value:
        return None if isinstance(self.shows, Unseen) else self.shows

    @property
    def is_behind(self) -> bool:
        """Whether it was not seen with the decided value yet; what is filled at the first look fills an empty one."""
        if self.known is UNSEEN and self.shows in {None, ()}:
            return False
        return self.shows is not UNSEEN and not self.is_acked and self.known != self.shows


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that wants to be the decision, and since when."""

    who: Who
    value: Value
    at_us: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """How a field is merged: the policy, and whether it holds a set of texts."""

    policy: Policy = Policy.REVIEW
    is_set: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """The decision on a field.

    `winner` is None where nothing changed, or where a person must decide: then `is_open` is set, `value` is what was
    decided before, and nothing may be sent to either side. `losers` are the candidates that were passed over.
    """

    value: Value | Unseen
    winner: Who | None = None
    losers: Sequence[Candidate] = field(default=())
    is_open: bool = False


def merge(
    decided: Value | Unseen,
    left: Held | None,
    right: Held | None,
    rule: Rule,
    *,
    decided_us: int | None = None,
    is_open: bool = False,
) -> Merged:
    """The value of a field, given what is decided and what each side holds; None for a side without the record.

    `decided_us` is when the standing decision was made. With `is_open` a person was asked already: the sides' present
    values are the candidates, and the decision of before is none. The same input gives the same decision, whichever
    side is called left, except where the policy names one.
    """
    sides = [(who, held) for who, held in ((Who.LEFT, left), (Who.RIGHT, right)) if held is not None]
    if is_open:
        return _choose(decided, [Candidate(who, held.value, held.at_us) for who, held in sides], rule)
    if decided is UNSEEN:
        return _first(sides, rule)
    if rule.is_set and (merged := _united(decided, sides)) is not None:
        return merged
    found = [Candidate(who, held.value, held.at_us) for who, held in sides if held.is_changed]
    if any(held.is_changed and (held.is_behind or held.is_unsighted) for _, held in sides):
        found.append(Candidate(Who.DECIDED, _value(decided), decided_us))
    doubtful = [Candidate(who, held.value, held.at_us) for who, held in sides if held.is_late]
    is_owned = rule.policy.owner is not None and _is_owned(decided, sides, rule.policy.owner)
    chosen = _beside(_put_back(decided, found) if is_owned else _choose(decided, found, rule), doubtful)
    if any(held.is_changed and (held.is_covered or held.is_unread) for _, held in sides):
        return _above(chosen, Candidate(Who.DECIDED, _value(decided), decided_us))
    return chosen


def _above(chosen: Merged, decided: Candidate) -> Merged:
    """Whoever edits where nobody has seen the decision stand may not have seen it either: it is told who lost."""
    is_told = any(one.who is Who.DECIDED for one in chosen.losers)
    if is_told or (decided.value == chosen.value and not chosen.is_open):
        return chosen
    return replace(chosen, losers=(*chosen.losers, decided))


def _is_owned(decided: Value | Unseen, sides: Sequence[tuple[Who, Held]], owner: Who) -> bool:
    """Whether the owner is there and says nothing new; at the first look at the other side an empty field is filled."""
    is_first = any(who != owner and held.known is UNSEEN for who, held in sides)
    return any(who == owner and not held.is_changed for who, held in sides) and not (is_first and decided in {None, ()})


def _put_back(decided: Value | Unseen, found: Sequence[Candidate]) -> Merged:
    """What is decided stands; whoever says something else has lost."""
    lost = tuple(one for one in found if one.value != decided)
    return Merged(decided, Who.DECIDED if lost else None, lost)


def _beside(chosen: Merged, doubtful: Sequence[Candidate]) -> Merged:
    """A write of ours that landed late looks like an edit to that very value: it wins nothing, and it is told."""
    told = tuple(one for one in doubtful if one.value != chosen.value)
    if not told or chosen.is_open:
        return chosen
    return Merged(chosen.value, chosen.winner or Who.DECIDED, (*chosen.losers, *told))


def _first(sides: Sequence[tuple[Who, Held]], rule: Rule) -> Merged:
    """The first decision: an empty field is filled from the other side, which is no conflict."""
    found = [Candidate(who, held.value, held.at_us) for who, held in sides]
    filled = [one for one in found if one.value not in {None, ()}]
    if rule.is_set and len(filled) > 1:
        return Merged(_sorted({item for one in filled for item in _items(one.value)}), filled[0].who)
    if not filled:
        return Merged(found[0].value if found else UNSEEN, found[0].who if found else None)
    return _choose(UNSEEN, filled, rule)


def _choose(decided: Value | Unseen, found: Sequence[Candidate], rule: Rule) -> Merged:
    if not found:
        return Merged(decided)
    if len({one.value for one in found}) == 1:
        return Merged(found[0].value, found[0].who)
    winner = _winner(found, rule.policy)
    if winner is None:
        return Merged(decided, losers=tuple(found), is_open=True)
    return Merged(winner.value, winner.who, tuple(one for one in found if one.value != winner.value))


def _winner(found: Sequence[Candidate], policy: Policy) -> Candidate | None:
    """Who wins by the policy; None where a person must say.

    A side that the policy names wins over everything; where it said nothing, the other side's edit contradicts a
    decision that came from the named one, and that decision stands. The newest wins only where every time is known
    and the latest is one value's alone.
    """
    if policy is Policy.REVIEW:
        return None
    if policy is Policy.NEWEST:
        times = [one.at_us for one in found]
        if None in times:
            return None
        latest = max(time for time in times if time is not None)
        newest = [one for one in found if one.at_us == latest]
        return newest[0] if len({one.value for one in newest}) == 1 else None
    named = next((one for one in found if one.who.value == (policy.owner or policy.value)), None)
    return named or next((one for one in found if one.who is Who.DECIDED), None)


def _united(decided: Value | Unseen, sides: Sequence[tuple[Who, Held]]) -> Merged | None:
    """The set after what each side added and took out; None where a side's present value is no set."""
    base = _items(decided)
    added: set[Scalar] = set()
    taken: set[Scalar] = set()
    winner = None
    for who, held in sides:
        if not held.is_changed:
            continue
        before = _items(held.known)
        now = _items(held.value)
        added |= now - before
        taken |= before - now
        winner = winner or who
    if winner is None:
        return Merged(decided)
    return Merged(_sorted(base.difference(taken).union(added)), winner)


def _items(value: Value | Unseen) -> set[Scalar]:
    if value is None or isinstance(value, Unseen):
        return set()
    return set(value) if isinstance(value, tuple) else {value}


def _sorted(items: set[Scalar]) -> Value:
    return tuple(sorted(items, key=str)) or None


def _value(decided: Value | Unseen) -> Value:
    if isinstance(decided, Unseen):
        raise TypeError("nothing is decided")
    return decided

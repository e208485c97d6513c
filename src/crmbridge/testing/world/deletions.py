"""Deletions by the engine as the checker judges them: only of what a person deleted on the other side, and had seen."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from crmbridge.testing.world.chronicle import Deed
from crmbridge.testing.world.habits import FIELDS, fold
from crmbridge.testing.world.scenario import Lived


def deletions(lived: Lived) -> Iterator[str]:
    """Of each deletion by the engine."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    for left, right in lived.pairs:
        neighbours[left.name].add(right.name)
        neighbours[right.name].add(left.name)
    last: dict[tuple[str, str | None], Deed] = {}
    began: dict[tuple[str, str | None], set[str]] = {}  # where the people were who deleted it first
    for deed in lived.chronicle.deeds:
        place = (deed.crm, deed.mark)
        if deed.op == "delete":
            began[place] = {deed.crm}
        if deed.who == "engine" and deed.op == "delete":
            there = [(crm, deed.mark) for crm in sorted(neighbours[deed.crm])]
            gone = [where for where in there if began.get(where, set()) - {deed.crm}]
            dead = [where for where in gone if where in last and last[where].op == "delete"]
            began[place] = {crm for where in dead or gone for crm in began[where]} or {deed.crm}
            if not lived.deletes or not (dead or any(_was_asked(lived, deed, crm) for crm, _ in gone)):
                yield f"{deed.crm} lost {deed.mark}, which nobody deleted (deed {deed.number})"
            elif (
                dead
                and not deed.is_blind
                and all(_is_unseen(lived.chronicle.deeds[: deed.number], deed, w[0]) for w in dead)
            ):
                yield f"{deed.crm} lost {deed.mark}, which was edited (deed {deed.number})"
        last[place] = deed


def _was_asked(lived: Lived, lost: Deed, other: str) -> bool:
    """Whether the other CRM had said by id, in the breath before the deletion was sent, that the peer is deleted.

    Whoever brought it back after that answer did so while the deletion was on its way: no two systems are one.
    """
    deeds = [deed for deed in lived.chronicle.deeds if (deed.crm, deed.mark) == (other, lost.mark)]
    calls = reversed(lived.chronicle.calls[: lost.calls])
    last = next((call for call in calls if (call.what, call.crm) != ("push", lost.crm)), None)
    if last is None or (last.what, last.crm) != ("fetch", other):
        return False
    before = [deed for deed in deeds if deed.number < last.deeds]
    return bool(before) and before[-1].op == "delete" and before[-1].external_id in last.missing


def _is_unseen(deeds: Sequence[Deed], lost: Deed, other: str) -> bool:
    """Whether the record held something that a person had typed there and that the other CRM never showed."""
    for name in FIELDS:
        value = fold(lost.before.get(name))
        typed = any(
            (deed.who, deed.crm, deed.mark) == ("user", lost.crm, lost.mark)
            and name in deed.after
            and fold(deed.after[name]) == value
            for deed in deeds
        )
        shown = {
            fold(deed.after[name])
            for deed in deeds
            if (deed.crm, deed.mark) == (other, lost.mark) and name in deed.after
        }
        if typed and value is not None and value not in shown:
            return True
    return False

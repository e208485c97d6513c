"""Guards: a plan that looks like a mistake stops before its first write, and says which guard and why.

Every limit is a share of what is linked and a number, whichever is larger, so that a small company is not stopped by
its second edit. A person may lift one guard, by name, for one plan; no configuration can. The figures are those of the
specification's reliability page, section 5. Where more than a fifth of everything would be changed by a plan of a basis
that was approved before, no word helps: only the first plan of a pair or mapping may do so.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from crmbridge.ledger.outbox import Write
from crmbridge.model.errors import render

FIRST, ALL_CHANGED, FIELD_GONE = "first-write", "all-changed", "field-gone"
CREATES, UPDATES, MOST_UPDATES, DELETES = "creates", "updates", "most-updates", "deletes"
BLANKING, OWNERS, TIERS, CANARY = "blanking", "owners", "tiers", "canary"
NAMES = (FIRST, FIELD_GONE, ALL_CHANGED, CREATES, UPDATES, MOST_UPDATES, DELETES, BLANKING, OWNERS, TIERS, CANARY)
HARD = frozenset({CANARY, MOST_UPDATES})
"""Those that no word lifts."""
SEEN = frozenset({FIRST, CREATES})
"""Those that ask for no more than that a person has seen and approved the plan."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one run. Shares are in per cent of the linked records."""

    creates: int = 200
    updates: int = 500
    updates_percent: int = 5
    updates_most_percent: int = 20
    deletes: int = 20
    deletes_percent: int = 2
    blanked_fields: int = 20
    of_a_rep: int = 5
    of_a_rep_percent: int = 10
    all_changed_percent: int = 50
    all_changed_least: int = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """What a plan is measured against.

    `linked` are the records that both sides hold, `changed` those that people changed since the last merge under the
    same mapping, `deleted_today` what was deleted in 24 hours; `accounts_of` counts for each owner the records that are
    his, and `owner_of` names the owners of records whose own line does not tell them. `is_approved` says that a person
    has approved a plan of the same basis before, `is_seen` that one has seen and approved this very plan. `gone` are
    the objects and fields that a mapping reads and a source has no more.
    """

    linked: int
    changed: int = 0
    deleted_today: int = 0
    accounts_of: Mapping[str, int] = field(default_factory=dict)
    owner_of: Mapping[str, str] = field(default_factory=dict)
    is_approved: bool = False
    is_seen: bool = False
    gone: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Trip:
    """A guard that stops a plan: its name, and why as a template over `params`."""

    guard: str
    template: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return render(self.template, dict(self.params))


def check(writes: Sequence[Write], standing: Standing, limits: Limits | None = None) -> list[Trip]:
    """Every guard that stops the plan."""
    bounds = limits or Limits()
    ops = Counter(str(write.op) for write in writes)
    trips: list[Trip] = []
    if writes and not (standing.is_approved or standing.is_seen):
        trips.append(Trip(FIRST, "nothing was written under this configuration and these mappings yet"))
    if writes and standing.gone:
        told = ", ".join(f"{name}.{lost}" for name, lost in standing.gone)
        trips.append(Trip(FIELD_GONE, "the mapping reads {fields}, which the source has no more", {"fields": told}))
    trips += _all_changed(standing, bounds)
    trips += _counted(ops, standing, bounds)
    trips += _blanking(writes, bounds)
    trips += _moved(writes, OWNERS, "owner", standing, bounds)
    trips += _moved(writes, TIERS, "tier", standing, bounds)
    return trips


def _all_changed(standing: Standing, bounds: Limits) -> list[Trip]:
    known = max(standing.linked, standing.changed)
    if (
        not standing.is_approved
        or known < bounds.all_changed_least
        or standing.changed * 100 <= known * bounds.all_changed_percent
    ):
        return []
    why = "{changed} of {linked} records changed since the last run: more likely a mistake than an edit"
    return [Trip(ALL_CHANGED, why, {"changed": standing.changed, "linked": standing.linked})]


def _counted(ops: Mapping[str, int], standing: Standing, bounds: Limits) -> list[Trip]:
    trips: list[Trip] = []
    if ops.get("create", 0) > bounds.creates and not standing.is_seen:
        why = "{count} records would be made, {limit} may be"
        trips.append(Trip(CREATES, why, {"count": ops["create"], "limit": bounds.creates}))
    updates, why = ops.get("update", 0), "{count} records would be changed, {limit} may be"
    limit, most = (
        max(bounds.updates, standing.linked * percent // 100)
        for percent in (bounds.updates_percent, bounds.updates_most_percent)
    )
    if updates > limit:
        trips.append(Trip(UPDATES, why, {"count": updates, "limit": limit}))
    if updates > most and standing.is_approved:
        trips.append(Trip(MOST_UPDATES, why, {"count": updates, "limit": most}))
    deletes = ops.get("delete", 0)
    allowed = min(bounds.deletes, standing.linked * bounds.deletes_percent // 100)
    if deletes and deletes + standing.deleted_today > allowed:
        why = "{count} records would be deleted within 24 hours, {limit} may be"
        trips.append(Trip(DELETES, why, {"count": deletes + standing.deleted_today, "limit": allowed}))
    return trips


def _blanking(writes: Sequence[Write], bounds: Limits) -> list[Trip]:
    emptied = sum(
        1
        for write in writes
        if write.op == "update"
        for line in orjson.loads(write.lines)
        if line["from"] is not None and line["to"] is None
    )
    if emptied <= bounds.blanked_fields:
        return []
    why = "{count} filled fields would be emptied, {limit} may be"
    return [Trip(BLANKING, why, {"count": emptied, "limit": bounds.blanked_fields})]


def _moved(writes: Sequence[Write], guard: str, name: str, standing: Standing, bounds: Limits) -> list[Trip]:
    """How many of one person's records would change hands (or tier); filling an empty field does not count."""
    taken: Counter[str] = Counter()
    for write in writes:
        for line in orjson.loads(write.lines) if write.op == "update" else ():
            if line["field"] == name and line["from"] is not None and line["from"] != line["to"]:
                whose = line["from"] if name == "owner" else standing.owner_of.get(write.record_id or "", "*")
                taken[str(whose)] += 1
    trips = []
    for who, count in sorted(taken.items()):
        held = standing.accounts_of.get(who, standing.linked if who == "*" else 0)
        limit = max(bounds.of_a_rep, held * bounds.of_a_rep_percent // 100)
        if count > limit:
            why = "{count} records of {who} would change their {field}, {limit} may"
            trips.append(Trip(guard, why, {"count": count, "who": who, "field": name, "limit": limit}))
    return trips

"""What many seeds came to, and whether that says anything at all."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

from crmbridge.testing.world.checker import Violation, check
from crmbridge.testing.world.gate import FAULTS, POINTS
from crmbridge.testing.world.people import DEEDS
from crmbridge.testing.world.scenario import Lived, live

_Task = tuple[int, int, bool]
_Each = Callable[[Sequence[_Task]], Iterable["Totals"]]
LEAST_UPDATES = 3
"""A seed in which the engine made a record and wrote so many updates counts as an effective sync."""
EFFECTIVE_PERCENT = 80
PROOFS = ("cursors", "plans", "orders")
"""Looks at what outside cannot be seen: cursors that are kept, plans that are saved and applied, another order."""


@dataclass(slots=True)
class Totals:
    """Figures of all seeds together."""

    seeds: int = 0
    steps: int = 0
    first: int | None = None
    is_calm: bool = False
    commit: str | None = None
    violations: list[Violation] = field(default_factory=list)
    violating: set[int] = field(default_factory=set)
    effective: int = 0
    three: int = 0
    edits: int = 0
    calls: int = 0
    writes: int = 0
    deletions: int = 0
    conflicts: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    did: Counter[str] = field(default_factory=Counter)
    proofs: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def add(self, one: "Totals") -> None:
        """Counts both together."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(one, name))
        for name in _COUNTERS:
            getattr(self, name).update(getattr(one, name))
        self.violations += one.violations
        self.violating |= one.violating

    def vacuous(self) -> list[str]:
        """Why these seeds prove nothing, where they do not."""
        found = []
        if self.is_calm and not self.deletions:
            found.append("no deletion was carried over")
        elif not self.is_calm and self.effective * 100 < self.seeds * EFFECTIVE_PERCENT:
            found.append(f"only {self.effective} of {self.seeds} seeds synced anything worth the name")
        found += [f"fault {name}: never" for name in FAULTS if not self.faults[name]]
        found += [f"killed {point}: never" for point in POINTS if not self.kills[point]]
        found += [f"people: never {deed}" for deed in self._deeds() if not self.did[deed]]
        found += [f"looked at {proof}: never" for proof in PROOFS if not self.proofs[proof]]
        return found

    def _deeds(self) -> list[str]:
        """What people do in such worlds; nobody imports anything into a calm one."""
        return [deed for deed in (*DEEDS, "answer") if not (self.is_calm and deed == "import")]

    def told(self) -> dict[str, object]:
        """The figures, as JSON has them."""
        return {
            "commit": self.commit,
            "seeds": self.seeds,
            "first": self.first,
            "calm": self.is_calm,
            "steps": self.steps,
            "violating_seeds": sorted(self.violating),
            "violations": [str(one) for one in self.violations[:50]],
            "effective": self.effective,
            "with_three_systems": self.three,
            "user_edits": self.edits,
            "calls": self.calls,
            "writes": self.writes,
            "deletions": self.deletions,
            "conflicts_logged": self.conflicts,
            "kills": self.kills.total(),
            "kills_by_point": {point: self.kills[point] for point in POINTS},
            "faults": {name: self.faults[name] for name in FAULTS},
            "people": {deed: self.did[deed] for deed in (*DEEDS, "answer")},
            "looks": {proof: self.proofs[proof] for proof in PROOFS},
            "outcomes": dict(sorted(self.outcomes.items())),
            "errors": dict(sorted(self.errors.items())),
            "seconds": round(self.seconds, 1),
            "cpu_seconds": round(self.cpu_seconds, 1),
            "vacuous": self.vacuous(),
        }


_SUMS = ("seeds", "effective", "three", "edits", "calls", "writes", "deletions", "conflicts", "cpu_seconds")
_COUNTERS = ("faults", "kills", "outcomes", "errors", "did", "proofs")
_TOLD = {
    "three": "with_three_systems",
    "edits": "user_edits",
    "conflicts": "conflicts_logged",
    "kills": "kills_by_point",
    "did": "people",
    "proofs": "looks",
}
"""What the JSON calls a figure, where that is another name."""


def summed(told: Sequence[Mapping[str, Any]]) -> Totals:
    """The figures of several runs, of what their JSON says.

    ValueError where they are not one: another commit, other steps, another kind of world, or a seed twice.
    """
    for what in ("commit", "steps", "calm"):
        if len(found := {one.get(what) for one in told}) > 1:
            raise ValueError(f"these are not one run: {what} is {' and '.join(sorted(map(str, found)))}")
    seeds = [seed for one in told for seed in range(one["first"], one["first"] + one["seeds"])]
    if len(seeds) > len(set(seeds)):
        raise ValueError("these are not one run: some seeds are in several of them")
    total = Totals(
        steps=told[0]["steps"], first=min(seeds), is_calm=bool(told[0].get("calm")), commit=told[0].get("commit")
    )
    for one in told:
        part = Totals(violations=list(map(Violation.read, one["violations"])), violating=set(one["violating_seeds"]))
        for name in _SUMS:
            setattr(part, name, one.get(_TOLD.get(name, name), 0))
        for name in _COUNTERS:
            setattr(part, name, Counter(one[_TOLD.get(name, name)]))
        total.add(part)
        total.seconds += one["seconds"]
    return total


def lived(seed: int, steps: int, *, is_calm: bool = False) -> Totals:
    """One seed, lived and checked."""
    began = time.process_time()
    one = live(seed, steps=steps, is_calm=is_calm)
    return _of(one, check(one), time.process_time() - began)


def _of(one: Lived, found: list[Violation], cpu_seconds: float) -> Totals:
    by_engine = one.chronicle.of("engine")
    updates = sum(deed.op == "edit" for deed in by_engine)
    is_effective = updates >= LEAST_UPDATES and any(deed.op == "create" for deed in by_engine)
    return Totals(
        seeds=1,
        violations=found,
        violating={one.seed} if found else set(),
        effective=int(is_effective),
        three=int(len(one.crms) > 2),
        edits=one.edits,
        calls=one.calls,
        writes=len(by_engine),
        deletions=sum(deed.op == "delete" for deed in by_engine),
        conflicts=len(one.conflicts),
        faults=one.hits,
        kills=one.kills,
        outcomes=one.outcomes,
        errors=one.errors,
        did=one.did,
        proofs=one.proofs,
        cpu_seconds=cpu_seconds,
    )


def run(
    seeds: Sequence[int],
    *,
    steps: int,
    jobs: int = 1,
    is_calm: bool = False,
    then: Callable[[Totals, Totals], None] = lambda _one, _total: None,
) -> Totals:
    """All of them, on so many processes; `then` is told of each, and of all until then."""
    began, total = time.perf_counter(), Totals(steps=steps, first=min(seeds, default=None), is_calm=is_calm)
    with _each(jobs) as each:
        for one in each([(seed, steps, is_calm) for seed in seeds]):
            total.add(one)
            total.seconds = time.perf_counter() - began
            then(one, total)
    return total


@contextmanager
def _each(jobs: int) -> Iterator[_Each]:
    if jobs <= 1:
        yield lambda tasks: map(_lived, tasks)
        return
    with get_context("spawn").Pool(jobs) as pool:
        yield lambda tasks: pool.imap_unordered(_lived, tasks, chunksize=4)


def _lived(asked: _Task) -> Totals:
    seed, steps, is_calm = asked
    return lived(seed, steps, is_calm=is_calm)

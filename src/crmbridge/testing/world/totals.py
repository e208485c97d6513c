"""What many seeds came to, and whether that says anything at all."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context

from crmbridge.testing.world.checker import Violation, check
from crmbridge.testing.world.gate import FAULTS, POINTS
from crmbridge.testing.world.people import DEEDS
from crmbridge.testing.world.scenario import Lived, live

_Each = Callable[[Iterable[int], int], Iterable["Totals"]]
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
    violations: list[Violation] = field(default_factory=list)
    violating: set[int] = field(default_factory=set)
    effective: int = 0
    three: int = 0
    edits: int = 0
    calls: int = 0
    writes: int = 0
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
        for name in ("seeds", "effective", "three", "edits", "calls", "writes", "conflicts", "cpu_seconds"):
            setattr(self, name, getattr(self, name) + getattr(one, name))
        for name in ("faults", "kills", "outcomes", "errors", "did", "proofs"):
            getattr(self, name).update(getattr(one, name))
        self.violations += one.violations
        self.violating |= one.violating

    def vacuous(self) -> list[str]:
        """Why these seeds prove nothing, where they do not."""
        found = []
        if self.effective * 100 < self.seeds * EFFECTIVE_PERCENT:
            found.append(f"only {self.effective} of {self.seeds} seeds synced anything worth the name")
        found += [f"fault {name}: never" for name in FAULTS if not self.faults[name]]
        found += [f"killed {point}: never" for point in POINTS if not self.kills[point]]
        found += [f"people: never {deed}" for deed in (*DEEDS, "answer") if not self.did[deed]]
        found += [f"looked at {proof}: never" for proof in PROOFS if not self.proofs[proof]]
        return found

    def told(self) -> dict[str, object]:
        """The figures, as JSON has them."""
        return {
            "seeds": self.seeds,
            "steps": self.steps,
            "violating_seeds": sorted(self.violating),
            "violations": [str(one) for one in self.violations[:50]],
            "effective": self.effective,
            "with_three_systems": self.three,
            "user_edits": self.edits,
            "calls": self.calls,
            "writes": self.writes,
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


def lived(seed: int, steps: int) -> Totals:
    """One seed, lived and checked."""
    began = time.process_time()
    one = live(seed, steps=steps)
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
        conflicts=len(one.conflicts),
        faults=one.hits,
        kills=one.kills,
        outcomes=one.outcomes,
        errors=one.errors,
        did=one.did,
        proofs=one.proofs,
        cpu_seconds=cpu_seconds,
    )


def run(seeds: Iterable[int], *, steps: int, jobs: int = 1) -> Totals:
    """All of them, on so many processes."""
    began, total = time.perf_counter(), Totals(steps=steps)
    with _each(jobs) as each:
        for one in each(seeds, steps):
            total.add(one)
            total.seconds = time.perf_counter() - began
    return total


@contextmanager
def _each(jobs: int) -> Iterator[_Each]:
    if jobs <= 1:
        yield _here
        return
    with get_context("spawn").Pool(jobs) as pool:
        yield lambda seeds, steps: pool.imap_unordered(_lived, ((seed, steps) for seed in seeds), chunksize=4)


def _here(seeds: Iterable[int], steps: int) -> Iterator[Totals]:
    return (lived(seed, steps) for seed in seeds)


def _lived(asked: tuple[int, int]) -> Totals:
    return lived(*asked)

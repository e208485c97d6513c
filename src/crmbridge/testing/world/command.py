"""The command: many seeds, one seed with its trace, or the planted bugs."""

import argparse
import sys
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

import orjson

from crmbridge.testing.world import mutants, totals
from crmbridge.testing.world.checker import check
from crmbridge.testing.world.commit import commit
from crmbridge.testing.world.mutants import Hunt
from crmbridge.testing.world.progress import Progress
from crmbridge.testing.world.scenario import live
from crmbridge.testing.world.totals import Totals


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what the arguments ask for; 0 where every promise was kept and the seeds prove something."""
    asked = _parser().parse_args(arguments)
    if asked.seed is not None:
        return _one(asked)
    if asked.mutants is not None:
        return _mutants(asked)
    total = _summed(asked) if asked.sum else _many(asked)
    _print(total.told(), is_json=asked.json)
    return 1 if total.violations or total.vacuous() else 0


def _many(asked: argparse.Namespace) -> Totals:
    seeds = range(asked.first, asked.first + asked.seeds)
    progress = Progress(sys.stderr, len(seeds), is_line=asked.progress or sys.stderr.isatty())
    total = totals.run(seeds, steps=asked.steps, jobs=asked.jobs, is_calm=asked.calm, then=progress)
    progress.end()
    total.commit = asked.commit or commit()
    return total


def _summed(asked: argparse.Namespace) -> Totals:
    try:
        return totals.summed([orjson.loads(path.read_bytes()) for path in asked.sum])
    except ValueError as error:
        _parser().error(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m crmbridge.testing.world", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds are lived; with --mutants at most")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--steps", type=int, default=200, help="calls of the engine in the busy time of each")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--seed", type=int, help="one seed again, with everything that happens")
    parser.add_argument("--calm", action="store_true", help="other worlds: little is edited, much is deleted")
    parser.add_argument("--mutants", nargs="*", metavar="NAME", help="planted bugs, all of them where none is named")
    parser.add_argument("--sum", nargs="+", type=Path, metavar="FILE", help="the JSON of several runs, as one")
    parser.add_argument("--commit", help="what the JSON says was run, where git cannot tell")
    parser.add_argument("--progress", action="store_true", help="how far it has come, also where nobody watches")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    return parser


def _one(asked: argparse.Namespace) -> int:
    lived = live(asked.seed, steps=asked.steps, is_traced=True, is_calm=asked.calm)
    found = check(lived)
    for line in (*(lived.chronicle.lines or ()), *map(str, found)):
        sys.stdout.write(line + "\n")
    return 1 if found else 0


def _mutants(asked: argparse.Namespace) -> int:
    names = asked.mutants or [mutant.name for mutant in mutants.ALL]
    tasks = [(name, asked.steps, asked.seeds, asked.first) for name in names]
    hunts: list[Hunt] = []
    with get_context("spawn").Pool(asked.jobs) as pool:
        for hunt in pool.imap_unordered(_hunt, tasks):
            hunts.append(hunt)
            if not asked.json:
                caught = f"seed {hunt.seed}, the {hunt.seeds}." if hunt.seed is not None else "NOT CAUGHT"
                sys.stdout.write(f"{hunt.name}: {caught} {hunt.violation or ''}\n")
                sys.stdout.flush()
    dead = [hunt for hunt in hunts if hunt.seed is not None]
    told = [{"name": h.name, "about": h.about, "seed": h.seed, "seeds": h.seeds, "broke": h.violation} for h in hunts]
    _print({"planted": len(hunts), "caught": len(dead), "mutants": told if asked.json else ""}, is_json=asked.json)
    return 0 if len(dead) == len(hunts) else 1


def _hunt(task: tuple[str, int, int, int]) -> Hunt:
    name, steps, most, first = task
    return mutants.hunt(mutants.named(name), steps=steps, most=most, first=first)


def _print(told: dict[str, object], *, is_json: bool) -> None:
    if is_json:
        sys.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    for name, value in told.items():
        lines = value if isinstance(value, list) and name in {"violations", "vacuous"} else [value]
        for line in lines:
            sys.stdout.write(f"{name}: {line}\n")

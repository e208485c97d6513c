"""The command: many seeds, one seed with its trace, or the planted bugs."""

import argparse
import sys
from collections.abc import Sequence

from crmbridge.testing.world.checker import check
from crmbridge.testing.world.scenario import live


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what the arguments ask for; 0 where every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m crmbridge.testing.world")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seed", type=int)
    asked = parser.parse_args(arguments)
    if asked.seed is not None:
        lived = live(asked.seed, steps=asked.steps, is_traced=True)
        for line in lived.chronicle.lines or ():
            sys.stdout.write(line + "\n")
        for violation in check(lived):
            sys.stdout.write(f"{violation}\n")
        return 0
    bad = 0
    for seed in range(asked.first, asked.first + asked.seeds):
        lived = live(seed, steps=asked.steps)
        found = check(lived)
        bad += bool(found)
        for violation in found[:3]:
            sys.stdout.write(f"{violation}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{bad} of {asked.seeds}\n")
    return 1 if bad else 0

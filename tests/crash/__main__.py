"""Kills processes at random over ledgers of either engine, and tells what became of them.

python -m tests.crash --engine sqlite --kills 1000 [--seed 0]
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tests.crash.random_kills import Pace, Tally, live
from tests.crash.stores import Databases, Files, Stores
from tests.crash.stories import begin
from tests.postgres import serve


@contextmanager
def stores_of(engine: str, name: str) -> Iterator[Stores]:
    """Ledgers of that engine, gone afterwards."""
    if engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="crash-") as folder:
            yield Files(Path(folder))
        return
    server = serve(name)
    try:
        yield Databases(server.get_uri(), f"crash{os.getpid()}")  # one that was killed may have left its own
    finally:
        server.cleanup()


def main() -> int:
    """The command; ends with 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    total, broken, began, seed = Tally(), 0, time.monotonic(), asked.seed
    with stores_of(asked.engine, f"crash{asked.seed}") as stores:
        start = begin(stores)
        pace = Pace.of(start)
        while total.kills < asked.kills:
            try:
                total.add(live(start, pace, seed=seed))
            except AssertionError as error:
                broken += 1
                sys.stdout.write(f"BROKEN {error}\n")
                sys.stdout.flush()
            seed += 1
    told = {"engine": asked.engine, **asdict(total), "broken": broken, "seconds": round(time.monotonic() - began)}
    sys.stdout.write(f"{told}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())

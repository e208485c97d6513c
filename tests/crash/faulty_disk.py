"""Rounds over a disk that fails now and then, and between them looks at what is left; run under libfiu.

LD_PRELOAD=...fiu_posix_preload.so python -m tests.crash.faulty_disk FOLDER ROUNDS [SEED]
"""

import ctypes
import errno
import random
import sys
from collections import Counter
from functools import partial
from pathlib import Path

from tests.crash.checks import holds_in_the_end, holds_now
from tests.crash.forking import Company, Forked
from tests.crash.stores import Files
from tests.crash.stories import a_round, begin, in_step

POINTS = ("rw/write", "rw/pwrite", "rw/pread", "rw/read", "rw/ftruncate", "sync/fsync", "sync/fdatasync")
OFTEN = 0.02
_LIBRARY = ctypes.CDLL("libfiu.so.0")


def failing(rng: random.Random, *, is_full: bool) -> None:
    """From now on system calls on files fail now and then; on a full disk only those that need room."""
    for name in POINTS[:2] if is_full else POINTS:
        number = errno.ENOSPC if is_full else errno.EIO
        _LIBRARY.fiu_enable_random(
            f"posix/io/{name}".encode(), 1, ctypes.c_void_p(number), 0, ctypes.c_float(OFTEN * rng.random())
        )


def healed() -> None:
    """Nothing fails any more."""
    for name in POINTS:
        _LIBRARY.fiu_disable(f"posix/io/{name}".encode())


def on_a_bad_disk(company: Company, *, rng: random.Random, is_full: bool) -> None:
    """A round."""
    failing(rng, is_full=is_full)
    try:
        a_round(company)
    finally:
        healed()


def main(folder: str, rounds: int, seed: int) -> None:
    """Tells how the rounds ended; AssertionError where something was lost, doubled, or ended in a traceback."""
    start, rng, ends = begin(Files(Path(folder))), random.Random(seed), Counter[str]()  # noqa: S311 - a story
    forked = Forked(start.scene)
    for number in range(rounds):
        start.people.act(4)
        rng.random()
        told = forked.run(partial(on_a_bad_disk, rng=rng, is_full=number % 2 == 0)).told
        assert not told or told.startswith(("StoreError", "LeaseLost")), told
        ends[told.partition(":")[0] or "fine"] += 1
        if "StoreError" in told:
            assert any(word in told for word in ("full", "failed", "opened", "damaged")), told
        holds_now(start.scene, start.people)
    forked.finish(in_step)
    holds_in_the_end(start.scene, start.people)
    sys.stdout.write(f"{dict(ends)}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)

"""How often Python looks for cyclic garbage during a run.

A page makes some hundred thousand small objects that reference counting frees by itself. Looking for cycles among
them at the usual pace took 29 % of a first sync; what was there before the run needs no look at all.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (200_000, 20, 100)


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """The garbage collector works seldom inside, and as before afterwards; one that is off stays off."""
    before, is_frozen = gc.get_threshold(), gc.get_freeze_count() > 0
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if not is_frozen:
            gc.unfreeze()

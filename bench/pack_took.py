"""How long a side of bench/pack.py took."""

import time
from typing import Self


class Took(float):
    """Seconds of the clock; `processor` are those of all processors together."""

    processor: float

    def __new__(cls, seconds: float, processor: float) -> Self:
        made = super().__new__(cls, seconds)
        made.processor = processor
        return made


class Clock:
    """Runs from where it is made."""

    def __init__(self) -> None:
        self._started = time.perf_counter(), time.process_time()

    def took(self) -> Took:
        """So far."""
        seconds, processor = self._started
        return Took(time.perf_counter() - seconds, time.process_time() - processor)

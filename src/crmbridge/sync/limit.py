"""A time limit on a piece of work: when it is reached, the work is left by an exception that nothing on its way keeps.

In the main thread the system's timer interrupts a wait. In any other thread, where a worker may run a job, the
exception is raised as soon as Python code goes on; so it is in both behind a query of DuckDB, which comes to its end
first. Waits for a vendor end in both.

In any other thread the work is also left where somebody else sets `stop`: as by Ctrl-C, which no thread but the main
one gets by itself.
"""

import ctypes
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from crmbridge.model.errors import Timeout

_LOOK_S = 0.25
"""How often a thread looks whether somebody else wants it to stop."""


class TimeIsUp(BaseException):
    """The limit was reached. No error of the work: it is left as by Ctrl-C."""


def reached(minutes: int) -> Timeout:
    """What is told of work that came to its limit."""
    hint = "a run goes on where it was ended; limit_minutes of the job, or --limit, gives it longer"
    return Timeout("the time limit of {minutes} minutes was reached", minutes=minutes, hint=hint)


@contextmanager
def within(seconds: float, stop: threading.Event) -> Iterator[None]:
    """TimeIsUp inside, once, after so many seconds; `stop` is set before.

    KeyboardInterrupt where another thread set it, except in the main thread: there the system's signals say so.
    """
    main = threading.current_thread() is threading.main_thread()
    with _alarm(seconds, stop) if main and hasattr(signal, "setitimer") else _timer(seconds, stop):
        yield


@contextmanager
def _alarm(seconds: float, stop: threading.Event) -> Iterator[None]:
    def ring(*_: object) -> None:
        stop.set()
        raise TimeIsUp

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _timer(seconds: float, stop: threading.Event) -> Iterator[None]:
    thread, lock, over = threading.get_ident(), threading.Lock(), threading.Event()

    def watch(until: float) -> None:
        while not over.is_set():
            left = until - time.monotonic()
            why: type[BaseException] = KeyboardInterrupt if stop.wait(min(max(left, 0), _LOOK_S)) else TimeIsUp
            if why is KeyboardInterrupt or left <= _LOOK_S:
                with lock:
                    if not over.is_set():
                        stop.set()
                        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(why))
                return

    watcher = threading.Thread(target=watch, args=(time.monotonic() + seconds,), name="limit", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with lock:
            over.set()

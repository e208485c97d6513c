"""The process that reads, as it is seen from here: begun early, asked for pages once it is ready, always reaped."""

import contextlib
import marshal
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

from crmbridge.adapter.contract import PullRequest
from crmbridge.model.errors import TransientError
from crmbridge.sync.apart.recipe import Recipe
from crmbridge.sync.apart.wire import LANGUAGE, Frame, load_error, load_page, receive, send
from crmbridge.sync.packets import Packet

_BOOT = (
    "import sys,marshal;sys.path[:]=marshal.load(sys.stdin.buffer);from crmbridge.sync.apart.child import main;main()"
)
_NEW_PROCESS_GROUP = 0x200  # of Windows; subprocess has the name only there


class Reader:
    """A process of its own that reads one object; `close` ends it, whatever it is doing."""

    def __init__(self, sealed: bytes, request: PullRequest) -> None:
        """OSError where no process can be started."""
        self._object = request.object
        is_windows = os.name == "nt"
        self._process = subprocess.Popen(  # noqa: S603 - this very Python
            [sys.executable, "-I", "-X", f"utf8={sys.flags.utf8_mode}", "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=not is_windows,  # an interrupt from the keyboard is ours to hear
            creationflags=_NEW_PROCESS_GROUP if is_windows else 0,
        )
        assert self._process.stdin is not None  # noqa: S101 - for mypy: we asked for pipes
        assert self._process.stdout is not None  # noqa: S101
        self._to, self._from = self._process.stdin, self._process.stdout
        self._is_ready = False
        order = pickle.dumps((sealed, request), pickle.HIGHEST_PROTOCOL)
        self._greeting = threading.Thread(target=self._greet, args=(order,), daemon=True)
        self._greeting.start()

    def is_ready(self, *, wait: bool = False) -> bool:
        """Whether it can be asked for pages; with `wait` once it is known whether it ever will."""
        if wait:
            self._greeting.join()
        return self._is_ready and not self._greeting.is_alive()

    @property
    def is_lost(self) -> bool:
        """Whether it will never be ready."""
        return not self._greeting.is_alive() and not self._is_ready

    def packets(self, reached: str) -> Iterator[Packet]:
        """The pages after that cursor. The reader's errors leave as they are, TransientError where it was killed."""
        try:
            send(self._to, Frame.GO, reached.encode())
            while True:
                frame, body = receive(self._from)
                if frame is Frame.END:
                    return
                if frame is Frame.ERROR:
                    raise load_error(body)
                yield load_page(body)
        except (EOFError, BrokenPipeError) as error:
            raise self._killed() from error

    def close(self) -> None:
        """Ends it and waits for its end; harmless twice."""
        self._process.kill()
        self._process.wait()
        self._greeting.join()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):
                pipe.close()

    def _greet(self, order: bytes) -> None:
        """Says what is to be read and waits for the answer; beside everything else, because it takes a while."""
        path = [entry or os.getcwd() for entry in sys.path]  # noqa: PTH109 - a text, as in the path
        with contextlib.suppress(OSError, EOFError, ValueError):
            self._to.write(marshal.dumps(path))
            send(self._to, Frame.ORDER, order)
            self._is_ready = receive(self._from) == (Frame.READY, LANGUAGE.encode())

    def _killed(self) -> TransientError:
        code = self._process.wait()
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return TransientError(
            "the process that reads {object} ended before it was done: {how}",
            object=self._object,
            how=how,
            hint="run it again: it goes on from the last page that was kept",
        )


def begin(recipe: Recipe, request: PullRequest) -> Reader | None:
    """A process that will read what is asked; None where this machine or the recipe does not allow one."""
    sealed = None if getattr(sys, "frozen", False) or not sys.executable else recipe.sealed()
    if sealed is None:
        return None
    with contextlib.suppress(OSError):
        return Reader(sealed, request)
    return None

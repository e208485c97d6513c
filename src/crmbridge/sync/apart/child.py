"""What the process that reads does: opens the adapter, waits for its turn, sends page after page, and ends.

It holds nothing but files that it reads, so it may be ended at any moment; it ends by itself when the other side is
gone. It must not import the ledger's engine, nor anything above `sync`: it would only cost memory.
"""

import contextlib
import os
import pickle
import signal
import sys
import threading
from dataclasses import replace
from typing import IO

from crmbridge.adapter.contract import PullRequest
from crmbridge.sync.answers import answering, pages
from crmbridge.sync.apart.recipe import unsealed
from crmbridge.sync.apart.wire import LANGUAGE, Frame, dump_error, dump_page, receive, send
from crmbridge.sync.pace import seldom_collecting
from crmbridge.sync.packets import prepare

_PIPE_BYTES = 1 << 20


def main() -> None:
    """The whole process, from its first frame to its end."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)  # whoever began this process ends it, by closing its pipe
    out = os.fdopen(os.dup(1), "wb")
    with contextlib.suppress(OSError):
        os.dup2(2, 1)  # what an adapter prints must not get between the frames
    _widen(out)
    with contextlib.suppress(EOFError, BrokenPipeError):
        serve(sys.stdin.buffer, out, watch=lambda: _end_with(sys.stdin.buffer))
    os._exit(0)


def serve(source: IO[bytes], out: IO[bytes], *, watch: object = None) -> None:
    """Reads one object. EOFError or BrokenPipeError where the other side is gone."""
    try:
        sealed, request = pickle.loads(receive(source)[1])  # noqa: S301 - from the process that started this one
        _read(sealed, request, source, out, watch=watch)
    except (EOFError, BrokenPipeError):
        raise
    except BaseException as error:  # noqa: BLE001 - told to the other side, which raises it
        send(out, Frame.ERROR, dump_error(error))


def _read(sealed: bytes, request: PullRequest, source: IO[bytes], out: IO[bytes], *, watch: object) -> None:
    recipe = unsealed(sealed)
    compiled = recipe.mapping().object(request.object)
    with answering(recipe.connection):
        adapter = recipe.adapter()
    try:
        send(out, Frame.READY, LANGUAGE.encode())
        reached = receive(source)[1].decode()
        if callable(watch):
            threading.Thread(target=watch, daemon=True).start()
        with seldom_collecting():
            for page in pages(adapter, replace(request, reached=reached), connection=recipe.connection):
                send(out, Frame.PAGE, *dump_page(prepare(page, compiled, is_read=True)))
        send(out, Frame.END)
    finally:
        with answering(recipe.connection):
            adapter.close()


def _end_with(source: IO[bytes]) -> None:
    """Ends this process as soon as the other side closes its pipe, whatever it is at."""
    source.read(1)
    os._exit(0)


def _widen(out: IO[bytes]) -> None:
    """Lets a page wait in the pipe, where the system can: then the next one is made meanwhile."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl  # noqa: PLC0415 - not everywhere

        fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

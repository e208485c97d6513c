"""Carries messages to channels by a process of its own, so that no channel can hold anybody up or see anything else.

What takes longer than it may is ended with the process, and nobody knows then whether it arrived. The URL of a channel
is a secret: it goes through a pipe, never into an argument, an environment or a log.
"""

import contextlib
import importlib.util
import json
import marshal
import os
import queue
import subprocess
import sys
import threading
from dataclasses import asdict
from types import TracebackType
from typing import Self

from crmbridge.http.secret import Secret
from crmbridge.model.errors import ConfigError
from crmbridge.report.notices.message import Message, Taken

LONGEST_S = 30.0
"""How long a channel may take for one message."""
_READY_S = 60.0
"""How long the process may take to begin."""
_BOOT = (
    "import sys,marshal;sys.path[:]=marshal.load(sys.stdin.buffer);"
    "from crmbridge.report.notices.child import main;main()"
)
_HIDDEN = ("CRMBRIDGE", "CREDENTIALS_DIRECTORY")
"""What the other process needs to know nothing of."""


def require_apprise() -> None:
    """Nothing happens where apprise is there; ConfigError naming the extra otherwise."""
    if importlib.util.find_spec("apprise") is None:
        raise ConfigError("sending notices needs apprise", hint='pip install "crmbridge[notices]"')


class Postman:
    """Carries messages one by one. Use it in a `with`: the process begins with the first and ends with the last."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._is_ready = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def carry(self, url: Secret, message: Message) -> Taken:
        """How the channel took it; `unknown` where it took too long, or the process was killed."""
        process = self._process or self._begin()
        assert process.stdin is not None  # noqa: S101 - for mypy: we asked for pipes
        if not self._is_ready and not self._heard(_READY_S):
            self.close()
            return Taken("away", "no process")
        self._is_ready = True
        try:
            process.stdin.write(json.dumps({"url": url.reveal(), **asdict(message)}).encode() + b"\n")
            process.stdin.flush()
            answer = self._heard(LONGEST_S)
        except OSError:
            answer = b""
        if not answer:
            self.close()
            return Taken("unknown", "timeout")
        return Taken(**json.loads(answer))

    def _heard(self, longest_s: float) -> bytes:
        """The next line; empty where none came in time, or the process has ended."""
        try:
            return self._answers.get(timeout=longest_s)
        except queue.Empty:
            return b""

    def close(self) -> None:
        """Ends the process, whatever it is doing; harmless twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe and pipe.close()

    def _begin(self) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_HIDDEN)}
        process = self._process = subprocess.Popen(  # noqa: S603 - this very Python
            [sys.executable, "-I", "-X", "utf8", "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._answers, self._is_ready = queue.SimpleQueue(), False
        threading.Thread(target=_listen, args=(process, self._answers), daemon=True).start()
        assert process.stdin is not None  # noqa: S101 - as above
        with contextlib.suppress(OSError):
            process.stdin.write(marshal.dumps([one for one in sys.path if one]))
            process.stdin.flush()
        return process


def _listen(process: subprocess.Popen[bytes], answers: "queue.SimpleQueue[bytes]") -> None:
    """Hands on what the process answers, line by line, and an empty one when it has ended."""
    assert process.stdout is not None  # noqa: S101 - as above
    with contextlib.suppress(OSError, ValueError):
        for line in process.stdout:
            answers.put(line)
    answers.put(b"")

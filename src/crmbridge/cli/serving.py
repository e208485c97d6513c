"""`crmbridge serve`, behind its options: runs the server until somebody ends it."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from crmbridge.app import telemetry
from crmbridge.cli.command import Run
from crmbridge.report.i18n import mark
from crmbridge.server.serving import Place
from crmbridge.server.serving import serve as run_server


def serve(run: Run, host: str, port: int, *, remote: bool) -> None:
    """Serves until it is interrupted or told to end; both are a good end."""

    def tell(url: str) -> None:
        if run.format == "table":
            run.say(mark("listening on {url}; Ctrl-C ends it"), url=url)
        else:
            print(json.dumps({"url": url}), flush=True)  # noqa: T201 - this is the result

    with run.bridge() as bridge, telemetry.listening(bridge.environ), _ended() as stop:
        run_server(bridge, Place(host, port, remote), stop=stop, tell=tell)


@contextmanager
def _ended() -> Iterator[threading.Event]:
    """Set by an interruption, or by the system's wish that this process ends; a second one does not wait any more."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def wish(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""What an unattended command has beside its result: log lines of JSON, and an end by request that leaves order."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crmbridge.report.i18n import mark

if TYPE_CHECKING:
    from crmbridge.app.bridge import Bridge

Log = Annotated[
    Literal["none", "json"] | None,
    typer.Option(
        "--log", metavar="none|json", help=mark("Tells what goes on as lines of JSON on standard error; else as [log].")
    ),
]


Limit = Annotated[
    int | None,
    typer.Option(
        "--limit",
        min=1,
        metavar="MINUTES",
        help=mark("Ends the run after so long, with exit code 5; never unless told."),
    ),
]


@contextmanager
def watched(bridge: "Bridge", asked: str | None, limit_minutes: int | None = None) -> Iterator[None]:
    """Log lines as asked for, else as the configuration says; the system's wish to end is like Ctrl-C.

    Timeout where the limit is reached.
    """
    from crmbridge.app import logs, telemetry  # noqa: PLC0415 - only where a command works

    wanted = bridge.workspace.config.log
    is_json = (asked or wanted.format) == "json"
    with (
        logs.to_standard_error(wanted.level) if is_json else nullcontext(),
        telemetry.listening(bridge.environ),
        _ended_like_interrupted(),
    ):
        if limit_minutes is None:
            yield
            return
        from crmbridge.sync import limit  # noqa: PLC0415 - only where a limit is given

        try:
            with limit.within(limit_minutes * 60, bridge.wiring.stop):
                yield
        except limit.TimeIsUp as ended:
            raise limit.reached(limit_minutes) from ended


@contextmanager
def _ended_like_interrupted() -> Iterator[None]:
    """SIGTERM, as service managers send it, ends the work in order: leases are given back, the run says 130."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def wish(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, wish)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

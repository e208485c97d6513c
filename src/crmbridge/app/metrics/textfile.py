"""The metrics in a file, for the textfile collector of node_exporter: jobs are short, and nobody could scrape them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmbridge.app import logs
from crmbridge.app.metrics import collecting, exposition
from crmbridge.model.errors import ConfigError, CrmBridgeError
from crmbridge.report.export import put

if TYPE_CHECKING:
    from crmbridge.app.wiring import Wiring

ENDING = ".prom"
"""The collector reads no other files."""


def write(wiring: Wiring, file: Path) -> int:
    """Writes the file in its place at once; how many bytes it has. ConfigError for a name that nobody collects."""
    if file.suffix != ENDING:
        raise ConfigError("{file} does not end in .prom: node_exporter would not collect it", file=str(file))
    made = text(wiring).encode()
    put(made, file)
    return len(made)


def text(wiring: Wiring, *, audit: bool | None = None) -> str:
    """Every metric as Prometheus reads it."""
    return exposition.text(collecting.collect(wiring, audit=audit), wiring.workspace.config.workspace.name)


def after_job(wiring: Wiring) -> None:
    """Writes the file that the configuration names, if any. What hinders that fails no job, and is told in the log.

    Whoever watches sees it too: the figures stand still, which `crmbridge_collected_timestamp_seconds` shows.
    """
    named = wiring.workspace.config.metrics.textfile
    if named is not None:
        try:
            write(wiring, wiring.workspace.folder / named)
        except CrmBridgeError as error:
            logs.event("metrics.unwritten", {"error.type": error.code}, level="error")

"""The jobs that speak with other systems: reading, following up, comparing. Each is leased by its connection too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge.sync.outcome import worst

if TYPE_CHECKING:
    from crmbridge.app.bridge import Bridge
    from crmbridge.app.jobs.kinds import NoArguments, ReconcileArguments, SyncArguments
    from crmbridge.app.jobs.parts import Parts


def sync(bridge: Bridge, arguments: SyncArguments, parts: Parts) -> None:
    """Reads the connections, and keeps in step the pairs that were read."""
    report = bridge.sync(arguments.connections)
    parts.ended(report.exit_code, error=report.error)


def follow_up(bridge: Bridge, _: NoArguments, parts: Parts) -> None:
    """Writes what services want, as far as it was granted."""
    told = bridge.follow_up()
    parts.ended(told.exit_code, told.warnings)


def reconcile(bridge: Bridge, arguments: ReconcileArguments, parts: Parts) -> None:
    """Compares the systems of pairs, one by one; what differs is told."""
    for pair in arguments.pairs or bridge.workspace.config.pairs:
        with parts.part(pair) as part:
            told = bridge.reconcile(pair)
            part.exit_code = worst(one.exit_code for one in told)
            part.notices += [note for one in told for note in one.warnings]

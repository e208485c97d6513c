"""`crmbridge sync`."""

from typing import TYPE_CHECKING, Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.watching import Limit, Log, watched
from crmbridge.model.errors import CrmBridgeError
from crmbridge.report.i18n import mark

if TYPE_CHECKING:
    from crmbridge.app.bridge import Bridge


@command("crmbridge sync", "crmbridge sync crm --workspace acme --json", "crmbridge sync --limit 30 --log json")
def sync(
    run: Run,
    connections: Annotated[
        list[str] | None,
        typer.Argument(metavar="CONNECTION", help=mark("The connections to read; else all of them.")),
    ] = None,
    *,
    limit: Limit = None,
    log: Log = None,
) -> None:
    """Reads the sources into the ledger.

    A second sync without changes writes nothing. Records that cannot be used wait in quarantine; the exit code
    is 1 then. The first sync ends with the worst findings about the data.
    """
    with run.bridge() as bridge:
        with watched(bridge, log, limit):
            report = bridge.sync(connections or [], run.progress())
        run.show(report.listing)
        run.exit_code = report.exit_code
        if report.is_first:
            _tell_findings(run, bridge)


def _tell_findings(run: Run, bridge: "Bridge") -> None:
    """The worst findings on standard error; the sync is done, so what keeps them away is told and changes no code."""
    try:
        for note in bridge.first_findings():
            run.say(note.template, **note.params)
    except CrmBridgeError as error:
        run.say(mark("data quality could not be looked at: {reason}"), reason=str(error))

"""`crmbridge audit verify`."""

from crmbridge.cli.command import Run, command


@command("crmbridge audit verify", "crmbridge audit verify --json")
def audit_verify(run: Run) -> None:
    """Checks the seal of every row of the audit log, and names what was altered, put in, taken out or cut off.

    Ends with 6 where anything was. A tail that was cut off is missed in .crmbridge/audit-anchors.ndjson.
    """
    with run.bridge() as bridge:
        run.show(bridge.audit_verify())

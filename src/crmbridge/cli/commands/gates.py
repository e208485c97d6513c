"""`crmbridge gates`."""

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Explain, Limit, Owner, Pipeline, Viewer


@command(
    "crmbridge gates", "crmbridge gates --pipeline sales --owner li@example.com", "crmbridge gates --json --explain"
)
def gates(
    run: Run,
    *,
    pipeline: Pipeline = None,
    owner: Owner = None,
    viewer: Viewer = None,
    limit: Limit = 50,
    explain: Explain = False,
) -> None:
    """Shows what each stage asks for, and which open deals lack it."""
    with run.bridge() as bridge:
        run.show(bridge.gates(pipeline=pipeline, owner=owner, viewer=viewer, limit=limit or None, explain=explain))

"""`crmbridge migrate`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge migrate old new --owner li@example.com", "crmbridge migrate old new --apply old-new-4x9kq")
def migrate(
    run: Run,
    from_: Annotated[str, typer.Argument(metavar="FROM", help=mark("The connection to move from; it is only read."))],
    to: Annotated[str, typer.Argument(metavar="TO", help=mark("The connection to move to."))],
    *,
    owner: Annotated[
        str | None,
        typer.Option("--owner", metavar="EMAIL", help=mark("Who owns there what nobody there owns.")),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help=mark("Plans anew what crmbridge undo has taken back from a migration."))
    ] = False,
    apply: Annotated[
        str | None, typer.Option("--apply", metavar="PLAN", help=mark("Carries out that plan, or goes on with it."))
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help=mark("Writes it as one HTML page; - is standard output.")),
    ] = None,
) -> None:
    """Moves a company from one system to another: accounts, contacts, leads, deals, tasks, activities and notes.

    Both are read, and what the second lacks is planned and told beside what cannot be carried; nothing is sent. --apply
    carries the plan out; after an interruption it goes on where it was. Run it again until people have moved: what has
    changed since follows.
    """
    from crmbridge.cli import language, pages  # noqa: PLC0415 - heavy: only when the command runs

    with run.bridge() as bridge:
        if apply is not None:
            run.show(bridge.migrate_apply(from_, to, apply, run.progress()))
            return
        found = bridge.migrate(from_, to, owner=owner, again=again, progress=run.progress())
    if html is None:
        run.show(found)
        return
    from crmbridge.report.migration import migration_page  # noqa: PLC0415 - heavy: only when the command runs

    pages.write(migration_page(found, language.texts()), html, run)

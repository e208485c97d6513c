"""`crmbridge erase`."""

from typing import Annotated

import typer

from crmbridge.cli import confirming
from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge erase --person li.wei@example.com", "crmbridge erase --person '+86 138 0013 8000' --yes")
def erase(
    run: Run,
    *,
    person: Annotated[
        list[str],
        typer.Option(
            "--person",
            metavar="WHO",
            help=mark("An e-mail address, a telephone number, an id or the whole name. Several times for several."),
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help=mark("Does it without asking."))] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=mark("Shows what would be erased, and changes nothing."))
    ] = False,
) -> None:
    """Erases a contact or lead everywhere: records, payloads, history, caches, reports; no sync brings them back.

    Shows first what goes, place by place. Deals and accounts stay, without the person. Erase them in the CRM too.
    """
    with run.bridge() as bridge:
        if dry_run or not yes:
            run.show(bridge.erase_look(person))
        if dry_run:
            return
        confirming.ask(mark("Erase {person} for good?"), yes=yes, person=", ".join(person))
        done = bridge.erase(person)
        if yes:
            run.show(done)
    run.say(mark("erased; a backup of the ledger loses them too when it is put back"))

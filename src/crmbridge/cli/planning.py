"""What `crmbridge plan` does: makes plans, lists them, shows one, or writes one as a page."""

from dataclasses import dataclass
from pathlib import Path

from crmbridge.cli import language, pages
from crmbridge.cli.command import Run
from crmbridge.cli.usage import Usage
from crmbridge.report.listing import SAMPLES, Listing, joined
from crmbridge.report.plan_page import plan_page


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    list_: bool = False
    show: str | None = None
    html: Path | None = None
    all_: bool = False


def plan(run: Run, pair: str | None, *, asked: Asked) -> None:
    """Answers the command; Usage where its options do not go together."""
    if sum((asked.list_, asked.show is not None, pair is not None)) > 1:
        raise Usage("a pair, --list and --show do not go together", hint="give one of them")
    samples = None if asked.all_ or run.format != "table" else SAMPLES
    with run.bridge() as bridge:
        if asked.list_:
            found = [bridge.plans()]
        elif asked.show is not None:
            found = [bridge.plan_show(asked.show, samples=samples)]
        else:
            found = bridge.plan_any(pair, run.progress(), samples=samples)
    if asked.html is not None:
        pages.write(plan_page(_only(found), language.texts()), asked.html, run)
        return
    run.show(joined(found))


def _only(found: list[Listing]) -> Listing:
    if len(found) != 1:
        raise Usage("one page shows one plan", hint="name the pair")
    return found[0]

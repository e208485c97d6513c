"""The demo, step by step: make the files, sync both workspaces, show the figures, compare them, write the report.

At the end one company is read from three systems, where they are installed.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from crmbridge.app import demo
from crmbridge.app.bridge import Bridge
from crmbridge.cli import language, pages, three_systems
from crmbridge.cli.command import Run
from crmbridge.cli.usage import Usage
from crmbridge.model.errors import ContractError
from crmbridge.report import documents
from crmbridge.report.i18n import catalog, mark
from crmbridge.report.listing import Column, Listing

ACCEPTED = {0, 1}
"""How a sync of the demo may end: some of its records are broken on purpose."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one workspace answered."""

    workspace: Path
    synced: Listing
    quarantine: Listing
    funnel: Listing
    kpi: Listing


def show(run: Run, keep: Path | None, seed: int | None) -> None:
    """Runs the demo and prints it; ContractError where the two workspaces disagree."""
    with _folder(keep) as folder:
        company = demo.invent(demo.SEED if seed is None else seed)
        counts = {name: f"{len(rows):,}" for name, rows in company.objects.items()}
        run.say(
            mark("a company with {users} users, {accounts} accounts, {deals} deals and {activities} activities"),
            **counts,
        )
        answers = [_figures(run, workspace) for workspace in demo.write_workspaces(company, folder)]
        _compare(*answers)
        for answer in answers if run.format == "table" else ():
            _show_one(run, answer)
        run.say(mark("both workspaces give the same figures, to the digit"))
        three = three_systems.compare(run, folder)
        if run.format != "table":
            run.show(_together(answers, three))
        elif three:
            run.show(three)
        if three:
            run.say(mark("all three give the same funnel, to the digit"))
        _report(run, answers, folder, is_kept=keep is not None)
        _next_steps(run, answers[0].workspace if keep else None)
    run.exit_code = 0


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="crmbridge-demo-") as made:
            yield Path(made)
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise Usage("{folder} is not empty", folder=str(keep), hint="name a folder that is not there yet")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep


def _figures(run: Run, workspace: Path) -> Figures:
    with _open(workspace) as bridge:
        report = bridge.sync([], run.progress())
        if report.exit_code not in ACCEPTED:
            run.show(report.listing)
            raise ContractError("the demo could not read {workspace}", workspace=workspace.name)
        return Figures(
            workspace=workspace,
            synced=report.listing,
            quarantine=bridge.quarantine(None, retry=False),
            funnel=bridge.funnel(by=[], pipeline=None, start=None, end=None, cohort=False, known="now", explain=False),
            kpi=bridge.kpi([], by=[], start=None, end=None, explain=False),
        )


def _compare(one: Figures, other: Figures) -> None:
    texts = catalog("en")
    for mine, theirs in ((one.funnel, other.funnel), (one.kpi, other.kpi)):
        if list(documents.rows(mine, texts)) != list(documents.rows(theirs, texts)):
            raise ContractError("{definition} differs between the two workspaces", definition=mine.definition)


def _show_one(run: Run, answer: Figures) -> None:
    run.say("\n{workspace}", workspace=f"== {answer.workspace.name} ==")
    for listing in (answer.synced, answer.quarantine, answer.funnel, answer.kpi):
        run.show(listing)


def _together(answers: list[Figures], three: Listing | None) -> Listing:
    """The funnels of both in one listing, each row with its workspace; those of the three systems with their system."""
    first = answers[0].funnel
    rows = [{"workspace": a.workspace.name, **row} for a in answers for row in a.funnel.rows]
    rows += [{**row, "slice": "all"} for row in three.rows] if three else []
    columns = (Column("workspace", "workspace"), Column("system", mark("system")), *first.columns)
    return replace(first, definition="demo/1", columns=columns, rows=tuple(rows))


def _report(run: Run, answers: list[Figures], folder: Path, *, is_kept: bool) -> None:
    """Writes the weekly report, of the workspace that speaks the reader's language."""
    spoken = language.texts().language
    answer = answers[-1] if spoken == "zh" else answers[0]
    file = folder / "report.html"
    with _open(answer.workspace) as bridge:
        pages.save(bridge.report_weekly(language=spoken).encode("utf-8"), file)
    if is_kept:
        run.say(mark("the weekly report, to open in a browser: {file}"), file=str(file))
    else:
        run.say(mark("the weekly report was written and goes with the demo; --keep ./demo keeps it to look at"))


def _open(workspace: Path) -> Bridge:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CRMBRIDGE")}
    return Bridge.open(workspace, as_of=demo.AS_OF, environ=environ)


def _next_steps(run: Run, workspace: Path | None) -> None:
    if workspace is None:
        run.say(mark("next: crmbridge demo --keep ./demo keeps both workspaces to look around in"))
        return
    run.say(mark("next, in {folder}:"), folder=str(workspace))
    for line in ("crmbridge quarantine", "crmbridge funnel --by source --as-of 2026-06-30", "crmbridge export deal"):
        run.say("  {line}", line=line)
    run.say(mark("then with your own files: crmbridge init acme --files DIR"))

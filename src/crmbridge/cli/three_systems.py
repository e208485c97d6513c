"""The demo's last part: one company read from Zoho CRM, from Fxiaoke and from files, and the same funnel of each."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crmbridge.adapter.registry import discover
from crmbridge.app.bridge import Bridge
from crmbridge.app.demo import systems
from crmbridge.app.demo.systems import System
from crmbridge.cli import simulators
from crmbridge.cli.command import Run
from crmbridge.model.errors import ContractError
from crmbridge.report import documents
from crmbridge.report.i18n import catalog, mark
from crmbridge.report.listing import Column, Listing, Names

WORLD = ("--seed", str(systems.SEED), "--deals", str(systems.DEALS), "--now", systems.PRESENT.isoformat())
_TENANT = ("--switch", "task_object=on")
_SHOWN = ("total", "won", "lost", "open", "win_rate", "won_amount", "open_amount", "cycle_days_mean")
"""What is shown of a funnel; all of it is compared."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one of the three says."""

    title: Names
    funnel: Listing


def missing() -> list[str]:
    """The packages that the comparison needs and this machine lacks."""
    known = discover().adapters
    lacking = [f"crmbridge-{adapter}" for adapter in systems.SYSTEMS.values() if adapter not in known]
    return lacking + ([] if importlib.util.find_spec(simulators.MODULE) else ["crmbridge-sim"])


def compare(run: Run, folder: Path) -> Listing | None:
    """Reads the company three times; the figures of each, None where something for it is not installed.

    ContractError where two of the three disagree.
    """
    lacking = missing()
    if lacking:
        run.say(
            mark("one company in three systems is left out, because {packages} is not installed"),
            packages=", ".join(lacking),
        )
        return None
    run.say(
        mark(
            "one company in Zoho CRM, in Fxiaoke and in files: {deals} deals in several currencies, read from each;"
            " shown are those in {currency}"
        ),
        deals=systems.DEALS,
        currency=systems.CURRENCY,
    )
    with _systems(folder) as found:
        answers = [_answer(run, system) for system in found]
    for other in answers[1:]:
        _agree(answers[0], other)
    return _listing(answers)


@contextmanager
def _systems(folder: Path) -> Iterator[list[System]]:
    """The three, written and listening."""
    with ExitStack() as stack:
        _, zoho = stack.enter_context(simulators.running(["zoho", *WORLD]))
        _, fxiaoke = stack.enter_context(simulators.running(["fxiaoke", *WORLD, *_TENANT]))
        told: Mapping[str, Mapping[str, str]] = {"zoho": json.loads(zoho), "fxiaoke": json.loads(fxiaoke), "files": {}}
        made = [systems.write_system(folder, name, told[name]) for name in systems.SYSTEMS]
        _export(made[-1].workspace / "exports")
        yield made


def _export(folder: Path) -> None:
    command = [sys.executable, "-m", simulators.MODULE, "export", "csv", str(folder), *WORLD]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own interpreter, no shell


def _answer(run: Run, system: System) -> Answer:
    with Bridge.open(system.workspace, as_of=systems.PRESENT, environ=system.environ) as bridge:
        report = bridge.sync([], run.progress())
        if report.exit_code:
            run.show(report.listing)
            raise ContractError("the demo could not read {workspace}", workspace=system.name)
        card = bridge.wiring.descriptor("crm")
        return Answer(Names({"en": card.title, "zh": card.title_zh}), bridge.funnel(currency=systems.CURRENCY))


def _agree(one: Answer, other: Answer) -> None:
    texts = catalog("en")
    if list(documents.rows(one.funnel, texts)) != list(documents.rows(other.funnel, texts)):
        raise ContractError("{definition} differs between the systems", definition=one.funnel.definition)


def _listing(answers: list[Answer]) -> Listing:
    known = {column.name: column for column in answers[0].funnel.columns}
    columns = (Column("system", mark("system")), *(known[name] for name in _SHOWN if name in known))
    rows = [{"system": one.title, **{name: one.funnel.rows[0].get(name) for name in _SHOWN}} for one in answers]
    return Listing("demo-systems/1", columns, tuple(rows), as_of=systems.PRESENT)

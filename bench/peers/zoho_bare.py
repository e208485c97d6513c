"""A bare loop over Zoho's pages of Deals by page token into SQLite: what no connector can be faster than by pages.

`zoho_bare.py API TOKEN FIELDS FOLDER` prints the count and the seconds.
"""

import json
import sqlite3
import sys
import time

import httpx


def main(api: str, token: str, fields: str, folder: str) -> None:
    started = time.perf_counter()
    store = sqlite3.connect(f"{folder}/bare.db")
    store.execute("CREATE TABLE deals (id TEXT PRIMARY KEY, body TEXT)")
    params: dict[str, str | int] = {"fields": fields, "per_page": 200}
    with httpx.Client(headers={"Authorization": f"Zoho-oauthtoken {token}"}, timeout=60) as client:
        while True:
            page = client.get(f"{api}/crm/v8/Deals", params=params).raise_for_status().json()
            rows = [(record["id"], json.dumps(record)) for record in page["data"]]
            store.executemany("INSERT OR REPLACE INTO deals VALUES (?, ?)", rows)
            if not page["info"]["more_records"]:
                break
            params["page_token"] = page["info"]["next_page_token"]
    store.commit()
    (count,) = store.execute("SELECT count(*) FROM deals").fetchone()
    print(json.dumps({"records": count, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The official SDK's paging loop over Deals, each record as JSON into SQLite.

`zoho_sdk.py ACCOUNTS API CLIENT_ID CLIENT_SECRET REFRESH_TOKEN FIELDS FOLDER` prints the count and the seconds.
"""

import json
import sqlite3
import sys
import time

from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store.file_store import FileStore
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.record import GetRecordsParam, RecordOperations


def main(*arguments: str) -> None:
    accounts, api, client_id, secret, refresh, fields, folder = arguments
    Initializer.initialize(
        environment=DataCenter.Environment(api, f"{accounts}/oauth/v2/token", api),
        token=OAuthToken(client_id=client_id, client_secret=secret, refresh_token=refresh),
        store=FileStore(f"{folder}/sdk-tokens.txt"),
        resource_path=folder,
    )
    store = sqlite3.connect(f"{folder}/sdk.db")
    store.execute("CREATE TABLE deals (id TEXT PRIMARY KEY, body TEXT)")
    started = time.perf_counter()
    operations, page_token = RecordOperations("Deals"), None
    while True:
        params = ParameterMap()
        params.add(GetRecordsParam.fields, fields)
        params.add(GetRecordsParam.per_page, 200)
        if page_token:
            params.add(GetRecordsParam.page_token, page_token)
        page = operations.get_records(params, HeaderMap()).get_object()
        rows = [(r.get_id(), json.dumps(r.get_key_values(), default=str)) for r in page.get_data()]
        store.executemany("INSERT OR REPLACE INTO deals VALUES (?, ?)", rows)
        store.commit()
        info = page.get_info()
        if not info.get_more_records():
            break
        page_token = info.get_next_page_token()
    seconds = time.perf_counter() - started
    (count,) = store.execute("SELECT count(*) FROM deals").fetchone()
    print(json.dumps({"records": count, "seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])

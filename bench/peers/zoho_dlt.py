"""dlt's rest_api source reading Zoho's Deals by page token into DuckDB: `zoho_dlt.py API TOKEN FIELDS FOLDER`.

Prints how many records arrived and how many seconds the work took, without the imports.
"""

import json
import os
import sys
import time

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
from dlt.sources.rest_api import rest_api_source


def main(api: str, token: str, fields: str, folder: str) -> None:
    started = time.perf_counter()
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{api}/crm/v8/",
                "headers": {"Authorization": f"Zoho-oauthtoken {token}"},
                "paginator": {"type": "cursor", "cursor_path": "info.next_page_token", "cursor_param": "page_token"},
            },
            "resources": [
                {
                    "name": "deals",
                    "primary_key": "id",
                    "endpoint": {
                        "path": "Deals",
                        "params": {"fields": fields, "per_page": 200},
                        "data_selector": "data",
                    },
                }
            ],
        }
    )
    pipeline = dlt.pipeline(
        "bench", pipelines_dir=folder, destination=dlt.destinations.duckdb(f"{folder}/dlt.duckdb"), dataset_name="zoho"
    )
    pipeline.run(source)
    with pipeline.sql_client() as client:
        (count,) = client.execute_sql("SELECT count(*) FROM deals")[0]
    print(json.dumps({"records": count, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main(*sys.argv[1:])

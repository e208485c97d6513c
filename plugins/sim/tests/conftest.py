from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pytest

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import ZohoSimulator


class Client:
    """A bare client: one token, calls as one line."""

    def __init__(self, sim: ZohoSimulator, token: str | None = None) -> None:
        self.sim = sim
        self.token = token or sim.token()

    def call(self, method: str, path: str, *, json: object = None, headers: dict[str, str] | None = None) -> Response:
        sent = {"Authorization": f"Zoho-oauthtoken {self.token}", **(headers or {})}
        return self.sim.handle(Request.of(method, path, headers=sent, json_body=json))

    def get(self, path: str, **headers: str) -> Response:
        return self.call("GET", f"/crm/v8{path}", headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path: str, json: object) -> Response:
        return self.call("POST", f"/crm/v8{path}", json=json)

    def put(self, path: str, json: object, **headers: str) -> Response:
        sent = {k.replace("_", "-"): v for k, v in headers.items()}
        return self.call("PUT", f"/crm/v8{path}", json=json, headers=sent)

    def patch(self, path: str, json: object) -> Response:
        return self.call("PATCH", f"/crm/v8{path}", json=json)

    def delete(self, path: str) -> Response:
        return self.call("DELETE", f"/crm/v8{path}")

    def coql(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query; none when there is no match."""
        answer = self.post("/coql", {"select_query": query})
        assert answer.status in {200, 204}, answer.body
        rows: list[dict[str, Any]] = answer.json()["data"] if answer.body else []
        return rows

    def export(self, module: str, *fields: str) -> list[dict[str, str]]:
        """The rows of a bulk read, its waiting done."""
        body = {"query": {"module": {"api_name": module}, "fields": list(fields)}}
        job = self.call("POST", "/crm/bulk/v8/read", json=body).json()["data"][0]["details"]["id"]
        self.sim.clock.advance(60)
        return unpacked(self.call("GET", f"/crm/bulk/v8/read/{job}/result"), job)


def unpacked(answer: Response, job: str) -> list[dict[str, str]]:
    """The rows of a job's result: one CSV in a zip, both named after the job."""
    assert answer.status == 200, answer.body
    assert f"{job}.zip" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
        assert packed.namelist() == [f"{job}.csv"]
        return list(csv.DictReader(io.StringIO(packed.read(f"{job}.csv").decode())))


@pytest.fixture
def sim() -> ZohoSimulator:
    return ZohoSimulator(deals=0)


@pytest.fixture
def client(sim: ZohoSimulator) -> Client:
    return Client(sim)

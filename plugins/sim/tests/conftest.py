from __future__ import annotations

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

    def delete(self, path: str) -> Response:
        return self.call("DELETE", f"/crm/v8{path}")


@pytest.fixture
def sim() -> ZohoSimulator:
    return ZohoSimulator(deals=0)


@pytest.fixture
def client(sim: ZohoSimulator) -> Client:
    return Client(sim)

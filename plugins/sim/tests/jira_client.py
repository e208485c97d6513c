"""A bare client of the Jira simulator for its tests: one caller, calls as one line."""

from __future__ import annotations

import base64
from typing import Any

from crmbridge_sim.jira import JiraSimulator
from crmbridge_sim.wire import Request, Response

QUIET = {"index_lag_s": 0, "short_every": 0}


def document(text: str) -> dict[str, Any]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


def basic(email: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{email}:{token}".encode()).decode()


class JiraClient:
    """Signs each call; a refusal is an answer like any other."""

    def __init__(self, sim: JiraSimulator, *, authorization: str = "", prefix: str = "") -> None:
        self.sim = sim
        self.authorization = authorization or basic(sim.caller.email, sim.token)
        self.prefix = prefix or f"/rest/api/{3 if sim.cloud else 2}"

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Response:
        sent = {"Authorization": self.authorization, **headers}
        return self.sim.handle(Request.of(method, self.prefix + path, headers=sent, json_body=body))

    def ok(self, method: str, path: str, body: object = None, *, status: int = 200) -> Any:
        answer = self.send(method, path, body)
        assert answer.status == status, (answer.status, answer.body)
        return answer.json() if answer.body else None

    def refused(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        answer = self.send(method, path, body)
        assert answer.status >= 400, answer.body
        told = answer.json()
        return answer.status, told.get("errors") or told.get("errorMessages")

    def create(self, summary: str = "Call Ada", **fields: Any) -> str:
        begin = {"project": {"key": "SALE"}, "issuetype": {"id": "10002"}, "summary": summary}
        made: str = self.ok("POST", "/issue", {"fields": {**begin, **fields}}, status=201)["id"]
        return made

    def issue(self, name: str, *fields: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ok("GET", f"/issue/{name}" + (f"?fields={','.join(fields)}" if fields else ""))
        return found

    def found(self, jql: str, **more: Any) -> list[str]:
        """The ids of all pages."""
        ids: list[str] = []
        asked = {"jql": jql, "maxResults": 100, **more}
        while True:
            page = self.ok("POST", "/search/jql", asked)
            ids += [one["id"] for one in page["issues"]]
            if "nextPageToken" not in page:
                return ids
            asked["nextPageToken"] = page["nextPageToken"]

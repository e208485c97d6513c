"""A Jira Cloud of a few lines: one project, two types, search with tokens, screens, transitions, properties."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx

from crmbridge.testing.clock import VirtualClock

SITE = "http://127.0.0.1:7101"
TOKEN = "token-canary-7f31"  # noqa: S105 - made up
SECRET = json.dumps({"email": "bridge@acme.example", "token": TOKEN})
ME = "acc-bridge"
STATUSES = {
    "10003": ("To Do", "new"),
    "10005": ("Doing", "indeterminate"),
    "10004": ("Done", "done"),
    "10007": ("Cancelled", "done"),
}
WAYS = {"10003": ("10005", "10004", "10007"), "10005": ("10003", "10004", "10007"), "10004": ("10003",), "10007": ()}
SCREEN = {
    "summary": ("string", True),
    "description": ("string", False),
    "duedate": ("date", False),
    "assignee": ("user", False),
    "labels": ("array", False),
    "customfield_10050": ("string", False),
    "customfield_10051": ("number", False),
    "project": ("project", True),
    "issuetype": ("issuetype", True),
}
SYSTEM = ("created", "updated", "resolutiondate", "resolution", "creator", "reporter", "status")
PEOPLE = {ME: ("Bridge", "bridge@acme.example"), "acc-ann": ("Ann", None), "acc-bo": ("Bo", "bo@acme.example")}
DONE = "done"


def refusal(status: int, text: str = "", **fields: str) -> httpx.Response:
    return httpx.Response(status, json={"errorMessages": [text] if text else [], "errors": fields})


def hidden() -> httpx.Response:
    return refusal(404, "Issue does not exist or you do not have permission to see it.")


@dataclass
class FakeJira:
    """`issues` by id: fields, properties, comments. `fault` may answer, or break, a call before or after it is done."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[httpx.Request] = field(default_factory=list)
    writes: int = 0
    last: int = 10_240
    unfound: set[str] = field(default_factory=set)
    """Issues that the index does not know of, whatever the database says."""
    before: Any = None
    after: Any = None
    required_on_done: bool = False
    account: str = ME
    page_cap: int = 1000

    # behind the adapter

    def make(self, fields: Mapping[str, object], properties: Mapping[str, object] | None = None) -> str:
        self.last += 1
        found = str(self.last)
        empty = dict.fromkeys((*SCREEN, *SYSTEM))
        now = self.stamp()
        told = {"created": now, "updated": now, "creator": self.person(ME), "status": self.status("10003")}
        known = {"project": {"id": "1", "key": "SALE"}, "issuetype": {"id": "10002", "name": "Follow-up"}, "labels": []}
        self.issues[found] = {
            "id": found,
            "key": f"SALE-{self.last - 10_240}",
            "fields": {**empty, **told, **known, **fields},
            "properties": dict(properties or {}),
            "comments": [],
        }
        return found

    def touch(self, issue: str, **fields: object) -> None:
        self.issues[issue]["fields"] |= {**fields, "updated": self.stamp()}

    def stamp(self) -> str:
        return self.clock.advance(0.001).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"

    @staticmethod
    def person(account: str) -> dict[str, object]:
        return {"accountId": account, "displayName": PEOPLE[account][0], "active": True}

    @staticmethod
    def status(found: str) -> dict[str, object]:
        name, category = STATUSES[found]
        return {"id": found, "name": name, "statusCategory": {"key": category}}

    # the API

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        if self.before is not None and (answer := self.before(request)) is not None:
            return self._dated(answer)
        if request.method in {"PUT", "DELETE"} or request.url.path.endswith(("/issue", "/transitions")):
            self.writes += request.method != "GET"
        answer = self._answer(request)
        if self.after is not None:
            answer = self.after(request, answer)
        return self._dated(answer)

    def _dated(self, answer: httpx.Response) -> httpx.Response:
        answer.headers["Date"] = self.clock().strftime("%a, %d %b %Y %H:%M:%S GMT")
        return answer

    def _answer(self, request: httpx.Request) -> httpx.Response:  # noqa: PLR0911 - a table of routes
        path, params = unquote(request.url.path).removeprefix("/rest/api/3"), request.url.params
        body = json.loads(request.content) if request.content else {}
        if not request.headers["Authorization"].startswith("Basic ") or self.account != ME:
            return self._anonymous(path)
        if path == "/myself":
            return httpx.Response(200, json=self.person(ME))
        if path == "/search/jql":
            return self._search(body)
        if path == "/issue/bulkfetch":
            found = sorted({one for one in body["issueIdsOrKeys"] if one in self.issues}, key=int)
            return httpx.Response(200, json={"issues": [self.shown(one, body["fields"]) for one in found]})
        if path == "/issue" and request.method == "POST":
            return self._create(body)
        if path == "/user/assignable/search":
            start = int(params["startAt"])
            people = [
                {**self.person(one), **({"emailAddress": PEOPLE[one][1]} if PEOPLE[one][1] else {})} for one in PEOPLE
            ]
            return httpx.Response(200, json=people if start == 0 else [])
        if path.startswith(("/issue/createmeta/SALE", "/project/SALE")):
            return self._meta(path)
        if path.startswith("/issue/") and path.split("/")[2] in self.issues:
            return self._issue(request, path.split("/")[2], path.split("/")[3:], body)
        return hidden()

    def _anonymous(self, path: str) -> httpx.Response:
        headers = {"x-seraph-loginreason": "AUTHENTICATED_FAILED"}
        if path == "/search/jql":
            return httpx.Response(200, json={"issues": [], "isLast": True}, headers=headers)
        answer = hidden()
        answer.headers.update(headers)
        return answer

    def _meta(self, path: str) -> httpx.Response:
        types = [
            {"id": "10002", "name": "Follow-up", "subtask": False},
            {"id": "10009", "name": "Bug", "subtask": False},
        ]
        if path.endswith("/statuses"):
            statuses = [self.status(one) for one in STATUSES]
            return httpx.Response(200, json=[{**types[0], "statuses": statuses}])
        if path.endswith("/issuetypes"):
            return httpx.Response(200, json={"issueTypes": types, "startAt": 0, "maxResults": 50, "total": 2})
        fields = [
            {
                "fieldId": name,
                "key": name,
                "name": name,
                "required": needed,
                "hasDefaultValue": False,
                "schema": {"type": kind},
            }
            for name, (kind, needed) in SCREEN.items()
        ]
        return httpx.Response(200, json={"fields": fields, "startAt": 0, "maxResults": 50, "total": len(fields)})

    def _search(self, body: Mapping[str, Any]) -> httpx.Response:
        text = body["jql"]
        labels = set(re.findall(r'"(crm-[^"]*)"', text))
        since = re.search(r"updated >= (\d+)", text)
        found = []
        for key, one in self.issues.items():
            updated = one["fields"]["updated"]
            if key in self.unfound or (labels and not labels & set(one["fields"]["labels"])):
                continue
            if since is None or self._ms(updated) >= int(since[1]):
                found.append((updated, int(key), key))
        after = json.loads(body["nextPageToken"]) if "nextPageToken" in body else ["", 0]
        rest = [one for one in sorted(found) if [one[0], one[1]] > after]
        page = rest[: min(body["maxResults"], self.page_cap)]
        told: dict[str, object] = {"issues": [self.shown(key, body["fields"]) for _, _, key in page]}
        if len(page) < len(rest):
            told["nextPageToken"] = json.dumps([page[-1][0], page[-1][1]])
        return httpx.Response(200, json=told | {"isLast": len(page) == len(rest)})

    @staticmethod
    def _ms(text: str) -> int:
        from datetime import datetime  # noqa: PLC0415

        return int(datetime.fromisoformat(text).timestamp() * 1000)

    def shown(self, key: str, names: list[str]) -> dict[str, object]:
        one = self.issues[key]
        fields = {name: one["fields"][name] for name in names if name in one["fields"]}
        if "comment" in names:
            comments = one["comments"]
            fields["comment"] = {"comments": comments[:1], "total": len(comments), "maxResults": 1}
        return {"id": key, "key": one["key"], "fields": fields, "properties": dict(one["properties"])}

    def _wrong(self, fields: Mapping[str, Any], *, create: bool) -> dict[str, str]:
        wrong = {
            name: f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            for name in fields
            if name not in SCREEN or (name in {"status", "project"} and not create)
        }
        text = fields.get("summary", "")
        if text is None or "\n" in text or "\r" in text:
            wrong["summary"] = "The summary is invalid because it contains newline characters."
        if isinstance(fields.get("description"), str):
            wrong["description"] = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        if fields.get("assignee") and fields["assignee"].get("accountId") not in PEOPLE:
            wrong["assignee"] = "User cannot be assigned issues."
        if any(" " in one for one in fields.get("labels") or ()):
            wrong["labels"] = "The label contains spaces which is invalid."
        return wrong

    def _create(self, body: Mapping[str, Any]) -> httpx.Response:
        if wrong := self._wrong(body["fields"], create=True):
            return refusal(400, **wrong)
        made = self.make(
            {**body["fields"], "issuetype": {"id": "10002", "name": "Follow-up"}},
            {one["key"]: one["value"] for one in body.get("properties", ())},
        )
        return httpx.Response(201, json={"id": made, "key": self.issues[made]["key"]})

    def _issue(  # noqa: PLR0911 - a table of routes
        self, request: httpx.Request, key: str, rest: list[str], body: Mapping[str, Any]
    ) -> httpx.Response:
        one, method = self.issues[key], request.method
        if rest[:1] == ["transitions"]:
            return self._transitions(key, method, body)
        if rest[:1] == ["properties"]:
            one["properties"][rest[1]] = body
            return httpx.Response(200)
        if rest[:1] == ["remotelink"]:
            one.setdefault("links", {})[body["globalId"]] = body["object"]["url"]
            return httpx.Response(201, json={"id": 1})
        if rest[:1] == ["comment"]:
            start = int(request.url.params.get("startAt", 0))
            page = one["comments"][start : start + 2]
            return httpx.Response(200, json={"comments": page, "startAt": start, "total": len(one["comments"])})
        if method == "GET":
            return httpx.Response(200, json=self.shown(key, request.url.params["fields"].split(",")))
        if one["fields"].get("archiveddate"):
            return refusal(403, "The issue is archived.")
        if method == "DELETE":
            del self.issues[key]
            return httpx.Response(204)
        if wrong := self._wrong(body.get("fields", {}), create=False):
            return refusal(400, **wrong)
        added = [told["add"] for told in body.get("update", {}).get("labels", ())]
        labels = [*one["fields"]["labels"], *(name for name in added if name not in one["fields"]["labels"])]
        self.touch(key, labels=labels)
        self.touch(key, **body.get("fields", {}))
        return httpx.Response(204)

    def _transitions(self, key: str, method: str, body: Mapping[str, Any]) -> httpx.Response:
        here = self.issues[key]["fields"]["status"]["id"]
        if method == "GET":
            ways = [{"id": f"t{to}", "to": self.status(to), "fields": self._asks(to)} for to in WAYS[here]]
            return httpx.Response(200, json={"transitions": ways})
        to = body["transition"]["id"].removeprefix("t")
        if to not in WAYS[here]:
            return refusal(400, "It is not a valid transition.")
        if self._asks(to) and "resolution" not in body.get("fields", {}):
            return refusal(400, resolution="Resolution is required.")
        is_done = STATUSES[to][1] == DONE
        self.touch(key, status=self.status(to), resolutiondate=self.stamp() if is_done else None)
        self.touch(key, resolution=body.get("fields", {}).get("resolution"))
        return httpx.Response(204)

    def _asks(self, to: str) -> dict[str, object]:
        if not self.required_on_done or STATUSES[to][1] != DONE:
            return {}
        allowed = [{"id": "1", "name": "Done"}, {"id": "2", "name": "Won't do"}]
        return {
            "resolution": {"name": "Resolution", "required": True, "hasDefaultValue": False, "allowedValues": allowed}
        }

"""A Zoho of a few lines: scripted answers by path, and one list whose caps are as small as a test wants them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from crmbridge.adapter.context import AdapterContext
from crmbridge_zoho.adapter import ZohoAdapter
from crmbridge_zoho.config import ZohoOptions

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ACCOUNTS, API = "http://127.0.0.1:7001", "http://127.0.0.1:7002"
SECRET = {"client_id": "1000.CLIENT", "client_secret": "secret-canary", "refresh_token": "refresh-canary"}
FIELDS = (
    ("Deal_Name", "text"),
    ("Amount", "currency"),
    ("Stage", "picklist"),
    ("Owner", "ownerlookup"),
    ("Account_Name", "lookup"),
    ("Created_Time", "datetime"),
    ("Modified_Time", "datetime"),
)
ORG = {
    "id": "77",
    "company_name": "Fjord",
    "time_zone": "Europe/Stockholm",
    "iso_code": "SEK",
    "license_details": {"paid_type": "enterprise", "users_license_purchased": 10},
}
Route = Callable[[httpx.Request], httpx.Response]


@dataclass
class Secrets:
    text: str = field(default_factory=lambda: json.dumps(SECRET))

    def resolve(self, reference: str) -> str:  # noqa: ARG002 - there is but one
        return self.text


@dataclass
class Clock:
    """Now, moved by every pause."""

    now: datetime = NOW
    pauses: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += timedelta(seconds=seconds)


def answer(body: object, status: int = 200, **headers: str) -> httpx.Response:
    told = {"Date": NOW.strftime("%a, %d %b %Y %H:%M:%S GMT"), **{k.replace("_", "-"): v for k, v in headers.items()}}
    return httpx.Response(status, json=body, headers=told) if body is not None else httpx.Response(status, headers=told)


def refused(code: str, status: int = 400, details: Mapping[str, object] | None = None) -> httpx.Response:
    return answer({"code": code, "details": dict(details or {}), "message": "no", "status": "error"}, status)


@dataclass
class FakeZoho:
    """`routes` answer by "METHOD /path"; `calls` are what came, without the token's."""

    clock: Clock = field(default_factory=Clock)
    routes: dict[str, Route] = field(default_factory=dict)
    calls: list[httpx.Request] = field(default_factory=list)
    tokens: list[httpx.Request] = field(default_factory=list)
    token: Route | None = None
    fields: tuple[tuple[str, str], ...] = FIELDS

    def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/v2/token":
            self.tokens.append(request)
            if self.token is not None:
                return self.token(request)
            number = len(self.tokens)
            return answer({"access_token": f"1000.t{number}", "api_domain": API, "expires_in": 3600})
        self.calls.append(request)
        route = self.routes.get(f"{request.method} {request.url.path}")
        if route is not None:
            return route(request)
        if request.url.path == "/crm/v8/org":
            return answer({"org": [ORG]})
        if request.url.path == "/crm/v8/settings/fields":
            return answer({"fields": [{"api_name": name, "data_type": kind} for name, kind in self.fields]})
        return refused("INVALID_URL_PATTERN", 404)

    def paths(self) -> list[str]:
        return [request.url.path for request in self.calls]

    def open(self, workspace: Path, *, secrets: Any = None, **options: object) -> ZohoAdapter:
        config = ZohoOptions.model_validate(
            {"simulator": True, "accounts_url": ACCOUNTS, "api_url": API, "credentials": "x", **options}
        )
        context = AdapterContext(
            "zoho", config, workspace, secrets=secrets or Secrets(), clock=self.clock, sleep=self.clock.sleep
        )
        return ZohoAdapter(context, config, transport=httpx.MockTransport(self.handle))


def moment(second: int) -> str:
    """A time of the org, so many seconds after a beginning."""
    return (datetime(2026, 5, 1, tzinfo=UTC) + timedelta(seconds=second)).isoformat()


def deal(number: int, second: int, **more: object) -> dict[str, object]:
    return {"id": f"77{number:06d}", "Deal_Name": f"deal {number}", "Modified_Time": moment(second), **more}


@dataclass
class Deals:
    """A module's list, query and count over rows in memory. `cap` is how many rows a token's walk may reach."""

    fake: FakeZoho
    rows: list[dict[str, object]] = field(default_factory=list)
    cap: int = 100_000
    per_page_calls: int = 0
    before_page: Callable[[int], None] | None = None
    lose_token_at: int | None = None
    tokens: dict[str, tuple[str, str | None, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fake.routes["GET /crm/v8/Deals"] = self.listed
        self.fake.routes["GET /crm/v8/Deals/actions/count"] = lambda _: answer({"count": len(self.rows)})
        self.fake.routes["POST /crm/v8/coql"] = self.query

    def listed(self, request: httpx.Request) -> httpx.Response:
        params, since = request.url.params, request.headers.get("If-Modified-Since")
        if "ids" in params:
            wanted = set(params["ids"].split(","))
            return self._page([row for row in self.rows if row["id"] in wanted], params, more=False)
        self.per_page_calls += 1
        if self.before_page is not None:
            self.before_page(self.per_page_calls)
        size, start = int(params["per_page"]), 0
        if (token := params.get("page_token")) is not None:
            if self.per_page_calls == self.lose_token_at:
                return refused("EXPIRED_VALUE", details={"api_name": "page_token"})
            bound, bound_since, start = self.tokens[token]
            if (bound, bound_since) != (params["fields"], since):
                return refused("TOKEN_BOUND_DATA_MISMATCH", details={"param_name": "page_token"})
            if start >= self.cap:
                return refused("PAGINATION_LIMIT_EXCEEDED", details={"param_name": "page_token"})
        rows = [row for row in self.ordered() if since is None or _at(row) >= datetime.fromisoformat(since)]
        if not rows:
            return answer(None, 304 if since else 204)
        token = f"token-{len(self.tokens)}"
        self.tokens[token] = (params["fields"], since, start + size)
        return self._page(rows[start : start + size], params, more=len(rows) > start + size, token=token)

    def ordered(self) -> list[dict[str, object]]:
        return sorted(self.rows, key=lambda row: (_at(row), str(row["id"])))

    def query(self, request: httpx.Request) -> httpx.Response:
        text = json.loads(request.content)["select_query"]
        where, _, limit = text.partition(" where ")[2].partition(" order by ")
        numbers = [int(part) for part in limit.partition(" limit ")[2].split(",")]
        offset, size = (numbers[0], numbers[1]) if len(numbers) > 1 else (0, numbers[0])
        rows = [row for row in self.ordered() if _matches(where, row)]
        if not rows[offset : offset + size]:
            return answer(None, 204)
        names = text.removeprefix("select ").partition(" from ")[0].split(", ")
        data = [{name: row.get(name) for name in names} for row in rows[offset : offset + size]]
        return answer({"data": data, "info": {"count": len(data), "more_records": len(rows) > offset + size}})

    def _page(
        self, rows: list[dict[str, object]], params: Any, *, more: bool, token: str | None = None
    ) -> httpx.Response:
        names = ["id", *params["fields"].split(",")]
        data = [{name: row.get(name) for name in names} for row in rows]
        if not data:
            return answer(None, 204)
        return answer({"data": data, "info": {"more_records": more, "next_page_token": token if more else None}})


def _at(row: Mapping[str, object]) -> datetime:
    return datetime.fromisoformat(str(row["Modified_Time"]))


def _matches(where: str, row: Mapping[str, object]) -> bool:
    """Only the conditions that the adapter writes."""
    if where == "id is not null":
        return True
    words = where.replace("(", "").replace(")", "").split()
    at = datetime.fromisoformat(words[2].strip("'"))
    if " or " not in where:
        return _at(row) >= at
    return _at(row) > at or (_at(row) == at and int(str(row["id"])) > int(words[-1]))

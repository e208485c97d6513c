"""The front door of the simulated API: faults, gate, handler, ledger. Endpoints live in the modules listed below."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from crmbridge_sim.calls import CallRecord
from crmbridge_sim.faults import Fault
from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import gate, mishaps, times
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError
from crmbridge_sim.zoho.routing import Match, Route, Router

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator

# Every module with a ROUTES tuple of Route; add a line to add endpoints.
ROUTE_MODULES = (
    "organisation",
    "metadata",
    "custom_fields.endpoint",
    "views",
    "listing",
    "reading",
    "writing",
    "deleting",
    "locking",
)

# What stands on top of records: queries, exports, notifications and the like.
FEATURE_MODULES = (
    "search",
    "coql.endpoint",
    "bulk.endpoint",
    "conversion",
    "related",
    "tags",
    "timeline",
    "watch.endpoint",
    "blueprint",
    "notes",
    "recycle",
    "composite",
)


@dataclass
class _Outcome:
    """What the ledger wants to know of a call."""

    response: Response
    route: str = ""
    module: str = ""
    code: str = ""
    credits: int = 0


class App:
    """Answers API requests; ``ZohoSimulator.handle`` is its only caller."""

    def __init__(self, sim: ZohoSimulator) -> None:
        self._sim = sim
        routes: list[Route] = []
        for name in (*ROUTE_MODULES, *FEATURE_MODULES):
            routes.extend(import_module(f"crmbridge_sim.zoho.{name}").ROUTES)
        self._router = Router(routes)

    def handle(self, request: Request) -> Response:
        """Answers one call to the API host and writes it into the ledger."""
        sim = self._sim
        match, known = self._router.find(request.method, request.path)
        module = match.parts.get("module", "") if match else ""
        faults = sim.faults.due(request.method, request.path, module)
        at = sim.clock.now()
        outcome = _Outcome(Response(), match.route.pattern if match else "", module)
        try:
            self._answer(request, match, faults, outcome, known=known)
        except ApiError as error:
            wrapped = sim.switches.flag("wrap_single_errors")
            outcome.response, outcome.code = error.response(wrapped=wrapped), error.code
        response = mishaps.after(sim, faults, outcome.response)
        with sim.lock:
            skew = sum(fault.number("seconds", 0) for fault in faults if fault.kind == "clock_skew")
            response.headers.setdefault("Date", times.http_date(sim.clock.now() + skew))
            response.headers.update(sim.credits.header(at))
            if sim.switches.flag("rate_limit_headers"):  # dossier 5.3: in digests only
                response.headers.update(_rate_limit(sim, at))
            self._record(request, outcome, at, faults)
        return response

    def inside(self, ctx: Ctx, request: Request) -> Response:
        """Answers a call that is part of another one: no gate, no credits, no ledger (dossier 2.11)."""
        match, known = self._router.find(request.method, request.path)
        try:
            found = _found(match, known=known)
            gate.check_scope(ctx.scopes, found.route.scope, found.parts.get("module", ""))
            inner = Ctx(self._sim, request, ctx.user, ctx.scopes, ctx.now)
            return found.route.handler(inner, request, **found.parts)
        except ApiError as error:
            return error.response()

    def _answer(
        self, request: Request, match: Match | None, faults: tuple[Fault, ...], outcome: _Outcome, *, known: bool
    ) -> None:
        sim = self._sim
        early = mishaps.before(sim, faults, request)
        if early is not None:
            outcome.response = early
            return
        with sim.lock:
            user, scopes = sim.accounts.authenticate(request)
            match = _found(match, known=known)
            ctx = Ctx(sim, request, user, scopes, int(sim.clock.now()), faults)
            gate.check_scope(scopes, match.route.scope, outcome.module)
            self._charge(ctx, match.route, outcome)
            heavy = match.route.heavy(ctx, request) if callable(match.route.heavy) else match.route.heavy
        with sim.concurrency.slot(heavy=heavy) as fits:
            if not fits:
                raise gate.throttled(sim.switches)
            sim.wait(sim.latency_s + sum(fault.number("seconds", 1) for fault in faults if fault.kind == "delay"))
            with sim.lock:
                ctx.now = int(sim.clock.now())
                outcome.response = match.route.handler(ctx, request, **match.parts)

    def _charge(self, ctx: Ctx, route: Route, outcome: _Outcome) -> None:
        """Takes the credits before the work: failed calls cost too (dossier 5.1, UNCERTAIN -> switch)."""
        cost = 1
        with suppress(ApiError):
            cost = route.cost(ctx, ctx.request) if callable(route.cost) else route.cost
        now = self._sim.clock.now()
        if self._sim.credits.left(now) < cost:
            raise gate.throttled(self._sim.switches)
        self._sim.credits.charge(now, cost)
        outcome.credits = cost

    def _record(self, request: Request, outcome: _Outcome, at: float, faults: tuple[Fault, ...]) -> None:
        sim = self._sim
        failed = outcome.response.status >= 400  # noqa: PLR2004  # HTTP
        if failed and outcome.credits and not sim.switches.flag("credits_for_failed_calls"):
            sim.credits.charge(at, -outcome.credits)
            outcome.credits = 0
        query = "&".join(f"{name}={value}" for name, value in request.query)
        sim.calls.add(
            CallRecord(
                number=len(sim.calls) + 1,
                at=at,
                method=request.method,
                path=request.path,
                query=query,
                route=outcome.route,
                module=outcome.module,
                status=outcome.response.status,
                code=outcome.code,
                credits=outcome.credits,
                fault=",".join(fault.kind for fault in faults),
                request_bytes=len(request.body),
                response_bytes=len(outcome.response.body),
            )
        )


def _found(match: Match | None, *, known: bool) -> Match:
    """The route, or the error of a path or method that nobody answers."""
    if match is None:
        raise ApiError("INVALID_REQUEST_METHOD" if known else "INVALID_URL_PATTERN")
    return match


def _rate_limit(sim: ZohoSimulator, at: float) -> dict[str, str]:
    """X-RATELIMIT headers over the day's credits."""
    told = {"LIMIT": sim.credits.limit, "REMAINING": sim.credits.left(at), "RESET": int(at) + gate.DAY_S}
    return {f"X-RATELIMIT-{name}": str(number) for name, number in told.items()}

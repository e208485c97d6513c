"""The front door: POST and JSON alone, faults, quota, rate, sign-in, handler, ledger (dossier 3, 9)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from importlib import import_module
from typing import TYPE_CHECKING, Any

from crmbridge_sim.calls import CallRecord
from crmbridge_sim.faults import Fault
from crmbridge_sim.fxiaoke import errors, mishaps
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.ids import digest
from crmbridge_sim.fxiaoke.tokens import STYLE_A, STYLE_B
from crmbridge_sim.wire import Request, Response

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.simulator import FxiaokeSimulator

Handler = Callable[[Ctx], dict[str, Any]]
# Every module with a ROUTES mapping of path to handler; a line here adds endpoints.
ROUTE_MODULES = (
    "query",
    "writing",
    "lifecycle",
    "pools",
    "team",
    "transfer",
    "moving",
    "metadata",
    "directory",
    "history",
)
TOKEN_PATHS = (STYLE_A, STYLE_B)


@dataclass
class _Call:
    """What is known of a call while it goes through."""

    request: Request
    body: Mapping[str, Any]
    faults: tuple[Fault, ...]
    trace_id: str
    module: str = ""
    code: int = 0
    cost: int = 0


class App:
    """Answers API requests; the simulator's ``handle`` is its only caller."""

    def __init__(self, sim: FxiaokeSimulator) -> None:
        self._sim = sim
        self._number = 0
        self.routes: dict[str, Handler] = {}
        for name in ROUTE_MODULES:
            self.routes |= import_module(f"crmbridge_sim.fxiaoke.{name}").ROUTES

    def handle(self, request: Request) -> Response:
        """Answers one call and writes it into the ledger."""
        sim = self._sim
        body = _json(request.body)
        module = _module(body)
        faults = sim.faults.due(request.method, request.path, module)
        at = sim.clock.now()
        call = _Call(request, body or {}, faults, self._trace(request, body), module)
        try:
            response = self._answer(call, body)
        except errors.Refusal as refused:
            call.code = refused.code
            response = Response.of_json(refused.body(call.trace_id))
            with sim.lock:
                if call.cost and not sim.switches.flag("failed_calls_cost"):
                    sim.gate.refund()
                    call.cost = 0
        with sim.lock:
            response = mishaps.after(sim, faults, response, call.trace_id)
            skew = sum(fault.number("seconds", 0) for fault in faults if fault.kind == "clock_skew")
            response.headers.setdefault("Date", formatdate(sim.clock.now() + skew, usegmt=True))
            self._record(call, response, at)
        return response

    def _answer(self, call: _Call, body: Mapping[str, Any] | None) -> Response:
        sim, request = self._sim, call.request
        with sim.lock:
            early = mishaps.before(sim, call.faults, request)
        if early is not None:
            return early
        handler = self.routes.get(request.path)
        is_token = request.path in TOKEN_PATHS
        if request.method != "POST" or not (handler or is_token):
            raise errors.Refusal(10006, "uri not exists")  # dossier 9
        if body is None:
            if not request.body.strip():
                raise errors.Refusal(12004, "the post data is empty", "POST数据为空")
            raise errors.Refusal(15002, "illegal parameter", "请求体不是合法的JSON")
        self._admit()
        if is_token:
            return self._sign_in(call)
        with sim.lock:
            ctx = self._enter(call)
        sim.wait(sim.latency_s + sum(fault.number("seconds", 1) for fault in call.faults if fault.kind == "delay"))
        with sim.lock:
            ctx.now_ms = sim.now_ms()
            sim.current = ctx
            try:
                told = self.routes[request.path](ctx)
            finally:
                sim.current = None
        return Response.of_json({"traceId": call.trace_id, **told, **_success(request.path)})

    def _admit(self) -> None:
        """The app and the address a call comes from; which codes say so is a switch (dossier 11 (18))."""
        if self._sim.ip_refused:
            raise errors.Refusal(self._sim.switches.number("ip_refused_code"), "ip not allowed", "IP不在白名单内")
        if self._sim.app_disabled:
            raise errors.Refusal(self._sim.switches.number("app_disabled_code"), "app disabled", "应用已停用")

    def _enter(self, call: _Call) -> Ctx:
        """Quota, sign-in, then the interface's window; a call that is not signed in fills no window."""
        sim, path = self._sim, call.request.path
        sim.gate.charge()
        call.cost = 1
        caller = sim.tokens.caller(call.request, call.body, acts=path.startswith("/cgi/crm/"))
        sim.gate.enter(path)
        open_ids = caller.style == "A" or call.body.get("convertUserId") in (True, "true")
        return Ctx(sim, path, call.body, caller.user, open_ids, sim.now_ms(), caller.style, call.faults)

    def _sign_in(self, call: _Call) -> Response:
        sim = self._sim
        with sim.tokens as at_once:
            sim.wait(sim.latency_s + sum(fault.number("seconds", 1) for fault in call.faults if fault.kind == "delay"))
            with sim.lock:
                if sim.switches.flag("token_calls_cost"):
                    sim.gate.charge()
                    call.cost = 1
                told = sim.tokens.answer(call.request.path, call.body, at_once=at_once)
        envelope = {"errorCode": 0, "errorMessage": "success", "errorDescription": ""}
        return Response.of_json({**envelope, **told, "traceId": call.trace_id})

    def _trace(self, request: Request, body: Mapping[str, Any] | None) -> str:
        """``E-O.<ea>.<userId or -1000>-<16 hex>``; without sign-in the ea is null (dossier 1.8, 9)."""
        self._number += 1
        asked = (body or {}).get("currentOpenUserId")
        known = self._sim.people.by_open_id(asked) if isinstance(asked, str) else None
        user = known.id if known else request.headers.get("x-fs-userid", "-1000")
        signed = bool(body and body.get("corpAccessToken")) or "authorization" in request.headers
        ea = self._sim.ea if signed or request.path in TOKEN_PATHS else "null"
        return f"E-O.{ea}.{user}-{digest('trace', self._number)[:16]}"

    def _record(self, call: _Call, response: Response, at: float) -> None:
        sim, request = self._sim, call.request
        sim.calls.add(
            CallRecord(
                number=len(sim.calls) + 1,
                at=at,
                method=request.method,
                path=request.path,
                query="&".join(f"{name}={value}" for name, value in request.query),
                route=request.path if request.path in self.routes or request.path in TOKEN_PATHS else "",
                module=call.module,
                status=response.status,
                code=str(call.code or ""),
                credits=call.cost,
                fault=",".join(fault.kind for fault in call.faults),
                request_bytes=len(request.body),
                response_bytes=len(response.body),
            )
        )


def _success(path: str) -> dict[str, Any]:
    """CRM calls say OK, directory calls success (dossier 3: OBS)."""
    if path.startswith("/cgi/crm/"):
        return {"errorDescription": "success", "errorMessage": "OK", "errorCode": 0}
    return {"errorMessage": "success", "errorDescription": "", "errorCode": 0}


def _json(body: bytes) -> Mapping[str, Any] | None:
    """The body as a JSON object; anything else is None."""
    try:
        content = json.loads(body, parse_constant=_no_number)
        json.dumps(content, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _no_number(text: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(text)


def _module(body: Mapping[str, Any] | None) -> str:
    """The object a call is about, wherever it stands (dossier 8, trap 1)."""
    body = body or {}
    data = body.get("data")
    places: list[Any] = [body]
    if isinstance(data, dict):
        places += [data, data.get("object_data")]
    for place in places:
        for key in ("dataObjectApiName", "apiName"):
            if isinstance(place, dict) and isinstance(place.get(key), str):
                return str(place[key])
    return ""

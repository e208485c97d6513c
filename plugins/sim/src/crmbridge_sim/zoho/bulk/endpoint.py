"""`/crm/bulk/v8/read`: create a job, ask how it is, fetch its file (DOC7:bulk-read; dossier 2.9)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import views
from crmbridge_sim.zoho.bulk import criteria
from crmbridge_sim.zoho.bulk.jobs import Ask
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError
from crmbridge_sim.zoho.predicate import Malformed
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.sql import NoSuchColumn, WrongValue

# "Not supported: Notes, Attachments, Emails, related lists" (DOC limitations).
NOT_EXPORTED = frozenset({"Notes", "Attachments", "Emails"})
LAST_PAGE = 50  # pattern of `page` in OAS25 bulk_read.json
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def create(ctx: Ctx, request: Request) -> Response:
    """Adds a job: 201 with `ADDED_SUCCESSFULLY` and its id."""
    body = _body(ctx, request)
    query = body.get("query")
    if not isinstance(query, dict):
        raise ApiError("INVALID_REQUEST", message="the query is missing", status=400)
    if body.get("file_type", "csv") != "csv":
        raise ApiError("NOT_SUPPORTED_FEATURE", message="the simulator exports csv only", status=400)
    callback = _callback(body.get("callback"))
    fault = ctx.fault("bulk_failure")
    error = fault.text("message", "the job failed") if fault else ""
    ask = _ask(ctx, query)
    try:
        job = ctx.sim.features.bulk.add(ask, user=ctx.user, zone=ctx.zone, callback=callback, error=error)
    except NoSuchColumn as failed:
        known = failed.path in _asked_fields(query)
        code = "FIELD_NOT_AVAILABLE" if known else "FIELD_IN_CRITERIA_NOT_AVAILABLE"
        raise ApiError(code, {"api_name": failed.path, "module": ask.module}, status=400) from failed
    except WrongValue as failed:
        raise ApiError(
            "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE",
            {"api_name": failed.path, "expected_data_type": failed.data_type},
            status=400,
        ) from failed
    details = {
        "id": str(job.id),
        "operation": "read",
        "state": "ADDED",
        "created_by": {"id": str(ctx.user.id), "name": ctx.user.full_name},
        "created_time": ctx.instant(int(job.created)),
    }
    item = {"status": "success", "code": "ADDED_SUCCESSFULLY", "message": "Added successfully.", "details": details}
    return Response.of_json({"data": [item], "info": {}}, status=201)


def _asked_fields(query: dict[str, Any]) -> list[str]:
    fields = query.get("fields")
    return [str(name) for name in fields] if isinstance(fields, list) else []


def _body(ctx: Ctx, request: Request) -> dict[str, Any]:
    """The JSON of the call; another content type is 415 (DOC7)."""
    if "application/json" not in request.headers.get("Content-Type", ""):
        raise ApiError("MEDIA_TYPE_NOT_SUPPORTED")
    if not request.body:
        raise ApiError("REQUEST_BODY_IS_EMPTY", message="the request body is empty", status=400)
    try:
        json.loads(request.body)
    except ValueError as error:
        raise ApiError("REQUEST_BODY_NOT_READABLE", message="the request body is not readable", status=400) from error
    return ctx.body()


def _callback(given: object) -> str:
    if given is None:
        return ""
    url = str(given.get("url", "")) if isinstance(given, dict) else ""
    if not isinstance(given, dict) or str(given.get("method", "")).lower() != "post":
        raise ApiError("INVALID_CALLBACK_METHOD", message="the callback method is not supported", status=400)
    parts = urlsplit(url)
    # A receiver under test listens on loopback without a certificate; everybody else needs https.
    if not parts.hostname or (parts.scheme != "https" and parts.hostname not in LOOPBACK):
        raise ApiError("INVALID_CALLBACK_URL", message="the callback url is not valid", status=400)
    return url


def _ask(ctx: Ctx, query: dict[str, Any]) -> Ask:
    token = query.get("page_token")
    if token:
        return ctx.sim.features.bulk.continued(str(token), ctx.user)
    named = query.get("module")
    name = named.get("api_name") if isinstance(named, dict) else named
    if name in NOT_EXPORTED:
        raise ApiError("MODULE_NOT_SUPPORTED", message="the module is not supported in bulk read", status=400)
    if not isinstance(name, str) or name not in ctx.schema or not ctx.schema[name].api_supported:
        raise ApiError("MODULE_NOT_AVAILABLE", message="the module is not available", status=400)
    module = ctx.module(name)
    view = views.view_filter(ctx, module, str(query["cvid"])) if query.get("cvid") else "1"
    page = query.get("page", 1)
    if not isinstance(page, int) or not 1 <= page <= LAST_PAGE:
        raise ApiError("PAGE_RANGE_EXCEEDED", {"max_limit": LAST_PAGE}, message="page range exceeded", status=400)
    asked = None
    if query.get("criteria"):
        try:
            asked = criteria.parse(query["criteria"])
        except Malformed as error:
            raise ApiError(error.code, error.details, message=error.message, status=400) from error
    return Ask(module.api_name, tuple(_asked_fields(query)), asked, page, view=view, body=query)


def status(ctx: Ctx, request: Request, job: str) -> Response:
    """The state of a job, with its result when it has one."""
    del request
    jobs = ctx.sim.features.bulk
    return Response.of_json({"data": [jobs.described(jobs.get(job), ctx.sim.clock.now())]})


def result(ctx: Ctx, request: Request, job: str) -> Response:
    """The zip `{job_id}.zip` holding `{job_id}.csv`."""
    del request
    jobs = ctx.sim.features.bulk
    packed = jobs.download(jobs.get(job))
    # The SDK takes the name from behind the last quote of this header.
    headers = {
        "Content-Type": "application/x-download;charset=UTF-8",
        "Content-Disposition": f"attachment;filename*=UTF-8''{job}.zip",
    }
    return Response(200, headers, packed)


ROUTES = (
    Route("POST", "/crm/bulk/v8/read", create, cost=50, scope="bulk.READ"),
    Route("GET", "/crm/bulk/v8/read/{job}", status, scope="bulk.READ"),
    Route("GET", "/crm/bulk/v8/read/{job}/result", result, scope="bulk.READ"),
)

"""The changelog of issues, one by one and in bulk (dossier A2)."""

from __future__ import annotations

from typing import Any

from crmbridge_sim.jira import rendering
from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.errors import bad_request
from crmbridge_sim.wire import Response

MOST_ISSUES, MOST_FIELDS = 1000, 10


def listing(ctx: Ctx) -> Response:
    """``GET /issue/{id}/changelog``: oldest first, paged."""
    page = ctx.page(ctx.issue().history, "values", default=100, most=100)
    page["values"] = [rendering.entry(ctx, one) for one in page["values"]]
    return Response.of_json(page)


def bulk(ctx: Ctx) -> Response:
    """``POST /changelog/bulkfetch``: up to 1000 issues, up to 10 fields."""
    asked, wanted = ctx.listed("issueIdsOrKeys"), ctx.listed("fieldIds")
    if not asked or len(asked) > MOST_ISSUES or len(wanted) > MOST_FIELDS:
        raise bad_request(f"Between 1 and {MOST_ISSUES} issues and at most {MOST_FIELDS} fields can be asked for.")
    rows: list[dict[str, Any]] = []
    for name in asked:
        issue = ctx.sim.store.find(str(name))
        if issue is None or not ctx.may_see(issue):
            continue
        entries = [rendering.entry(ctx, one) for one in issue.history]
        for entry in entries:
            entry["items"] = [one for one in entry["items"] if not wanted or one["fieldId"] in wanted]
        rows.append({"issueId": str(issue.id), "changeHistories": [entry for entry in entries if entry["items"]]})
    ctx.objects_read += len(rows)
    return Response.of_json({"issueChangeLogs": rows})


CLOUD_ONLY = ("GET /issue/{issue}/changelog", "POST /changelog/bulkfetch")
ROUTES = {"GET /issue/{issue}/changelog": listing, "POST /changelog/bulkfetch": bulk}

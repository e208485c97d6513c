"""What two clients of other people do with a tenant, told as JSON on stdout; run in a process of its own.

Both have the vendor's host written into them, so it is redirected inside their HTTP library. ``crm-cli`` calls its
package ``src``: it is put on the path of this process alone, never installed beside the project.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import requests.adapters
from requests import PreparedRequest, Response

HOST = "https://open.fxiaoke.com"


def redirect(api_url: str) -> None:
    """Sends what is meant for the vendor to the simulator."""
    plain = requests.adapters.HTTPAdapter.send

    def send(self: Any, request: PreparedRequest, **rest: Any) -> Response:
        assert request.url is not None
        assert request.url.startswith(HOST), request.url
        request.url = api_url + request.url[len(HOST) :]
        return plain(self, request, **rest)

    requests.adapters.HTTPAdapter.send = send  # type: ignore[assignment, method-assign]


def python_client(told: dict[str, str]) -> dict[str, Any]:
    """fxiaoke-python: describe, a walk over pages, create, get, a refusal."""
    from fxiaoke.api import FxiaokeApi  # noqa: PLC0415  # after the redirection
    from fxiaoke.op_create import createObj  # noqa: PLC0415
    from fxiaoke.op_get import getObj  # noqa: PLC0415
    from fxiaoke.op_query import queryObj  # noqa: PLC0415

    FxiaokeApi.init(told["app_id"], told["app_secret"], told["permanent_code"], told["open_user_id"])
    api = FxiaokeApi.get_default_api()
    fields = queryObj(dataObjectApiName="LeadsObj")
    fields.node_id = fields.endpoint = None
    described = fields.describe()["describe"]
    deals = queryObj().execute(
        dataObjectApiName="NewOpportunityObj", orders=[{"fieldName": "_id", "isAsc": True}], limit=20
    )
    walked = [row["_id"] for row in deals]
    lead = {"name": "王示例", "company": "示例科技", "mobile": "13900009999", "owner": [told["open_user_id"]]}
    made = createObj().execute(lead, dataObjectApiName="LeadsObj")["dataId"]
    row = getObj().execute(made, dataObjectApiName="LeadsObj")
    try:
        getObj().execute("66f0a1b2c3d4e5f607182930", dataObjectApiName="LeadsObj")
        refused = ""
    except RuntimeError as error:
        refused = str(error)
    return {
        "fields": sorted(described["fields"]),
        "walked": walked,
        "total": deals.total(),
        "made": made,
        "row": row,
        "refused": refused,
        "calls": api.get_num_requests_succeeded(),
    }


def command_line(told: dict[str, str]) -> dict[str, Any]:
    """crm-cli: token and employee, a lead into a pool, the duplicate, a query, options of a field."""
    sys.path.insert(0, told["crm_cli"])
    from src.crm import CRMClient  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415
    from src.describe import DescribeClient  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415
    from src.fxiaoke_auth import TokenManager  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415
    from src.query import LeadQueryClient  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415

    tokens = TokenManager(told["app_id"], told["app_secret"], told["permanent_code"], told["mobile"])
    tokens.get_corp_access_token()
    client = CRMClient(tokens, pool_id=told["pool"])
    lead = {"company_name": "示例贸易", "email": "a@example.com", "phone_number": "+49 30 1", "country": "DE"}
    made = client.create_client(lead)
    again = client.create_client(lead)
    found = LeadQueryClient(tokens).query_by_email("a@example.com")
    described = DescribeClient(tokens).describe_field("LeadsObj", "source")
    return {
        "user": tokens.get_current_open_user_id(),
        "made": made.crm_client_id,
        "duplicate": again.is_duplicate,
        "found": found.lead_id if found else None,
        "options": [one.label for one in described.options] if described else [],
    }


if __name__ == "__main__":
    given: dict[str, str] = json.loads(sys.argv[1])
    redirect(given["api_url"])
    tours = {"python": python_client, "crm-cli": command_line}
    json.dump(tours[given["client"]](given), sys.stdout)

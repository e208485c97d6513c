"""Whatever is sent, the answer is JSON with an errorCode: nonsense is refused, never answered by a crash."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
from plugins.sim.tests.fx_client import FxClient

from crmbridge_sim.fxiaoke import FxiaokeSimulator
from crmbridge_sim.wire import Request

ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, "", "x", "١٢", "\x00", "'; DROP TABLE LeadsObj; --", [], [None], [[]], [{}], {},
    {"a": {}}, ["x", 1], "1e999", float("1e300"), "名" * 5000,
)  # fmt: skip
LEAD = "LeadsObj"


@pytest.fixture(scope="module")
def client() -> FxClient:
    return FxClient(FxiaokeSimulator(deals=6, switches={"rate_calls": 0, "daily_quota": 10**9}))


def bodies(client: FxClient) -> dict[str, dict[str, Any]]:
    """A sensible body for every path."""
    lead = client.lead()
    me = client.me()
    one = {"dataObjectApiName": LEAD, "objectDataId": lead, "object_data_id": lead, "idList": [lead], "dataIds": [lead]}
    data = {
        **one,
        **client.asked(LEAD, ("name", "EQ", ["x"]), orders=["_id"], fieldProjection=["name"]),
        "field_projection": ["name"],
        "apiName": LEAD,
        "object_data": {"dataObjectApiName": LEAD, "_id": lead, "name": "x", "owner": [me], "source": "1"},
        "Data": [{"objectDataId": lead, "ownerId": [me]}],
        "optionInfo": {"isDuplicateSearch": True},
        "objectIds": [lead],
        "objectIDs": [lead],
        "objectPoolId": "x",
        "backReason": "0",
        "dataIDs": [lead],
        "dataID": lead,
        "teamMemberEmployee": [me],
        "teamMemberInfos": [{"teamMemberEmployee": [me]}],
        "objectId": lead,
        "pageNumber": 1,
        "pageSize": 5,
        "leadsId": lead,
        "dataList": {"AccountObj": {"name": "x"}, "ContactObj": {"name": "y"}},
        "opportunityId": lead,
        "currentSaleActionStageId": "x",
        "backReason__o": "x",
    }
    outer = {
        "data": data, "apiName": LEAD, "mobile": "1", "departmentId": 999999, "fetchChild": True, "openUserId": me,
        "startTime": 0, "endTime": 1, "pageSize": 2, "pageNumber": 1, "includeNull": True, "returnTotalNum": 1,
    }  # fmt: skip
    return dict.fromkeys(client.sim._app.routes, outer)


def places(body: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a body where something else could stand."""
    found = [at] if at else []
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in inner:
        found += places(value, (*at, key))
    return found


def replaced(body: dict[str, Any], at: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made = copy.deepcopy(body)
    holder: Any = made
    for key in at[:-1]:
        holder = holder[key]
    holder[at[-1]] = value
    return made


def test_nonsense_in_every_place_of_every_call(client: FxClient) -> None:
    asked = bodies(client)
    some = next(iter(asked.values()))
    spots = places(some)
    odd = itertools.cycle(ODD)
    for path in asked:
        for at in spots:
            for _ in range(2):
                told = client.call(path, **replaced(some, at, next(odd)))
                assert isinstance(told["errorCode"], int)
                assert told["errorCode"] == 0 or told["errorMessage"]


@pytest.mark.parametrize("value", ODD)
def test_nonsense_as_the_value_of_every_field(client: FxClient, value: Any) -> None:
    for obj in client.sim.schema:
        if not obj.creatable:
            continue
        for field in obj.fields:
            sent = {"dataObjectApiName": obj.api_name, "name": "x", "owner": [client.me()], field: value}
            told = client.call("/cgi/crm/v2/data/create", data={"object_data": sent})
            assert isinstance(told["errorCode"], int)
            filters = [{"field_name": field, "operator": "IN", "field_values": [value]}]
            info = {"limit": 2, "offset": 0, "filters": filters, "orders": [{"fieldName": field, "isAsc": value}]}
            told = client.call(
                "/cgi/crm/v2/data/query", data={"dataObjectApiName": obj.api_name, "search_query_info": info}
            )
            assert isinstance(told["errorCode"], int)
    for obj in client.sim.schema:  # what was taken can be told
        assert client.rows(obj.api_name, ("life_status", "ISN", [])) is not None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b"null", b'{"a":NaN}', b'{"a":"\\ud800"}', b"[" * 100_000, b"\xff\xfe", b'"x"']
)
def test_bodies_that_are_no_objects(client: FxClient, body: bytes) -> None:
    for path in (*client.sim._app.routes, "/cgi/corpAccessToken/get/V2", "/oauth2.0/token"):
        told = client.sim.handle(Request.of("POST", path, body=body)).json()
        assert told["errorCode"] != 0


def test_odd_headers(client: FxClient) -> None:
    for headers in (
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Basic x", "x-fs-ea": "?"},
        {"authorization": "Bearer x", "x-fs-userid": "名"},
    ):
        request = Request.of("POST", "/cgi/crm/v2/object/list", headers=headers, json_body={})
        assert client.sim.handle(request).json()["errorCode"] in {20016, 20017}

"""Nonsense is refused with a 4xx, never with an exception: a crash of the simulator proves nothing of an adapter."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from plugins.sim.tests.conftest import Client

from crmbridge_sim.wire import Request
from crmbridge_sim.zoho import ZohoSimulator

LEAD_KEYS = ["data", "overwrite", "Accounts", "Contacts", "Deals", "assign_to", "carry_over_tags", "id", "Deal_Name"]
WATCH_KEYS = ["watch", "channel_id", "events", "notify_url", "notification_condition", "module", "field_selection"]
BULK_KEYS = ["query", "module", "api_name", "fields", "criteria", "comparator", "value", "group", "field", "page"]
TAG_KEYS = ["tags", "ids", "name", "over_write"]
COMPOSITE_KEYS = ["__composite_requests", "method", "uri", "params", "headers", "body", "rollback_on_fail"]
BLUEPRINT_KEYS = ["blueprint", "transition_id", "data"]
WORDS = [
    "select",
    "from",
    "where",
    "and",
    "or",
    "id",
    "Deals",
    "Amount",
    "Deal_Name",
    "in",
    "(",
    ")",
    ",",
    "=",
    ">",
    "'x'",
]
WORDS += [
    "like",
    "between",
    "1",
    "99999999999999999999999",
    "order by",
    "limit",
    "group by",
    "COUNT",
    "as",
    "null",
    "is",
]


@pytest.fixture(scope="module")
def client() -> Client:
    sim = ZohoSimulator(deals=5)
    sim.switches.set("edition_credits", 10**9)
    return Client(sim)


def bodies(keys: list[str]) -> st.SearchStrategy[object]:
    """JSON made of an endpoint's own keys and of plausible and implausible values."""
    scalars = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=5),
        st.sampled_from(
            ["Deals", "Leads", "id", "Amount", "equal", "and", "POST", "/crm/v8/Deals", "Deals.all", "1e999"]
        ),
    )
    return st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(keys), inner, max_size=6)),
        max_leaves=12,
    )


def refused_or_done(client: Client, method: str, path: str, body: object) -> None:
    sent = {"Authorization": f"Zoho-oauthtoken {client.token}", "Content-Type": "application/json"}
    answer = client.sim.handle(Request.of(method, path, headers=sent, body=json.dumps(body).encode()))
    assert answer.status < 500, answer.body
    if answer.body:
        json.loads(answer.body)


def an_id(client: Client, module: str) -> str:
    return str(client.sim.store.db.execute(f'SELECT min(id) FROM "{module}"').fetchone()[0])


QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(body=bodies(WATCH_KEYS))
@example(body={"watch": [{"channel_id": "1", "events": 5, "notify_url": "https://x.example"}]})
@example(body={"watch": [None]})
def test_watch(client: Client, body: object) -> None:
    for method in ("POST", "PUT", "PATCH"):
        refused_or_done(client, method, "/crm/v8/actions/watch", body)


@QUICK
@given(body=bodies(BULK_KEYS))
def test_bulk(client: Client, body: object) -> None:
    refused_or_done(client, "POST", "/crm/bulk/v8/read", body)
    refused_or_done(client, "POST", "/crm/bulk/v8/read", {"query": {"module": {"api_name": "Deals"}, "criteria": body}})


@QUICK
@given(body=bodies(LEAD_KEYS))
def test_conversion(client: Client, body: object) -> None:
    lead = an_id(client, "Leads")
    refused_or_done(client, "POST", f"/crm/v8/Leads/{lead}/actions/convert", body)
    refused_or_done(client, "POST", f"/crm/v8/Leads/{lead}/actions/convert", {"data": [{"Deals": body}]})


@QUICK
@given(body=bodies(TAG_KEYS))
def test_tags(client: Client, body: object) -> None:
    refused_or_done(client, "POST", "/crm/v8/Deals/actions/add_tags", body)
    refused_or_done(client, "POST", f"/crm/v8/Deals/{an_id(client, 'Deals')}/actions/remove_tags", body)


@QUICK
@given(body=bodies(COMPOSITE_KEYS))
def test_composite(client: Client, body: object) -> None:
    refused_or_done(client, "POST", "/crm/v8/__composite_requests", body)
    refused_or_done(client, "POST", "/crm/v8/__composite_requests", {"__composite_requests": [body]})


@QUICK
@given(body=bodies(BLUEPRINT_KEYS))
def test_blueprint(client: Client, body: object) -> None:
    deal = an_id(client, "Deals")
    client.sim.backdoor.blueprint(deal)
    refused_or_done(client, "PUT", f"/crm/v8/Deals/{deal}/actions/blueprint", body)


@settings(QUICK, max_examples=300)
@given(words=st.lists(st.sampled_from(WORDS), max_size=14), whole=st.booleans())
@example(words=["id", ">", "99999999999999999999999"], whole=True)
@example(words=["Amount", ">", "99999999999999999999999"], whole=True)
def test_coql(client: Client, words: list[str], *, whole: bool) -> None:
    text = " ".join(words)
    query = f"select id from Deals where {text}" if whole else text
    refused_or_done(client, "POST", "/crm/v8/coql", {"select_query": query})


@settings(QUICK, max_examples=200)
@given(text=st.text(alphabet="(),:\\ aAinorbetw%é\x00", max_size=40))
def test_search_criteria(client: Client, text: str) -> None:
    sent = {"Authorization": f"Zoho-oauthtoken {client.token}"}
    query = (("criteria", f"(Deal_Name:equals:{text})"), ("fields", "Deal_Name"))
    for asked in (query, (("criteria", text),), (("word", text),), (("phone", text),)):
        request = Request("GET", "/crm/v8/Deals/search", asked, Request.of("GET", "/", headers=sent).headers)
        assert client.sim.handle(request).status < 500

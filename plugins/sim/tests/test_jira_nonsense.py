"""Whatever is sent to the Jira simulator is answered: no body makes it fall over."""

from __future__ import annotations

import random
from copy import deepcopy
from importlib import import_module
from typing import Any

import pytest
from plugins.sim.tests.jira_client import QUIET, JiraClient, basic, document

from crmbridge_sim.jira import JiraSimulator
from crmbridge_sim.jira.app import ROUTE_MODULES
from crmbridge_sim.wire import Request

ROUTES = [name for module in ROUTE_MODULES for name in import_module(f"crmbridge_sim.jira.{module}").ROUTES]
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1e300,
    "",
    "x",
    "a b",
    "\ud800",
    [],
    [None],
    [[]],
    [{}],
    {},
    {"id": {}},
    {"key": []},
    {"name": 1},
]
KEYS = (
    "fields", "update", "properties", "transition", "issueUpdates", "issueIdsOrKeys", "body", "ids", "globalId",
    "object", "type", "inwardIssue", "outwardIssue", "jql", "maxResults", "startAt", "nextPageToken", "reconcileIssues",
    "url", "webhooks", "webhookIds", "accountId", "name", "fieldIds", "expand", "relationship",
)  # fmt: skip
INNER = (
    "summary",
    "description",
    "labels",
    "duedate",
    "assignee",
    "parent",
    "priority",
    "project",
    "issuetype",
    "comment",
)

WORDS = (
    *("project", "SALE", "=", "!=", "in", "not", "is", "empty", "null", "(", ")", ",", "~", "<", ">=", "and", "or"),
    *("order", "by", "desc", "labels", "updated", "created", "due", "summary", "assignee", "currentUser()", "now()"),
    *("-5d", "2026-11-20", "'a b'", '"x', "id", "key", "status", "statusCategory", "done", "issue.property[k].a", "1"),
)
LIMITS = ("burst_get", "burst_get_issue", "burst_post", "burst_put", "issue_writes_2s", "issue_writes_30s")
QUERIES = ("", "maxResults=x", "startAt=-1", "fields=,", "expand=changelog", "jql=a&fields=*all")
NAMES = {"issue": "SALE-1", "project": "SALE", "type": "10002", "key": "k", "comment": "1", "link": "1", "hook": "1"}


def odd(roll: random.Random) -> Any:
    """A body that is nearly right, or not at all."""
    if roll.random() < 0.1:
        return deepcopy(roll.choice(ODD))
    body: dict[str, Any] = {
        "fields": {"project": {"key": "SALE"}, "issuetype": {"id": "10002"}, "summary": "x"}, "body": document("x"),
        "jql": "project = SALE", "issueIdsOrKeys": ["SALE-1"], "object": {"url": "u", "title": "t"}, "url": "http://x",
        "transition": {"id": "11"}, "type": {"name": "Relates"}, "inwardIssue": {"key": "SALE-1"},
        "webhooks": [{"events": ["comment_created"], "jqlFilter": "project = SALE"}],
    }  # fmt: skip
    for _ in range(roll.randint(1, 3)):
        body[roll.choice(KEYS)] = deepcopy(roll.choice(ODD))
    if isinstance(body["fields"], dict) and body["fields"]:
        body["fields"][roll.choice(INNER)] = deepcopy(roll.choice(ODD))
    if roll.random() < 0.3:
        body["update"] = {
            roll.choice(INNER): roll.choice(
                [*ODD, [{"add": deepcopy(roll.choice(ODD))}], [{"set": deepcopy(roll.choice(ODD))}]]
            )
        }
    if roll.random() < 0.2:
        body["webhooks"] = [{"events": deepcopy(roll.choice(ODD)), "jqlFilter": deepcopy(roll.choice(ODD))}]
        body["properties"] = [{"key": deepcopy(roll.choice(ODD)), "value": deepcopy(roll.choice(ODD))}]
    return body


@pytest.mark.parametrize("deployment", ["cloud", "data_center"])
@pytest.mark.parametrize("way", ["basic", "app"])
def test_no_body_makes_it_fall_over(deployment: str, way: str) -> None:
    sim = JiraSimulator(deals=9, switches={**QUIET, **dict.fromkeys(LIMITS, 0), "deployment": deployment})
    roll = random.Random(f"{deployment} {way}")  # noqa: S311  # no secret
    prefix, authorization = "/rest/api/2", basic(sim.caller.email, sim.token)
    if way == "app" and sim.cloud:
        prefix = f"/ex/jira/{sim.cloud_id}/rest/api/3"
        authorization = "Bearer " + sim.backdoor.new_token(kind="access")
    client = JiraClient(sim, prefix=prefix, authorization=authorization)
    for _ in range(8):
        for route in ROUTES:
            method, _, path = route.partition(" ")
            for name, known in NAMES.items():
                held = known if roll.random() < 0.9 and route != "DELETE /issue/{issue}" else "none"
                path = path.replace(f"{{{name}}}", held)
            query = f"?{roll.choice(QUERIES)}"
            answer = client.send(method, path + query, odd(roll))
            assert 200 <= answer.status < 500, (route, answer.body)


def test_no_query_makes_it_fall_over() -> None:
    sim = JiraSimulator(deals=9, switches={**QUIET, "burst_post": 0, "property_jql": "works"})
    client, roll = JiraClient(sim), random.Random(3)  # noqa: S311  # no secret
    for _ in range(800):
        jql = " ".join(roll.choice(WORDS) for _ in range(roll.randint(1, 9)))
        assert client.send("POST", "/search/jql", {"jql": jql, "fields": ["*all"]}).status in {200, 400}, jql


def test_odd_addresses_and_signs() -> None:
    sim = JiraSimulator(deals=0)
    for path in ("/", "/rest", "/rest/api/3/", "/rest/api/4/myself", "/ex/jira/x/rest/api/3/myself", "/oauth/token/x"):
        assert sim.handle(Request.of("GET", path)).status == 404
    for sign in ("Basic", "Basic !", "Basic YQ==", "Bearer", "Digest x"):
        answer = sim.handle(Request.of("GET", "/rest/api/3/myself", headers={"Authorization": sign}))
        assert answer.status in {401, 403}

"""Webhooks of the Jira simulator: signed, repeated, doubled, out of order, expiring (dossier A5)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest
from plugins.sim.tests.jira_client import QUIET, JiraClient, basic

from crmbridge_sim.jira import JiraSimulator
from crmbridge_sim.jira.events import Delivery, signature
from crmbridge_sim.jira.mishaps import JiraFault

URL = "https://hook.example.com/j"
EVENTS = ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created"]


@pytest.fixture
def sim() -> JiraSimulator:
    return JiraSimulator(deals=0, switches=QUIET)


@pytest.fixture
def app(sim: JiraSimulator) -> JiraClient:
    bearer = "Bearer " + sim.backdoor.new_token(kind="access", days=365)
    return JiraClient(sim, authorization=bearer, prefix=f"/ex/jira/{sim.cloud_id}/rest/api/3")


def registered(app: JiraClient, *filters: str) -> list[Any]:
    hooks = [{"events": EVENTS, "jqlFilter": one} for one in filters]
    told: list[Any] = app.ok("POST", "/webhook", {"url": URL, "webhooks": hooks})["webhookRegistrationResult"]
    return told


def words(made: list[Delivery]) -> list[str]:
    return [one.json()["webhookEvent"] for one in made]


def test_the_known_vector() -> None:
    told = signature("It's a Secret to Everybody", b"Hello World!")
    assert told == "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"


def test_what_happens_is_told_with_a_signature(sim: JiraSimulator) -> None:
    sim.backdoor.add_webhook(URL, EVENTS, "project = SALE", "s3")
    made = sim.backdoor.create("Call Ada")
    sim.backdoor.transition(made, "done")
    sim.backdoor.comment(made, "hello")
    sim.backdoor.create("elsewhere", project="OPS")
    sim.backdoor.delete(made)
    told = sim.events.due()
    assert words(told) == ["jira:issue_created", "jira:issue_updated", "comment_created", "jira:issue_deleted"]
    moved = told[1]
    assert moved.headers["X-Hub-Signature"] == signature("s3", moved.body)
    assert moved.json()["changelog"]["items"][0]["to"] == "10004"
    assert moved.json()["issue"]["id"] == made
    assert b"emailAddress" not in b"".join(one.body for one in told)
    assert told[2].json()["comment"]["body"] == "hello"


def test_what_failed_comes_again_and_some_failures_do_not(sim: JiraSimulator) -> None:
    sim.backdoor.add_webhook(URL, EVENTS)
    sim.backdoor.create("a")
    (first,) = sim.events.due()
    assert "X-Atlassian-Webhook-Retry" not in first.headers
    assert not sim.events.answered(first, 503)
    assert sim.events.due() == []
    sim.clock.advance(600)
    (second,) = sim.events.due()
    assert (second.identifier, second.headers["X-Atlassian-Webhook-Retry"]) == (first.identifier, "1")
    assert not sim.events.answered(second, 404)
    sim.clock.advance(600)
    assert sim.events.due() == []
    assert sim.events.lost == 1


def test_after_five_retries_it_is_lost_and_later_ones_are_tried_once(sim: JiraSimulator) -> None:
    sim.backdoor.add_webhook(URL, EVENTS)
    sim.backdoor.create("a")
    tries = 0
    for _ in range(8):
        for one in sim.events.due():
            tries += 1
            sim.events.answered(one, 0)
        sim.clock.advance(300)
        sim.switches.set("event_retry_s", 300)
    assert tries == 6
    sim.clock.advance(1800)
    sim.backdoor.create("b")
    (one,) = sim.events.due()
    sim.events.answered(one, 500)
    sim.clock.advance(600)
    assert sim.events.due() == []


def test_doubled_dropped_late_and_out_of_order(sim: JiraSimulator) -> None:
    client = JiraClient(sim)
    sim.backdoor.add_webhook(URL, EVENTS)
    sim.faults.add(JiraFault("event_twice", method="POST"))
    client.create("a")
    first, second = sim.events.due()
    assert first.identifier == second.identifier
    for one in (first, second):
        assert sim.events.answered(one, 200)
    sim.faults.add(JiraFault("event_drop", method="POST"))
    client.create("b")
    assert sim.events.due() == []
    sim.faults.add(JiraFault("event_late", method="POST", options={"seconds": 30}))
    client.create("c")
    client.create("d")
    assert [one.json()["issue"]["fields"]["summary"] for one in sim.events.due()] == ["d"]
    sim.switches.set("event_order", "reversed")
    sim.clock.advance(30)
    client.create("e")
    assert [one.json()["issue"]["fields"]["summary"] for one in sim.events.due()] == ["e", "c"]


def test_dynamic_webhooks_belong_to_apps_and_expire(sim: JiraSimulator, app: JiraClient) -> None:
    assert JiraClient(sim).send("POST", "/webhook", {"url": URL, "webhooks": []}).status == 403
    told = registered(app, "project = SALE", "watchCount > 1", "project > 1", "")
    assert [sorted(one) for one in told] == [["createdWebhookId"], ["errors"], ["errors"], ["errors"]]
    assert told[1]["errors"] == ["The clause watchCount is unsupported"]
    number = told[0]["createdWebhookId"]
    sim.clock.advance(20 * 86_400)
    assert "expirationDate" in app.ok("PUT", "/webhook/refresh", {"webhookIds": [number]})
    sim.clock.advance(20 * 86_400)
    sim.backdoor.create("a")
    (one,) = sim.events.due()
    head, claims, signed = one.headers["Authorization"].removeprefix("Bearer ").split(".")
    good = hmac.new(sim.accounts.client_secret.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signed + "=") == good
    sim.events.answered(one, 200)
    sim.clock.advance(11 * 86_400)
    sim.backdoor.create("b")
    assert (sim.events.due(), app.ok("GET", "/webhook")["values"]) == ([], [])


def test_an_app_has_five_webhooks_on_one_url(app: JiraClient) -> None:
    told = registered(app, *["project = SALE"] * 6)
    assert [next(iter(one)) for one in told] == ["createdWebhookId"] * 5 + ["errors"]
    body = {"url": f"{URL}2", "webhooks": [{"events": EVENTS, "jqlFilter": "project = SALE"}]}
    assert app.send("POST", "/webhook", body).status == 400
    app.ok("DELETE", "/webhook", {"webhookIds": [one["createdWebhookId"] for one in told[:5]]}, status=202)
    assert app.ok("GET", "/webhook")["values"] == []


def test_administrators_register_by_api_too(sim: JiraSimulator) -> None:
    prefix = "/rest/webhooks/1.0"
    assert JiraClient(sim, prefix=prefix).send("GET", "/webhook").status == 403
    admin = JiraClient(sim, authorization=basic(sim.admin.email, sim.admin_token), prefix=prefix)
    filters = {"issue-related-events-section": "project = SALE"}
    body = {"name": "crm", "url": URL, "events": EVENTS, "filters": filters, "secret": "s3"}
    told = admin.ok("POST", "/webhook", body, status=201)
    assert told["isSigned"]
    assert "secret" not in told
    number = told["self"].rpartition("/")[2]
    assert len(admin.ok("GET", "/webhook")) == 1
    admin.ok("DELETE", f"/webhook/{number}", status=204)
    assert admin.send("DELETE", f"/webhook/{number}").status == 404

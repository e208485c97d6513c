"""Notifications and the first login."""

import hashlib
import hmac
import json
from collections.abc import Mapping

import httpx
import pytest
from plugins.jira.tests.fake import ME, SITE, TOKEN
from plugins.jira.tests.opened import Desk

from crmbridge.adapter.connecting import ConnectContext, Connected
from crmbridge.adapter.context import AdapterContext
from crmbridge.model.errors import AuthError, ConfigError
from crmbridge.model.notes import Note
from crmbridge_jira.config import JiraOptions
from crmbridge_jira.connect import connect

SECRET = "It's a Secret to Everybody"  # noqa: S105 - Atlassian's own example
SIGNATURE = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"


def signed(told: Mapping[str, object]) -> tuple[dict[str, str], bytes]:
    body = json.dumps(told).encode()
    return {"x-hub-signature": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}, body


def test_the_signature_is_that_of_atlassians_example(desk: Desk) -> None:
    with pytest.raises(AuthError, match="none of Jira's"):
        desk.open().receive({"X-Hub-Signature": SIGNATURE}, b"Hello World!", SECRET)
    with pytest.raises(AuthError, match="not signed"):
        desk.open().receive({"X-Hub-Signature": SIGNATURE}, b"Hello world!", SECRET)


def test_a_comment_names_its_issue_and_itself(desk: Desk) -> None:
    desk.options = {"objects": {"tasks": {"project": "SALE"}, "north": {"project": "NORTH"}}}
    issue, comment = {"id": "10241", "key": "SALE-37"}, {"id": "10310"}
    told = {"webhookEvent": "comment_created", "issue": issue, "comment": comment}
    assert desk.open().receive(*signed(told), SECRET) == [("tasks", "10241"), ("comments", "10241/10310")]
    moved = {"webhookEvent": "jira:issue_updated", "issue": {"id": "10241", "key": "ELSE-1"}}
    assert desk.open().receive(*signed(moved), SECRET) == [("tasks", "10241"), ("north", "10241")]
    assert desk.open().receive(*signed({"webhookEvent": "comment_created", "comment": comment}), SECRET) == []


def test_a_person_makes_the_webhook_with_the_secret(desk: Desk) -> None:
    made = desk.open().by_hand("s" * 43)
    assert made.secret == "s" * 43
    assert "WebHooks" in made.steps
    assert "WebHooks" in made.steps_zh
    assert "sss" not in repr(made)


def attempt(desk: Desk, told: Mapping[str, object], token: str = TOKEN, org: str | None = None) -> Connected:
    said: list[Note] = []
    answers = {"site": "acme.atlassian.net", "email": "bridge@acme.example", "token": token}

    def opened(config: object) -> AdapterContext:
        assert isinstance(config, JiraOptions)
        context = desk.open().session.context
        return AdapterContext("jira", config, context.workspace, clock=context.clock, sleep=context.sleep)

    context = ConnectContext(
        connection="jira",
        options=told,
        features=frozenset({"read", "webhooks"}),
        ask=lambda key, *_: answers[key],
        open_url=lambda _: None,
        listen=lambda: None,  # type: ignore[arg-type, return-value]
        context=opened,
        say=said.append,
        org=org,
    )
    return connect(context, transport=httpx.MockTransport(desk.jira.handle))


def test_a_login_is_tried_and_its_account_pinned(desk: Desk) -> None:
    found = attempt(desk, {})
    assert found.options == {"site": "https://acme.atlassian.net", "account": ME}
    assert json.loads(found.secret) == {"email": "bridge@acme.example", "token": TOKEN}
    assert found.org_id == f"acme.atlassian.net/{ME}"
    assert len(found.notices) == 2
    assert TOKEN not in repr(found)
    assert attempt(desk, {"site": SITE, "simulator": True}).org_id == f"127.0.0.1/{ME}"


def test_a_refused_login_is_told(desk: Desk) -> None:
    desk.jira.account = "nobody"
    with pytest.raises(AuthError):
        attempt(desk, {})
    desk.jira.account = ME
    with pytest.raises(ConfigError, match="was meant"):
        attempt(desk, {}, org="acc-other")


@pytest.mark.parametrize(
    "told",
    [
        {"site": "http://acme.atlassian.net"},
        {"site": "https://user@acme.example"},
        {"site": "https://acme.example", "objects": {"users": {"project": "A"}}},
        {"site": "https://acme.example", "simulator": True},
        {"site": "https://acme.example", "nonsense": 1},
    ],
)
def test_wrong_options_are_refused(told: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        JiraOptions.model_validate(told)

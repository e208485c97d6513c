"""The first login, and the keys of a connection."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from plugins.trello.tests.fake import BOARD, KEY, ME, SECRET, TOKEN, URL, FakeTrello
from pydantic import BaseModel, ValidationError

from crmbridge.adapter.connecting import ConnectContext, Connected, Feature, Redirect
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.hookspecs import login_of
from crmbridge.model.errors import AuthError, ConfigError
from crmbridge.model.notes import Note
from crmbridge_trello.adapter import open_trello
from crmbridge_trello.config import TrelloOptions
from crmbridge_trello.connect import connect
from crmbridge_trello.plugin import DESCRIPTOR

TASKS = {"tasks": {"board": BOARD}}


class Other(BaseModel):
    """The keys of another adapter."""


def never() -> Redirect:
    raise AssertionError


@dataclass
class Attempt:
    """A person who answers."""

    token: str = TOKEN
    org: str | None = None
    features: frozenset[Feature] = frozenset({"read"})
    options: dict[str, Any] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    said: list[Note] = field(default_factory=list)

    def __call__(self) -> Connected:
        answers = {"key": f" {KEY} ", "token": self.token}
        context = ConnectContext(
            connection="trello",
            options={"api_url": URL, "simulator": True, **self.options},
            features=self.features,
            ask=lambda key, english, zh, secret: answers[key] if english and zh and secret else "",
            open_url=self.opened.append,
            listen=never,
            context=lambda config: AdapterContext("trello", config, Path()),
            say=self.said.append,
            org=self.org,
        )
        return connect(context, transport=httpx.MockTransport(FakeTrello().handle))


def test_login_is_proved_and_pinned() -> None:
    attempt = Attempt(features=frozenset({"read", "tasks", "webhooks"}))
    found = attempt()
    assert (found.org_id, found.options["account"], found.secret) == (ME, ME, SECRET)
    assert found.features == {"read", "tasks"}
    assert [one.code for one in found.notices] == ["TRELLO_BOARD"]
    address = urlsplit(attempt.opened[0])
    asked = {name: one for name, (one,) in parse_qs(address.query).items()}
    assert address.netloc == "trello.com"
    assert (asked["scope"], asked["expiration"], asked["key"]) == ("read,write", "never", KEY)
    assert TOKEN not in repr(found) + attempt.opened[0]


def test_login_that_only_reads_asks_for_no_more() -> None:
    attempt = Attempt(org="bridge", options={"objects": TASKS})
    assert attempt().notices == ()
    assert "scope=read&" in attempt.opened[0]


def test_login_of_somebody_else_is_refused() -> None:
    with pytest.raises(ConfigError, match="was meant"):
        Attempt(org="ann")()
    with pytest.raises(AuthError, match="invalid token"):
        Attempt(token="wrong-canary")()  # noqa: S106 - made up


def test_connector_and_adapter_are_found_by_the_card() -> None:
    assert login_of(DESCRIPTOR) is connect
    with pytest.raises(ConfigError):
        open_trello(AdapterContext("trello", Other(), Path()))


@pytest.mark.parametrize(
    "told",
    [
        {"objects": {"users": {"board": BOARD}}},
        {"objects": {"tasks": {"board": "shortLink"}}},
        {"objects": {"one": {"board": BOARD}, "two": {"board": BOARD}}},
        {"api_url": "https://trello.example.com"},
        {"api_url": "https://trello.example.com", "simulator": True},
        {"boards": []},
    ],
)
def test_wrong_keys_are_told(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TrelloOptions.model_validate(told)

"""Webhooks that a person enters in the vendor's pages, and answers that the vendor makes."""

import hashlib
import json
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.app import vendor as example
from tests.app.connected import NOW, Connected, made
from tests.app.vendor import ABSENT, ExampleAdapter

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.hearing import Acknowledgement, HandMade
from crmbridge.app import access, hooks
from crmbridge.app.hints import Inbox, Taken
from crmbridge.app.hook_keys import HookKeys
from crmbridge.model.errors import AuthError, ConfigError

URL = "https://hooks.example.com"


@dataclass
class ByHandAdapter(ExampleAdapter):
    """The example service, were its subscriptions made in its pages."""

    def by_hand(self, secret: str) -> HandMade:
        return HandMade(f"key-{secret}", "Settings, Events", "设置，事件")

    def acknowledge(self, headers: Mapping[str, str], body: bytes, secret: str) -> Acknowledgement:
        assert self.receive(headers, body, secret) is not None
        said: Any = json.loads(body)
        answer = hashlib.sha256(f"{secret}{said['ids']}".encode()).hexdigest()
        return Acknowledgement(str(said["number"]), answer.encode(), "text/plain")


def open_adapter(context: AdapterContext) -> ByHandAdapter:
    return ByHandAdapter(context)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connected]:
    support = {**example.DESCRIPTOR.support, Capability.SUBSCRIBE: ABSENT}
    card = replace(example.DESCRIPTOR, open="tests.app.test_hooks_by_hand:open_adapter", support=support)
    monkeypatch.setattr(example, "DESCRIPTOR", card)
    yield from made(tmp_path / "acme", monkeypatch)


def said(secret: str, number: int, *ids: str) -> bytes:
    return json.dumps({"token": secret, "ids": ids, "number": number}).encode()


def take(place: Connected, body: bytes) -> Taken:
    with place.open() as opened:
        known = hooks.keys(opened.wiring)
        inbox = Inbox(opened.wiring, known)
        taken = inbox.take("crm", known.path("crm"), {"X": "1"}, body)
        inbox.close()
        return taken


def enabled(place: Connected) -> str:
    """The secret on the sheet."""
    with place.open() as opened:
        opened.hooks_enable("crm", URL)
    return sheet(place).read_text().split("Secret: ")[1].strip()


def sheet(place: Connected) -> Path:
    return place.folder / ".crmbridge" / "webhook-crm.txt"


def test_what_to_enter_is_on_a_sheet_for_its_owner_and_nowhere_else(place: Connected) -> None:
    place.grant("read")
    with place.open() as opened:
        made = opened.hooks_enable("crm", URL)
        known = HookKeys.of(access.state_dir(place.folder))
    (row,), (note,) = made.rows, made.warnings
    assert (row["objects"], row["state"], row["expires_at"]) == ("deals", "active", None)
    assert note.code == "WEBHOOK_BY_HAND"
    text = sheet(place).read_text()
    assert text.splitlines()[:2] == ["Settings, Events", "设置，事件"]
    assert f"URL: {URL}/hooks/crm/{known.path('crm')}" in text
    assert f"Secret: key-{known.token('crm', 1)}" in text
    assert stat.S_IMODE(sheet(place).stat().st_mode) == 0o600
    for secret in (known.path("crm"), known.token("crm", 1)):
        assert secret not in repr(made)
        assert all(secret.encode() not in file.read_bytes() for file in place.folder.glob("crmbridge.db*"))
    assert all(context.read_only for context in place.vendor.contexts)


def test_the_vendor_hears_what_it_wants_to_hear(place: Connected) -> None:
    secret = enabled(place)
    taken = take(place, said(secret, 1, "D1", "D2"))
    assert taken.answer is not None
    assert taken.answer.body == hashlib.sha256(f"{secret}['D1', 'D2']".encode()).hexdigest().encode()
    assert (taken.records, taken.fresh) == (2, 2)
    assert place.waiting() == ["D1", "D2"]


def test_a_notification_that_comes_again_is_answered_and_read_once(place: Connected) -> None:
    secret = enabled(place)
    first = take(place, said(secret, 1, "D1"))
    with place.open() as opened:
        opened.sync([])
        from crmbridge.app import following  # noqa: PLC0415 - as the server does between requests

        following.follow(opened.wiring)
    assert place.waiting() == []
    again = take(place, said(secret, 1, "D1"))
    assert again.answer == first.answer
    assert again.fresh == 0
    assert place.waiting() == []
    assert take(place, said(secret, 2, "D1")).fresh == 1


def test_only_the_one_secret_is_taken(place: Connected) -> None:
    secret = enabled(place)
    with place.open() as opened:
        known = hooks.keys(opened.wiring)
    for wrong in ("", secret[:-1], known.token("crm", 1), f"key-{known.token('crm', 2)}"):
        with pytest.raises(AuthError):
            take(place, said(wrong, 1, "D1"))
    assert place.waiting() == []


def test_enabling_again_keeps_what_was_entered(place: Connected) -> None:
    first = enabled(place)
    sheet(place).unlink()
    assert enabled(place) == first


def test_a_secret_that_the_vendor_makes_is_found_where_secrets_are(place: Connected) -> None:
    config = place.folder / "crmbridge.toml"
    config.write_text(config.read_text() + 'webhook_secret = "keyring:crm-events"\n')
    place.ring.set_password("crmbridge", "crm-events", "theirs")
    with place.open() as opened:
        opened.hooks_enable("crm", URL)
    assert "Secret" not in sheet(place).read_text()
    assert take(place, said("theirs", 1, "D1")).fresh == 1
    with pytest.raises(AuthError):
        take(place, said("ours", 2, "D1"))


def test_it_is_never_renewed_and_ended_here_alone(place: Connected) -> None:
    secret = enabled(place)
    place.later(days=400)
    with place.open() as opened:
        hook = hooks.hook_of(opened.wiring, "crm")
        assert hook is not None
        assert not hook.is_due(place.now)
        (row,) = opened.hooks_renew().rows
        assert row["renewed_at"] == NOW
        assert opened.hooks_disable("crm").rows == ()
    assert place.vendor.subscribed == []
    with pytest.raises(AuthError):
        take(place, said(secret, 1, "D1"))


def test_a_source_that_neither_subscribes_nor_takes_a_hand_made_one_is_told(
    place: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "open_adapter", example.open_adapter)
    with place.open() as opened, pytest.raises(ConfigError, match="cannot tell of changes by itself"):
        opened.hooks_enable("crm", URL)
    assert not sheet(place).exists()

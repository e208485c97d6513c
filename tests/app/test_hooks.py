"""Webhooks: asked for, renewed in time, verified, ended; nothing secret in the ledger or on the screen."""

import itertools
import json
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.app.connected import NOW, Connected, made

from crmbridge.app import access, hooks
from crmbridge.app.hints import Inbox
from crmbridge.app.hook_keys import FILE, HookKeys
from crmbridge.model.errors import AuthError, ConfigError, ContractError, ScopeError, StoreError, TransientError

URL = "https://hooks.example.com"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connected]:
    yield from made(tmp_path / "acme", monkeypatch)


def said(token: str, *ids: str) -> bytes:
    return json.dumps({"token": token, "ids": ids}).encode()


def take(place: Connected, body: bytes, *, connection: str = "crm", path: str | None = None) -> int:
    with place.open() as opened:
        keys = hooks.keys(opened.wiring)
        inbox = Inbox(opened.wiring, keys)
        taken = inbox.take(connection, keys.path("crm") if path is None else path, {"X": "1"}, body)
        inbox.close()
        return taken.records


def test_a_subscription_is_asked_for_with_an_address_nobody_guesses(place: Connected) -> None:
    with place.open() as opened:
        (row,) = opened.hooks_enable("crm", URL + "/").rows
    (request,) = place.vendor.subscribed
    base, _, path = request.url.rpartition("/")
    assert base == f"{URL}/hooks/crm"
    assert len(path) == len(request.secret) == 43
    assert path != request.secret
    assert request.objects == {"deals"}
    assert request.known is None
    assert row["expires_at"] == NOW + timedelta(days=7)
    assert (row["url"], row["state"]) == (f"{URL}/hooks/crm/...", "active")
    assert place.vendor.contexts[-1].read_only is False


def test_no_secret_is_in_the_ledger_or_shown(place: Connected) -> None:
    with place.open() as opened:
        listing = repr(opened.hooks_enable("crm", URL)) + repr(opened.hooks_list()) + repr(hooks.keys(opened.wiring))
    (request,) = place.vendor.subscribed
    stored = b"".join(file.read_bytes() for file in place.folder.glob("crmbridge.db*"))
    for secret in (request.secret, request.url.rpartition("/")[2]):
        assert secret not in listing
        assert secret.encode() not in stored
    assert stat.S_IMODE((place.folder / ".crmbridge" / FILE).stat().st_mode) == 0o600


def test_a_renewal_names_the_one_it_renews_and_changes_the_token_not_the_address(place: Connected) -> None:
    with place.open() as opened:
        opened.hooks_enable("crm", URL)
        opened.hooks_renew()
    first, second = place.vendor.subscribed
    assert second.known == "channel-1"
    assert second.secret != first.secret
    assert second.url == first.url


def test_tokens_of_the_last_this_and_the_next_generation_are_taken_and_no_other(place: Connected) -> None:
    with place.open() as opened:
        for _ in range(3):
            opened.hooks_enable("crm", URL)
        keys = hooks.keys(opened.wiring)
    oldest, last, present = (request.secret for request in place.vendor.subscribed)
    assert take(place, said(present, "D1")) == 1
    assert take(place, said(last, "D2")) == 1
    assert take(place, said(keys.token("crm", 4), "D3")) == 1
    for wrong in (oldest, keys.token("crm", 5), keys.token("other", 3), ""):
        with pytest.raises(AuthError):
            take(place, said(wrong, "D9"))
    assert place.waiting() == ["D1", "D2", "D3"]


def test_what_is_not_genuine_leaves_nothing_and_opens_nothing(place: Connected) -> None:
    with place.open() as opened:
        opened.hooks_enable("crm", URL)
    token, calls = place.vendor.subscribed[0].secret, len(place.vendor.contexts)
    for connection, path in (("crm", "x"), ("crm", ""), ("nobody", None), ("crm", "中"), ("", None)):
        with pytest.raises(AuthError, match=r"^refused$"):
            take(place, said(token, "D1"), connection=connection, path=path)
    assert len(place.vendor.contexts) == calls
    for body in (b"", b"{", b"[]", said("wrong", "D1")):
        with pytest.raises((AuthError, ContractError)):
            take(place, body)
    assert place.waiting() == []


def test_a_connection_without_a_webhook_takes_nothing(place: Connected) -> None:
    with pytest.raises(AuthError):
        take(place, said("x", "D1"))
    with place.open() as opened:
        opened.hooks_enable("crm", URL)
        token = place.vendor.subscribed[0].secret
        assert opened.hooks_disable("crm").rows == ()
        assert opened.hooks_disable("crm").rows == ()
    assert place.vendor.subscribed == []
    with pytest.raises(AuthError):
        take(place, said(token, "D1"))


def test_objects_that_no_mapping_reads_are_passed_over(place: Connected) -> None:
    with place.open() as opened:
        opened.hooks_enable("crm", URL)
    place.folder.joinpath("mapping/crm.toml").write_text(
        place.folder.joinpath("mapping/crm.toml").read_text().replace("objects.deals", "objects.others")
    )
    with place.open() as opened:
        opened.hooks_renew("crm")
    assert place.vendor.subscribed[-1].objects == {"others"}
    assert take(place, said(place.vendor.subscribed[-1].secret, "D1")) == 0


def test_without_the_permission_nothing_is_asked_for(place: Connected) -> None:
    place.grant("read")
    with place.open() as opened, pytest.raises(ScopeError, match="--enable-webhooks"):
        opened.hooks_enable("crm", URL)
    assert place.vendor.calls == 0


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example.com", "hooks.example.com", "https://", "https://u:p@x.example", "https://x.example/?a=1", "ftp://x",
     "https://x.example/" + "y" * 250, "https://例子.example"],
)  # fmt: skip
def test_an_address_that_cannot_be_is_refused_before_anything_is_asked(place: Connected, url: str) -> None:
    with place.open() as opened, pytest.raises(ConfigError):
        opened.hooks_enable("crm", url)
    assert place.vendor.calls == 0


def test_a_simulator_on_this_machine_may_call_in_the_clear(place: Connected) -> None:
    with place.open() as opened:
        assert opened.hooks_enable("crm", "http://127.0.0.1:8420").rows


def test_a_vendor_that_grants_an_hour_is_told_and_renewed_in_time(place: Connected) -> None:
    place.vendor.life = timedelta(hours=1)
    with place.open() as opened:
        listing = opened.hooks_enable("crm", URL)
        assert [note.code for note in listing.warnings] == ["WEBHOOK_SHORT"]
        hook = hooks.hook_of(opened.wiring, "crm")
    assert hook is not None
    assert not hook.is_due(NOW + timedelta(minutes=29))
    assert hook.is_due(NOW + timedelta(minutes=30))


@pytest.mark.parametrize("life", [timedelta(days=7), None])
def test_it_is_renewed_daily(place: Connected, life: timedelta | None) -> None:
    place.vendor.life = life
    with place.open() as opened:
        opened.hooks_enable("crm", URL)
        place.later(hours=11)
        hooks.renew(opened.wiring, ["crm"], only_due=True)
        assert len(place.vendor.subscribed) == 1
        place.later(hours=13)
        hooks.renew(opened.wiring, ["crm"], only_due=True)
    assert len(place.vendor.subscribed) == 2


def test_one_that_has_ended_is_shown_as_such(place: Connected) -> None:
    with place.open() as opened:
        opened.hooks_enable("crm", URL)
        place.later(days=8)
        (row,) = opened.hooks_list().rows
    assert row["state"] == "expired"


def test_a_vendor_that_does_not_answer_leaves_the_old_one_in_place(place: Connected) -> None:
    with place.open() as opened:
        opened.hooks_enable("crm", URL)
        before = opened.wiring.shared("crm").read(hooks.KEY)
        place.vendor.down = True
        with pytest.raises(TransientError):
            opened.hooks_renew("crm")
        assert opened.wiring.shared("crm").read(hooks.KEY) == before


def test_an_adapter_without_webhooks_says_so(place: Connected) -> None:
    with place.open(), pytest.raises(ConfigError, match="cannot tell of changes"):
        hooks._subscribing(object(), "books")


# -- keys ------------------------------------------------------------------------------------------------------------


def test_a_workspace_keeps_its_key(tmp_path: Path) -> None:
    one, two = HookKeys.of(tmp_path), HookKeys.of(tmp_path)
    assert one.path("crm") == two.path("crm")
    assert one.is_path("crm", two.path("crm"))
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


def test_no_two_secrets_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    both = (HookKeys.of(tmp_path), HookKeys.of(tmp_path / "other"))
    names = ("crm", "1:crm", "", "中文")
    made_ = [keys.path(name) for keys in both for name in names]
    made_ += [keys.token(name, n) for keys, name, n in itertools.product(both, names, range(3))]
    assert len(set(made_)) == len(made_)


def test_a_damaged_key_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"short")
    with pytest.raises(StoreError, match="hooks enable once more"):
        HookKeys.of(tmp_path)


def test_the_state_folder_is_closed_to_others_even_if_it_was_open(tmp_path: Path) -> None:
    (tmp_path / access.STATE_FOLDER).mkdir(mode=0o755)
    assert stat.S_IMODE(access.state_dir(tmp_path).stat().st_mode) == 0o700

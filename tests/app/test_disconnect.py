"""A login is taken back: at the vendor first, then here; what was read stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.connected import Connected, made
from tests.app.vendor import TOKEN

from crmbridge.app import access
from crmbridge.http.token_file import Kept, TokenFile
from crmbridge.ledger import raw
from crmbridge.model.errors import ConfigError, TransientError
from crmbridge.report.listing import Listing

URL = "https://crm.example.com/hooks"
SECRET = ("crmbridge", "crm")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connected]:
    yield from made(tmp_path / "acme", monkeypatch)


def ended(place: Connected, **how: bool) -> list[str]:
    with place.open() as opened:
        return said(opened.disconnect("crm", **how))


def said(listing: Listing) -> list[str]:
    return [str(row["message"]) for row in listing.rows]


def token_file(place: Connected) -> TokenFile:
    return TokenFile(access.state_dir(place.folder), "crm-access")


def test_the_login_is_revoked_and_forgotten_and_the_records_stay(place: Connected) -> None:
    place.vendor.deals["d1"] = "Deal"
    with place.open() as opened:
        opened.sync()
    token_file(place).write(Kept("one", "canary", "2026-03-03T00:00:00+00:00"))
    texts = (place.folder / "crmbridge.toml").read_text(), (place.folder / "mapping" / "crm.toml").read_text()
    told = ended(place)
    assert place.vendor.revoked == 1
    assert SECRET not in place.ring.kept
    assert token_file(place).read() == Kept()
    assert told[:2] == ["the login was revoked at the vendor", "the secret was removed from keyring:crm"]
    assert "crmbridge connect example --name crm" in told[2]
    assert TOKEN not in repr(told)
    assert texts == ((place.folder / "crmbridge.toml").read_text(), (place.folder / "mapping" / "crm.toml").read_text())
    with place.open() as opened:
        with opened.wiring.ledger.read() as tx:
            assert "d1" in raw.live_ids(tx, 1, "deals")
        assert access.granted(opened.wiring.shared("crm")) is None
        with pytest.raises(ConfigError, match="there is no secret"):
            opened.wiring.open("crm").check()


def test_a_second_time_breaks_nothing(place: Connected) -> None:
    ended(place)
    assert "the vendor was not asked: there is no secret keyring:crm" in ended(place)[0]
    assert place.vendor.revoked == 1


def test_a_webhook_ends_before_the_login(place: Connected) -> None:
    with place.open() as opened:
        opened.hooks_enable("crm", URL)
    assert ended(place)[0] == "the webhook has ended"
    assert place.vendor.subscribed == []
    with place.open() as opened:
        assert opened.hooks_list().rows == ()


def test_a_vendor_that_does_not_answer_keeps_everything_here(place: Connected) -> None:
    place.vendor.down = True
    with pytest.raises(TransientError):
        ended(place)
    assert SECRET in place.ring.kept
    with place.open() as opened:
        assert access.granted(opened.wiring.shared("crm")) is not None


def test_only_here_where_that_is_asked(place: Connected) -> None:
    place.vendor.down = True
    assert ended(place, is_local=True)[0] == "the secret was removed from keyring:crm"
    assert (place.vendor.revoked, place.vendor.calls) == (0, 0)
    assert SECRET not in place.ring.kept


def test_a_login_that_is_dead_already_is_as_good_as_revoked(place: Connected) -> None:
    place.ring.kept[SECRET] = '{"token": "another"}'
    assert ended(place)[0] == "the vendor does not take the login any more"
    assert SECRET not in place.ring.kept


def test_an_adapter_that_cannot_revoke_says_so(place: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmbridge.app.disconnect.Revokes", type("Nobody", (), {}))
    assert "end it in the vendor's own pages" in ended(place)[0]
    assert SECRET not in place.ring.kept


def test_a_secret_that_is_not_ours_to_remove_is_told(place: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    config = place.folder / "crmbridge.toml"
    config.write_text(config.read_text().replace("keyring:crm", "env:CRM_LOGIN"))
    with place.open() as opened:
        environ = {"CRM_LOGIN": '{"token": "x"}'}
        object.__setattr__(opened.wiring.vault, "environ", environ)
        told = said(opened.disconnect("crm"))
    assert told[1] == "the secret stands in env:CRM_LOGIN, which crmbridge does not write to: remove it there"


def test_an_unknown_connection_is_told_with_the_nearest(place: Connected) -> None:
    with place.open() as opened, pytest.raises(ConfigError, match="crm"):
        opened.disconnect("crmm")

"""`doctor` and `status` of a connection with a login: what works, what is missing, what is left; never a secret."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.app import vendor as example
from tests.app.connected import Connected, made
from tests.app.vendor import TOKEN

from crmbridge.adapter.catalog import Catalog, Limits, ObjectInfo
from crmbridge.app import access
from crmbridge.http.redact import holds_secret
from crmbridge.report.listing import Listing


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connected]:
    yield from made(tmp_path / "acme", monkeypatch)


def examined(place: Connected, connection: str | None = None) -> Listing:
    with place.open() as opened:
        return opened.doctor(connection)


def said(listing: Listing, area: str) -> list[tuple[str, str]]:
    """State and message of each row of an area."""
    return [(str(row["state"]), str(row["message"])) for row in listing.rows if row["area"] == area]


def states(listing: Listing, area: str) -> set[str]:
    return {state for state, _ in said(listing, area)}


def test_a_connection_that_works_says_what_it_rests_on(place: Connected) -> None:
    found = examined(place)
    assert found.exit_code == 0
    assert said(found, "credentials") == [("ok", "the secret comes from keyring:crm")]
    assert said(found, "keyring") == [("ok", "secrets may be kept in keyring.backends.SecretService.Keyring")]
    assert ("ok", "it answers as Acme Ltd (org-1)") in said(found, "connection")
    (budget,) = said(found, "budget")
    assert budget == ("ok", "4998 credits are left; more are there at 2026-03-03 08:00+08:00")
    assert said(found, "webhook") == [("ok", "")]
    assert TOKEN not in repr(found)


def test_the_source_is_asked_once_for_everything(place: Connected) -> None:
    examined(place)
    assert (len(place.vendor.contexts), place.vendor.calls) == (1, 2)


def test_a_secret_that_is_nowhere_is_told_with_the_places(place: Connected) -> None:
    place.ring.kept.clear()
    found = examined(place)
    ((state, message),) = said(found, "credentials")
    assert state == "failed"
    assert "keyring:crm" in message
    assert states(found, "connection") == {"failed"}
    assert found.exit_code == 78


def test_a_refused_login_ends_with_4(place: Connected) -> None:
    place.ring.set_password("crmbridge", "crm", json.dumps({"token": "old"}))
    found = examined(place)
    assert found.exit_code == 4
    assert any("the login is refused" in message for _, message in said(found, "connection"))


def test_another_account_behind_the_login_is_found(place: Connected) -> None:
    with place.open() as opened:
        opened.sync()
    place.vendor.org_id, place.vendor.title = "org-2", "Other"
    found = examined(place)
    assert found.exit_code == 78
    assert "opens Other (org-2), but this workspace was made with org-1" in said(found, "connection")[0][1]


def test_a_machine_without_a_keyring_is_told_and_fails_nothing_that_needs_none(
    place: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = place.folder / "crmbridge.toml"
    file.write_text(file.read_text().replace("keyring:crm", "env:CRM_LOGIN"))
    monkeypatch.setattr(type(place.ring), "__module__", "keyrings.alt.file")
    with place.open() as opened:
        opened.wiring.vault.environ["CRM_LOGIN"] = json.dumps({"token": TOKEN})  # type: ignore[index]
        found = opened.doctor()
    assert found.exit_code == 0
    assert states(found, "keyring") == {"note"}
    assert [state for state, _ in said(found, "credentials")] == ["ok", "note"]
    assert "env:CRM_LOGIN" in said(found, "credentials")[0][1]


def test_a_mode_beyond_the_grant_is_told(place: Connected) -> None:
    file = place.folder / "crmbridge.toml"
    file.write_text(file.read_text() + 'mode = "fields"\n')
    found = examined(place)
    assert any("was not granted fields, tasks" in message for _, message in said(found, "credentials"))
    with place.open() as opened:
        opened.wiring.shared("crm").update(access.GRANTED, lambda _: (None, None))
    assert any("by crmbridge connect" in message for _, message in said(examined(place), "credentials"))


def test_an_object_that_may_not_be_read_is_told_with_the_reason(
    place: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = ObjectInfo(name="deals", label="Deals", fields=[], readable=False, note="no permission Deals_View")
    described = Catalog(objects=[closed], limits=Limits(page_size=1, batch_size=1))
    monkeypatch.setattr(example.ExampleAdapter, "describe", lambda _: described)
    assert ("note", "deals is mapped and may not be read: no permission Deals_View") in said(examined(place), "mapping")


def test_how_far_reading_has_come(place: Connected) -> None:
    assert said(examined(place), "reading") == [("note", "nothing was read yet; crmbridge sync reads it")]
    with place.open() as opened:
        report = opened.sync()
    way = ("ok", "deals is read by list: it is the only one")
    assert said(examined(place), "reading") == [way]
    assert "read.way" not in {note.code for note in report.listing.warnings}
    place.later(days=3)
    assert said(examined(place), "reading") == [("note", "deals was last read 3 days ago"), way]


def test_a_webhook_that_has_ended_is_told(place: Connected) -> None:
    with place.open() as opened:
        opened.hooks_enable("crm", "https://hooks.example.com")
    assert said(examined(place), "webhook") == [("ok", "a webhook hastens the reading until 2026-03-09 09:00+08:00")]
    place.later(days=8)
    assert states(examined(place), "webhook") == {"note"}


def test_two_connections_to_one_account_are_told(place: Connected) -> None:
    file = place.folder / "crmbridge.toml"
    file.write_text(file.read_text() + '\n[connections.other]\nadapter = "example"\ncredentials = "keyring:crm"\n')
    (place.folder / "mapping/other.toml").write_text((place.folder / "mapping/crm.toml").read_text())
    with place.open() as opened:
        opened.sync()
    assert ("note", "other opens the same account: its records are read twice") in said(
        examined(place, "crm"), "connection"
    )


def test_a_sync_warns_of_a_bare_name_that_only_the_environment_knew(place: Connected) -> None:
    file = place.folder / "crmbridge.toml"
    file.write_text(file.read_text().replace("keyring:crm", "crm"))
    place.ring.kept.clear()
    with place.open() as opened:
        opened.wiring.vault.environ["CRMBRIDGE_SECRET_CRM"] = json.dumps({"token": TOKEN})  # type: ignore[index]
        report = opened.sync()
    assert [note.code for note in report.listing.warnings if note.code.startswith("SECRET")] == [
        "SECRET_IN_ENVIRONMENT"
    ]
    assert holds_secret(f"a log line with {json.dumps({'token': TOKEN})}")


def test_one_connection_alone_may_be_looked_at(place: Connected) -> None:
    file = place.folder / "crmbridge.toml"
    file.write_text(file.read_text() + '\n[connections.other]\nadapter = "example"\n')
    assert {row["name"] for row in examined(place, "crm").rows if row["area"] == "connection"} == {"crm"}
    assert {row["name"] for row in examined(place).rows if row["area"] == "connection"} == {"crm", "other"}


# -- status ----------------------------------------------------------------------------------------------------------


def section(listing: Listing, name: str) -> list[dict[str, object]]:
    return [dict(row) for row in listing.rows if row.get("section") == name]


def test_status_tells_what_was_spent_and_what_is_left(place: Connected) -> None:
    with place.open() as opened:
        opened.sync()
        (row,) = section(opened.status(), "spending")
    assert (row["connection"], row["calls"], row["credits"]) == ("crm", 3, 6)
    assert row["credits_left"] == 4997
    assert str(row["returns_at"]) == "2026-03-03 08:00:00+08:00"
    place.later(hours=25)
    with place.open() as opened:
        assert section(opened.status(), "spending") == []


def test_status_tells_when_a_webhook_ends_and_how_many_hints_wait(place: Connected) -> None:
    with place.open() as opened:
        assert section(opened.status(), "webhooks") == []
        opened.hooks_enable("crm", "https://hooks.example.com")
        (row,) = section(opened.status(), "webhooks")
    assert row["webhook_ends_at"] == place.now + timedelta(days=7)
    assert row["hints"] == 0


def test_an_adapter_that_breaks_is_its_authors_and_no_bug_of_ours(
    place: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(_: object) -> None:
        raise KeyError("what nobody should read")

    monkeypatch.setattr(example.ExampleAdapter, "check", check)
    ((state, message),) = [one for one in said(examined(place), "connection") if one[0] != "ok"][:1]
    assert (state, "the adapter of crm broke: KeyError" in message) == ("failed", True)
    assert "what nobody should read" not in message

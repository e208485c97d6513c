"""`connect`: what is refused before anybody is asked, what is written, and what stays as a person wrote it."""

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.app import vendor as example
from tests.app.vendor import CONFIG, TOKEN, Ring, Vendor

from crmbridge.adapter.connecting import Redirect
from crmbridge.app import access, config
from crmbridge.app.bridge import Bridge
from crmbridge.app.connect_plan import Wanted
from crmbridge.ledger import connections
from crmbridge.model.errors import AuthError, ConfigError, CrmBridgeError, ScopeError
from crmbridge.model.notes import Note
from crmbridge.report.listing import Listing


@dataclass
class Person:
    """Somebody who answers questions, and what was said to them."""

    answers: dict[str, str] = field(default_factory=lambda: {"client_id": "me", "code": "good"})
    asked: list[str] = field(default_factory=list)
    told: list[Note] = field(default_factory=list)

    def ask(self, key: str, english: str, chinese: str, secret: bool) -> str:  # noqa: FBT001 - as connectors ask
        assert english.isascii()
        assert not chinese.isascii()
        assert secret == (key == "code")
        self.asked.append(key)
        return self.answers[key]

    def choose(self, key: str, english: str, chinese: str, usual: str) -> str:
        assert key
        assert english
        assert chinese
        return usual

    def open_url(self, url: str) -> None:
        raise AssertionError(url)

    def say(self, note: Note) -> None:
        self.told.append(note)

    def listen(self) -> Redirect:
        raise AssertionError


@dataclass
class Place:
    """A workspace, the service, the keyring and the person."""

    folder: Path
    vendor: Vendor
    ring: Ring
    person: Person = field(default_factory=Person)

    def connect(self, adapter: str = "example", **wanted: Any) -> Listing:
        with Bridge.open(self.folder, environ={}) as bridge:
            return bridge.connect(Wanted(adapter, **wanted), self.person)

    @property
    def text(self) -> str:
        return (self.folder / "crmbridge.toml").read_text("utf-8")

    def write(self, text: str) -> None:
        (self.folder / "crmbridge.toml").write_text(text, "utf-8")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    vendor, ring = example.install(monkeypatch)
    folder = tmp_path / "acme"
    folder.mkdir()
    made = Place(folder, vendor, ring)
    made.write(CONFIG)
    yield made
    example.STATE.clear()


def refused(place: Place, match: str, **wanted: Any) -> CrmBridgeError:
    before, kept = place.text, dict(place.ring.kept)
    with pytest.raises(CrmBridgeError, match=match) as caught:
        place.connect(**wanted)
    assert (place.text, place.ring.kept) == (before, kept)
    return caught.value


def test_a_connection_is_written_below_what_a_person_wrote(place: Place) -> None:
    listing = place.connect(name="crm", options={"data_center": "eu"})
    assert place.text == CONFIG + (
        "\n[connections.crm]\n"
        "# Acme Ltd (org-1), connected by crmbridge connect\n"
        'adapter = "example"\n'
        'credentials = "keyring:crm"\n'
        'mode = "read-only"\n'
        'data_center = "eu"\n'
        'org = "org-1"\n'
    )
    assert place.ring.kept == {("crmbridge", "crm"): json.dumps({"token": TOKEN})}
    (row,) = listing.rows
    assert (row["connection"], row["account"], row["scope"]) == ("crm", "Acme Ltd (org-1)", "Deals.READ")
    assert TOKEN not in repr(listing)


def test_the_connection_works_at_once(place: Place) -> None:
    place.connect(name="crm")
    with Bridge.open(place.folder, environ={}) as bridge:
        adapter = bridge.wiring.open("crm")
        assert adapter.check().org_id == "org-1"
        context = place.vendor.contexts[-1]
        assert context.read_only
        assert context.state_dir == place.folder.resolve() / ".crmbridge"
        assert stat.S_IMODE(context.state_dir.stat().st_mode) == 0o700


def test_the_account_is_pinned_and_what_was_granted_is_known(place: Place) -> None:
    place.connect(name="crm", features=frozenset({"read", "tasks"}))
    assert 'mode = "tasks"' in place.text
    with Bridge.open(place.folder, environ={}) as bridge:
        with bridge.wiring.ledger.read() as tx:
            (row,) = connections.listing(tx)
        assert (row.name, row.org_id, row.org_title) == ("crm", "org-1", "Acme Ltd")
        assert access.granted(bridge.wiring.shared("crm")) == (
            frozenset({"read", "tasks"}),
            ("Deals.READ", "Tasks.CREATE"),
        )


def test_the_same_account_twice_is_told_with_its_name(place: Place) -> None:
    place.connect(name="crm")
    error = refused(place, r"Acme Ltd \(org-1\) is connected already, as crm", name="other")
    assert "crmbridge connect example --name crm renews" in str(error)


def test_connecting_again_renews_the_login_and_leaves_the_file_alone(place: Place) -> None:
    place.connect(name="crm")
    place.ring.kept.clear()
    before = place.text
    listing = place.connect(name="crm", features=frozenset({"read", "tasks"}))
    assert place.text == before
    assert place.ring.kept[("crmbridge", "crm")] == json.dumps({"token": TOKEN})
    assert "set mode = 'tasks' in [connections.crm]" in "; ".join(map(str, listing.warnings))


def test_another_account_under_the_same_name_is_refused(place: Place) -> None:
    place.connect(name="crm")
    place.vendor.org_id, place.vendor.title = "org-2", "Other"
    refused(place, r"crm opens Other \(org-2\), but this workspace was made with Acme Ltd \(org-1\)", name="crm")


def test_an_account_that_is_not_the_one_meant_is_refused(place: Place) -> None:
    refused(place, r"the login opens Acme Ltd \(org-1\), not org-9", name="crm", org="org-9")
    assert not (place.folder / "crmbridge.db").exists()
    place.connect(name="crm", org="org-1")


def test_a_refused_login_leaves_nothing_behind(place: Place) -> None:
    place.person.answers["code"] = "bad"
    error = refused(place, "the code is refused")
    assert isinstance(error, AuthError)
    assert not (place.folder / "crmbridge.db").exists()


@pytest.mark.parametrize(
    ("match", "wanted"),
    [
        ("there is no adapter exampel", {"adapter": "exampel"}),
        ("csv needs no login", {"adapter": "csv", "options": {"path": "x"}}),
        ("cannot be the name", {"name": "a.b"}),
        ("unknown key data_centre.*data_center", {"options": {"data_centre": "eu"}}),
        ("credentials must say where", {"credentials": "secret!"}),
        ("cannot keep a secret in env:X", {"credentials": "env:X"}),
        ("no identity to open it", {"credentials": "file:crm.age"}),
    ],
)
def test_what_cannot_work_is_refused_before_anybody_is_asked(place: Place, match: str, wanted: dict[str, Any]) -> None:
    refused(place, match, **wanted)
    assert place.person.asked == []


def test_without_a_keyring_that_encrypts_the_other_places_are_named(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(place.ring), "__module__", "keyrings.alt.file")
    error = refused(place, "no keyring that encrypts")
    assert "file:PATH (age)" in str(error)
    assert place.person.asked == []


def test_a_secret_of_somebody_else_in_the_keyring_is_not_overwritten(place: Place) -> None:
    place.ring.set_password("crmbridge", "example", "of another workspace")
    refused(place, "there is a secret in keyring:example already")
    assert place.person.asked == []
    place.connect(credentials="keyring:acme-example")
    assert place.ring.get_password("crmbridge", "example") == "of another workspace"


@pytest.mark.parametrize(("reference", "said"), [("env:CRM_LOGIN", "CRM_LOGIN"), ("credential:crm", "systemd-creds")])
def test_a_secret_that_is_not_ours_to_keep_goes_into_a_file_for_its_owner(
    place: Place, tmp_path: Path, reference: str, said: str
) -> None:
    file = tmp_path / "secret.json"
    listing = place.connect(credentials=reference, secret_file=file)
    assert json.loads(file.read_text()) == {"token": TOKEN}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert said in "; ".join(map(str, listing.warnings))
    assert place.ring.kept == {}
    example.STATE[-1].org_id = "org-2"
    refused(place, "is there already", name="two", credentials=reference, secret_file=file)


@pytest.mark.parametrize(
    "text",
    [
        CONFIG.rstrip("\n"),
        CONFIG.replace("\n", "\r\n"),
        "\ufeff" + CONFIG,
        CONFIG
        + '\n[connections.books]\nadapter = "csv"\n[connections.books.objects.d]\nfile = "d.csv"\nkey = "k"  # last',
    ],
    ids=["no last line end", "CRLF", "BOM", "a table before"],
)
def test_not_a_byte_that_a_person_wrote_changes(place: Place, text: str) -> None:
    file = place.folder / "crmbridge.toml"
    file.write_bytes(text.encode())
    file.chmod(0o640)
    place.connect(name="crm")
    assert file.read_bytes().startswith(text.encode())
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert "crm" in config.load(place.folder, {}).config.connections
    assert [path.name for path in place.folder.glob(".crmbridge.toml*")] == []
    added = file.read_bytes()[len(text.encode()) :]
    assert (b"\r\n" in added) == ("\r\n" in text)


def test_a_file_that_cannot_be_extended_is_left_alone(place: Place) -> None:
    place.write(CONFIG.replace("[workspace]", "connections = {}\n[workspace]"))
    refused(place, "cannot be extended by")


def test_what_the_file_says_is_not_contradicted(place: Place) -> None:
    place.connect(name="crm", options={"data_center": "eu"})
    refused(place, "has data_center = 'eu' for crm", name="crm", options={"data_center": "us"})
    refused(place, "has credentials = 'keyring:crm'", name="crm", credentials="keyring:x")
    place.write(place.text + '\n[connections.books]\nadapter = "csv"\npath = "x"\n')
    refused(place, "books is a connection of csv already", name="books")


# -- what a login allows ---------------------------------------------------------------------------------------------


def opened(place: Place, purpose: access.Purpose) -> bool:
    with Bridge.open(place.folder, environ={}) as bridge:
        bridge.wiring.open("crm", purpose)
        return place.vendor.contexts[-1].read_only


def test_a_read_only_connection_is_never_opened_to_write(place: Place) -> None:
    place.connect(name="crm", features=frozenset({"read", "tasks"}))
    assert opened(place, "read") is True
    assert opened(place, "write") is False
    place.write(place.text.replace('mode = "tasks"', 'mode = "read-only"'))
    with pytest.raises(ConfigError, match='nothing is written to crm: its mode is "read-only"'):
        opened(place, "write")


def test_the_configuration_cannot_loosen_what_was_granted(place: Place) -> None:
    place.connect(name="crm")
    place.write(place.text.replace('mode = "read-only"', 'mode = "fields"'))
    assert opened(place, "read") is True
    with pytest.raises(ScopeError, match=r"was not granted fields, tasks.*--enable-write fields"):
        opened(place, "write")
    with pytest.raises(ScopeError, match=r"not granted webhooks.*--enable-webhooks"):
        opened(place, "webhooks")


def test_what_processes_share_is_in_the_ledger(place: Place) -> None:
    place.connect(name="crm")
    with Bridge.open(place.folder, environ={}) as one, Bridge.open(place.folder, environ={}) as two:
        one.wiring.shared("crm").update("x", lambda _: ("1", None))
        assert two.wiring.shared("crm").read("x") == "1"


def test_without_a_ledger_nothing_is_made_by_a_look(place: Place) -> None:
    place.write(place.text + '\n[connections.crm]\nadapter = "example"\n')
    with Bridge.open(place.folder, environ={}) as bridge:
        found = bridge.wiring.shared("crm")
        assert found.read("x") is None
        found.update("x", lambda _: ("1", None))
        assert found.read("x") == "1"
    assert not (place.folder / "crmbridge.db").exists()

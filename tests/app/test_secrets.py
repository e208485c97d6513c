"""Where secrets are found and kept: the order, the keyrings that are used and those that are refused, no plain file."""

import pickle
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyrage
import pytest

from crmbridge.app.secrets import ConnectionSecrets, Reference, Vault
from crmbridge.app.secrets.age import IDENTITY
from crmbridge.app.secrets.keyrings import OsKeyring
from crmbridge.model.errors import ConfigError

CANARY = "canary-4f1c"
VARIABLE = "CRMBRIDGE_SECRET_CRM"


class Backend:
    """A keyring that remembers; `made` gives it the name of a real one."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[service, name] = value


def made(module: str, name: str, **attributes: object) -> Any:
    kind = type(name, (Backend,), {"__module__": module})
    backend = kind()
    for attribute, value in attributes.items():
        setattr(backend, attribute, value)
    return backend


SECRET_SERVICE: Callable[[], Any] = lambda: made("keyring.backends.SecretService", "Keyring")  # noqa: E731
KWALLET: Callable[[], Any] = lambda: made("keyring.backends.kwallet", "DBusKeyring")  # noqa: E731
MACOS: Callable[[], Any] = lambda: made("keyring.backends.macOS", "Keyring")  # noqa: E731
WINDOWS: Callable[[], Any] = lambda: made("keyring.backends.Windows", "WinVaultKeyring")  # noqa: E731
PLAIN: Callable[[], Any] = lambda: made("keyrings.alt.file", "PlaintextKeyring")  # noqa: E731
FAIL: Callable[[], Any] = lambda: made("keyring.backends.fail", "Keyring")  # noqa: E731
NULL: Callable[[], Any] = lambda: made("keyring.backends.null", "Keyring")  # noqa: E731


def chain(*backends: Any) -> Any:
    return made("keyring.backends.chainer", "ChainerBackend", backends=list(backends))


@pytest.fixture
def place(tmp_path: Path) -> SimpleNamespace:
    """A machine with nothing on it: folders for credentials and secrets, no keyring."""
    for name in ("credentials", "run", "workspace"):
        (tmp_path / name).mkdir()
    return SimpleNamespace(
        credentials=tmp_path / "credentials", run=tmp_path / "run", workspace=tmp_path / "workspace", environ={}
    )


def vault(place: SimpleNamespace, backend: Any = None) -> Vault:
    chosen = FAIL() if backend is None else backend
    return Vault(place.workspace, place.environ, OsKeyring(lambda: chosen), place.run)


def give_identity(place: SimpleNamespace) -> Any:
    identity = pyrage.x25519.Identity.generate()
    (place.run / IDENTITY).write_text(f"# created: today\n{identity}\n")
    return identity


def test_a_bare_name_is_looked_for_in_every_place_in_order(place: SimpleNamespace) -> None:
    place.environ |= {"CREDENTIALS_DIRECTORY": str(place.credentials), VARIABLE: "from env"}
    backend = SECRET_SERVICE()
    backend.set_password("crmbridge", "crm", "from keyring")
    (place.credentials / "crm").write_text("from systemd\n")
    (place.run / "crm").write_text("from container")
    give_identity(place)
    kept = vault(place, backend)
    kept.keep("file:secrets/crm.age", "from age")
    taken_away: list[tuple[str, str, Callable[[], object]]] = [
        ("$CREDENTIALS_DIRECTORY/crm", "from systemd", (place.credentials / "crm").unlink),
        (f"{place.run}/crm", "from container", (place.run / "crm").unlink),
        ("keyring:crm", "from keyring", backend.kept.clear),
        ("file:secrets/crm.age", "from age", (place.workspace / "secrets/crm.age").unlink),
        (f"env:{VARIABLE}", "from env", lambda: place.environ.pop(VARIABLE)),
    ]
    for where, value, take_away in taken_away:
        found = kept.find("crm")
        assert (found.place, found.value) == (where, value)
        take_away()
    with pytest.raises(ConfigError, match="there is no secret crm; looked at") as caught:
        kept.find("crm")
    for where in (
        "$CREDENTIALS_DIRECTORY/crm",
        f"{place.run}/crm",
        "keyring:crm",
        "secrets/crm.age",
        f"env:{VARIABLE}",
    ):
        assert where in str(caught.value)


def test_only_the_environment_is_warned_of(place: SimpleNamespace) -> None:
    place.environ[VARIABLE] = "x"
    (note,) = vault(place).find("crm").notes
    assert note.code == "SECRET_IN_ENVIRONMENT"
    (place.run / "crm").write_text("x")
    assert vault(place).find("crm").notes == ()


def test_a_bare_name_does_without_a_keyring_and_says_which_it_did_not_use(place: SimpleNamespace) -> None:
    with pytest.raises(ConfigError, match=r"keyring:crm \(keyring\.backends\.fail\.Keyring\)"):
        vault(place).find("crm")
    place.environ[VARIABLE] = "x"
    assert vault(place).find("crm").value == "x"


@pytest.mark.parametrize("backend", [SECRET_SERVICE, KWALLET, MACOS, WINDOWS], ids=lambda b: b().__class__.__module__)
def test_a_keyring_that_encrypts_keeps_and_gives(place: SimpleNamespace, backend: Callable[[], Any]) -> None:
    kept = vault(place, backend())
    kept.require_keeping("keyring:crm")
    assert not kept.is_kept("keyring:crm")
    kept.keep("keyring:crm", CANARY)
    assert kept.find("keyring:crm").value == CANARY
    assert kept.is_kept("keyring:crm")


@pytest.mark.parametrize(
    "backend",
    [FAIL(), NULL(), PLAIN(), chain(SECRET_SERVICE(), PLAIN()), chain(chain(NULL())), chain()],
    ids=["fail", "null", "keyrings.alt", "chain with keyrings.alt", "chain in a chain", "empty chain"],
)
def test_a_keyring_that_does_not_encrypt_is_refused_for_reading_and_keeping(
    place: SimpleNamespace, backend: Any
) -> None:
    kept = vault(place, backend)
    for ask in (lambda: kept.find("keyring:crm"), lambda: kept.require_keeping("keyring:crm")):
        with pytest.raises(ConfigError, match=r"no keyring that encrypts.*file:PATH \(age\)"):
            ask()
    with pytest.raises(ConfigError):
        kept.keep("keyring:crm", CANARY)
    assert getattr(backend, "kept", {}) == {}


def test_a_chain_of_keyrings_that_encrypt_is_used(place: SimpleNamespace) -> None:
    kept = vault(place, chain(SECRET_SERVICE(), KWALLET()))
    kept.keep("keyring:crm", CANARY)
    assert kept.find("keyring:crm").value == CANARY


def test_this_machines_own_keyring_is_asked_for_by_default(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        Vault(tmp_path, {}).find("keyring:crmbridge-test-that-is-nowhere")
    assert "credential:NAME" in str(caught.value) or "there is no secret" in str(caught.value)


def test_a_keyring_that_breaks_tells_no_value(place: SimpleNamespace) -> None:
    backend = SECRET_SERVICE()

    def broken(*words: str) -> None:
        raise RuntimeError(f"locked: {words}")

    backend.set_password = broken
    with pytest.raises(ConfigError, match="does not answer: RuntimeError") as caught:
        vault(place, backend).keep("keyring:crm", CANARY)
    assert CANARY not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_keyring_that_forgets_is_found_out_at_once(place: SimpleNamespace) -> None:
    backend = SECRET_SERVICE()
    backend.set_password = lambda *_: None
    with pytest.raises(ConfigError, match="did not keep the secret"):
        vault(place, backend).keep("keyring:crm", CANARY)


def test_a_plain_file_is_refused_and_the_recipient_named(place: SimpleNamespace) -> None:
    identity = give_identity(place)
    (place.workspace / "crm.json").write_text(CANARY)
    with pytest.raises(ConfigError, match="not encrypted with age") as caught:
        vault(place).find("file:crm.json")
    assert f"age -r {identity.to_public()} -o crm.json" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_an_age_file_is_kept_for_its_owner_alone(place: SimpleNamespace) -> None:
    give_identity(place)
    kept = vault(place)
    assert kept.require_keeping("file:crm.age") == Reference("file", "crm.age")
    for value in (CANARY, CANARY + "2"):
        assert kept.keep("file:crm.age", value) == "crm.age"
        assert kept.find("file:crm.age").value == value
    file = place.workspace / "crm.age"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert CANARY.encode() not in file.read_bytes()
    assert [path.name for path in place.workspace.iterdir()] == ["crm.age"]


def test_an_age_file_needs_an_identity_from_a_credential(place: SimpleNamespace) -> None:
    with pytest.raises(ConfigError, match=f"no identity to open it; looked at .*{IDENTITY}"):
        vault(place).require_keeping("file:crm.age")
    (place.run / IDENTITY).write_text("AGE-SECRET-KEY-1NONSENSE")
    with pytest.raises(ConfigError, match="holds no age identity") as caught:
        vault(place).require_keeping("file:crm.age")
    assert "NONSENSE" not in str(caught.value)


def test_another_identity_does_not_open_it(place: SimpleNamespace) -> None:
    give_identity(place)
    vault(place).keep("file:crm.age", CANARY)
    give_identity(place)
    with pytest.raises(ConfigError, match="cannot be decrypted"):
        vault(place).find("file:crm.age")


def test_without_pyrage_the_extra_is_named(place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    give_identity(place)
    monkeypatch.setitem(sys.modules, "pyrage", None)
    with pytest.raises(ConfigError, match=r"crmbridge\[age\]"):
        vault(place).require_keeping("file:crm.age")


@pytest.mark.parametrize("reference", ["credential:crm", "env:CRM_SECRET", "crm"])
def test_what_is_not_ours_to_fill_is_not_filled(place: SimpleNamespace, reference: str) -> None:
    with pytest.raises(ConfigError, match="cannot keep"):
        vault(place).keep(reference, CANARY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "keyring:",
        "credential:../etc/passwd",
        "credential:a/b",
        "env:A-B",
        "vault:x",
        "file:",
        f'{{"{CANARY}":1}}',
    ],
)
def test_what_is_no_reference_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Reference.parse(text)
    assert CANARY not in str(caught.value)
    assert "keyring:NAME" in str(caught.value)


def test_a_reference_reads_and_writes_itself() -> None:
    for text in ("crm", "keyring:acme-crm", "credential:crm.1", "file:~/x/crm.age", "env:CRM"):
        assert str(Reference.parse(text)) == text
    with pytest.raises(ConfigError, match=r"did you mean keyring:\?"):
        Reference.parse("keyrng:crm")


@pytest.mark.parametrize("body", [b"", b"\n", b"\xff\xfe", b"x" * 70_000])
def test_a_credential_that_is_no_secret_is_an_error(place: SimpleNamespace, body: bytes) -> None:
    (place.run / "crm").write_bytes(body)
    with pytest.raises(ConfigError, match="crm is"):
        vault(place).find("credential:crm")


def test_a_connection_may_ask_for_its_own_secret_only(place: SimpleNamespace) -> None:
    (place.run / "crm").write_text(CANARY)
    (place.run / "other").write_text("not yours")
    own = ConnectionSecrets(vault(place), "crm", "credential:crm")
    assert own.resolve("credential:crm") == CANARY
    with pytest.raises(ConfigError, match="not its own"):
        own.resolve("credential:other")
    assert ConnectionSecrets(vault(place), "crm", None).resolve("crm") == CANARY


def test_nothing_that_holds_a_secret_shows_it(place: SimpleNamespace) -> None:
    place.environ[VARIABLE] = CANARY
    kept = vault(place)
    for shown in (repr(kept.find("crm")), repr(kept), repr(ConnectionSecrets(kept, "crm", None))):
        assert CANARY not in shown
    assert pickle.dumps(Reference.parse("crm"))

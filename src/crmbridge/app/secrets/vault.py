"""Finds the secret behind a reference, in the order of the places, and keeps a new one."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crmbridge.app.secrets import age
from crmbridge.app.secrets.keyrings import OsKeyring
from crmbridge.app.secrets.reference import Reference
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.model.notes import Note

CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
RUN_SECRETS = Path("/run/secrets")
AGE_FOLDER = "secrets"
"""Where a bare name's age file stands in a workspace."""

LARGEST = 64 * 1024
"""The longest secret that is read."""


@dataclass(frozen=True, slots=True)
class Found:
    """A secret and the place it came from, by name; `notes` tell what a person should know about that place."""

    place: str
    value: str = field(repr=False)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Vault:
    """The secrets that a workspace can reach: read off the machine each time, never kept."""

    workspace: Path
    environ: Mapping[str, str] = field(repr=False)
    keyring: OsKeyring = field(default_factory=OsKeyring)
    run_secrets: Path = RUN_SECRETS

    def find(self, reference: str) -> Found:
        """The secret; ConfigError naming the places looked at where there is none."""
        wanted = Reference.parse(reference)
        looks = self._looks(wanted)
        missing: list[str] = []
        for look in looks:
            found, places = look()
            if found is not None:
                return found
            missing += places
        raise ConfigError(
            "there is no secret {reference}; looked at {places}",
            reference=str(wanted),
            places=", ".join(missing),
            hint="crmbridge connect keeps one, or put it there yourself",
        )

    def _looks(self, wanted: Reference) -> list[Callable[[], tuple[Found | None, list[str]]]]:
        by_scheme: dict[str, Callable[[], tuple[Found | None, list[str]]]] = {
            "credential": lambda: self._credential(wanted.name),
            "keyring": lambda: self._keyring(wanted),
            "file": lambda: self._age_file(wanted),
            "env": lambda: self._variable(wanted),
        }
        return list(by_scheme.values()) if wanted.scheme == "any" else [by_scheme[wanted.scheme]]

    def _credential(self, name: str) -> tuple[Found | None, list[str]]:
        folder = self.environ.get(CREDENTIALS_VARIABLE)
        missing = [] if folder else [f"${CREDENTIALS_VARIABLE} (not set)"]
        for shown, place in ((f"${CREDENTIALS_VARIABLE}", folder), (str(self.run_secrets), self.run_secrets)):
            if place:
                value = _file_text(Path(place) / name, shown=f"{shown}/{name}")
                if value is not None:
                    return Found(f"{shown}/{name}", value), []
                missing.append(f"{shown}/{name}")
        return None, missing

    def _keyring(self, wanted: Reference) -> tuple[Found | None, list[str]]:
        """A keyring that cannot be used is an error where it is meant, and one place of several for a bare name."""
        try:
            value = self.keyring.get(wanted.name)
        except ConfigError as error:
            if wanted.scheme == "keyring":
                raise
            backend = error.context.get("backends", error.context.get("backend"))
            return None, [f"keyring:{wanted.name} ({backend})"]
        place = f"keyring:{wanted.name}"
        return (None, [place]) if value is None else (Found(place, value), [])

    def _age_file(self, wanted: Reference) -> tuple[Found | None, list[str]]:
        file, shown = self._age_path(wanted)
        if not file.is_file():
            return None, [f"file:{shown}"]
        return Found(f"file:{shown}", age.decrypt(file, self._identity(shown), shown=shown).rstrip("\r\n")), []

    def _age_path(self, wanted: Reference) -> tuple[Path, str]:
        shown = wanted.name if wanted.scheme == "file" else f"{AGE_FOLDER}/{wanted.name}.age"
        return self.workspace / Path(shown).expanduser(), shown

    def _identity(self, shown: str) -> str:
        found, missing = self._credential(age.IDENTITY)
        if found is None:
            raise ConfigError(
                "{file} is encrypted, and there is no identity to open it; looked at {places}",
                file=shown,
                places=", ".join(missing),
                hint="give the identity of age as that systemd credential or container secret",
            )
        return found.value

    def _variable(self, wanted: Reference) -> tuple[Found | None, list[str]]:
        value = self.environ.get(wanted.variable)
        place = f"env:{wanted.variable}"
        if not value:
            return None, [place]
        text = "the secret comes from the variable {variable}, which other programs of this user may read"
        return Found(place, value, (Note("SECRET_IN_ENVIRONMENT", text, {"variable": wanted.variable}),)), []

    # -- keeping -----------------------------------------------------------------------------------------------------

    def require_keeping(self, reference: str) -> Reference:
        """The reference, where a secret can be kept there; ConfigError otherwise. Nothing is written."""
        wanted = Reference.parse(reference)
        if wanted.scheme == "keyring":
            self.keyring.opened()
        elif wanted.scheme == "file":
            age.recipient(self._identity(wanted.name))
        return wanted

    def is_kept(self, reference: str) -> bool:
        """Whether there is something under that reference already."""
        try:
            self.find(reference)
        except ConfigError:
            return False
        return True

    def keep(self, reference: str, value: str) -> str:
        """Keeps the secret in a keyring or an age file; the place. ConfigError for a place that is not ours to fill."""
        wanted = Reference.parse(reference)
        if wanted.scheme == "keyring":
            return self.keyring.put(wanted.name, value)
        if wanted.scheme == "file":
            file, shown = self._age_path(wanted)
            age.encrypt(file, value, self._identity(shown), shown=shown)
            return shown
        raise ConfigError("crmbridge cannot keep a secret in {reference}", reference=str(wanted))

    def forget(self, reference: str) -> tuple[list[str], list[str]]:
        """Removes the secret from every place it may come from; the places where it was, and those not ours to touch.

        ConfigError where the keyring that is meant cannot be used.
        """
        wanted = Reference.parse(reference)
        removed = [*self._removed_from_keyring(wanted), *self._removed_file(wanted)]
        found = [self._credential(wanted.name)[0]] if wanted.scheme in {"credential", "any"} else []
        found += [self._variable(wanted)[0]] if wanted.scheme in {"env", "any"} else []
        return removed, [one.place for one in found if one is not None]

    def _removed_from_keyring(self, wanted: Reference) -> list[str]:
        if wanted.scheme not in {"keyring", "any"}:
            return []
        try:
            return [f"keyring:{wanted.name}"] if self.keyring.remove(wanted.name) else []
        except ConfigError:
            if wanted.scheme == "keyring":
                raise
            return []

    def _removed_file(self, wanted: Reference) -> list[str]:
        if wanted.scheme not in {"file", "any"}:
            return []
        file, shown = self._age_path(wanted)
        if not file.is_file():
            return []
        try:
            file.unlink()
        except OSError as error:
            raise StoreError("{file} cannot be removed: {reason}", file=shown, reason=error.strerror or "?") from error
        return [f"file:{shown}"]


@dataclass(frozen=True, slots=True)
class ConnectionSecrets:
    """What one connection may ask for: the secret of its own reference, and no other.

    `told` gathers what a person should know of the places where a bare name was found.
    """

    vault: Vault
    connection: str
    reference: str | None
    told: list[Note] = field(default_factory=list)

    def resolve(self, reference: str) -> str:
        """The secret; ConfigError where there is none, or where it is not this connection's own."""
        from crmbridge.http.redact import remember  # noqa: PLC0415 - brings httpx, and few commands log in

        if reference != (self.reference or self.connection):
            raise ConfigError("{connection} asked for a secret that is not its own", connection=self.connection)
        found = self.find()
        if Reference.parse(reference).scheme == "any":
            self.told.extend(note for note in found.notes if note not in self.told)
        remember(found.value)
        return found.value

    def find(self) -> Found:
        """The secret with the place it came from."""
        return self.vault.find(self.reference or self.connection)


def _file_text(file: Path, *, shown: str) -> str | None:
    """The text of a small file without its last line end; None where there is none."""
    try:
        with file.open("rb") as opened:
            body = opened.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError("{file} cannot be read: {reason}", file=shown, reason=os.strerror(error.errno or 0)) from None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError("{file} is no text in UTF-8", file=shown) from None
    if len(body) > LARGEST or not text.strip():
        raise ConfigError("{file} is empty, or too long for a secret", file=shown)
    return text.rstrip("\r\n")

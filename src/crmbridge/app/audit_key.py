"""The key of a workspace's audit log and of its erasures: outside of the ledger, in the secrets or in a file.

`[audit] key` in crmbridge.toml names a secret (credential:NAME, keyring:NAME, file:PATH, env:NAME); without it the key
is made once, in `.crmbridge/audit.key`. Without the key no row can be checked, and nobody who was erased is recognised:
keep a copy of it, in another place than the backups of the ledger.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from crmbridge.app import access
from crmbridge.ledger.sealing import Sealing
from crmbridge.model.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from crmbridge.app.wiring import Wiring

FILE = "audit.key"
SHORTEST = 16
"""A secret of fewer characters is no key."""
_BYTES = 32


def file_of(wiring: Wiring) -> Path:
    """The file of a key that no secret holds."""
    return wiring.workspace.folder / access.STATE_FOLDER / FILE


def sealing_of(wiring: Wiring, *, make: bool) -> Sealing | None:
    """The hashes of the workspace; None where it has no key yet and none is to be made."""
    reference = wiring.workspace.config.audit.key
    if reference is not None:
        return Sealing(_secret(wiring, reference))
    file = file_of(wiring)
    if not file.is_file():
        if not make:
            return None
        _make(access.state_dir(wiring.workspace.folder) / FILE)
    key = file.read_bytes()
    if len(key) != _BYTES:
        raise StoreError("{file} is damaged", file=str(file), hint="put back the copy of it that you keep")
    return Sealing(key)


def _secret(wiring: Wiring, reference: str) -> bytes:
    found = wiring.vault.find(reference).value
    if len(found) < SHORTEST:
        raise ConfigError(
            "the secret {reference} is too short for a key",
            reference=reference,
            hint="give it {count} characters or more, at random",
            count=SHORTEST,
        )
    return found.encode()


def _make(file: Path) -> None:
    """A new key, whole or not there; another process may have been quicker."""
    unfinished = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(handle, "wb") as opened:
                opened.write(secrets.token_bytes(_BYTES))
            os.link(unfinished, file)
        except FileExistsError:
            pass
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError("{file} cannot be written: {reason}", file=str(file), reason=error.strerror) from error

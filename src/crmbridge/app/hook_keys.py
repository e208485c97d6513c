"""The secrets of webhooks: an address nobody can guess, and a token that changes with every renewal.

Both are worked out from one random key in the state folder, so that nothing secret is in the ledger, and so that a
renewal that was cut off in the middle leaves no token that is not known. Deleting the key ends every webhook.
"""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from crmbridge.model.errors import StoreError

FILE = "webhooks.key"
_BYTES = 32


class HookKeys:
    """The secrets of one workspace's webhooks."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, state_dir: Path) -> "HookKeys":
        """Those of a state folder, made there at the first time; StoreError where the file is damaged."""
        file = state_dir / FILE
        if not file.exists():
            _make(file)
        key = file.read_bytes()
        if len(key) != _BYTES:
            raise StoreError(
                "{file} is damaged", file=str(file), hint="remove it, then run crmbridge hooks enable once more"
            )
        return cls(key)

    def path(self, connection: str) -> str:
        """The last part of a connection's address."""
        return self._worked_out("path", connection)

    def token(self, connection: str, generation: int) -> str:
        """What the vendor is to send along, 43 characters; another one for each generation."""
        return self._worked_out("token", f"{generation}:{connection}")

    def is_path(self, connection: str, given: str) -> bool:
        """Whether that is the connection's address, in the same time for every wrong one."""
        return hmac.compare_digest(self.path(connection).encode(), given.encode())

    def _worked_out(self, purpose: str, text: str) -> str:
        digest = hmac.new(self._key, f"crmbridge:webhook:{purpose}:{text}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def __repr__(self) -> str:
        return "<HookKeys ***>"


def _make(file: Path) -> None:
    """A new key, whole or not there; another process may have been quicker."""
    unfinished = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as opened:
            opened.write(secrets.token_bytes(_BYTES))
        try:
            os.link(unfinished, file)
        except FileExistsError:
            pass
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError("{file} cannot be written: {reason}", file=str(file), reason=error.strerror) from error

"""Secrets in files encrypted with age. The identity that opens them comes from a credential, never from a setting."""

import os
from pathlib import Path
from typing import Any

from crmbridge.model.errors import ConfigError, StoreError

IDENTITY = "crmbridge-age-identity"
"""The credential that holds the identity: one line AGE-SECRET-KEY-1..., as age-keygen writes it."""

_HEADERS = (b"age-encryption.org/v1", b"-----BEGIN AGE ENCRYPTED FILE-----")
LARGEST = 256 * 1024


def decrypt(file: Path, identity: str, *, shown: str) -> str:
    """The text in the file; ConfigError where it is not encrypted, or for another identity."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise ConfigError(
            "{file} cannot be read: {reason}", file=shown, reason=error.strerror or type(error).__name__
        ) from None
    if not body.startswith(_HEADERS) or len(body) > LARGEST:
        raise ConfigError(
            "{file} is not encrypted with age: a secret in the clear is not read",
            file=shown,
            recipient=recipient(identity),
            hint="age -r {recipient} -o {file} PLAIN_FILE, then remove the plain one",
        )
    pyrage = _library()
    try:
        text: bytes = pyrage.decrypt(body, [_identity(identity)])
        return text.decode("utf-8")
    except (pyrage.DecryptError, UnicodeDecodeError):
        raise ConfigError(
            "{file} cannot be decrypted with this identity", file=shown, identity=IDENTITY, hint="see {identity}"
        ) from None


def encrypt(file: Path, value: str, identity: str, *, shown: str) -> None:
    """Writes the text into the file, encrypted for the identity; another file takes the place of an older one whole."""
    pyrage = _library()
    body: bytes = pyrage.encrypt(value.encode(), [_identity(identity).to_public()])
    unfinished = file.with_name(file.name + ".unfinished")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as opened:
            opened.write(body)
        unfinished.replace(file)
    except OSError as error:
        raise StoreError("{file} cannot be written: {reason}", file=shown, reason=error.strerror) from error


def recipient(identity: str) -> str:
    """The public half of the identity, which files are encrypted for."""
    return str(_identity(identity).to_public())


def _identity(text: str) -> Any:  # noqa: ANN401 - pyrage's own class
    pyrage = _library()
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        return pyrage.x25519.Identity.from_str(lines[0])
    except (IndexError, pyrage.IdentityError):
        raise ConfigError(
            "the credential {identity} holds no age identity", identity=IDENTITY, hint="age-keygen makes one"
        ) from None


def _library() -> Any:  # noqa: ANN401 - pyrage's own module
    try:
        import pyrage  # noqa: PLC0415 - an extra, and only where an age file is used
    except ModuleNotFoundError:
        raise ConfigError("reading age files needs pyrage", hint='pip install "crmbridge[age]"') from None
    return pyrage

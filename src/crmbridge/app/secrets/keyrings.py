"""The keyring of the operating system, where it is one that keeps secrets encrypted.

`keyring` chooses a back end by itself, and with `keyrings.alt` installed that may be one that writes plain text. So
only those on a list are used; one that chains others is used where all of these are on the list.
"""

from collections.abc import Callable, Iterator
from typing import Any

from crmbridge.model.errors import ConfigError

SERVICE = "crmbridge"
ALLOWED = {
    ("keyring.backends.SecretService", "Keyring"),
    ("keyring.backends.kwallet", "DBusKeyring"),
    ("keyring.backends.kwallet", "DBusKeyringKWallet4"),
    ("keyring.backends.macOS", "Keyring"),
    ("keyring.backends.Windows", "WinVaultKeyring"),
}
"""Module and class of the back ends that encrypt."""

_CHAIN = ("keyring.backends.chainer", "ChainerBackend")
OTHERS = "crmbridge does without a keyring: credential:NAME (systemd, containers), file:PATH (age) or env:NAME"

Opened = Callable[[], Any]


def system_keyring() -> Any:  # noqa: ANN401 - keyring's own back end
    """The back end that `keyring` chooses on this machine."""
    import keyring  # noqa: PLC0415 - slow: only where a keyring is asked for

    return keyring.get_keyring()


def named(ring: object) -> str:
    """The back end as people can find it: its module and its class."""
    return f"{type(ring).__module__}.{type(ring).__name__}"


def refused(ring: Any) -> list[str]:  # noqa: ANN401 - keyring's own back end
    """The back ends among it that are not on the list; empty where it may be used."""
    return [named(one) for one in _parts(ring) if (type(one).__module__, type(one).__name__) not in ALLOWED]


def _parts(backend: Any) -> Iterator[Any]:  # noqa: ANN401 - keyring's own back end
    if (type(backend).__module__, type(backend).__name__) != _CHAIN:
        yield backend
        return
    parts = list(backend.backends)
    if not parts:
        yield backend
    for part in parts:
        yield from _parts(part)


class OsKeyring:
    """The keyring of this machine, opened when it is first asked."""

    def __init__(self, opened: Opened = system_keyring) -> None:
        self._opened = opened

    def opened(self) -> Any:  # noqa: ANN401 - keyring's own back end
        """The back end; ConfigError naming the other sources where there is none that may be used."""
        found = self._opened()
        others = refused(found)
        if others:
            raise ConfigError(
                "this machine has no keyring that encrypts: {backends} is not used",
                backends=", ".join(others),
                hint=OTHERS,
            )
        return found

    def get(self, name: str) -> str | None:
        """The secret of that name, None where the keyring has none; ConfigError where it cannot be asked."""
        backend = self.opened()
        with _told(backend):
            found: str | None = backend.get_password(SERVICE, name)
        return found

    def put(self, name: str, value: str) -> str:
        """Keeps the secret, and looks whether it is there; the back end's name."""
        backend = self.opened()
        with _told(backend):
            backend.set_password(SERVICE, name, value)
            kept = backend.get_password(SERVICE, name)
        if kept != value:
            raise ConfigError("the keyring {backend} did not keep the secret", backend=named(backend), hint=OTHERS)
        return named(backend)

    def remove(self, name: str) -> bool:
        """Removes the secret of that name; false where there is none."""
        backend = self.opened()
        with _told(backend):
            if backend.get_password(SERVICE, name) is None:
                return False
            backend.delete_password(SERVICE, name)
        return True


class _told:  # noqa: N801 - reads as a verb where it is used
    """What a keyring raises inside leaves as ConfigError, without its text, which may repeat what it was given."""

    def __init__(self, backend: object) -> None:
        self._backend = backend

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception):
            raise ConfigError(
                "the keyring {backend} does not answer: {error}",
                backend=named(self._backend),
                error=type(error).__name__,
                hint="unlock it and try again, or name another place: credential:NAME, file:PATH (age) or env:NAME",
            ) from None

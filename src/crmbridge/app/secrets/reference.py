"""A reference to a secret, as it stands in the configuration."""

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

from crmbridge.model.errors import ConfigError, nearest

Scheme = Literal["credential", "keyring", "file", "env", "any"]
SCHEMES: tuple[str, ...] = tuple(scheme for scheme in get_args(Scheme) if scheme != "any")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
FORMS = "credential:NAME, keyring:NAME, file:PATH, env:NAME or NAME"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is: `scheme` is `any` for a bare name, which is looked for in every place."""

    scheme: Scheme
    name: str

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """The reference of a text; ConfigError where it is none. What could be a secret itself is not repeated."""
        head, separator, rest = text.strip().partition(":")
        scheme, name = (head, rest.strip()) if separator else ("any", head)
        if scheme not in (*SCHEMES, "any") or (scheme == "any" and not _is_name(scheme, name)):
            like = nearest(scheme, SCHEMES) if len(scheme) <= 12 else None  # noqa: PLR2004 - longer is no such word
            raise ConfigError(
                "credentials must say where the secret is: {forms}",
                forms=FORMS,
                nearest=f"{like}:" if like else "keyring:",
                hint="did you mean {nearest}? The secret itself never stands there",
            )
        if not _is_name(scheme, name):
            raise ConfigError(
                "credentials = {scheme}: is followed by no name",
                scheme=scheme,
                forms=FORMS,
                hint="it is one of {forms}; a name has letters, digits, . _ and -",
            )
        return cls(cast("Scheme", scheme), name)

    @property
    def variable(self) -> str:
        """The environment variable meant: the one named, or that of a bare name."""
        if self.scheme == "env":
            return self.name
        return "CRMBRIDGE_SECRET_" + re.sub(r"[^A-Z0-9]", "_", self.name.upper())

    def __str__(self) -> str:
        return self.name if self.scheme == "any" else f"{self.scheme}:{self.name}"


def _is_name(scheme: str, name: str) -> bool:
    if scheme == "file":
        return bool(name) and "\0" not in name
    return bool((_VARIABLE if scheme == "env" else _NAME).fullmatch(name))

"""The secret of a connection as an adapter reads it: a JSON object of texts."""

import json
from collections.abc import Sequence

from crmbridge.adapter.context import AdapterContext
from crmbridge.model.errors import ConfigError


def login(
    context: AdapterContext, reference: str | None, *, adapter: str, needed: Sequence[str], shape: str
) -> dict[str, str]:
    """The members of the login that hold something, a whole number as its text; `shape` says what it should look like.

    ConfigError where there is none, where it is no JSON object, or where one of `needed` is missing; it shows nothing
    of what stands there.
    """
    if not reference:
        raise ConfigError(
            "the connection {connection} has no credentials",
            connection=context.connection,
            adapter=adapter,
            hint="crmbridge connect {adapter} --name {connection} makes them",
        )
    told = _members(context.secrets.resolve(reference))
    if told is None:
        raise ConfigError(
            "the credentials of {connection} are no JSON object", connection=context.connection, hint=shape
        )
    found = {key: text for key, value in told.items() if (text := _text(value))}
    missing = [key for key in needed if key not in found]
    if missing:
        raise ConfigError(
            "the credentials of {connection} lack {missing}",
            connection=context.connection,
            missing=", ".join(missing),
            hint=shape,
        )
    return found


def _members(text: str) -> dict[str, object] | None:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _text(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else None

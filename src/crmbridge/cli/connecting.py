"""`crmbridge connect`, behind its options: what was asked for, the login, and what to do next."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from crmbridge.adapter.connecting import Feature
from crmbridge.app.connect_plan import Wanted
from crmbridge.cli.asking import Terminal
from crmbridge.cli.command import Run
from crmbridge.cli.usage import Usage
from crmbridge.report.i18n import mark

_WRITING = ("tasks", "fields")


def options(given: Sequence[str], data_center: str | None) -> dict[str, object]:
    """The adapter's own keys: `KEY=VALUE` with TOML's values, a bare word being a text; Usage where one is neither."""
    found: dict[str, object] = {} if data_center is None else {"data_center": data_center}
    for text in given:
        key, separator, value = text.partition("=")
        if not separator or not key.strip().replace("_", "").isalnum():
            raise Usage("--set takes KEY=VALUE, not {text}", text=text, hint="such as --set page_size=100")
        found[key.strip()] = _value(value.strip())
    return found


def _value(text: str) -> object:
    try:
        found: object = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return found if isinstance(found, str | int | bool | list) else text


def features(writing: Sequence[str], *, webhooks: bool) -> frozenset[Feature]:
    """What the login is for; Usage for a kind of writing that there is not."""
    for name in writing:
        if name not in _WRITING:
            text = "{name} cannot be {value}; possible are {nearest}"
            raise Usage(text, name="--enable-write", value=name, nearest=", ".join(_WRITING))
    return frozenset({"read", *cast("Sequence[Feature]", writing), *(("webhooks",) if webhooks else ())})


def wanted(
    adapter: str,
    *,
    name: str | None,
    options: dict[str, object],
    features: frozenset[Feature],
    by_hand: bool,
    org: str | None,
) -> Wanted:
    """What is to be connected."""
    return Wanted(adapter, name, options, features, by_hand=by_hand, org=org)


def kept(wanted: Wanted, *, credentials: str | None, secret_file: Path | None) -> Wanted:
    """What is to be connected, and where its secret goes."""
    return replace(wanted, credentials=credentials, secret_file=secret_file)


def connect(run: Run, wanted: Wanted, port: int | None) -> None:
    """Logs in, shows what was granted, and says what to do next."""
    with run.bridge() as bridge:
        run.show(bridge.connect(wanted, Terminal(port=port)))
    run.say(mark("next: crmbridge doctor {connection}, then crmbridge sync"), connection=wanted.name or wanted.adapter)

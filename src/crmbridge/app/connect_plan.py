"""What somebody wants to connect, held against what is there: all that can be refused before a vendor is asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from crmbridge.adapter.connecting import Feature
from crmbridge.adapter.hookspecs import AdapterDescriptor
from crmbridge.app import toml_text
from crmbridge.app.config import FILE_NAME, ConnectionSection
from crmbridge.app.secrets import Reference
from crmbridge.app.wiring import Wiring
from crmbridge.model import documents
from crmbridge.model.errors import ConfigError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to connect. `secret_file` takes a secret that crmbridge itself cannot keep."""

    adapter: str
    name: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    features: frozenset[Feature] = frozenset({"read"})
    by_hand: bool = False
    credentials: str | None = None
    secret_file: Path | None = None
    org: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A wish that fits: the connection, its keys so far, where its secret goes; `is_new` where it is not written."""

    name: str
    descriptor: AdapterDescriptor
    options: Mapping[str, object]
    credentials: Reference
    is_new: bool


def plan_of(wiring: Wiring, wanted: Wanted) -> Plan:
    """The plan; ConfigError where something does not fit, before anything is asked or written."""
    descriptor = wiring.registry.adapter(wanted.adapter)
    if descriptor.connect is None:
        raise ConfigError(
            "{adapter} needs no login", adapter=wanted.adapter, hint="write [connections.NAME] into crmbridge.toml"
        )
    name = wanted.name or wanted.adapter
    if not _NAME.fullmatch(name):
        raise ConfigError("{name} cannot be the name of a connection", name=name, hint="letters, digits, - and _")
    section = wiring.workspace.config.connections.get(name)
    if section is not None and section.adapter != wanted.adapter:
        raise ConfigError(
            "{name} is a connection of {adapter} already",
            name=name,
            adapter=section.adapter,
            hint="--name names another",
        )
    written = dict(section.model_extra or {}) if section else {}
    for key, value in wanted.options.items():
        if written.get(key, value) != value:
            raise ConfigError(
                "{file} has {key} = {value} for {name}",
                file=FILE_NAME,
                key=key,
                value=repr(written[key]),
                name=name,
                hint="change it there, or connect under another name with --name",
            )
    options = {**written, **wanted.options}
    options_of(descriptor, name, options)
    return Plan(name, descriptor, options, _credentials(wiring, wanted, name, section), section is None)


def _credentials(wiring: Wiring, wanted: Wanted, name: str, section: ConnectionSection | None) -> Reference:
    """Where the secret will be, looked at before anything is asked for."""
    written = section.credentials if section else None
    if written and wanted.credentials and written != wanted.credentials:
        raise ConfigError(
            "{file} has credentials = {value} for {name}",
            file=FILE_NAME,
            value=repr(written),
            name=name,
            hint="change it there first, or leave out --credentials",
        )
    text = wanted.credentials or written or f"keyring:{name}"
    reference = wiring.vault.require_keeping(text)
    if reference.scheme not in {"keyring", "file"}:
        if wanted.secret_file is None:
            raise ConfigError(
                "crmbridge cannot keep a secret in {reference}",
                reference=text,
                hint="--secret-file FILE writes it into a file of your own, for systemd-creds or a secret store",
            )
        if wanted.secret_file.exists():
            raise ConfigError("{file} is there already", file=str(wanted.secret_file), hint="name another file")
    elif section is None and wiring.vault.is_kept(text):
        raise ConfigError(
            "there is a secret in {reference} already",
            reference=text,
            hint="--credentials names another place, such as keyring:ANOTHER-NAME",
        )
    return reference


def options_of(descriptor: AdapterDescriptor, name: str, options: Mapping[str, object]) -> BaseModel:
    """The adapter's keys as its own model takes them; every problem at once, with the nearest key."""
    known = descriptor.config.model_fields
    handed = {"credentials": name, **options} if "credentials" in known else dict(options)
    lines = "\n".join(f"{toml_text.key(key)} = 0" for key in handed if key != "credentials")
    document = documents.TomlText("--set", lines, {})
    return documents.validate(document, descriptor.config, data=handed)

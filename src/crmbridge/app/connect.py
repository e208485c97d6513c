"""Connects an account: runs the adapter's connector, pins the account, keeps the secret, extends the configuration.

In that order, each only where the one before went well: a login that cannot be kept leaves no connection behind, and
a connection that is written has its secret. What can be refused is refused before the vendor is asked for anything,
since a code is good for one try.
"""

import os
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from crmbridge.adapter.connecting import ConnectContext, Connected, Feature, Redirect
from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.hookspecs import login_of
from crmbridge.app import access, config_text
from crmbridge.app.config import FILE_NAME
from crmbridge.app.connect_plan import Plan, Wanted, options_of, plan_of
from crmbridge.app.person import who
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import connections, grants, shared
from crmbridge.ledger.grants import Grant
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.model.instants import to_us
from crmbridge.model.modes import Mode
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names


class Voice(Protocol):
    """How the person is reached who connects; see `ConnectContext`."""

    def ask(self, key: str, english: str, chinese: str, secret: bool) -> str:  # noqa: FBT001 - as connectors ask
        """An answer; ConfigError where nobody is there to give it."""
        ...

    def choose(self, key: str, english: str, chinese: str, usual: str) -> str:
        """An answer, the usual one where none is given."""
        ...

    def open_url(self, url: str) -> None:
        """Shows an address."""
        ...

    def say(self, note: Note) -> None:
        """Tells something."""
        ...

    def listen(self) -> Redirect:
        """A listener for a login by browser."""
        ...


def connect(wiring: Wiring, wanted: Wanted, voice: Voice) -> Listing:
    """A connection with its login, ready for `doctor` and `sync`; what was granted, and for what."""
    plan = plan_of(wiring, wanted)
    connected = login_of(plan.descriptor)(_context(wiring, plan, wanted, voice))
    _check(connected, wanted)
    text = _config(wiring, plan, connected)
    _pin(wiring, plan, connected)
    place = _keep(wiring, plan, wanted, connected.secret)
    if text is not None:
        config_text.write(wiring.workspace.folder, text)
    return _told(plan, connected, place, wiring)


def _context(wiring: Wiring, plan: Plan, wanted: Wanted, voice: Voice) -> ConnectContext:
    section = wiring.workspace.config.workspace

    def opened_with(config: BaseModel) -> AdapterContext:
        return AdapterContext(
            plan.name,
            config,
            wiring.workspace.folder,
            zone=section.timezone,
            currency=section.currency,
            clock=wiring.clock,
        )

    return ConnectContext(
        connection=plan.name,
        options=plan.options,
        features=wanted.features,
        ask=voice.ask,
        open_url=voice.open_url,
        listen=voice.listen,
        context=opened_with,
        say=voice.say,
        by_hand=wanted.by_hand,
        org=wanted.org,
        choose=voice.choose,
    )


def _check(connected: Connected, wanted: Wanted) -> None:
    if not connected.org_id:
        raise ConfigError("{adapter} did not say which account this is", adapter=wanted.adapter)
    if wanted.org is not None and wanted.org != connected.org_id:
        raise ConfigError(
            "the login opens {found}, not {org}",
            found=f"{connected.title} ({connected.org_id})",
            org=wanted.org,
            hint="nothing was kept; log in to the other account, or leave out --org",
        )


def _config(wiring: Wiring, plan: Plan, connected: Connected) -> str | None:
    """The configuration to write; None where the connection stands there already."""
    options_of(plan.descriptor, plan.name, {**plan.options, **connected.options})
    if not plan.is_new:
        return None
    values = {
        "adapter": plan.descriptor.name,
        "credentials": str(plan.credentials),
        "mode": _mode(connected.features),
        **plan.options,
        **connected.options,
    }
    text = mark("{title} ({org_id}), connected by crmbridge connect")
    remark = Note("CONNECTED", text, {"title": connected.title, "org_id": connected.org_id})
    return config_text.with_connection(
        config_text.read(wiring.workspace.folder), plan.name, values, {"adapter": remark}
    )


def _mode(features: frozenset[Feature]) -> Mode:
    return "fields" if "fields" in features else "tasks" if "tasks" in features else "read-only"


def _pin(wiring: Wiring, plan: Plan, connected: Connected) -> None:
    """The account is this connection's, and no other connection's; what it was granted is kept beside it."""
    now_us = to_us(wiring.clock())
    names = [*wiring.workspace.config.connections, plan.name]
    with wiring.audit.begin() as tx:
        for row in connections.listing(tx):
            same = (row.adapter, row.org_id) == (plan.descriptor.name, connected.org_id)
            if same and row.name != plan.name and row.name in names:
                raise ConfigError(
                    "{account} is connected already, as {name}",
                    account=f"{connected.title} ({connected.org_id})",
                    name=row.name,
                    adapter=row.adapter,
                    hint="crmbridge connect {adapter} --name {name} renews its login",
                )
        connection_id = connections.ensure(
            tx, plan.name, adapter=plan.descriptor.name, rank=names.index(plan.name), now_us=now_us
        )
        connections.pin_org(tx, connection_id, connected.org_id, connected.title)
        scopes = [granted.scope for granted in connected.scopes]
        if (mode := _mode(connected.features)) != "read-only" and grants.given(tx, connection_id) is None:
            grants.give(tx, connection_id, Grant(mode, (), who(), now_us))
        shared.put(tx, connection_id, access.GRANTED, access.granted_text(connected.features, scopes), now_us=now_us)
        told = {"adapter": plan.descriptor.name, "account": connected.org_id, "features": sorted(connected.features)}
        wiring.audit.tell(tx, "connection.made", f"connection:{plan.name}", **told)


def _keep(wiring: Wiring, plan: Plan, wanted: Wanted, secret: str) -> str:
    if plan.credentials.scheme in {"keyring", "file"}:
        return wiring.vault.keep(str(plan.credentials), secret)
    file = wanted.secret_file or Path()
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(secret + "\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError("{file} cannot be written: {reason}", file=str(file), reason=reason) from error
    return str(file)


def _told(plan: Plan, connected: Connected, place: str, wiring: Wiring) -> Listing:
    columns = (
        Column("connection", mark("connection")),
        Column("account", mark("vendor account")),
        Column("scope", mark("permission")),
        Column("purpose", mark("what for")),
        Column("secret", mark("secret kept in")),
    )
    head: dict[str, object] = {
        "connection": plan.name,
        "account": f"{connected.title} ({connected.org_id})",
        "secret": f"{plan.credentials} ({place})",
    }
    rows = [
        {**head, "scope": one.scope, "purpose": Names({"en": one.purpose, "zh": one.purpose_zh})}
        for one in connected.scopes
    ] or [head]
    return Listing("connect/1", columns, tuple(rows), warnings=(*connected.notices, *_advice(plan, connected, wiring)))


def _advice(plan: Plan, connected: Connected, wiring: Wiring) -> list[Note]:
    """What the person still has to do by hand."""
    notes = []
    if plan.credentials.scheme == "env":
        text = mark("give the content of the secret file as the variable {variable}, then remove the file")
        notes.append(Note("SECRET_TO_PLACE", text, {"variable": plan.credentials.variable}))
    elif plan.credentials.scheme in {"credential", "any"}:
        text = mark(
            "put the secret in place, then remove the file: systemd-creds encrypt --name={name} FILE "
            "/etc/credstore.encrypted/{name}, and LoadCredentialEncrypted={name} in the unit"
        )
        notes.append(Note("SECRET_TO_PLACE", text, {"name": plan.credentials.name}))
    section = wiring.workspace.config.connections.get(plan.name)
    if section is not None:
        wanted = {"mode": _mode(connected.features), **connected.options}
        written: dict[str, object] = {"mode": section.mode, **(section.model_extra or {})}
        for key, value in wanted.items():
            if written.get(key) != value:
                text = mark("{file} was left as it is: set {key} = {value} in [connections.{name}]")
                shown: dict[str, object] = {"file": FILE_NAME, "key": key, "value": repr(value), "name": plan.name}
                notes.append(Note("CONFIG_TO_EDIT", text, shown))
    return notes

"""Webhooks of a workspace: asked for at a vendor, renewed before they end, shown, and ended.

What a vendor granted is kept among the shared texts of its connection, so that every process knows it; the secrets are
in `hook_keys`. A webhook only hastens a reading: without one, everything is read all the same, later.
"""

import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import Receives, Subscribes, Subscription, SubscriptionRequest
from crmbridge.adapter.hearing import SubscribedByHand
from crmbridge.app import access, hook_sheet
from crmbridge.app.hook_keys import HookKeys
from crmbridge.app.secrets import ConnectionSecrets
from crmbridge.app.wiring import Wiring
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import from_us, to_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing

KEY = "webhooks"
"""The shared text of a connection's subscription."""

LONGEST_URL = 255
DAILY = timedelta(days=1)
SHORT = timedelta(hours=2)
"""A subscription that lasts no longer is told as a warning: a vendor may grant less than was asked for."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One subscription: `url` is the address without its secret part, `generation` counts its tokens.

    One that a person made in the vendor's pages has no `state`, and no renewal.
    """

    url: str
    objects: tuple[str, ...]
    state: str
    generation: int
    renewed_us: int
    expires_us: int | None

    @property
    def is_renewed(self) -> bool:
        """Whether crmbridge made it, and so renews and ends it."""
        return bool(self.state)

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be renewed: once a day, and before half of its life is over."""
        if not self.is_renewed:
            return False
        life = DAILY if self.expires_us is None else from_us(self.expires_us) - from_us(self.renewed_us)
        return now >= from_us(self.renewed_us) + min(DAILY, life / 2)

    @property
    def expires(self) -> datetime | None:
        """When the vendor stops, None where it never does."""
        return None if self.expires_us is None else from_us(self.expires_us)


def read(text: str | None) -> Hook | None:
    """The subscription of a shared text, None where there is none."""
    if not text:
        return None
    said = json.loads(text)
    return Hook(**{**said, "objects": tuple(said["objects"])})


def hook_of(wiring: Wiring, connection: str) -> Hook | None:
    """The subscription of a connection, None where it has none."""
    return read(wiring.shared(connection).read(KEY))


def keys(wiring: Wiring) -> HookKeys:
    """The secrets of the workspace's webhooks."""
    return HookKeys.of(access.state_dir(wiring.workspace.folder))


def secrets_of(wiring: Wiring, adapter: object, connection: str, generation: int) -> list[str]:
    """The secrets that a genuine notification may have been made with.

    The one that the configuration names; else ours of this generation, the next (a renewal is under way) and the one
    before; a subscription made by hand is not renewed and has one.
    """
    named = wiring.workspace.connection(connection).webhook_secret
    if named is not None:
        return [ConnectionSecrets(wiring.vault, connection, named).resolve(named)]
    known = keys(wiring)
    if isinstance(adapter, SubscribedByHand):
        return [adapter.by_hand(known.token(connection, generation)).secret]
    return [known.token(connection, one) for one in (generation, generation + 1, generation - 1)]


def enable(wiring: Wiring, connection: str, url: str) -> Listing:
    """The vendor tells of changes at that address from now on; ConfigError where it or the address cannot be.

    Where the vendor has no API for it, what to enter in its pages is written into a file of the state folder.
    """
    base, before = _address(url), hook_of(wiring, connection)
    support = wiring.descriptor(connection).support.get(Capability.SUBSCRIBE)
    if support is not None and support.present:
        wanted = replace(before, url=base) if before else Hook(base, (), "", 0, 0, None)
        notes = _subscribe(wiring, connection, wanted)
    else:
        notes = _by_hand(wiring, connection, base)
    return replace(listing(wiring, [connection]), warnings=tuple(notes))


def renew(wiring: Wiring, connections: Iterable[str], *, only_due: bool = False) -> Listing:
    """The subscriptions last longer, with new tokens; those that are not due stay as they are where that is asked."""
    notes: list[Note] = []
    names = [name for name in connections if hook_of(wiring, name) is not None]
    for name in names:
        hook = hook_of(wiring, name)
        if hook is not None and hook.is_renewed and (not only_due or hook.is_due(wiring.clock())):
            notes += _subscribe(wiring, name, hook)
    return replace(listing(wiring, names), warnings=tuple(notes))


def disable(wiring: Wiring, connection: str) -> Listing:
    """The vendor tells nothing any more, and what it still sends is refused; harmless where there is no webhook."""
    hook = hook_of(wiring, connection)
    if hook is not None:
        if hook.is_renewed:
            with closing(wiring.open(connection, "webhooks")) as adapter:
                _subscribing(adapter, connection).unsubscribe(hook.state)
        wiring.shared(connection).update(KEY, lambda _: (None, None))
    return listing(wiring, [connection])


def listing(wiring: Wiring, connections: Iterable[str]) -> Listing:
    """The subscriptions, as the vendors granted them; their addresses without the secret part."""
    columns = (
        Column("connection", mark("connection")),
        Column("url", mark("address")),
        Column("objects", mark("objects")),
        Column("renewed_at", mark("renewed"), "instant"),
        Column("expires_at", mark("ends"), "instant"),
        Column("state", mark("state"), "word"),
    )
    now, rows = wiring.clock(), []
    for name in connections:
        hook = hook_of(wiring, name)
        if hook is not None:
            rows.append(
                {
                    "connection": name,
                    "url": f"{hook.url}/hooks/{name}/...",
                    "objects": ", ".join(hook.objects),
                    "renewed_at": from_us(hook.renewed_us).astimezone(wiring.zone),
                    "expires_at": hook.expires.astimezone(wiring.zone) if hook.expires else None,
                    "state": "expired" if hook.expires and hook.expires <= now else "active",
                }
            )
    return Listing("hooks/1", columns, tuple(rows), empty=mark("no connection has a webhook"))


def _subscribe(wiring: Wiring, connection: str, wanted: Hook) -> list[Note]:
    """Asks for the next generation, and keeps what was granted; a token of the one before is taken a while longer."""
    known, generation = keys(wiring), wanted.generation + 1
    objects, url = _objects(wiring, connection), _whole_address(wiring, connection, wanted.url)
    request = SubscriptionRequest(url, known.token(connection, generation), frozenset(objects), wanted.state or None)
    with closing(wiring.open(connection, "webhooks")) as adapter:
        granted = _subscribing(adapter, connection).subscribe(request)
    now_us = to_us(wiring.clock())
    expires_us = None if granted.expires is None else to_us(granted.expires)
    kept = Hook(wanted.url, objects, granted.state, generation, now_us, expires_us)
    wiring.shared(connection).update(KEY, lambda _: (json.dumps(asdict(kept)), None))
    return _notes(connection, granted, wiring.clock())


def _by_hand(wiring: Wiring, connection: str, base: str) -> list[Note]:
    """Takes notifications from now on; address and secret are in a file for the person who enters them."""
    hook = Hook(base, _objects(wiring, connection), "", 1, to_us(wiring.clock()), None)
    with closing(wiring.open(connection)) as adapter:
        if not isinstance(adapter, SubscribedByHand) or not isinstance(adapter, Receives):
            raise ConfigError("{connection} cannot tell of changes by itself", connection=connection)
        own = adapter.by_hand(keys(wiring).token(connection, hook.generation))
    named = wiring.workspace.connection(connection).webhook_secret
    file = hook_sheet.write(
        access.state_dir(wiring.workspace.folder),
        connection,
        _whole_address(wiring, connection, base),
        secret=own.secret if named is None else None,
        steps=(own.steps, own.steps_zh),
    )
    wiring.shared(connection).update(KEY, lambda _: (json.dumps(asdict(hook)), None))
    text = mark("enter the address and the secret that stand in {file} in the vendor's pages, then remove the file")
    return [Note("WEBHOOK_BY_HAND", text, {"file": str(file)})]


def _objects(wiring: Wiring, connection: str) -> tuple[str, ...]:
    return tuple(sorted(name for name, one in wiring.mapping(connection).objects.items() if one.is_read))


def _whole_address(wiring: Wiring, connection: str, base: str) -> str:
    url = f"{base}/hooks/{quote(connection, safe='')}/{keys(wiring).path(connection)}"
    if len(url) > LONGEST_URL:
        raise ConfigError("{url} is too long for an address of webhooks", url=base)
    return url


def _notes(connection: str, granted: Subscription, now: datetime) -> list[Note]:
    notes = [Note(notice.code, notice.message, dict(notice.params)) for notice in granted.notices]
    if granted.expires is not None and granted.expires - now < SHORT:
        text = mark("the webhook of {connection} ends already at {time}: keep crmbridge serve running, it renews it")
        notes.append(Note("WEBHOOK_SHORT", text, {"connection": connection, "time": granted.expires.isoformat()}))
    return notes


def _subscribing(adapter: object, connection: str) -> Subscribes:
    if not isinstance(adapter, Subscribes):
        raise ConfigError("{connection} cannot tell of changes by itself", connection=connection)
    return adapter


def _address(url: str) -> str:
    """The public address without a path's end; ConfigError for one that is not https, but for this machine's own."""
    try:
        parts = urlsplit(url.strip())
        is_local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"} and parts.port is not None
    except ValueError:
        parts, is_local = urlsplit(""), False
    odd = parts.query or parts.fragment or parts.username or not parts.hostname or not url.strip().isascii()
    if odd or not (parts.scheme == "https" or is_local):
        raise ConfigError(
            "{url} cannot be the address of webhooks",
            url=url,
            hint="it is the https address at which the vendor reaches crmbridge serve, such as https://hooks.example.com",
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"

"""What `doctor` finds of one connection: each thing by itself, so that one that is broken hides no other."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from crmbridge.adapter.capabilities import Level
from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import Adapter, Health, Spends
from crmbridge.adapter.features import Features
from crmbridge.app import access, hooks
from crmbridge.app.wiring import Wiring
from crmbridge.http.token_file import TokenFile
from crmbridge.ledger import connections, runs, streams
from crmbridge.ledger.connections import ConnectionRow
from crmbridge.ledger.runs import Step
from crmbridge.mapping import drift
from crmbridge.model.errors import ConfigError, Unavailable
from crmbridge.model.instants import from_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Names
from crmbridge.report.operations import READ_WAY
from crmbridge.sync.answers import answering

LAG = timedelta(days=1)
"""An object that was last read longer ago is worth a notice."""


@dataclass(frozen=True, slots=True)
class Fine:
    """Something that is as it should be, and worth telling."""

    note: Note


Finding = Note | Fine
Look = Callable[[], Iterator[Finding]]


@dataclass
class Visit:
    """One connection while it is looked at; its source is opened once, at the first look that needs it."""

    wiring: Wiring
    name: str
    _opened: list[Adapter] = field(default_factory=list)

    def looks(self) -> Iterator[tuple[str, Look]]:
        """What is looked at, in order."""
        if self._has_login:
            yield "credentials", self.credentials
        yield "connection", self.connection
        yield "mapping", self.mapping
        if self._has_login:
            yield "token", self.token
            yield "budget", self.budget
        yield "reading", self.reading
        if self.wiring.workspace.connection(self.name).adapter in self.wiring.registry.adapters:
            yield "webhook", self.webhook

    @property
    def _has_login(self) -> bool:
        section = self.wiring.workspace.connection(self.name)
        descriptor = self.wiring.registry.adapters.get(section.adapter)
        return section.credentials is not None or (descriptor is not None and descriptor.connect is not None)

    @cached_property
    def adapter(self) -> Adapter:
        """The source, opened to read."""
        with answering(self.name):
            found = self.wiring.open(self.name)
        self._opened.append(found)
        return found

    @cached_property
    def health(self) -> Health:
        """What the source says of itself."""
        with answering(self.name):
            return self.adapter.check()

    @cached_property
    def catalog(self) -> Catalog:
        """What the source describes."""
        with answering(self.name):
            return self.adapter.describe()

    def close(self) -> None:
        """Lets go of the source; harmless twice."""
        for adapter in self._opened:
            with closing(adapter):
                pass
        self._opened.clear()

    # -- looks -------------------------------------------------------------------------------------------------------

    def credentials(self) -> Iterator[Finding]:
        """Where the secret comes from, by name; and whether the configuration asks for more than was granted."""
        found = self.wiring.secrets(self.name).find()
        yield Fine(Note("SECRET", mark("the secret comes from {place}"), {"place": found.place}))
        yield from found.notes
        mode = self.wiring.workspace.connection(self.name).mode
        given = access.granted(self.wiring.shared(self.name))
        if given is None:
            text = mark("nobody connected {connection} by crmbridge connect: it is only read, whatever its mode says")
            yield Note("NOT_CONNECTED", text, {"connection": self.name})
        elif missing := access.NEEDS.get(mode, frozenset()) - given[0]:
            text = mark("the mode is {mode}, and the login was not granted {features}: it is only read")
            yield Note("NOT_GRANTED", text, {"mode": mode, "features": ", ".join(sorted(missing))})

    def connection(self) -> Iterator[Finding]:
        """Whether the source answers, and as the account that it was connected to."""
        descriptor = self.wiring.descriptor(self.name)
        health = self.health
        if not health.ok:
            problems = "; ".join(health.problems) or "-"
            raise Unavailable("{connection} is not usable: {problems}", connection=self.name, problems=problems)
        yield from self._account(health)
        for problem in health.problems:
            yield Note("SOURCE_PROBLEM", "{problem}", {"problem": problem})
        for disagreement in Features.of(self.adapter).disagreements(dict(descriptor.support)):
            yield Note("CAPABILITY_MISDECLARED", "{problem}", {"problem": disagreement})
        for capability, support in descriptor.support.items():
            if support.level is Level.NOT_YET:
                template = "{capability} is not there yet: {reason}"
                reason = Names({"en": support.note, "zh": support.note_zh})
                yield Note("NOT_YET", template, {"capability": capability.value, "reason": reason})

    def _account(self, health: Health) -> Iterator[Finding]:
        """ConfigError where it is another account than the one pinned; a source without accounts says nothing."""
        if not self._has_login:
            return
        account = f"{health.title} ({health.org_id})"
        known = self._known()
        mine = [row for row in known if row.name == self.name]
        pinned = mine[0].org_id if mine else None
        if pinned is not None and pinned != health.org_id:
            raise ConfigError(
                "{connection} opens {found}, but this workspace was made with {pinned}",
                connection=self.name,
                found=account,
                pinned=pinned,
                hint="check the credentials; for another account make another connection",
            )
        yield Fine(Note("ACCOUNT", mark("it answers as {account}"), {"account": account}))
        adapter = self.wiring.workspace.connection(self.name).adapter
        for row in known:
            if (row.adapter, row.org_id) == (adapter, health.org_id) and row.name != self.name:
                text = mark("{other} opens the same account: its records are read twice")
                yield Note("SAME_ACCOUNT", text, {"other": row.name})

    def _known(self) -> list[ConnectionRow]:
        """The connections of the configuration that the ledger knows."""
        ledger = self.wiring.ledger_there()
        if ledger is None:
            return []
        with ledger.read() as tx:
            return [row for row in connections.listing(tx) if row.name in self.wiring.workspace.config.connections]

    def mapping(self) -> Iterator[Finding]:
        """Whether mapping and source agree, and the mapped objects may be read."""
        document = self.wiring.document(self.name)
        self.wiring.mapping(self.name)
        for found in self.catalog.objects:
            if not found.readable and found.name in document.body.objects:
                text = mark("{object} is mapped and may not be read: {reason}")
                yield Note("UNREADABLE", text, {"object": found.name, "reason": found.note or "-"})
        yield from drift.check(document, self.catalog)

    def token(self) -> Iterator[Finding]:
        """Until when the access token holds that all processes share; the source has been asked before."""
        kept = TokenFile(access.state_dir(self.wiring.workspace.folder), f"{self.name}-access").read()
        if kept.blocked_until_s > self.wiring.clock().timestamp():
            until = self._local(datetime.fromtimestamp(kept.blocked_until_s, tz=self.wiring.zone))
            text = mark("the vendor gives no access token before {time}: too many were asked for")
            yield Note("TOKEN_BLOCKED", text, {"time": until})
        if kept.expires:
            expires = self._local(datetime.fromisoformat(kept.expires))
            yield Fine(Note("TOKEN", mark("an access token is kept until {time}"), {"time": expires}))

    def budget(self) -> Iterator[Finding]:
        """What the vendor's account has left."""
        if not isinstance(self.adapter, Spends):
            return
        spent = self.adapter.spent()
        if spent.credits_left is None:
            return
        told: dict[str, object] = {"left": spent.credits_left}
        if spent.returns_at is None:
            yield Fine(Note("CREDITS", mark("{left} credits are left"), told))
        else:
            text = mark("{left} credits are left; more are there at {time}")
            yield Fine(Note("CREDITS", text, {**told, "time": self._local(spent.returns_at)}))

    def reading(self) -> Iterator[Finding]:
        """When each object was last read, which way and why."""
        ledger = self.wiring.ledger_there()
        if ledger is None:
            return
        with ledger.read() as tx:
            known = {row.name: row.id for row in connections.listing(tx)}
            read = [stream.object for stream in streams.listing(tx, known[self.name])] if self.name in known else []
            last = runs.listing(tx, limit=50)
        steps: dict[tuple[str, str], Step] = {}
        for step in (step for run in last if run.command == runs.SYNC for step in run.steps):
            if step.connection == self.name and step.came_to_its_end:
                steps.setdefault((step.object, step.part), step)
        if not read:
            yield Note("NOT_READ", mark("nothing was read yet; crmbridge sync reads it"), {})
        for (name, part), step in steps.items():
            ago = self.wiring.clock() - from_us(step.started_us)
            if ago > LAG and part == runs.RECORDS:
                text = mark("{object} was last read {days} days ago")
                yield Note("LAG", text, {"object": name, "days": ago.days})
            yield from (Fine(notice) for notice in step.notices if notice.code == READ_WAY)

    def webhook(self) -> Iterator[Finding]:
        """When the webhook ends, where there is one."""
        hook = hooks.hook_of(self.wiring, self.name)
        if hook is None:
            return
        if hook.expires is None:
            yield Fine(Note("WEBHOOK", mark("a webhook hastens the reading"), {}))
        elif hook.expires <= self.wiring.clock():
            text = mark("the webhook ended at {time}; crmbridge hooks renew {connection} asks for it again")
            yield Note("WEBHOOK_ENDED", text, {"time": self._local(hook.expires), "connection": self.name})
        else:
            text = mark("a webhook hastens the reading until {time}")
            yield Fine(Note("WEBHOOK", text, {"time": self._local(hook.expires)}))

    def _local(self, moment: datetime) -> str:
        return moment.astimezone(self.wiring.zone).isoformat(sep=" ", timespec="minutes")

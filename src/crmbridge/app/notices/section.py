"""`[notices]`: the channels, and the rules of who is told what by which of them; everything wrong with it at once.

    [notices]
    quiet = "21:00-08:30"

    [notices.channels.mail]
    url = "keyring:notices-mail"
    to = "person"

    [notices.rules.reps]
    audience = "rep"
    channels = ["mail"]
    language = "zh"

The URL of a channel holds a token, so that only a reference to it stands here, as with the credentials of connections.
A digest is for one person: a channel whose readers are several takes it only as one person's own (`people`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from crmbridge.app.secrets.reference import Reference
from crmbridge.model import documents, instants
from crmbridge.model.calendar import QuietHours
from crmbridge.model.calendar.hours import quiet_hours
from crmbridge.model.errors import ConfigError
from crmbridge.report.i18n import mark

Audience = Literal["rep", "manager", "operator"]
Language = Literal["en", "zh"]
NONE = "none"
"""Quiet hours that there are not."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


def _reference(text: str) -> str:
    try:
        Reference.parse(text)
    except ConfigError:
        raise ValueError(
            mark(
                "a channel's URL is a secret: say where it is, as credential:NAME, keyring:NAME, file:PATH or env:NAME"
            )
        ) from None
    return text


def _quiet(text: str) -> str:
    if text != NONE:
        quiet_hours(text)
    return text


def _zone(name: str) -> str:
    try:
        instants.zone(name)
    except ConfigError as error:
        raise ValueError(str(error)) from error
    return name


Quiet = Annotated[str, AfterValidator(_quiet)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ChannelSection(_Strict):
    """One channel. `to = "person"`: its URL holds {email}, and each message reaches the one person it is for."""

    url: Annotated[str, AfterValidator(_reference)]
    to: Literal["room", "person"] = "room"


class RuleSection(_Strict):
    """Who is told, by which channels. `team` and `person` are for managers: whose pack it is, and who gets it.

    `person` must be allowed to see all that is in the pack. Without `language` everybody reads the one that the CRM
    tells. `attach` sends the page along where the channel can.
    """

    audience: Audience
    channels: tuple[str, ...] = Field(min_length=1)
    language: Language | None = None
    quiet: Quiet | None = None
    team: str | None = None
    person: str | None = None
    attach: bool = True
    folder: str = "reports"


class PersonSection(_Strict):
    """What is different for one person, by name, address or id. `mute` tells the person nothing."""

    channel: str | None = None
    language: Language | None = None
    quiet: Quiet | None = None
    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    mute: bool = False


class NoticesSection(_Strict):
    """The whole table."""

    quiet: Quiet = "21:00-08:30"
    channels: dict[str, ChannelSection] = Field(default_factory=dict)
    rules: dict[str, RuleSection] = Field(default_factory=dict)
    people: dict[str, PersonSection] = Field(default_factory=dict)

    def quiet_of(self, rule: RuleSection, person: PersonSection | None = None) -> QuietHours | None:
        """When nobody is disturbed: the person's own hours, else the rule's, else those of all."""
        written = (person and person.quiet) or rule.quiet or self.quiet
        return None if written == NONE else quiet_hours(written)


def problems(document: documents.TomlText, notices: NoticesSection) -> Iterator[ConfigError]:
    """Everything wrong that a look at one key cannot tell, each with its line and the nearest choice."""
    for kind, names in (("channels", notices.channels), ("rules", notices.rules)):
        for name in names:
            if not _NAME.fullmatch(name):
                reason = mark("a name has letters, digits, - and _, and 63 at most")
                yield documents.refused(document, reason, ("notices", kind, name))
    for name, rule in notices.rules.items():
        at = ("notices", "rules", name)
        yield from _known(document, (*at, "channels"), rule.channels, notices.channels)
        yield from _rule(document, at, rule, notices.channels)
    yield from _people(document, notices)


def _rule(
    document: documents.TomlText, at: documents.Path, rule: RuleSection, channels: Mapping[str, ChannelSection]
) -> Iterator[ConfigError]:
    if rule.audience != "manager":
        for key in ("team", "person"):
            if getattr(rule, key) is not None:
                yield documents.refused(document, mark("only packs, which managers get, have this"), (*at, key))
    for name in rule.channels:
        if name not in channels:
            continue
        is_own = channels[name].to == "person"
        if rule.audience == "rep" and not is_own:
            reason = mark('several read this channel, and a digest is for one: to = "person", or [notices.people]')
            yield documents.refused(document, reason, (*at, "channels"))
        elif rule.audience == "manager" and is_own and rule.person is None:
            reason = mark("this channel reaches one person: say with person = who gets the pack")
            yield documents.refused(document, reason, (*at, "channels"))
        elif rule.audience == "operator" and is_own:
            reason = mark("an operator is nobody in the CRM: name a channel whose URL says whom it reaches")
            yield documents.refused(document, reason, (*at, "channels"))


def _people(document: documents.TomlText, notices: NoticesSection) -> Iterator[ConfigError]:
    """A room that is one person's own is nobody else's."""
    shared = {name for rule in notices.rules.values() for name in rule.channels}
    taken: set[str] = set()
    for name, person in notices.people.items():
        at = ("notices", "people", name, "channel")
        if person.channel is None:
            continue
        yield from _known(document, at, [person.channel], notices.channels)
        channel = notices.channels.get(person.channel)
        if channel is None or channel.to == "person":
            continue
        if person.channel in taken or person.channel in shared:
            reason = mark("others read this channel too, and what is told here is for one person")
            yield documents.refused(document, reason, at)
        taken.add(person.channel)


def _known(
    document: documents.TomlText, at: documents.Path, names: Iterable[str], known: Mapping[str, object]
) -> Iterator[ConfigError]:
    yield from (documents.unknown(document, at, name, known) for name in names if name not in known)

"""Who needs help: the flag that a rep sets on a deal or an activity, told to the manager once, listed until cleared.

The runs remember when a flag was set and when it was cleared: one that is set again after that is told again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from crmbridge.facts.store import Facts
from crmbridge.model.external_keys import key_of
from crmbridge.model.instants import business_date
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.dimensions import custom_path
from crmbridge.services.owners import owners_seen
from crmbridge.services.results import Evidence
from crmbridge.services.satisfaction_document import Names, worded
from crmbridge.services.wants import NoticeWanted
from crmbridge.services.world import World

DEFINITION = "help-wanted/1"
SERVICE = "help"
"""The service of the events that say when a flag was set and cleared."""

_SHIPPED = "default_help.toml"
_NO = ("", "0", "false", "no", "n", "off", "none", "否", "无", "不需要", "没有")
_YES = frozenset({"1", "true", "yes", "y", "on", "是", "需要"})
_UNTOLD = Note(
    "HELP_NOT_TOLD",
    "no record has the field {fields} that says who needs help: name it as a custom field in a mapping",
)
_NO_MANAGER = Note("HELP_NO_MANAGER", "{n} records need help, and nobody manages their owners: nobody is told")


class Flags(BaseModel):
    """The custom field of each kind that says that help is needed; empty for none."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    deal: str
    activity: str


class HelpConfig(BaseModel):
    """The whole document: `help.toml`, over `default_help.toml` beside this file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Annotated[int, Field(ge=1, le=1)] = 1
    language: str
    notice: Names
    unknown: Names
    flags: Flags


def load_help(text: str, *, file: str = "help.toml") -> HelpConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(HelpConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> HelpConfig:
    """What is shipped."""
    return shipped(HelpConfig, _SHIPPED)


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """A record whose flag is set: for the `number`-th time, since the day of the run that saw it first (None: now)."""

    kind: Literal["deal", "activity"]
    id: str
    subject: str
    name: str | None
    customer: str | None
    owner_id: str | None
    owner: str | None
    manager_id: str | None
    manager: str | None
    words: str | None
    number: int
    since: date | None


@dataclass(frozen=True, slots=True)
class HelpReport:
    """Who needs help, the longest first; `cleared` are the ids of flags that were set and are no longer."""

    as_of: datetime
    asked: tuple[HelpAsked, ...]
    cleared: tuple[str, ...]
    evidence: Evidence


def help_wanted(
    facts: Facts, pipelines: Sequence[Pipeline], as_of: datetime, config: HelpConfig, *, viewer: str | None = None
) -> HelpReport:
    """Who needs help at `as_of`, of all that the viewer sees; ConfigError for a viewer whom nobody knows."""
    world = World(facts, pipelines, cut=as_of)
    flags = {"deal": config.flags.deal, "activity": config.flags.activity}
    world.parameters |= {f"{kind}_path": custom_path(name) if name else None for kind, name in flags.items()}
    world.parameters |= {"no": list(_NO), "owners": owners_seen(world, viewer)}
    rows = world.rows("help_wanted")
    asked = tuple(_asked(row, facts) for row in rows if row["is_set"])
    ((is_told,),) = world.tuples("help_told")
    alone = sum(one.manager_id is None for one in asked)
    notes = [] if is_told else [Note(_UNTOLD.code, _UNTOLD.template, {"fields": ", ".join(sorted({*flags.values()}))})]
    if alone:
        notes.append(Note(_NO_MANAGER.code, _NO_MANAGER.template, {"n": alone}))
    evidence = Evidence(DEFINITION, len(asked), as_of, cut=as_of, zone=str(facts.zone), warnings=tuple(notes))
    return HelpReport(as_of, asked, tuple(row["id"] for row in rows if not row["is_set"]), evidence)


def _asked(row: Mapping[str, object], facts: Facts) -> HelpAsked:
    since, words = row["since"], str(row["words"]).strip()
    told = {name: row[name] for name in ("kind", "id", "subject", "name", "customer", "owner_id", "owner")}
    return HelpAsked(
        **told,  # type: ignore[arg-type]
        manager_id=row["manager_id"],  # type: ignore[arg-type]
        manager=row["manager"],  # type: ignore[arg-type]
        words=None if words.casefold() in _YES else words,
        number=int(str(row["number"])),
        since=business_date(since.replace(tzinfo=UTC), facts.zone) if isinstance(since, datetime) else None,
    )


def notices(report: HelpReport, config: HelpConfig) -> Iterator[NoticeWanted]:
    """The manager of each is told, once for each time that a flag is set."""
    unknown = worded(config.unknown, config.language)
    for one in report.asked:
        if one.manager_id is not None:
            record = " · ".join(part for part in (one.customer, one.name) if part) or unknown
            said = {"owner": one.owner or unknown, "record": record, "words": one.words or unknown}
            text = worded(config.notice, config.language, **said)
            key = key_of(SERVICE, one.kind, one.subject, str(one.number))
            yield NoticeWanted(key, one.manager_id, text, SERVICE, one.kind, one.id)


def changes(report: HelpReport) -> Iterator[tuple[str, dict[str, object]]]:
    """What is to be remembered, by the id of the record: flags that were set since the last run, and cleared."""
    for one in report.asked:
        if one.since is None:
            yield one.id, {"set": True, "number": one.number}
    for record in report.cleared:
        yield record, {"set": False}

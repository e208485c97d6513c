"""Which fields show what was worked out: `follow_up.toml`, over `default_follow_up.toml` beside this file."""

import re
from collections.abc import Iterator, Mapping
from datetime import time
from functools import cache
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from crmbridge.model import documents
from crmbridge.model.documents import TomlText
from crmbridge.model.errors import ConfigError, ConfigErrors, suggestion
from crmbridge.model.kinds import ENVELOPE, FieldType, kind
from crmbridge.services.defaults import overlaid, shipped

_SHIPPED = "default_follow_up.toml"
_WORDS, _COUNTS = (
    frozenset({FieldType.TEXT, FieldType.ENUM}),
    frozenset({FieldType.NUMBER, FieldType.INTEGER, FieldType.TEXT}),
)
_DAYS = frozenset({FieldType.DATE, FieldType.INSTANT, FieldType.TEXT})
_LINES = frozenset({FieldType.TEXT, FieldType.LONG_TEXT})
FITS: Mapping[str, frozenset[FieldType]] = {
    "tier": _WORDS,
    "state": _WORDS,
    "score": _COUNTS,
    "next_touch": _DAYS,
    "last_result": _LINES,
}
"""For each figure the types of fields that can show it."""
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError("a time of the day reads as 18:00")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OfAccounts(_Strict):
    """The fields of accounts."""

    tier: str
    state: str
    next_touch: str
    last_result: str


class OfLeads(_Strict):
    """The fields of leads."""

    tier: str
    score: str
    next_touch: str
    last_result: str


class OfDeals(_Strict):
    """The fields of deals."""

    next_touch: str
    last_result: str


class Shows(_Strict):
    """For each kind the neutral field that shows each figure, "" for none."""

    account: OfAccounts
    lead: OfLeads
    deal: OfDeals

    def field(self, kind_name: str, figure: str) -> str:
        """The field that shows a figure of a kind; "" where nothing does."""
        return str(getattr(getattr(self, kind_name, None), figure, ""))

    def entries(self) -> Iterator[tuple[str, str, str]]:
        """(kind, figure, field) of everything that is shown."""
        for kind_name, part in self:
            for figure, field in part:
                if field:
                    yield kind_name, figure, field


class NextDate(_Strict):
    """The open deals without a next date: whether a task is made for each, when it is due, and what it says."""

    tasks: bool
    within: Annotated[int, Field(ge=0)]
    title: Annotated[Mapping[str, str], Field(min_length=1)]

    def title_in(self, language: str) -> str:
        """The title in a language, or in the first that there is."""
        return self.title.get(language) or next(iter(self.title.values()))


class FollowUpConfig(_Strict):
    """The whole document."""

    format: Literal[1] = 1
    currency: Annotated[str | None, Field(pattern="^[A-Z]{3}$")] = None
    score_decimals: Annotated[int, Field(ge=0, le=4)]
    due_time: Annotated[str, AfterValidator(_time)]
    spares_alike: bool
    spares_alike_days: Annotated[int, Field(ge=0)]
    shows: Shows
    next_date: NextDate

    @property
    def due_at(self) -> time:
        """The time of the day at which a task is due."""
        return time.fromisoformat(self.due_time)


def load_follow_up(text: str, *, file: str = "follow_up.toml") -> FollowUpConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    found = overlaid(FollowUpConfig, _SHIPPED, text, file=file)
    if wrong := list(_problems(documents.parse(text, file), found)):
        raise ConfigErrors(wrong)
    return found


@cache
def built_in() -> FollowUpConfig:
    """What is shipped."""
    return shipped(FollowUpConfig, _SHIPPED)


def _problems(document: TomlText, found: FollowUpConfig) -> Iterator[ConfigError]:
    """Fields that there are not, and those that cannot show such a figure."""
    for kind_name, figure, field in found.shows.entries():
        path = ("shows", kind_name, figure)
        place = {"file": document.file, "line": document.line(path), "key": ".".join(path)}
        known = {name: spec for name, spec in kind(kind_name).fields.items() if name not in ENVELOPE}
        fitting = sorted(name for name, spec in known.items() if spec.type in FITS[figure])
        if field not in known:
            text = "{file}:{line}: {key}: {kind} has no field {value}"
        elif field not in fitting:
            text = "{file}:{line}: {key}: {value} of {kind} cannot show that"
        else:
            continue
        near = suggestion(field, fitting)
        yield ConfigError(text, **place, kind=kind_name, value=field, nearest=near, hint="did you mean {nearest}?")

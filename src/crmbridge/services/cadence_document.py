"""When somebody is to be followed up, by which policy: `cadence.toml` over `default_cadence.toml` beside this file.

A policy says whom it is for, and steps: what is done (channel, template) and how long after what went before. What a
policy leaves out it takes from `[defaults]`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from crmbridge.model import documents
from crmbridge.model.calendar.days import Roll
from crmbridge.model.calendar.hours import QuietHours, quiet_hours
from crmbridge.model.calendar.intervals import Interval, WrittenInterval
from crmbridge.model.documents import TomlText, refused, unknown
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.services.defaults import overlaid, shipped

CadenceKind = Literal["deal", "contact", "lead", "account"]
KINDS: tuple[CadenceKind, ...] = ("deal", "contact", "lead", "account")
"""What can be followed up; of two that are about one person, the first here is."""

Channel = Literal["email", "call", "meeting", "im", "sms"]
Touch = Literal[
    "email.sent",
    "email.bounced",
    "email.reply",
    "call.attempted",
    "call.connected",
    "call.received",
    "meeting.held",
    "im.sent",
    "im.reply",
    "sms.sent",
    "sms.reply",
    "form.filled",
    "note.logged",
]
"""What an activity was: its channel and what came of it."""

Exit = Literal["stage_change", "closed", "converted", "opted_out", "owner_inactive", "reply"]
Rung = Literal["remind", "escalate_manager", "propose_reassign"]
RUNGS: tuple[Rung, ...] = ("remind", "escalate_manager", "propose_reassign")
BY_TIER = "tier"
"""The interval of a step that the tier of the record gives."""

_Item = TypeVar("_Item")
_SHIPPED = "default_cadence.toml"
_MEETING = re.compile(r"until_end(?:\+(\d+)bd)?")


def _id(name: str) -> str:
    if not name or re.search(r"[\s|]", name):
        raise ValueError("a policy's name has no blanks and no |")
    return name


def _hours(text: str) -> str:
    quiet_hours(text)
    return text


def _filled(found: tuple[_Item, ...]) -> tuple[_Item, ...]:
    if not found:
        raise ValueError("at least one is needed")
    return found


def _meeting(text: str) -> str:
    if not _MEETING.fullmatch(text):
        raise ValueError(f"{text!r} is no pause such as until_end+1bd")
    return text


def _every(value: object) -> object:
    return Interval.parse(value) if isinstance(value, str) and value != BY_TIER else value


PolicyId = Annotated[str, AfterValidator(_id)]
Every = Annotated[Interval | Literal["tier"], BeforeValidator(_every), PlainSerializer(str, return_type=str)]
Filled = Annotated[tuple[_Item, ...], AfterValidator(_filled)]
"""At least one."""

_Days = Annotated[int, Field(ge=0, le=366)]
_Count = Annotated[int, Field(ge=1, le=1000)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AppliesTo(_Strict):
    """Whom a policy is for. A stage is named by its key, or as people read it; None is any, and none at all.

    `exhausted`: those whom a sales policy gave up, since nobody ever answered.
    """

    object: Filled[CadenceKind]
    stage: tuple[str, ...] | None = None
    category: tuple[Literal["open", "won", "lost"], ...] = ("open",)
    tier: tuple[str, ...] | None = None
    exhausted: bool = False

    @model_validator(mode="before")
    @classmethod
    def _one_as_many(cls, data: Any) -> Any:  # noqa: ANN401 - a document of any shape
        if not isinstance(data, Mapping):
            return data
        many = ("object", "stage", "category", "tier")
        return {key: (value,) if key in many and isinstance(value, str) else value for key, value in data.items()}


class Otherwise(_Strict):
    """Another channel, after so many touches that nobody answered; the same content where it names no other."""

    channel: Channel
    after: _Count
    template: str | None = None


class Step(_Strict):
    """One touch: by what, with which content, how long after the one before it; `repeat` again and again.

    `auto`: the CRM itself carries it out where it can. `any_channel`: any touch completes it. `preferred`: by the
    channel that the person prefers, where that is known.
    """

    no: _Count | None = None
    channel: Channel
    template: str
    every: Every
    roll: Roll = "forward"
    auto: bool = False
    repeat: bool = False
    any_channel: bool = False
    preferred: bool = False
    otherwise: Otherwise | None = None


class Pause(_Strict):
    """What stops an enrolment for a while."""

    on_reply: WrittenInterval | None = None
    on_meeting_scheduled: Annotated[str, AfterValidator(_meeting)] | None = None
    on_hold: Literal["until_date"] | None = None

    @property
    def days_after_meeting(self) -> int | None:
        """The business days after the end of a planned meeting; None where a meeting pauses nothing."""
        found = _MEETING.fullmatch(self.on_meeting_scheduled or "")
        return int(found[1] or 0) if found else None


class Overdue(_Strict):
    """After how many business days somebody is told of what is overdue."""

    remind: WrittenInterval | None = None
    escalate_manager: WrittenInterval | None = None
    propose_reassign: WrittenInterval | None = None

    @property
    def rungs(self) -> tuple[tuple[Rung, int], ...]:
        """The rungs with their business days, the first first."""
        found = ((rung, getattr(self, rung)) for rung in RUNGS)
        return tuple((rung, at.count) for rung, at in found if at is not None)


class Common(_Strict):
    """What a policy may leave to `[defaults]`."""

    policy_class: Literal["sales", "care", "service"] = Field(alias="class")
    calendar: Literal["customer", "owner", "team"]
    anchor: Literal["enrolment", "last_touch", "stage_entry", "fixed"]
    first: Literal["at_once", "after_interval"]
    counts_as_touch: frozenset[Touch]
    resets_anchor: frozenset[Touch]
    replies: frozenset[Touch]
    pause: Pause
    exit: tuple[Exit, ...]
    max_touches_without_response: _Count | None = None
    on_exhausted: Literal["move_to_nurture", "notify_manager", "none"]
    overdue: Overdue


class Policy(Common):
    """A way to follow somebody up. `start` is the day of the anchor `fixed`."""

    names: Mapping[str, str] = Field(default_factory=dict)
    enabled: bool = True
    applies_to: AppliesTo
    start: date | None = None
    steps: Filled[Step]


class Template(_Strict):
    """The content of a touch in the languages of people; `{customer}` is whom it is for."""

    title: Mapping[str, str] = Field(min_length=1)
    text: Mapping[str, str] = Field(default_factory=dict)


class Quiet(_Strict):
    """When nobody is disturbed, in the other person's zone: over midnight, `21:00-08:30`."""

    hours: Annotated[str, AfterValidator(_hours)]

    @property
    def span(self) -> QuietHours:
        """As the calendar counts them."""
        return quiet_hours(self.hours)


class Caps(_Strict):
    """How often a person, and a company, is approached at most."""

    same_channel_days: _Days
    any_channel_days: _Days
    account_per_week: _Count | None = None


class Outcomes(_Strict):
    """What the outcome of an activity says, by parts of its text without regard to capitals."""

    not_connected: tuple[str, ...]
    bounced: tuple[str, ...]
    blank_call: Literal["attempted", "connected"]


class Answer(_Strict):
    """The task to answer a customer who wrote, by `types` of activities; who wrote so many days ago waits no more."""

    template: str
    within: WrittenInterval
    look_back_days: _Days
    types: tuple[Literal["call", "email", "im", "sms", "form", "meeting", "visit"], ...]


class PolicyPin(_Strict):
    """A person wants this policy for a record (`connection:id`), whatever else would win."""

    record: str
    policy: str


class CadenceConfig(_Strict):
    """The whole document."""

    format: Literal[1] = 1
    horizon: WrittenInterval
    language: str
    since: date | None = None
    quiet: Quiet
    caps: Caps
    outcomes: Outcomes
    answer: Answer
    defaults: Common
    templates: Mapping[str, Template]
    notices: Mapping[Literal[Rung, "exhausted"], Mapping[str, str]]
    policies: Mapping[PolicyId, Policy]
    pins: tuple[PolicyPin, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, data: Any) -> Any:  # noqa: ANN401 - a document of any shape
        if not isinstance(data, dict) or not isinstance(data.get("policies"), dict):
            return data
        common = data.get("defaults")
        common = {key: value for key, value in common.items() if key in _COMMON} if isinstance(common, dict) else {}
        policies = {
            name: documents.overlaid(common, own) if isinstance(own, dict) else own
            for name, own in data["policies"].items()
        }
        return data | {"policies": policies}

    @property
    def in_use(self) -> tuple[tuple[str, Policy], ...]:
        """The policies that are switched on, in the order of the document."""
        return tuple((name, policy) for name, policy in self.policies.items() if policy.enabled)


_COMMON = frozenset(info.alias or name for name, info in Common.model_fields.items())


def load_cadence(text: str, *, file: str = "cadence.toml") -> CadenceConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    config = overlaid(CadenceConfig, _SHIPPED, text, file=file)
    if problems := list(_problems(config, documents.parse(text, file))):
        raise ConfigErrors(problems)
    return config


@cache
def built_in() -> CadenceConfig:
    """What is shipped."""
    return shipped(CadenceConfig, _SHIPPED)


def _problems(config: CadenceConfig, document: TomlText) -> Iterator[ConfigError]:
    """What no single key shows: names that nothing bears, steps that are never reached, intervals that mean nothing."""
    if config.answer.template not in config.templates:
        yield unknown(document, ("answer", "template"), config.answer.template, config.templates)
    if config.horizon.unit == "bh":
        yield refused(document, "days or business days are meant", ("horizon",))
    for place, pin in enumerate(config.pins):
        if pin.policy not in config.policies:
            yield unknown(document, ("pins", place, "policy"), pin.policy, config.policies)
    for name, policy in config.policies.items():
        yield from _of_policy(document, ("policies", name), policy)
        yield from _of_steps(document, ("policies", name, "steps"), policy.steps, config.templates)
        given_up = policy.enabled and policy.on_exhausted == "move_to_nurture"
        if given_up and not any(other.applies_to.exhausted for _, other in config.in_use):
            path = ("policies", name, "on_exhausted")
            yield refused(document, "no policy that is switched on is for the exhausted", path)


def _of_policy(document: TomlText, path: documents.Path, policy: Policy) -> Iterator[ConfigError]:
    if (policy.anchor == "fixed") != (policy.start is not None):
        yield refused(document, "the anchor fixed needs a day to start at, and no other has one", (*path, "start"))
    pauses = {("pause", "on_reply"): policy.pause.on_reply}
    for where, pause in (pauses | {("overdue", rung): getattr(policy.overdue, rung) for rung in RUNGS}).items():
        if pause is not None and pause.unit != "bd":
            yield refused(document, "business days are meant", (*path, *where))
    if policy.applies_to.stage is not None and not {"deal", "lead"} & set(policy.applies_to.object):
        yield refused(document, "only deals and leads have stages", (*path, "applies_to"))


def _of_steps(
    document: TomlText, path: documents.Path, steps: tuple[Step, ...], templates: Iterable[str]
) -> Iterator[ConfigError]:
    for place, step in enumerate(steps):
        here = (*path, place)
        other = step.otherwise.template if step.otherwise else None
        for at, template in (((*here, "template"), step.template), ((*here, "otherwise", "template"), other)):
            if template is not None and template not in templates:
                yield unknown(document, at, template, templates)
        if step.no is not None and step.no != place + 1:
            yield refused(document, "the steps are counted 1, 2, 3", (*here, "no"))
        if step.repeat and place + 1 < len(steps):
            yield refused(document, "no step comes after one that repeats", (*here, "repeat"))
        if isinstance(step.every, Interval):
            if step.every.unit == "bh":
                yield refused(document, "days or business days are meant", (*here, "every"))
            if step.repeat and not step.every.count:
                yield refused(document, "what repeats needs a day between", (*here, "every"))

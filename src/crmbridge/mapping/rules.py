"""The shape of a mapping document: what may stand in the TOML file.

Only the shape. Whether a field, a lens or a parameter exists is found when the document is compiled, because that
depends on the kind and on the plugins.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crmbridge.model.pipeline import Category, Criterion, ForecastCategory

When = Literal["open", "closed", "won", "lost", "void"]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class StageRule(BaseModel):
    """`[[pipelines.ID.stages]]`: a stage, and the vendor's ids or labels that stand for it.

    Without `labels` the key and the names are the labels. `write_label` is the one to write where several are read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str = Field(min_length=1)
    names: Mapping[str, str] = Field(default_factory=dict)
    category: Category
    labels: Names = ()
    write_label: str | None = None
    probability: Annotated[Decimal | None, Field(ge=0, le=1)] = None
    forecast_category: ForecastCategory | None = None
    sla_days: Annotated[int | None, Field(ge=0)] = None
    sla_unit: Literal["business", "calendar"] = "business"
    sla_clock: Literal["visit", "cumulative"] = "visit"
    owner_role: str | None = None
    entry_criteria: tuple[Criterion, ...] = ()
    exit_criteria: tuple[Criterion, ...] = ()
    required_fields: tuple[str, ...] = ()
    required_actions: tuple[str, ...] = ()
    evaluation: tuple[str, ...] = ()


class PipelineRule(BaseModel):
    """`[pipelines.ID]`: stages in order, of deals or of leads."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    names: Mapping[str, str] = Field(default_factory=dict)
    object: Literal["deal", "lead"] = "deal"
    version: int = 1
    active: bool = True
    stages: tuple[StageRule, ...]


class ChoiceRule(BaseModel):
    """A vendor field whose values are told apart by a table: the pipeline of a deal, its open/won/lost flag.

    `other` is the pipeline of every value that the table does not name, and of none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    source: str = Field(alias="from")
    values: Mapping[str, str] = Field(default_factory=dict)
    other: str | None = None


class FieldRule(BaseModel):
    """One neutral field: where its value comes from, and how it is read.

    `from` names a vendor field, or several that `join` puts together; the first of `fallback` that is filled stands
    in for an empty one. `part` takes one member of an object value, `empty` lists texts that mean nothing, `when`
    reads the field only in stages of that category. `value` is a constant. `object` says whose ids a reference holds,
    of one object or of several. Keys not named here are parameters of the lens and are checked against it. A text
    alone is `from`; `false` drops a rule of the default mapping.
    """

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)
    source: Names = Field(default=(), alias="from")
    join: str | None = None
    fallback: Names = ()
    part: str | None = None
    empty: Names = ()
    when: When | None = None
    value: str | int | bool | Decimal | None = None
    lens: str | None = None
    object: str | tuple[str, ...] | None = None
    unmapped: bool = False

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
        if isinstance(data, str):
            return {"from": data}
        return {"unmapped": True} if data is False else data

    @property
    def objects(self) -> tuple[str, ...]:
        """The objects whose ids a reference holds, none where the rule names none."""
        return (self.object,) if isinstance(self.object, str) else self.object or ()

    @property
    def parameters(self) -> dict[str, Any]:
        """The keys that belong to the lens."""
        return dict(self.model_extra or {})


class CustomRule(FieldRule):
    """One custom field: a rule with the type of what it holds."""

    type: str = "text"
    label: str | None = None


class ObjectRule(BaseModel):
    """`[objects.NAME]`: one object of the adapter, and the kind it feeds.

    `pipeline` may be left out where the kind has exactly one. `category` is the vendor's own open/won/lost flag,
    asked only about a stage that no rule names. With `read = false` a sync leaves the object alone: references to its
    records keep their ids, and what was read before stays. With `optional = true` that is so where the source has no
    such object. With `labels = true` choices are named by their labels, whatever values an account gives them. With
    `history = false` the source is not asked for the past stages of its records. `like` names another object whose
    rules hold here too, as far as these change nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    like: str | None = None
    kind: str | None = None
    read: bool = True
    optional: bool = False
    labels: bool = False
    history: bool = True
    pipeline: str | ChoiceRule | None = None
    category: ChoiceRule | None = None
    keys: Names = ()
    fields: Mapping[str, FieldRule] = Field(default_factory=dict)
    stage_dates: Mapping[str, FieldRule] = Field(default_factory=dict)
    custom: Mapping[str, CustomRule] = Field(default_factory=dict)


class MappingBody(BaseModel):
    """The whole document."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1]
    pipelines: Mapping[str, PipelineRule] = Field(default_factory=dict)
    objects: Mapping[str, ObjectRule] = Field(default_factory=dict)

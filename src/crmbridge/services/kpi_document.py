"""What a KPI declares: id, names, formula, unit, direction, smallest sample. Data of a closed grammar, never code.

```toml
[[kpis]]
id = "big_deals_won"
names = { en = "Big deals won", zh = "大单赢单数" }
unit = "count"
direction = "up"

[kpis.formula]
kind = "deal"
aggregate = "count"
where = [{ field = "state", is = "won" }, { field = "amount", at_least = 100000 }]
date = "closed_at"
```
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.model import documents
from crmbridge.model.errors import ConfigError, ConfigErrors, suggestion
from crmbridge.model.kinds import kind
from crmbridge.services.measures import Measure, MeasureType, as_number, measure

Aggregate = Literal["count", "distinct", "sum", "mean", "median", "rate"]
Unit = Literal["count", "rate", "money", "days", "number"]
Value = bool | int | Decimal | date | str
_UNIT_OF: Mapping[MeasureType, Unit] = {"money": "money", "days": "days", "number": "number"}


class Condition(BaseModel):
    """One comparison of one field. A blank field meets none of them but `blank = true`.

    `contains` and `ends_with` are met by any of their texts, without regard to capitals.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    field: str
    equal: Value | None = Field(default=None, alias="is")
    other: Value | None = Field(default=None, alias="not")
    among: tuple[Value, ...] | None = Field(default=None, alias="in")
    at_least: Decimal | date | None = None
    at_most: Decimal | date | None = None
    contains: tuple[str, ...] | None = None
    ends_with: tuple[str, ...] | None = None
    blank: bool | None = None

    @model_validator(mode="after")
    def _one_comparison(self) -> Self:
        compared = (self.equal, self.other, self.among, self.at_least, self.at_most, self.contains, self.ends_with)
        if sum(value is not None for value in (*compared, self.blank)) != 1:
            raise ValueError(
                "a condition needs exactly one of is, not, in, at_least, at_most, contains, ends_with, blank"
            )
        return self


class Formula(BaseModel):
    """How a KPI is worked out. `where` picks the records; of a rate they are the numerator among those of `of`.

    `field` is what is added up (of a rate: added up instead of counted), `of_field` the denominator's where it differs.
    `date` puts a record into a period; without it the KPI is a stock, as things stand.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str
    aggregate: Aggregate
    field: str | None = None
    where: tuple[Condition, ...] = ()
    of: tuple[Condition, ...] | None = None
    of_field: str | None = None
    date: str | None = None

    @model_validator(mode="after")
    def _fields_fit(self) -> Self:
        if self.aggregate in {"sum", "mean", "median", "distinct"} and self.field is None:
            raise ValueError(f"{self.aggregate} needs a field")
        if self.aggregate == "count" and self.field is not None:
            raise ValueError("count takes no field")
        if self.aggregate == "rate" and self.of is None and self.of_field is None:
            raise ValueError("a rate needs of: what it is a share of")
        if self.aggregate != "rate" and (self.of is not None or self.of_field is not None):
            raise ValueError("only a rate has of")
        return self


class Kpi(BaseModel):
    """One KPI. `direction` says whether more or less of it is better; fewer than `min_sample` records say nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    names: Mapping[str, str] = Field(default_factory=dict)
    formula: Formula
    unit: Unit
    direction: Literal["up", "down"]
    min_sample: int = Field(default=0, ge=0)
    source: str = "crm"

    @model_validator(mode="after")
    def _fits_the_model(self) -> Self:
        check(self)
        return self


class KpiDocument(BaseModel):
    """A `kpis.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1] = 1
    kpis: tuple[Kpi, ...] = ()


def check(kpi: Kpi) -> None:
    """The fields exist, can be compared as asked and add up to the unit; ValueError with the nearest name otherwise."""
    formula = kpi.formula
    try:
        kind(formula.kind)
        value = as_number(measure(formula.kind, formula.field)) if formula.field else None
        for name in (formula.date, formula.of_field, *(c.field for c in (*formula.where, *(formula.of or ())))):
            if name:
                measure(formula.kind, name)
        date_field = measure(formula.kind, formula.date) if formula.date else None
    except ConfigError as error:
        raise ValueError(str(error)) from error
    if date_field and date_field.type != "date":
        raise ValueError(f"{formula.date} is no date")
    expected = _unit(formula.aggregate, value)
    if expected is None:
        raise ValueError(f"{formula.field} cannot be added up")
    if kpi.unit != expected:
        raise ValueError(f"the unit of this formula is {expected}, not {kpi.unit}")


def _unit(aggregate: Aggregate, value: Measure | None) -> Unit | None:
    if aggregate in {"count", "distinct"}:
        return "count"
    if aggregate == "rate":
        return "rate" if value is None or value.type in _UNIT_OF else None
    return _UNIT_OF.get(value.type) if value else None


def load_kpis(text: str, *, file: str = "kpis.toml") -> tuple[Kpi, ...]:
    """The KPIs of a document; ConfigErrors naming every problem with file, line and nearest choice."""
    document = documents.parse(text, file)
    found = documents.validate(document, KpiDocument).kpis
    seen: set[str] = set()
    problems = []
    for place, kpi in enumerate(found):
        if kpi.id in seen:
            line = document.line(("kpis", place, "id"))
            problems.append(ConfigError("{file}:{line}: KPI {id} is there twice", file=file, line=line, id=kpi.id))
        seen.add(kpi.id)
    if problems:
        raise ConfigErrors(problems)
    return found


@cache
def built_in() -> tuple[Kpi, ...]:
    """The KPIs that are shipped; `default_kpis.toml` beside this file."""
    text = (files(__package__) / "default_kpis.toml").read_text(encoding="utf-8")
    return load_kpis(text, file="default_kpis.toml")


def registry(own: tuple[Kpi, ...] = ()) -> dict[str, Kpi]:
    """Every KPI by id; a company's own takes the place of a shipped one of the same id."""
    return {kpi.id: kpi for kpi in (*built_in(), *own)}


def find(known: Mapping[str, Kpi], name: str) -> Kpi:
    """The KPI of that id; ConfigError with the nearest one otherwise."""
    if name in known:
        return known[name]
    raise ConfigError(
        "there is no KPI {name}",
        name=name,
        nearest=suggestion(name, known),
        hint="did you mean {nearest}?",
    )

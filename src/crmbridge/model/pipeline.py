"""Pipelines and stages: data, not code. A company may have several, each with its own order."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

UNKNOWN_STAGE = "UNKNOWN"
"""The stage of a record whose vendor stage no mapping names; it has its own row everywhere."""


class Category(StrEnum):
    """What a stage means for the figures; `void` (无效) counts in no rate and has its own row."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    VOID = "void"
    POST_SALE = "post_sale"


class ForecastCategory(StrEnum):
    """How a stage enters a forecast; a deal may say otherwise for itself."""

    OMITTED = "omitted"
    PIPELINE = "pipeline"
    BEST_CASE = "best_case"
    COMMIT = "commit"
    CLOSED = "closed"


class Criterion(BaseModel):
    """One thing that must hold to leave (or enter) a stage: a field with a smallest value, or any of several fields.

    `any_of` fields count as met where one of them is filled; `at_least` compares numbers; None is never met.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    any_of: tuple[str, ...] = ()
    field: str | None = None
    at_least: Decimal | None = None
    names: Mapping[str, str] = Field(default_factory=dict)


class Stage(BaseModel):
    """One stage of a pipeline. `key` survives renaming; `names` are what people read; `order` starts at 1.

    `owner_role` is the role of whoever answers for deals in it, as the users' role says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str
    names: Mapping[str, str] = Field(default_factory=dict)
    order: int
    category: Category
    probability: Decimal | None = None
    forecast_category: ForecastCategory | None = None
    sla_days: int | None = None
    sla_unit: Literal["business", "calendar"] = "business"
    sla_clock: Literal["visit", "cumulative"] = "visit"
    owner_role: str | None = None
    entry_criteria: tuple[Criterion, ...] = ()
    exit_criteria: tuple[Criterion, ...] = ()
    required_fields: tuple[str, ...] = ()
    required_actions: tuple[str, ...] = ()
    evaluation: tuple[str, ...] = ()


class Pipeline(BaseModel):
    """Stages in order, for deals or for leads."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    names: Mapping[str, str] = Field(default_factory=dict)
    object: Literal["deal", "lead"] = "deal"
    version: int = 1
    active: bool = True
    stages: tuple[Stage, ...]

    def stage(self, key: str | None) -> Stage | None:
        """The stage of that key, or None for a key that is not of this pipeline."""
        return next((stage for stage in self.stages if stage.key == key), None)

    @property
    def open_stages(self) -> tuple[Stage, ...]:
        """The open stages in order: their ranks are 1..k."""
        return tuple(sorted((s for s in self.stages if s.category is Category.OPEN), key=lambda s: s.order))

    @property
    def won_rank(self) -> int:
        """k + 1: the rank of won and of everything after it."""
        return len(self.open_stages) + 1

    def rank(self, key: str | None) -> int | None:
        """1..k over open stages, k + 1 for won and post-sale; None for lost, void and unknown stages."""
        stage = self.stage(key)
        if stage is None or stage.category in {Category.LOST, Category.VOID}:
            return None
        if stage.category in {Category.WON, Category.POST_SALE}:
            return self.won_rank
        return 1 + [s.key for s in self.open_stages].index(stage.key)

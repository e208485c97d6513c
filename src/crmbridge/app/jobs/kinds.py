"""The kinds of jobs: what each takes, and where the function stands that does it.

A new kind is one entry of `KINDS`: its arguments as a model, and a function `work(bridge, arguments, parts)` in a
module that is imported when the job runs. Everything else, from the configuration to the history of runs, follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FigureName = Literal["forecast", "tiers", "scores", "cadence", "response", "pool"]
FIGURES: tuple[FigureName, ...] = ("forecast", "tiers", "scores", "cadence", "response", "pool")


class NoArguments(BaseModel):
    """A job that takes none."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SyncArguments(NoArguments):
    """Which connections are read; all of them unless some are named."""

    connections: tuple[str, ...] = ()


class FiguresArguments(NoArguments):
    """What is remembered as it stands; everything unless some is named."""

    figures: tuple[FigureName, ...] = FIGURES


class PackArguments(NoArguments):
    """Whose pack it is, and the file it is written to: `pack-PERIOD` in a folder of the workspace."""

    team: str | None = None
    person: str | None = None
    currency: str | None = None
    folder: str = "reports"
    ending: Literal["html", "md", "xlsx", "csv", "json"] = "html"
    language: Literal["en", "zh"] = "en"


class CareArguments(NoArguments):
    """What of the care for customers is written, as `care-DAY` in a folder of the workspace."""

    views: tuple[Literal["care", "occasions", "renewals", "churn", "gaps", "offers"], ...] = ("care",)
    folder: str = "reports"
    ending: Literal["csv", "json"] = "csv"
    language: Literal["en", "zh"] = "en"


class ReconcileArguments(NoArguments):
    """Which pairs are compared; all of them unless some are named."""

    pairs: tuple[str, ...] = ()


class BackupArguments(NoArguments):
    """Where the ledger is copied to (`.crmbridge/backups` unless told), and how many copies stay."""

    folder: str | None = None
    keep: int = Field(default=14, ge=1)
    deep: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job. `work` names its function; with `is_dated` it can be done as of a day that has passed."""

    arguments: type[NoArguments]
    work: str
    is_dated: bool = False


_HERE = "crmbridge.app.jobs"
KINDS: Mapping[str, Kind] = {
    "sync": Kind(SyncArguments, f"{_HERE}.outside:sync"),
    "follow-up": Kind(NoArguments, f"{_HERE}.outside:follow_up"),
    "reconcile": Kind(ReconcileArguments, f"{_HERE}.outside:reconcile"),
    "figures": Kind(FiguresArguments, f"{_HERE}.keeping:figures", is_dated=True),
    "weekly-pack": Kind(PackArguments, f"{_HERE}.writing:weekly", is_dated=True),
    "monthly-pack": Kind(PackArguments, f"{_HERE}.writing:monthly", is_dated=True),
    "care": Kind(CareArguments, f"{_HERE}.writing:care", is_dated=True),
    "backup": Kind(BackupArguments, f"{_HERE}.keeping:backup"),
    "retention": Kind(NoArguments, f"{_HERE}.keeping:retention"),
    "notices": Kind(NoArguments, f"{_HERE}.telling:notices"),
}
"""Every kind by its name, in the order in which they are listed."""

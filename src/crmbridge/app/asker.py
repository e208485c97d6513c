"""With what figures of a team are asked: the workspace, its facts, the moment, and the KPIs that it defines itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.model.instants import business_date
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.fiscal import Level, NamedPeriod, fiscal_year_of, period_named
from crmbridge.services.kpi import Kpi


@dataclass(frozen=True, slots=True)
class Asker:
    """With what people are measured: the workspace, its facts, and `own`, the KPIs that it defines itself."""

    wiring: Wiring
    facts: Facts
    pipelines: Sequence[Pipeline]
    as_of: datetime
    own: tuple[Kpi, ...] = ()

    def period(self, name: str | None, level: Level) -> NamedPeriod:
        """The period of a name such as 2026-03, else the one of the level in which `as_of` lies."""
        month = self.wiring.workspace.config.workspace.fiscal_year_start
        if name is not None:
            return period_named(name, month)[1]
        return self.period_at(business_date(self.as_of, self.wiring.zone), level)

    def period_at(self, day: date, level: Level) -> NamedPeriod:
        """The period of the level in which a day lies."""
        year = fiscal_year_of(day, self.wiring.workspace.config.workspace.fiscal_year_start)
        parts = year.parts(year.whole, level, calendar=self.wiring.calendar)
        return next(part for part in parts if part.start <= day < part.end)

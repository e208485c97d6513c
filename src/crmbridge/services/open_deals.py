"""The open deals and how long they have stood in their stage, longest over their SLA first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.funnel import open_world
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.results import days

_QUERY = """SELECT d.id, a.pipeline, a.stage, a.entered_at, a.visit_us, a.visit_business_days, a.cumulative_us,
  a.cumulative_business_days, a.sla_age_us, a.sla_days, a.sla_unit, a.is_on_hold
  FROM svc_ages a JOIN svc_counted c ON c.deal_no = a.deal_no JOIN deals d ON d.no = a.deal_no
  WHERE NOT $stalled OR (NOT a.is_on_hold AND a.sla_age_us > a.sla_days * 86400000000)
  ORDER BY a.sla_age_us::DOUBLE / nullif(a.sla_days, 0) DESC NULLS LAST, a.visit_us DESC NULLS LAST, d.id"""

_AGES = """SELECT a.pipeline::VARCHAR, a.stage::VARCHAR, a.visit_us // 86400000000 AS days, count(*)
  FROM svc_ages a JOIN svc_counted c ON c.deal_no = a.deal_no GROUP BY ALL ORDER BY ALL"""
StageAges = Mapping[tuple[str, str], Mapping[int | None, int]]
"""By pipeline and stage: how many open deals have stood there for so many whole days, None where nobody knows."""


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """One open deal in a mapped stage. Ages are None where its entry, or the calendar, is not known.

    `sla_age` is in the SLA's unit and by its clock (this visit, or with the earlier ones).
    """

    record_id: str
    pipeline: str
    stage: str
    entered_at: datetime | None
    visit_days: Fraction | None
    visit_business_days: int | None
    cumulative_days: Fraction | None
    cumulative_business_days: int | None
    sla_age: Fraction | None
    sla_days: int | None
    sla_unit: str
    is_on_hold: bool

    @property
    def is_stalled(self) -> bool:
        """Whether the SLA is overrun; a deal on hold is not stalled."""
        return (
            not self.is_on_hold
            and self.sla_age is not None
            and self.sla_days is not None
            and self.sla_age > self.sla_days
        )


def open_deals(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    *,
    as_of: datetime,
    calendar: str | None = None,
    pipeline: str | None = None,
    owners: frozenset[str] | None = None,
    stalled: bool = False,
) -> tuple[OpenDeal, ...]:
    """Every open deal, or every stalled one, with its ages, the one furthest over its SLA first."""
    request = FunnelRequest(as_of=as_of, calendar=calendar, pipeline=pipeline, owners=owners)
    world = open_world(facts, pipelines, request)
    world.make("ages")
    return tuple(
        OpenDeal(
            record_id=row[0],
            pipeline=row[1],
            stage=row[2],
            entered_at=row[3] and row[3].replace(tzinfo=UTC),
            visit_days=days(row[4]),
            visit_business_days=row[5],
            cumulative_days=days(row[6]),
            cumulative_business_days=row[7],
            sla_age=days(row[8]),
            sla_days=row[9],
            sla_unit=row[10],
            is_on_hold=row[11],
        )
        for row in world.sql(_QUERY, stalled=stalled)
    )


def stage_ages(
    facts: Facts,
    pipelines: Sequence[Pipeline],
    *,
    as_of: datetime,
    calendar: str | None = None,
    owners: frozenset[str] | None = None,
) -> StageAges:
    """How long the open deals have stood in their stages, without naming them."""
    world = open_world(facts, pipelines, FunnelRequest(as_of=as_of, calendar=calendar, owners=owners))
    world.make("ages")
    found: dict[tuple[str, str], dict[int | None, int]] = {}
    for pipeline, stage, whole, count in world.sql(_AGES):
        found.setdefault((pipeline, stage), {})[whole] = count
    return found

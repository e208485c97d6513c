"""What the funnel finds as items of the list of improvements."""

from datetime import date, timedelta

from crmbridge.services.backlog import Item
from crmbridge.services.funnel_report import FunnelReport

CYCLE = timedelta(days=90)
"""After so long a finding is measured again, unless somebody says otherwise."""


def findings(report: FunnelReport, today: date, owner: str | None) -> list[Item]:
    """The bottlenecks of a funnel with their numbers: confirmed ones and candidates."""
    names = {(row.pipeline, row.stage): row.next_stage for row in report.stages}
    return [
        Item(
            f"bottleneck-{pipeline}-{one.stage}",
            f"{one.stage} → {names[pipeline, one.stage]}",
            "finding",
            today,
            stage=one.stage,
            owner=owner,
            remeasure_on=today + CYCLE,
            metric=f"{pipeline}.{one.stage}.mature_conversion",
            before=(one.mature.numerator, one.mature.denominator),
        )
        for pipeline, listed in sorted(report.bottlenecks.items())
        for one in listed
        if one.conversion in {"confirmed", "candidate"}
    ]

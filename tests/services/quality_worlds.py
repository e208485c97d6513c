"""What the tests of data quality share: small companies, and questions about one check."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.services.worlds import SHANGHAI, Deal, local, six_stages, workdays

from crmbridge.facts.store import Facts
from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.hours import shift
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.quality import failing_records, quality
from crmbridge.services.quality_report import Finding, QualityReport, QualityRequest

AS_OF = datetime(2026, 6, 30, 4, tzinfo=UTC)
PIPELINES = [six_stages("calendar")]
CALENDAR = Calendar("CN", SHANGHAI, day_hours=(shift("09:00-12:00"), shift("13:30-18:00")))
Row = Mapping[str, object]


def ask(facts: Facts, *checks: str, pipelines: Sequence[Pipeline] = PIPELINES, **more: Any) -> QualityReport:
    return quality(facts, pipelines, QualityRequest(more.pop("as_of", AS_OF), checks=checks, **more))


def finding(report: QualityReport, check: str, kind: str = "deal") -> Finding:
    (found,) = [one for one in report.findings if one.topic.id == check and one.kind == kind]
    return found


def failing(facts: Facts, check: str, kind: str = "deal", **more: Any) -> tuple[int, list[str]]:
    """To how many records a check applies, and which fail it; the count and the records agree."""
    request = QualityRequest(AS_OF, checks=(check,), **more)
    found = finding(quality(facts, PIPELINES, request), check, kind)
    records = [r.record_id for r in failing_records(facts, PIPELINES, request) if r.kind == kind]
    assert found.tally.failed == len(records)
    return found.tally.applicable, records


def reasons(report: QualityReport) -> dict[tuple[str, str], str]:
    return {(one.check, one.kind): one.unavailable.reason.code for one in report.unjudged}


def workdays_of_2026(facts: Facts) -> None:
    days = (date(2025, 12, 1) + timedelta(days=n) for n in range(400))
    workdays(facts, [(day, day.weekday() < 5) for day in days])


def opened(name: str, stage: str = "S1", amount: str | None = "100", **facts: object) -> Deal:
    return Deal(name, [(stage, "2026-03-01")], amount, facts=facts)


def won(name: str, amount: str | None = "100", **facts: object) -> Deal:
    return Deal(name, [("S1", "2026-03-01"), ("won", "2026-03-11")], amount, facts=facts)


def lost(name: str, **facts: object) -> Deal:
    return Deal(name, [("S1", "2026-03-01"), ("lost", "2026-03-21")], facts=facts)


def lead(name: str, day: object = "2026-03-02", hour: object = 9, **facts: object) -> Row:
    assert isinstance(day, str)
    assert isinstance(hour, int)
    return {"id": name, "created_at": local(day, hour=hour), "created_at_precision": "exact", **facts}

"""Asks how the agreed way of working is kept: the workspace's checks, weights, calendar and mappings."""

from collections.abc import Sequence
from datetime import date

from crmbridge.app import cadences
from crmbridge.app.asker import Asker
from crmbridge.app.policies import own_policy
from crmbridge.app.quality import own_document as quality_document
from crmbridge.app.quality import unfilled
from crmbridge.model import phones
from crmbridge.model.instants import business_date
from crmbridge.report.compliance import compliance_listing
from crmbridge.report.listing import Listing
from crmbridge.services.compliance import compliance, scored
from crmbridge.services.compliance_report import (
    By,
    ComplianceConfig,
    ComplianceReport,
    ComplianceRequest,
    StageLimit,
    built_in,
    load_compliance,
)
from crmbridge.services.compliance_tasks import fix_tasks
from crmbridge.services.quality import failing_records
from crmbridge.services.quality_report import QualityReport, QualityRequest
from crmbridge.services.wants import TaskWanted

FILE = "compliance.toml"


def own_document(asker: Asker) -> ComplianceConfig:
    """The workspace's `compliance.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(asker.wiring, FILE, load_compliance, built_in)


def request_of(
    asker: Asker, *, by: By = "owner", period: str | None = None, viewer: str | None = None
) -> ComplianceRequest:
    """What is asked, by the rules of the workspace; the quarter that runs, unless a period is named."""
    calendar, config = asker.wiring.calendar, own_document(asker)
    quality = QualityRequest(
        asker.as_of,
        by=by,
        checks=config.checks,
        config=quality_document(asker.wiring),
        calendar=calendar,
        unfilled=unfilled(asker.wiring),
        region=calendar.id if phones.is_region(calendar.id) else None,
        not_connected=cadences.own_document(asker.wiring).outcomes.not_connected,
        viewer=viewer,
        examples=0,
    )
    return ComplianceRequest(quality, asker.period(period, "quarter").period, config)


def reported(asker: Asker, *, by: By = "owner", period: str | None = None) -> ComplianceReport:
    """The report, for what others write of it."""
    return compliance(asker.facts, asker.pipelines, request_of(asker, by=by, period=period))


def scores(asker: Asker) -> tuple[QualityReport, tuple[StageLimit, ...]]:
    """The scores by owner and the time limits, for what shows nothing else of the report."""
    return scored(asker.facts, asker.pipelines, request_of(asker))


def ask_compliance(
    asker: Asker,
    *,
    by: By = "owner",
    period: str | None = None,
    viewer: str | None = None,
    explain: bool = False,
) -> Listing:
    """Scores and findings by owner, team or stage, time limits, stages not supported, the audit of a period."""
    request = request_of(asker, by=by, period=period, viewer=viewer)
    report = compliance(asker.facts, asker.pipelines, request)
    behind: dict[str, object] | None = None
    if explain:
        records: dict[str, list[str]] = {}
        for one in failing_records(asker.facts, asker.pipelines, request.quality):
            records.setdefault(f"{one.kind} {one.check}", []).append(one.record_id)
        behind = {"definition": _DEFINITION, "records": records}
    return compliance_listing(report, behind).in_zone(asker.facts.zone)


def task_wants(asker: Asker) -> Sequence[TaskWanted]:
    """Tasks to put right what fails a check, where the workspace wants them."""
    request = request_of(asker)
    return fix_tasks(asker.facts, asker.pipelines, request, _due(asker, request.config.tasks.within))


def _due(asker: Asker, workdays: int) -> date:
    return asker.wiring.calendar.add_business_days(business_date(asker.as_of, asker.facts.zone), workdays)


_DEFINITION = {
    "score": "100 x sum of weight x passing share / sum of weights, over the checks that apply to anything",
    "passing": "records that pass / records that the check applies to; of sources that cannot tell, none",
    "breach": "age in the stage minus its time limit, in the unit of the limit; deals on hold are in no breach",
    "supported": "the first stage whose exit criteria the record does not meet; criteria that its source cannot fill, "
    "and required actions, which no source records, are left out",
    "gate": "a move in the period up and out of a stage whose criteria the record does not meet to this day",
    "shared": "records that are certainly one (same number, address or registration), owned by several",
}

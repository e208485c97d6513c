"""Tasks to put right what fails a check, where the workspace wants them: one for a record and check, never again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from crmbridge.facts.store import Facts
from crmbridge.model.external_keys import key_of
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.compliance_report import ComplianceRequest
from crmbridge.services.quality import failing_records
from crmbridge.services.quality_texts import TOPICS
from crmbridge.services.wants import TaskWanted

SERVICE = "compliance"
_KINDS = ("deal", "lead", "contact", "account")
"""The kinds that a task can be about."""


def fix_tasks(facts: Facts, pipelines: Sequence[Pipeline], request: ComplianceRequest, due: date) -> list[TaskWanted]:
    """A task for each failing record of the chosen checks, the oldest first, for the owner of the record.

    None where `tasks` of the document are off.
    """
    rules = request.config.tasks
    if not rules.enabled:
        return []
    asked = replace(request.quality, checks=rules.checks)
    made: list[TaskWanted] = []
    counted: dict[str, int] = {}
    for record in failing_records(facts, pipelines, asked):
        counted[record.check] = counted.get(record.check, 0) + 1
        if record.kind not in _KINDS or counted[record.check] > rules.most:
            continue
        what = TOPICS[record.check].says.template
        title = rules.title[rules.language].format(what=what, record=record.title or record.subject)
        made.append(
            TaskWanted(
                key=key_of(SERVICE, record.check, record.subject),
                kind=record.kind,
                record_id=record.record_id,
                title=title,
                due=due,
                why=f"{SERVICE}:{record.check}",
                content=TOPICS[record.check].fix.template,
            )
        )
    return made

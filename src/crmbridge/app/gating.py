"""Asks what the stages of the workspace's pipelines ask for, and which open deals breach it."""

from crmbridge.app import cadences
from crmbridge.app.asker import Asker
from crmbridge.app.quality import unfilled
from crmbridge.report.gates import gates_listing
from crmbridge.report.listing import Listing
from crmbridge.services.stage_gates import GatesRequest, stage_gates


def ask_gates(
    asker: Asker,
    *,
    pipeline: str | None = None,
    owner: str | None = None,
    viewer: str | None = None,
    limit: int | None = None,
    explain: bool = False,
) -> Listing:
    """Criteria, required fields and actions of every stage, with the open deals that lack them."""
    request = GatesRequest(
        asker.as_of,
        pipeline,
        owner,
        viewer,
        unfilled=unfilled(asker.wiring),
        not_connected=cadences.own_document(asker.wiring).outcomes.not_connected,
    )
    report = stage_gates(asker.facts, asker.pipelines, request)
    behind: dict[str, object] | None = None
    if explain:
        records = {f"{one.gate.pipeline.id}.{one.gate.path}": list(one.records) for one in report.gates if one.records}
        behind = {"definition": _DEFINITION, "records": records}
    return gates_listing(report, limit=limit, explain=behind).in_zone(asker.facts.zone)


_DEFINITION = {
    "entry": "open deals in the stage whose record does not meet the criterion / those of which it can be told",
    "exit": "the same of open deals that are in a later stage; what a record still lacks it lacked when it moved on",
    "field": "the same of a required field, of open deals in the stage or a later one",
    "action": "shown without a count: no source tells which actions were done",
    "unknown": "open deals whose source cannot fill what is asked for; they are in no rate",
}

"""Asks for data quality: the workspace's own document, what its mappings cannot fill, and the region of its numbers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from crmbridge.app.policies import own_policy
from crmbridge.app.wiring import Wiring
from crmbridge.facts.store import Facts
from crmbridge.ledger import mappings, streams
from crmbridge.model import phones
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.report.listing import Listing
from crmbridge.report.quality import explanation, quality_listing, top_findings
from crmbridge.services.quality import quality, quality_with_records
from crmbridge.services.quality_document import QualityConfig, built_in, load_quality
from crmbridge.services.quality_report import QualityRequest
from crmbridge.services.quality_supply import Unfilled

FILE = "quality.toml"


def ask_quality(
    wiring: Wiring,
    facts: Facts,
    pipelines: Sequence[Pipeline],
    *,
    as_of: datetime,
    by: str | None = None,
    check: str | None = None,
    viewer: str | None = None,
    owners: frozenset[str] | None = None,
    explain: bool = False,
) -> Listing:
    """The findings, with scores by owner, team or another dimension; of one check with the records that fail it.

    A `viewer` is told of the own records and of those of everybody below; `owners` are whose records count at all.
    """
    request = replace(_request(wiring, as_of, by=by or "owner", check=check, viewer=viewer), owners=owners)
    if check or explain:
        report, records = quality_with_records(facts, pipelines, request)
    else:
        report, records = quality(facts, pipelines, request), ()
    told = quality_listing(
        report,
        with_scores=by is not None,
        records=records if check else (),
        explain=explanation(report, records) if explain else None,
    )
    return told.in_zone(facts.zone)


def first_findings(wiring: Wiring, facts: Facts, pipelines: Sequence[Pipeline], *, as_of: datetime) -> tuple[Note, ...]:
    """The worst findings, for the end of a first sync."""
    return top_findings(quality(facts, pipelines, _request(wiring, as_of, by="owner", check=None)))


def own_document(wiring: Wiring) -> QualityConfig:
    """The workspace's `quality.toml` over the shipped defaults; ConfigErrors naming all that is wrong with it."""
    return own_policy(wiring, FILE, load_quality, built_in)


def _request(
    wiring: Wiring, as_of: datetime, *, by: str, check: str | None, viewer: str | None = None
) -> QualityRequest:
    calendar = wiring.calendar
    return QualityRequest(
        as_of,
        by=by,
        checks=(check,) if check else (),
        config=own_document(wiring),
        calendar=calendar,
        unfilled=unfilled(wiring),
        region=calendar.id if phones.is_region(calendar.id) else None,
        viewer=viewer,
    )


def unfilled(wiring: Wiring) -> Unfilled:
    """What the mapping that read each object cannot fill; nothing of an object that several mappings have read."""
    with wiring.ledger.read() as tx:
        known = mappings.unknown_fields(tx)
        return {
            (stream.connection, stream.object): known[stream.mapping_id].get(stream.object, frozenset())
            for stream in streams.listing(tx)
            if stream.mapping_id in known
        }

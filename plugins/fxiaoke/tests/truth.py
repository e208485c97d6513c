"""What there is to read, by the simulator's own word, in the one form of payloads."""

from collections.abc import Iterable, Mapping
from typing import Any

from plugins.fxiaoke.tests.simulated import SimulatedFxiaoke

from crmbridge.adapter.contract import Page, PullRequest, RawRecord
from crmbridge_fxiaoke.adapter import FxiaokeAdapter
from crmbridge_fxiaoke.payload import INVALID, TECHNICAL

MAIN = ("LeadsObj", "AccountObj", "ContactObj", "NewOpportunityObj", "ActiveRecordObj", "object_Sit3s__c")
PEOPLE_FIELDS = frozenset({"owner", "created_by", "last_modified_by", "relevant_team", "assigner_id", "last_follower"})


def state(fx: SimulatedFxiaoke, object_name: str) -> dict[str, dict[str, Any]]:
    """The live rows of an object."""
    rows = fx.look("state", style="A" if fx.style == "corp" else "B")["objects"].get(object_name, {})
    return {key: dict(row) for key, row in rows.items() if row.get("life_status") != INVALID}


def truth(fx: SimulatedFxiaoke, adapter: FxiaokeAdapter, object_name: str) -> dict[str, dict[str, Any]]:
    """The payloads that a full pull has to bring."""
    shape = adapter.objects.shape(object_name)
    rows = state(fx, object_name)
    return {
        key: shape.payload({name: one for name, one in row.items() if name not in TECHNICAL})
        for key, row in rows.items()
    }


def pull(adapter: FxiaokeAdapter, object_name: str, cursor: str | None = None, **more: Any) -> list[Page]:
    return list(adapter.pull(PullRequest(object_name, cursor, **more)))


def merged(pages: Iterable[Page]) -> dict[str, RawRecord]:
    """The latest of each record."""
    return {record.external_id: record for page in pages for record in page.records}


def payloads(pages: Iterable[Page]) -> dict[str, Mapping[str, Any]]:
    return {key: record.payload for key, record in merged(pages).items()}

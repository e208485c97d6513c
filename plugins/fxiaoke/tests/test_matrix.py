"""Whatever the documentation leaves open: under every setting of the simulator what is read is what there is.

A few settings run always; `just fxiaoke-matrix` runs them all.
"""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from plugins.fxiaoke.tests.simulated import SimulatedFxiaoke
from plugins.fxiaoke.tests.truth import MAIN, payloads, pull, truth

from crmbridge.adapter.contract import Page, PullRequest, RawRecord
from crmbridge_fxiaoke.adapter import FxiaokeAdapter

DEALS, CUSTOM = "NewOpportunityObj", "object_Sit3s__c"
Setting = tuple[str, str | int]
SETTINGS: tuple[Setting, ...] = (
    ("third_trace_id", "required"),
    ("mixed_styles", "headers"),
    ("mixed_styles", "error"),
    ("unknown_user_b", "admin"),
    ("missing_user_b", "admin"),
    ("concurrent_token_calls", "refuse"),
    ("personnel", "error"),
    ("personnel", "rows"),
    ("throttle_code", "30004"),
    ("throttle_code", "text"),
    ("refused_calls_count", 1),
    ("rate_calls", 7),
    ("failed_calls_cost", 0),
    ("token_calls_cost", 1),
    ("over_limit", "error"),
    ("over_limit", "allow"),
    ("default_limit", 3),
    ("offset_step", "allow"),
    ("offset_step", "floor"),
    ("unknown_filter", "ignore"),
    ("unknown_projection", "error"),
    ("total_rule", "returnTotalNum"),
    ("total_rule", "find_explicit_total_num"),
    ("total_cap", 5),
    ("default_hides_invalid", 0),
    ("second_order", 0),
    ("not_in_finds_empty", 0),
    ("time_as_text", "error"),
    ("projection_adds_id", 0),
    ("projection_adds_labels", 0),
    ("select_labels", 0),
    ("empty_values_shown", 0),
    ("long_text_cut", 1),
    ("custom_rows_at", "top"),
    ("path_mixing", "error"),
    ("unknown_id", "null"),
    ("index_lag_s", 30),
    ("label_key", "display_name"),
    ("phone_type", "phone"),
    ("state_codes", "own"),
    ("option_flag", "not_usable"),
    ("option_flag", "is_active"),
    ("date_zone", "UTC"),
    ("invalid_moves_modified", 0),
    ("recover_moves_modified", 0),
    ("owner_moves_modified", 0),
    ("lock_moves_modified", 1),
    ("team_moves_modified", 1),
    ("follow_up_moves_modified", 1),
    ("formula_moves_modified", 1),
    ("version_step", 0),
    ("version_step", 2),
    ("task_object", 1),
    ("transfer_log_readable", 0),
)
"""The other value of every switch that concerns reading; the first run has them all at their defaults."""
SAMPLE = {
    ("total_cap", 5),
    ("default_hides_invalid", 0),
    ("second_order", 0),
    ("projection_adds_id", 0),
    ("long_text_cut", 1),
    ("custom_rows_at", "top"),
    ("invalid_moves_modified", 0),
    ("unknown_projection", "error"),
}


@dataclass
class Copy:
    """What is kept of one object, as the engine keeps it."""

    adapter: FxiaokeAdapter
    object: str
    records: dict[str, RawRecord] = field(default_factory=dict)
    cursor: str | None = None
    deletions: str | None = None

    def read(self) -> list[Page]:
        pages = pull(self.adapter, self.object, self.cursor)
        for page in pages:
            self.cursor = page.cursor
            self.records |= {record.external_id: record for record in page.records}
        for page in self.adapter.list_deleted(PullRequest(self.object, self.deletions)):
            self.deletions = page.cursor
            for record in page.records:
                self._delete(record)
        return pages

    def _delete(self, record: RawRecord) -> None:
        known = self.records.get(record.external_id)
        if known is None or known.modified is None or record.modified is None or record.modified < known.modified:
            return
        if record.modified == known.modified:
            (present,) = self.adapter.fetch(self.object, [record.external_id])
            if present is not None and not present.deleted:
                return
        del self.records[record.external_id]

    def payloads(self) -> dict[str, Any]:
        return {key: dict(record.payload) for key, record in self.records.items()}


def settings(style: str) -> list[Any]:
    return [
        pytest.param(
            {name: value},
            style,
            id=f"{name}={value}-{style}",
            marks=() if (name, value) in SAMPLE and style == "corp" else pytest.mark.fxiaoke_matrix,
        )
        for name, value in SETTINGS
    ]


EVERY = [
    pytest.param({}, "corp", id="defaults-corp"),
    pytest.param({}, "oauth", id="defaults-oauth"),
    *settings("corp"),
    *settings("oauth"),
]


def opened(switches: dict[str, str | int], style: str, **options: Any) -> tuple[SimulatedFxiaoke, FxiaokeAdapter]:
    fx = SimulatedFxiaoke(style=style, deals=40, switches=switches)
    return fx, fx.open(page_size=7, **options)


@pytest.mark.parametrize(("switches", "style"), EVERY)
def test_everything_is_read(switches: dict[str, str | int], style: str) -> None:
    fx, adapter = opened(switches, style)
    fx.act("create", module=CUSTOM, record={"name": "现场"})
    gone = next(iter(truth(fx, adapter, "ContactObj")))
    fx.act("invalid", module="ContactObj", record_id=gone)
    fx.clock.advance(60)
    for name in MAIN:
        pages = pull(adapter, name)
        assert payloads(pages) == truth(fx, adapter, name), name
        assert pages[-1].whole
        assert not [notice for page in pages for notice in page.notices], name
        assert adapter.count(name) == len(truth(fx, adapter, name))


@pytest.mark.parametrize(("switches", "style"), EVERY)
def test_some_fields_are_read(switches: dict[str, str | int], style: str) -> None:
    fx, adapter = opened(switches, style)
    wanted = frozenset({"name", "amount", "owner", "sales_stage", "background__c", "next_step__c"})
    expected = {key: {name: row[name] for name in wanted} for key, row in truth(fx, adapter, DEALS).items()}
    assert payloads(pull(adapter, DEALS, fields=wanted)) == expected


@pytest.mark.parametrize(("switches", "style"), EVERY)
def test_what_changed_is_read(switches: dict[str, str | int], style: str) -> None:
    fx, adapter = opened(switches, style)
    copy = Copy(adapter, DEALS)
    copy.read()
    ids = sorted(copy.records)
    account = copy.records[ids[0]].payload["account_id"]
    for number, key in enumerate(ids[:20]):  # more than a page in one instant
        fx.act("edit", module=DEALS, record_id=key, changes={"next_step__c": f"step {number}"})
    fx.clock.advance(5)
    fx.create(DEALS, [{"name": f"new {number}", "account_id": account} for number in range(9)], apart_s=0)
    fx.act("edit", module=DEALS, record_id=ids[21], changes={"next_step__c": "", "amount": None})
    for key in ids[22:25]:
        fx.act("invalid", module=DEALS, record_id=key)
    fx.clock.advance(60)
    copy.read()
    assert copy.payloads() == truth(fx, adapter, DEALS)
    fx.act("recover", module=DEALS, record_id=ids[22])
    fx.act("invalid", module=DEALS, record_id=ids[26])
    fx.clock.advance(1)
    fx.act("edit", module=DEALS, record_id=ids[22], changes={"next_step__c": "back"})
    fx.clock.advance(60)
    copy.read()
    assert copy.payloads() == truth(fx, adapter, DEALS)


@pytest.mark.parametrize(("switches", "style"), EVERY)
def test_records_are_read_by_id(switches: dict[str, str | int], style: str) -> None:
    fx, adapter = opened(switches, style)
    rows = truth(fx, adapter, DEALS)
    ids = sorted(rows)
    fx.act("invalid", module=DEALS, record_id=ids[3])
    fx.act("delete", module=DEALS, record_id=ids[4])
    for asked in (ids, ids[2:5], [ids[0], "66f0b0000000000000000003", ids[1]]):
        found = adapter.fetch(DEALS, asked)
        alive = {one.external_id: dict(one.payload) for one in found if one is not None and not one.deleted}
        assert alive == {key: rows[key] for key in asked if key in rows and key not in ids[3:5]}
        assert len(found) == len(asked)


@pytest.mark.parametrize(("switches", "style"), EVERY)
def test_it_is_described(switches: dict[str, str | int], style: str) -> None:
    _, adapter = opened(switches, style)
    assert adapter.check().ok
    catalog = adapter.describe()
    assert catalog == adapter.describe()
    json.dumps(catalog.model_dump(mode="json"))
    deals = catalog.object(DEALS)
    assert deals is not None
    assert deals.label == "商机2.0"
    assert deals.has_modified_time
    (pipeline,) = [one for one in catalog.pipelines if one.object == DEALS]
    assert {"won", "lost", "void"} <= {stage.category for stage in pipeline.stages}


@pytest.mark.parametrize("setting", ["owner_moves_modified", "formula_moves_modified", "lock_moves_modified"])
def test_a_change_without_a_new_time_comes_with_the_reading_of_everything(setting: str) -> None:
    fx, adapter = opened({setting: 0}, "corp", refresh_days=7)
    copy = Copy(adapter, DEALS)
    copy.read()
    key = min(copy.records)
    fx.clock.advance(86_400)
    fx.act("change_owner", module=DEALS, record_id=key, owner="1002")
    fx.act("lock", module=DEALS, record_id=key)
    fx.act("compute", module=DEALS, record_id=key, field="probability_amount", value="123.00")
    fx.clock.advance(timedelta(days=7).total_seconds())
    pages = copy.read()
    assert copy.payloads() == truth(fx, adapter, DEALS)
    assert [notice.code for page in pages for notice in page.notices] == ["read.again"]
    assert not any(page.whole for page in pages)

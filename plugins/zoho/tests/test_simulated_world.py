"""A whole organisation read from the simulator: equal to its own state, whichever way and whatever Zoho really does."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from plugins.zoho.tests.simulated import SecretText, SimulatedZoho

from crmbridge.adapter.context import AdapterContext, InMemoryShared
from crmbridge.adapter.contract import Page, Payload, PullRequest
from crmbridge.testing.clock import VirtualClock
from crmbridge_zoho.adapter import ZohoAdapter
from crmbridge_zoho.config import ZohoOptions
from crmbridge_zoho.fields import Way
from crmbridge_zoho.payload import Shape

MODULES = ("Leads", "Accounts", "Contacts", "Deals", "Tasks", "Events", "Calls", "Notes")
DEALS = "Deals"
UNTOLD = {"Record_Status__s"}
"""The simulator's exports leave it empty."""


@dataclass
class World:
    """A simulated organisation of 60 deals, and an adapter on it that remembers what it read."""

    workspace: Path
    switches: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = VirtualClock(datetime(2026, 6, 1, 12, tzinfo=UTC))
        self.zoho = SimulatedZoho(self.clock, **{"deals": 60, "seed": 11, "switches": self.switches, **self.made})
        self.shared = InMemoryShared()
        self.adapter = self.open()
        self.known: dict[str, dict[str, Payload]] = {}
        self.cursors: dict[str, str] = {}
        self.notices: list[str] = []

    def open(self, **options: Any) -> ZohoAdapter:
        told = {"credentials": "x", "daily_share": 1.0, "reserve": 0.0, **self.options, **options}
        config = ZohoOptions.model_validate(told)
        context = AdapterContext(
            "zoho",
            config,
            self.workspace,
            secrets=SecretText(self.zoho.secret),
            clock=self.clock,
            sleep=self.clock.sleep,
            shared=self.shared,
            state_dir=self.workspace,
        )
        return ZohoAdapter(context, config, transport=self.zoho.transport)

    def fields(self, module: str) -> frozenset[str]:
        """Every field that any way carries."""
        known = self.adapter.modules.fields(module)
        links = {"What_Id"} if module in {"Tasks", "Events", "Calls"} else set()
        plain = {name for name, one in known.items() if set(Way) <= one.ways}
        return frozenset(plain - UNTOLD | links)

    def read(self, module: str) -> list[Page]:
        """Reads on from where the last reading of the module came to."""
        request = PullRequest(module, self.cursors.get(module), self.fields(module))
        pages = list(self.adapter.pull(request))
        found = self.known.setdefault(module, {})
        for page in pages:
            assert not page.problems
            found.update({record.external_id: record.payload for record in page.records})
            self.notices += [notice.message.format(**notice.params) for notice in page.notices]
        self.cursors[module] = pages[-1].cursor
        return pages

    def forget_deleted(self, module: str) -> None:
        for page in self.adapter.list_deleted(PullRequest(module)):
            for record in page.records:
                self.known[module].pop(record.external_id, None)

    def truth(self, module: str) -> dict[str, Payload]:
        """The simulator's own state, in the one form of payloads."""
        shape = Shape(self.adapter.modules.fields(module).values(), currency=self.adapter.session.org.currency)
        names = self.fields(module) | {"id", "$se_module", *shape.constants}
        records = self.zoho.records(module)
        return {
            key: shape.from_json({name: value for name, value in record.items() if name in names})
            for key, record in records.items()
        }

    def check(self, *modules: str) -> None:
        for module in modules or MODULES:
            found = self.known[module]
            truth = self.truth(module)
            assert set(found) == set(truth), module
            for key, payload in truth.items():
                wanted = {name: payload.get(name) for name in found[key]}
                assert found[key] == wanted, (module, key)


WAYS = [{"read_by": "list", "page_size": 7}, {"read_by": "query", "page_size": 2}, {"read_by": "bulk"}]
SWITCHES: list[dict[str, Any]] = [
    {},
    {"token_walk": "offset"},
    {"token_walk": "snapshot"},
    {"coql_sees_converted": False, "bulk_sees_converted": False},
    {"coql_lookup_names": True, "bulk_id_header": "ID"},
    {"stage_value": "actual"},
    {"se_module_in_lists": False},
    {"bulk_page_rows": 10},
    {"throttle_code": "RATE_LIMIT_EXCEEDED", "list_approved": "both"},
    {"expires_in_old_style": True, "refresh_has_scope": False},
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way["read_by"])
@pytest.mark.parametrize("switches", SWITCHES, ids=lambda switches: "+".join(switches) or "as documented")
def test_a_full_reading_equals_the_state_of_the_org(
    tmp_path: Path, way: dict[str, Any], switches: dict[str, Any]
) -> None:
    world = World(tmp_path, switches, way)
    for module in MODULES:
        world.read(module)
    world.check()


@pytest.mark.parametrize("currencies", [("CNY",), ("KWD", "JPY")])
def test_every_amount_has_its_currency(tmp_path: Path, currencies: tuple[str, ...]) -> None:
    world = World(tmp_path, made={"currencies": currencies})
    known = world.adapter.modules.fields(DEALS)
    asked = PullRequest(DEALS, None, frozenset({"Amount", "Currency"}))
    found = {record.payload["Currency"] for page in world.adapter.pull(asked) for record in page.records}
    assert found <= set(currencies)
    assert found
    assert "Currency" in known
    infos = {one.name for one in world.adapter.describe().object(DEALS).fields}  # type: ignore[union-attr] # it is there
    assert "Currency" in infos


@pytest.mark.parametrize("switches", [{}, {"conversion_moves_modified": False}], ids=["moves", "does not move"])
def test_edits_conversions_and_deletions_between_two_readings_arrive(tmp_path: Path, switches: dict[str, Any]) -> None:
    world = World(tmp_path, switches, {"page_size": 20})
    for module in MODULES:
        world.read(module)
    world.clock.advance(3600)
    open_lead = next(key for key, one in world.truth("Leads").items() if one["Converted__s"] is False)
    world.zoho.act(
        "convert",
        lead=open_lead,
        deal={
            "Deal_Name": "won over",
            "Stage": "Qualification",
            "Closing_Date": "2026-09-30",
            "Pipeline": "Standard (Standard)",
        },
    )
    deal = next(iter(world.truth(DEALS)))
    world.zoho.act("edit", module=DEALS, record_id=deal, changes={"Next_Step": "call", "Amount": None})
    gone = next(iter(world.truth("Tasks")))
    world.zoho.act("delete", module="Tasks", record_id=gone)
    before = world.zoho.look("calls")["calls"]
    for module in MODULES:
        world.read(module)
    assert world.zoho.look("calls")["calls"] - before <= len(MODULES) + 1
    world.forget_deleted("Tasks")
    assert world.known["Leads"][open_lead]["Converted__s"] is True
    assert world.known["Leads"][open_lead]["Converted_Deal"] is not None
    world.check()


def test_converted_leads_and_records_in_approval_do_not_vanish(tmp_path: Path) -> None:
    world = World(tmp_path, {"coql_sees_converted": False}, {"read_by": "query"})
    waiting = list(world.truth(DEALS))[3]
    world.zoho.act("approval", module=DEALS, record_id=waiting)
    world.read("Leads")
    world.read(DEALS)
    assert any(one["Converted__s"] for one in world.known["Leads"].values())
    world.check("Leads", DEALS)


@pytest.mark.parametrize("way", WAYS[:2], ids=lambda way: way["read_by"])
@pytest.mark.parametrize("walk", ["keyset", "offset", "snapshot"])
def test_edits_during_paging_pass_nothing_over(tmp_path: Path, way: dict[str, Any], walk: str) -> None:
    world = World(tmp_path, {"token_walk": walk}, way)
    world.zoho.act("fault", kind="edit_during_paging", module=DEALS, count=3, times=2)
    world.read(DEALS)
    world.read(DEALS)
    world.check(DEALS)


@pytest.mark.parametrize(
    "fault", ["duplicate_rows", "gateway_html", "server_error", "throttle", "token_expiry", "truncate"]
)
def test_faults_on_the_way_lose_nothing(tmp_path: Path, fault: str) -> None:
    world = World(tmp_path, options={"read_by": "list", "page_size": 7})
    world.adapter.check()
    world.zoho.act("fault", kind=fault, path="/crm/v8/Deals", after=2, times=1)
    try:
        world.read(DEALS)
    except Exception:  # noqa: BLE001 - a run that ends here is followed by another
        world.read(DEALS)
    world.check(DEALS)


def test_a_date_header_that_is_ahead_loses_no_change(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.zoho.act("fault", kind="clock_skew", seconds=86_400, times=-1)
    world.read(DEALS)
    world.clock.advance(3600)
    deal = next(iter(world.truth(DEALS)))
    world.zoho.act("edit", module=DEALS, record_id=deal, changes={"Next_Step": "now"})
    world.read(DEALS)
    world.check(DEALS)


def test_a_permission_lost_between_two_readings_is_an_error_and_deletes_nothing(tmp_path: Path) -> None:
    from crmbridge.model.errors import ScopeError  # noqa: PLC0415 - one test

    world = World(tmp_path)
    world.read(DEALS)
    world.zoho.act("set_permission", module=DEALS, allowed=False)
    world.adapter = world.open()
    with pytest.raises(ScopeError):
        world.adapter.pull(PullRequest(DEALS, world.cursors[DEALS])).__next__()
    catalog = world.adapter.describe()
    refused = catalog.object(DEALS)
    assert refused is not None
    assert not refused.readable
    assert refused.note
    assert catalog.object("Leads").readable  # type: ignore[union-attr] # it is there
    world.read("Leads")


def test_a_restart_in_the_middle_of_an_export_pays_for_no_second_job(tmp_path: Path) -> None:
    world = World(tmp_path, {"bulk_page_rows": 25}, {"read_by": "bulk"})
    asked = PullRequest(DEALS, None, world.fields(DEALS))
    pages = world.adapter.pull(asked)
    found = [next(pages) for _ in range(3)]
    del pages
    world.adapter = world.open()
    world.cursors[DEALS] = found[-1].cursor
    world.known[DEALS] = {record.external_id: record.payload for page in found for record in page.records}
    world.read(DEALS)
    world.check(DEALS)
    rows = world.zoho.look("calls/rows")
    assert sum(1 for row in rows if row["method"] == "POST" and row["path"] == "/crm/bulk/v8/read") == 3


def test_stages_are_known_by_what_zoho_says_they_mean_and_not_by_their_labels(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.zoho.act("rename_pick_value", module=DEALS, field="Stage", actual="Closed Won", display="Hurra")
    catalog = world.adapter.describe()
    stages = {stage.id: stage for pipeline in catalog.pipelines for stage in pipeline.stages}
    assert stages["Closed Won"].label == "Hurra"
    assert stages["Closed Won"].category == "won"
    assert stages["Closed Won"].probability == "1"
    world.read(DEALS)
    assert "Closed Won" in {one["Stage"] for one in world.known[DEALS].values()}
    assert "Hurra" not in {one["Stage"] for one in world.known[DEALS].values()}


def test_the_history_ends_where_the_deal_is(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.read(DEALS)
    last: dict[str, str] = {}
    for page in world.adapter.list_history(PullRequest(DEALS)):
        for change in page.changes:
            assert change.from_label == last.get(change.record_id)
            last[change.record_id] = change.to_label
    assert {key: one["Stage"] for key, one in world.known[DEALS].items()} == last


def test_users_come_with_those_who_left(tmp_path: Path) -> None:
    world = World(tmp_path)
    email = next(one["email"] for one in world.zoho.look("state")["users"].values() if "seller" in one["email"])
    world.zoho.act("set_user", email=email, status="deleted")
    pages = list(world.adapter.pull(PullRequest("Users")))
    found = {record.payload["email"]: record.payload["status"] for page in pages for record in page.records}
    assert found[email] == "deleted"
    assert pages[-1].whole

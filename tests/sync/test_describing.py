"""What a run asks of a source beside its records: nothing where a glance shows that nothing changed."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.sync.fakes import Crm, FeedingAdapter
from tests.sync.world import MAPPING, World

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import Adapter, Page, PullRequest
from crmbridge.ledger import catalogs, connections
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.runs import RECORDS
from crmbridge.model.errors import ConfigError, CrmBridgeError, ScopeError, Unavailable
from crmbridge.sync.describing import HOLDS_US
from crmbridge.sync.outcome import FIELD_GONE, SyncResult

DAY_S = HOLDS_US // 1_000_000
EVERYTHING = frozenset({"users", "accounts", "deals"})


@dataclass
class GlancingCrm(Crm):
    """A source that tells cheaply that nothing changed; users are described alike for ever."""

    login: str = "login-1"
    glances: list[str] = field(default_factory=list)
    glance_errors: dict[str, CrmBridgeError] = field(default_factory=dict)
    described: list[frozenset[str]] = field(default_factory=list)
    untimed_objects: frozenset[str] = frozenset()

    def open(self) -> Adapter:
        return Glancing(self)


class Glancing(FeedingAdapter):
    """Its adapter."""

    crm: GlancingCrm

    def standing(self) -> str:
        return self.crm.login

    def glance(self, request: PullRequest) -> Page | None:
        self.crm.glances.append(request.object)
        if error := self.crm.glance_errors.get(request.object):
            raise error
        assert request.cursor is not None
        page = next(iter(self._pages(request)))
        return None if page.records else page

    def describe_part(self, objects: frozenset[str]) -> Catalog:
        self.crm.described.append(objects)
        whole = self.describe()
        part = [
            one.model_copy(
                update={"has_modified_time": one.name not in self.crm.untimed_objects, "is_fixed": one.name == "users"}
            )
            for one in whole.objects
            if one.name in objects
        ]
        return whole.model_copy(update={"objects": tuple(part)})


@pytest.fixture
def ledger_url(tmp_path: Path) -> str:
    """One engine: what is asked of it here is asked of both elsewhere."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def crm(world: World) -> GlancingCrm:
    made = GlancingCrm(feeds=True)
    made.store.clock = world.clock
    world.crms["books"], world.mappings["books"] = made, MAPPING
    made.store.put("users", {"name": "Ann"}, external_id="u1")
    made.store.put("accounts", {"name": "ACME", "reg": "R1"}, external_id="a1")
    made.store.put("deals", {"name": "One", "stage": "New", "amount": "5"}, external_id="d1")
    assert world.sync().exit_code == 0
    assert asked(made) == ([EVERYTHING], 1)
    return made


def asked(crm: GlancingCrm) -> tuple[list[frozenset[str]], int]:
    """What was described since the last time, and how often the account was asked for."""
    told = list(crm.described), [name for name, _ in crm.calls].count("check")
    crm.described.clear()
    crm.calls.clear()
    return told


def codes(result: SyncResult) -> dict[str, int]:
    return {step.object: step.exit_code for step in result.steps if step.part == RECORDS}


def test_a_quiet_run_asks_for_nothing_else(world: World, crm: GlancingCrm) -> None:
    before = world.neutral()
    result = world.sync()
    assert asked(crm) == ([], 0)
    assert crm.glances == ["accounts", "deals"]
    assert (result.exit_code, world.neutral()) == (0, before)
    assert {step.object for step in result.steps if step.part == RECORDS} == EVERYTHING


def test_what_changed_is_described_before_it_is_read(world: World, crm: GlancingCrm) -> None:
    crm.store.edit("deals", "d1", {"name": "Two"})
    world.sync()
    assert asked(crm) == ([frozenset({"deals"})], 0)
    assert world.public("deal")["d1"]["name"] == "Two"
    world.sync()
    assert asked(crm) == ([], 0)


def test_after_a_day_everything_is_asked_again(world: World, crm: GlancingCrm) -> None:
    world.clock.advance(DAY_S - 300)
    world.sync()
    assert asked(crm) == ([], 0)
    world.clock.advance(300)
    world.sync()
    assert asked(crm) == ([EVERYTHING], 1)
    world.clock.advance(-2 * DAY_S)
    world.sync()
    assert asked(crm) == ([EVERYTHING], 1), "a clock that was set back proves nothing"


def test_another_login_is_asked_who_it_is(world: World, crm: GlancingCrm) -> None:
    crm.login, crm.org_id = "login-2", "org-2"
    result = world.sync()
    (error,) = [error for _, error in result.failures]
    assert isinstance(error, ConfigError)
    assert crm.glances == []


def test_a_field_that_goes_is_missed_with_the_first_record_that_changes(world: World, crm: GlancingCrm) -> None:
    crm.store.objects = {**crm.store.objects, "deals": ("name", "stage", "close", "owner", "account")}
    crm.lost = frozenset({"amount"})
    assert world.sync().exit_code == 0, "nothing was read that could tell"
    crm.store.edit("deals", "d1", {"name": "Two"})
    result = world.sync()
    assert codes(result) == {"users": 0, "accounts": 0, "deals": 3}
    assert world.public("deal")["d1"]["amount"]["amount"] == "5.00", "what it gave stays"
    asked(crm)
    assert codes(world.sync())["deals"] == 3, "until somebody looks, with no record changed"
    assert asked(crm) == ([frozenset({"deals"})], 0), "and it is looked for in every run"
    crm.store.objects = {**crm.store.objects, "deals": (*crm.store.objects["deals"], "amount")}
    crm.lost = frozenset()
    assert codes(world.sync())["deals"] == 0
    asked(crm)
    world.sync()
    assert asked(crm) == ([], 0)


def test_a_field_that_goes_is_missed_within_a_day(world: World, crm: GlancingCrm) -> None:
    crm.store.objects = {**crm.store.objects, "deals": ("name", "stage", "close", "owner", "account")}
    world.clock.advance(DAY_S)
    result = world.sync()
    assert [note.code for step in result.steps for note in step.notices] == [FIELD_GONE]


def test_a_field_that_is_mapped_anew_is_read_from_the_beginning(world: World, crm: GlancingCrm) -> None:
    crm.selects = True
    crm.store.edit("accounts", "a1", {"phone": "https://acme.example"})
    world.sync()
    asked(crm)
    world.edit_mapping('registration_no = "reg"\n', 'registration_no = "reg"\nwebsite = "phone"\n')
    world.sync()
    assert asked(crm) == ([frozenset({"accounts"})], 0)
    assert world.public("account")["a1"]["website"] == "https://acme.example"


def test_an_object_that_is_mapped_anew_has_everything_asked_for(world: World, crm: GlancingCrm) -> None:
    world.mappings["books"] += '\n[objects.managers]\nkind = "user"\n[objects.managers.fields]\nname = "name"\n'
    world.sync()
    assert asked(crm) == ([EVERYTHING | {"managers"}], 1)


@pytest.mark.parametrize("habit", ["without a time", "not to be read"])
def test_what_no_glance_can_tell_is_described_in_every_run(world: World, crm: GlancingCrm, habit: str) -> None:
    if habit == "without a time":
        crm.untimed_objects = frozenset({"deals"})
    else:
        crm.unreadable = frozenset({"deals"})
    world.clock.advance(DAY_S)
    world.sync()
    asked(crm)
    world.sync()
    assert asked(crm) == ([frozenset({"deals"})], 0)


def test_a_glance_that_fails_stops_its_own_object(world: World, crm: GlancingCrm) -> None:
    crm.glance_errors["accounts"] = Unavailable("the source went away")
    result = world.sync()
    assert codes(result) == {"users": 0, "accounts": 5, "deals": 0}
    assert asked(crm) == ([], 0)
    crm.glance_errors["accounts"] = ScopeError("not any more")
    assert codes(world.sync())["accounts"] == 4
    crm.glance_errors.clear()
    assert codes(world.sync()) == {"users": 0, "accounts": 0, "deals": 0}


def test_the_catalog_of_the_ledger_holds_all_of_it_still(world: World, crm: GlancingCrm, ledger: Ledger) -> None:
    crm.store.objects = {**crm.store.objects, "deals": (*crm.store.objects["deals"], "next")}
    crm.store.edit("deals", "d1", {"name": "Two"})
    world.sync()
    with ledger.read() as tx:
        (here,) = connections.listing(tx)
        kept = Catalog.model_validate_json(catalogs.latest(tx, here.id) or "")
    assert {one.name for one in kept.objects} == EVERYTHING
    assert [one.name for one in kept.objects[1].fields][-1] == "next"


def test_a_reading_began_with_its_glance(world: World, crm: GlancingCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    """What changes behind a glance, while the run goes on, happened after the reading and not before it."""
    glance, looked_us = Glancing.glance, []

    def slow(adapter: Glancing, request: PullRequest) -> Page | None:
        looked_us.append(world.around().now_us())
        world.clock.advance(600)
        return glance(adapter, request)

    monkeypatch.setattr(Glancing, "glance", slow)
    began = {step.object: step.started_us for step in world.sync().steps if step.part == RECORDS}
    assert (began["accounts"] or 0) <= looked_us[0]
    assert (began["deals"] or 0) <= looked_us[1]

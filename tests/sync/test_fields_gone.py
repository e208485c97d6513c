"""A mapped field that the source has no more: told with the nearest; reads go on, and the run asks for a person."""

from dataclasses import replace

from tests.sync.fakes import Crm
from tests.sync.world import World

from crmbridge.adapter.contract import FIELDS_MISSING, Page, Problem
from crmbridge.ledger import runs
from crmbridge.mapping.compiler import compile_mapping
from crmbridge.mapping.document import alone
from crmbridge.model.errors import Unavailable
from crmbridge.model.notes import Note
from crmbridge.sync.engine import run_sync
from crmbridge.sync.outcome import SyncResult

CODE = next(iter(FIELDS_MISSING))
HERE = ("name", "stage", "close", "owner", "account")


def filled(world: World) -> Crm:
    crm = world.add()
    crm.store.put("users", {"name": "Ann"}, external_id="u1")
    crm.store.put("deals", {"name": "One", "stage": "New", "amount": "5"}, external_id="d1")
    return crm


def lose(crm: Crm, *left: str, of: tuple[str, ...] = HERE) -> None:
    """Deals have no amount any more: payloads lack it, and the source says so."""
    crm.store.objects = {**crm.store.objects, "deals": (*of, *left)}
    crm.lost = frozenset({"amount"})
    told = Problem(CODE, "{object} has no field {field}", {"object": "deals", "field": "amount"})

    def tamper(page: Page) -> Page:
        return replace(page, notices=[told]) if page.records and page.records[0].object == "deals" else page

    crm.tamper = tamper
    crm.store.edit("deals", "d1", {"name": "Two"})


def codes(result: SyncResult) -> dict[str, int]:
    return {step.object: step.exit_code for step in result.steps}


def notices(result: SyncResult) -> list[Note]:
    return [notice for step in result.steps for notice in step.notices]


def test_the_run_ends_with_3_and_reads_go_on(world: World) -> None:
    crm = filled(world)
    assert world.sync().exit_code == 0
    lose(crm)
    result = world.sync()
    assert (result.exit_code, codes(result)) == (3, {"users": 0, "accounts": 0, "deals": 3})
    deal = world.public("deal")["d1"]
    assert (deal["name"], deal["amount"]["amount"]) == ("Two", "5.00")


def test_it_is_told_with_the_nearest_until_somebody_looks(world: World) -> None:
    crm = filled(world)
    world.sync()
    lose(crm, "amounts")
    for name in ("Three", "Four"):
        result = world.sync()
        assert result.exit_code == 3
        assert [str(note)[:58] for note in notices(result)] == [
            "deals has no field amount any more (nearest: amounts); what it"[:58]
        ]
        crm.store.edit("deals", "d1", {"name": name})


def test_where_nothing_is_near_nothing_is_named(world: World) -> None:
    crm = filled(world)
    world.sync()
    lose(crm, of=("name", "stage"))
    assert "(nearest: -)" in str(notices(world.sync())[0])


def test_a_field_that_never_was_is_only_told(world: World) -> None:
    """A default mapping reads what some editions lack; `mapping check` is for the rest."""
    lose(filled(world))
    result = world.sync()
    assert result.exit_code == 0
    assert [note.code for note in notices(result)] == [CODE]


def by_default(world: World) -> SyncResult:
    """A run with the mapping of the adapter alone."""
    (setup,) = world.setups()
    mapping = compile_mapping(alone(setup.mapping.document), setup.mapping.settings)
    return run_sync([replace(setup, mapping=mapping)], world.around())


def test_what_the_default_mapping_can_do_without_is_told_where_it_was_there(world: World) -> None:
    crm = filled(world)
    lose(crm)
    assert notices(by_default(world)) == []
    crm.store.objects = {**crm.store.objects, "deals": (*HERE, "amount")}
    crm.tamper = None
    world.clock.advance(60)
    by_default(world)
    lose(crm)
    world.clock.advance(60)
    assert by_default(world).exit_code == 3


def test_what_stopped_an_object_counts_more(world: World) -> None:
    crm = filled(world)
    world.sync()
    crm.page_size = 1
    crm.store.put("deals", {"name": "Other", "stage": "New"}, external_id="d2")
    lose(crm)
    crm.late_errors["deals"] = Unavailable("gone away")
    assert codes(world.sync())["deals"] == 5


def test_such_a_reading_has_come_to_its_end(world: World) -> None:
    """The next one goes on behind it, and takes it for no failure."""
    crm = filled(world)
    world.sync()
    lose(crm)
    world.sync()
    with world.ledger.read() as tx:
        reading = runs.last_reading(tx, "books", "deals")
        last, *_ = runs.listing(tx)
        began = [step.started_us for step in last.steps if step.object == "deals"]
        assert runs.failures_since(tx, "books", "deals", 0) == []
    assert reading is not None
    assert [reading.started_us] == began
    assert all(step.came_to_its_end for step in last.steps)
    assert not runs.Step("books", "deals", 0, 0, exit_code=3, error_code="guard").came_to_its_end

"""Options that an account gives values of its own: read by their labels in every run, and again where one changes."""

from tests.sync.fakes import OBJECTS, Crm
from tests.sync.world import MAPPING, World

from crmbridge.adapter.catalog import PicklistValue
from crmbridge.sync.hints import follow

BY_LABEL = MAPPING.replace('kind = "deal"\n', 'kind = "deal"\nlabels = true\n')


def crm_with(world: World, **options: str) -> Crm:
    crm = world.add(mapping=BY_LABEL)
    crm.picklists = {("deals", "stage"): tuple(PicklistValue(value=v, label=n) for v, n in options.items())}
    for number, value in enumerate(options, 1):
        crm.store.put("deals", {"name": f"Deal {number}", "stage": value}, external_id=f"d{number}")
    return crm


def stages(world: World) -> dict[str, tuple[str, str]]:
    return {key: (deal["stage"], deal["stage_raw"]) for key, deal in world.public("deal").items()}


def test_the_first_reading_knows_the_labels(world: World) -> None:
    crm_with(world, o1="New", o2="Won", o3="Odd")
    world.sync()
    assert stages(world) == {"d1": ("new", "New"), "d2": ("won", "Won"), "d3": ("UNKNOWN", "Odd")}
    with world.nothing_written():
        assert [step.counts.written for step in world.sync().steps] == [0, 0, 0]


def test_a_run_that_asks_for_no_catalog_knows_them_too(world: World) -> None:
    crm = crm_with(world, o1="New", o2="Won")
    world.sync()
    crm.store.edit("deals", "d1", {"stage": "o2"})
    (setup,) = world.setups()
    follow(setup, world.around(), [("deals", "d1")])
    assert stages(world)["d1"] == ("won", "Won")
    world.retry()
    assert stages(world)["d1"] == ("won", "Won")


def test_a_label_that_changes_is_read_again_without_a_change_of_the_record(world: World) -> None:
    crm = crm_with(world, o1="Talking it over")
    world.sync()
    assert stages(world) == {"d1": ("UNKNOWN", "Talking it over")}
    crm.picklists = {("deals", "stage"): (PicklistValue(value="o1", label="Talk"),)}
    world.sync()
    assert stages(world) == {"d1": ("talk", "Talk")}


def test_a_catalog_that_tells_no_options_takes_nothing_back(world: World) -> None:
    crm = crm_with(world, o1="Won")
    world.sync()
    crm.store.objects = {name: fields for name, fields in OBJECTS.items() if name != "deals"}
    crm.store.edit("deals", "d1", {"name": "Renamed"})
    world.sync()
    assert stages(world) == {"d1": ("won", "Won")}

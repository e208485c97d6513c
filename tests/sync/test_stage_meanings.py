"""A stage that no mapping names: UNKNOWN, in the category that the source says it has, and an issue of the record."""

import pytest
from tests.sync.fakes import Crm
from tests.sync.world import World

from crmbridge.adapter.catalog import PipelineInfo, StageInfo
from crmbridge.ledger import connections
from crmbridge.ledger.unmapped import unmapped_values
from crmbridge.model.kinds import kind

Category = str | None


def pipeline(name: str = "p", **meanings: Category) -> PipelineInfo:
    stages = [
        StageInfo.model_validate({"id": word.upper(), "label": word, "order": order, "category": meaning})
        for order, (word, meaning) in enumerate(meanings.items(), 1)
    ]
    return PipelineInfo(id=name, label=name, object="deals", stages=tuple(stages))


def crm_with(world: World, *stages: str, pipelines: tuple[PipelineInfo, ...]) -> Crm:
    crm = world.add(pipelines=pipelines)
    for number, stage in enumerate(stages, 1):
        crm.store.put("deals", {"name": f"Deal {number}", "stage": stage}, external_id=f"d{number}")
    return crm


def categories(world: World) -> dict[str, str]:
    return {key: deal["category"] for key, deal in world.public("deal").items()}


def issues(world: World) -> dict[str, int]:
    """How many records stand in each stage that has no name."""
    with world.ledger.read() as tx:
        (one,) = connections.listing(tx)
        return {found.value: found.count for found in unmapped_values(tx, one.id, kind("deal"))}


def test_an_unmapped_stage_means_what_the_source_says(world: World) -> None:
    crm_with(world, "Signed", "Gone", "Paused", "New", pipelines=(pipeline(signed="won", gone="lost", paused="open"),))
    world.sync()
    assert categories(world) == {"d1": "won", "d2": "lost", "d3": "open", "d4": "open"}
    signed = world.public("deal")["d1"]
    assert (signed["stage"], signed["stage_raw"]) == ("UNKNOWN", "Signed")
    assert issues(world) == {"Signed": 1, "Gone": 1, "Paused": 1}


def test_the_mapping_counts_more_than_the_source(world: World) -> None:
    crm_with(world, "Talk", "Won", pipelines=(pipeline(talk="lost", won="open"),))
    world.sync()
    assert categories(world) == {"d1": "open", "d2": "won"}


def test_a_second_sync_reads_nothing_again(world: World) -> None:
    crm_with(world, "Signed", pipelines=(pipeline(signed="won"),))
    world.sync()
    with world.nothing_written():
        assert [step.counts.written for step in world.sync().steps] == [0, 0, 0]
    world.retry()
    assert categories(world) == {"d1": "won"}


def test_what_the_source_says_anew_is_read_without_a_change_of_the_record(world: World) -> None:
    crm = crm_with(world, "Signed", pipelines=(pipeline(signed="won"),))
    world.sync()
    crm.pipelines = (pipeline(signed="lost"),)
    world.sync()
    assert categories(world) == {"d1": "lost"}
    crm.pipelines = (pipeline(signed="open"),)
    world.sync()
    assert categories(world) == {"d1": "open"}


def test_a_source_that_tells_no_stages_takes_nothing_back(world: World) -> None:
    crm = crm_with(world, "Signed", pipelines=(pipeline(signed="won"),))
    world.sync()
    crm.pipelines = ()
    crm.store.edit("deals", "d1", {"name": "Renamed"})
    world.sync()
    assert (world.public("deal")["d1"]["name"], categories(world)) == ("Renamed", {"d1": "won"})


def test_a_mapping_that_names_it_later_decides(world: World) -> None:
    crm_with(world, "Signed", pipelines=(pipeline(signed="won"),))
    world.sync()
    world.edit_mapping('labels = ["Talk"]', 'labels = ["Talk", "Signed"]')
    world.sync()
    deal = world.public("deal")["d1"]
    assert (deal["stage"], deal["category"], issues(world)) == ("talk", "open", {})


@pytest.mark.parametrize("other", ["lost", "open", None])
def test_a_stage_that_means_two_things_means_nothing(world: World, other: Category) -> None:
    crm_with(world, "Signed", pipelines=(pipeline("one", signed="won"), pipeline("two", signed=other)))
    world.sync()
    assert categories(world) == {"d1": "open"}

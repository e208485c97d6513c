"""The Chinese copy of Maven's pipeline, guessed: encoding, 万元, 2016年10月20日, Chinese stages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.data import test_cn_derived as derived
from tests.data.guessed import Guessed, check, check_sound, guessed
from tests.data.opened import Opened, totals

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("guess-cn")]
STAGES = {"first_contact": "Prospecting", "needs_analysis": "Engaging", "won": "Won", "lost": "Lost"}


@pytest.fixture(scope="module")
def held(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guessed]:
    yield from guessed("cn-derived-maven", shared_data, tmp_path_factory)


def stage_map(held: Opened) -> dict[str, str]:
    (pipeline,) = held.bridge._pipelines
    return {stage.names["zh"]: STAGES[stage.key] for stage in pipeline.stages}


FIGURES = {
    **derived.FIGURES,
    "stage_map": stage_map,
    "deals_by_stage": lambda held: {STAGES[stage]: n for stage, n in totals("stage")(held).items()},
}


@pytest.mark.parametrize("name", FIGURES)
def test_the_figure_is_the_reference_to_the_digit(held: Guessed, name: str) -> None:
    check(held, name, FIGURES[name])


def test_nothing_is_lost_and_everything_says_why(held: Guessed) -> None:
    check_sound(held, {"商机": "deal", "owners": "user", "customers": "account", "products": "product"}, 8922)


def test_the_unit_and_the_formats_are_those_of_the_file(held: Guessed) -> None:
    fields = held.mapping["objects"]["商机"]["fields"]
    assert fields["amount"] == {"from": "成交金额（万元）", "currency": "CNY", "unit": "万元"}
    assert fields["closed_at"] == {"from": "结单日期", "format": ["%Y年%m月%d日"], "when": "closed"}
    assert held.objects["customers"]["encoding"] == "gb18030"


def test_what_the_day_of_contact_means_is_asked(held: Guessed) -> None:
    assert held.codes() == ["ASK_BEGIN"]
    assert held.question("ASK_BEGIN", column="接洽日期").params["stages"] == "初步接触, 需求沟通"

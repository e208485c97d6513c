import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmbridge.model.pipeline import UNKNOWN_STAGE, Category, Pipeline, Stage

SALES = Pipeline(
    id="sales",
    stages=(
        Stage(key="after", order=6, category=Category.POST_SALE),
        Stage(key="quoted", order=3, category=Category.OPEN),
        Stage(key="new", order=1, category=Category.OPEN),
        Stage(key="void", order=9, category=Category.VOID),
        Stage(key="won", order=4, category=Category.WON),
        Stage(key="met", order=2, category=Category.OPEN),
        Stage(key="lost", order=5, category=Category.LOST),
    ),
)


@pytest.mark.parametrize(
    ("key", "rank"),
    [
        ("new", 1),
        ("met", 2),
        ("quoted", 3),
        ("won", 4),
        ("after", 4),
        ("lost", None),
        ("void", None),
        ("gone", None),
        (None, None),
        (UNKNOWN_STAGE, None),
    ],
)
def test_open_stages_rank_by_order_and_won_comes_after_all(key: str | None, rank: int | None) -> None:
    assert SALES.rank(key) == rank


def test_open_stages_stand_in_order_however_they_were_written() -> None:
    assert [stage.key for stage in SALES.open_stages] == ["new", "met", "quoted"]
    assert SALES.won_rank == 4


def test_a_pipeline_without_open_stages_still_has_won() -> None:
    assert Pipeline(id="p", stages=(Stage(key="won", order=1, category=Category.WON),)).rank("won") == 1


@given(st.permutations(SALES.stages))
def test_ranks_do_not_depend_on_the_order_of_writing(stages: list[Stage]) -> None:
    shuffled = Pipeline(id="sales", stages=tuple(stages))
    assert [shuffled.rank(stage.key) for stage in SALES.stages] == [SALES.rank(stage.key) for stage in SALES.stages]


def test_a_stage_is_found_by_key_only() -> None:
    found = SALES.stage("met")
    assert found is not None
    assert found.order == 2
    assert SALES.stage("Met") is None


def test_a_pipeline_cannot_be_changed_and_takes_no_unknown_key() -> None:
    with pytest.raises(ValidationError):
        SALES.version = 2  # type: ignore[misc]
    with pytest.raises(ValidationError, match="probabilty"):
        Stage.model_validate({"key": "x", "order": 1, "category": "open", "probabilty": "0.1"})

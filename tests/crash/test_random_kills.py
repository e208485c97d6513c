"""Deaths at random, one after the other, while people edit; `just crash` lives through 1,000 and 300 of them."""

import pytest
from tests.crash.conftest import MakeStores
from tests.crash.random_kills import Pace, Tally, live
from tests.crash.stories import begin

pytestmark = pytest.mark.file_ledger  # there is a turn for each engine


@pytest.mark.parametrize(
    ("engine", "kills"),
    [
        ("sqlite", 2),
        pytest.param("sqlite", 200, marks=pytest.mark.wide),
        pytest.param("postgres", 60, marks=[pytest.mark.wide, pytest.mark.postgres]),
    ],
)
def test_killed_at_random(make_stores: MakeStores, engine: str, kills: int) -> None:
    start = begin(make_stores(engine))
    pace, total = Pace.of(start), Tally()
    while total.kills < kills:
        total.add(live(start, pace, seed=total.histories, kills=min(8, kills)))
    assert total.at_moments or kills < 10

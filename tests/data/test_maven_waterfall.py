"""The pipeline of Maven's CRM sales between any two dates: it adds up, and won is what the funnel says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests.data.opened import Opened, opened

from crmbridge.services.funnel import funnel
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.results import Period
from crmbridge.services.waterfall import waterfall
from crmbridge.services.waterfall_report import WaterfallRequest

pytestmark = [pytest.mark.data, pytest.mark.xdist_group("maven")]
DATES = [(2016, 10, 1), (2016, 12, 31), (2017, 2, 28), (2017, 6, 15), (2017, 9, 30), (2018, 1, 1)]


@pytest.fixture(scope="module")
def held(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    yield from opened("maven-crm-sales", shared_data, tmp_path_factory)


def test_it_adds_up_between_any_two_dates(held: Opened) -> None:
    facts, pipelines = held.bridge._facts, held.bridge._pipelines
    last, won = None, 0
    for one, other in pairwise(DATES):
        start, end = (datetime(*day, tzinfo=UTC).replace(tzinfo=facts.zone) for day in (one, other))
        report = waterfall(facts, pipelines, WaterfallRequest(start, end, by="owner"))
        assert report.whole.is_balanced
        assert all(part.is_balanced for part in report.slices)
        assert last is None or last == report.whole["opening"].e4
        last = report.whole["closing"].e4
        won += report.whole["won"].n
    assert won > 0


def test_won_between_two_dates_is_what_the_funnel_says(held: Opened) -> None:
    facts, pipelines = held.bridge._facts, held.bridge._pipelines
    first, after = datetime(2017, 4, 1, tzinfo=facts.zone), datetime(2017, 7, 1, tzinfo=facts.zone)
    tick = timedelta(microseconds=1)
    found = waterfall(facts, pipelines, WaterfallRequest(first - tick, after - tick)).whole
    row = funnel(facts, pipelines, FunnelRequest(as_of=after - tick, window=Period(first.date(), after.date()))).whole
    assert (found["won"].n, found["won"].e4, found["lost"].n) == (row.won, row.won_amount.e4, row.lost)

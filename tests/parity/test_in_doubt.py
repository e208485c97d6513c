"""Creates whose answers are lost: none is made twice, and soon none is in doubt any more.

Two thousand to each simulated vendor run with `just wide`: with a unique field for our keys and with a plain one, and
with a search that lags shortly, as usual, and as long as a connection may say.
"""

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crmbridge.ledger.engine import open_ledger

from .doubting import HOUR_S, LATEST_S, VENDORS, Doubting, Line, go

log = logging.getLogger(__name__)
MANY = 334
LAGS_S = {"short": 5, "usual": None, "longest": 3600}
SETTINGS = [(lag, field) for lag in LAGS_S for field in ("unique", "plain")]


@pytest.fixture
def doubting(request: pytest.FixtureRequest, tmp_path: Path, ids: Callable[[], str]) -> Iterator[Doubting]:
    """The systems of a vendor, a lag and a field, on a ledger of their own."""
    vendor, lag, field = request.param
    made = VENDORS[vendor](tmp_path, lag_s=LAGS_S[lag], unique=field == "unique")
    # a unique field is proof against whatever lands, however late
    latest_s = HOUR_S if field == "unique" else LATEST_S
    rng = random.Random(f"{vendor}-{lag}-{field}")  # noqa: S311 - a seed
    made.line = Line(made, rng, latest_s, 1 if lag == "longest" else 3)
    with closing(open_ledger(f"sqlite:///{tmp_path}/l.db")) as ledger:
        yield Doubting(ledger, ids, made, made.line)


def few(vendor: str, lag: str, field: str) -> object:
    return pytest.param((vendor, lag, field), id=f"{vendor}-{lag}-{field}")


def check(doubting: Doubting, count: int) -> None:
    with doubting.table() as table:
        lag_s = int(table.right.lag_s)
    found = go(doubting, count, calm_s=HOUR_S + (lag_s if lag_s > HOUR_S else 0))
    log.info("%s: %s", doubting.vendor.name, found)
    assert found.duplicates == 0
    assert found.doubted <= count // 100
    assert found.is_equal
    assert found.hits["lost"] >= count


@pytest.mark.parametrize("doubting", [few("zoho", "usual", "plain"), few("fxiaoke", "usual", "plain")], indirect=True)
def test_no_create_is_made_twice_and_none_stays_in_doubt(doubting: Doubting) -> None:
    check(doubting, 25)


@pytest.mark.wide
@pytest.mark.parametrize("doubting", [few(one, *more) for one in VENDORS for more in SETTINGS], indirect=True)
def test_two_thousand_creates_in_doubt(doubting: Doubting) -> None:
    check(doubting, MANY)


@pytest.mark.parametrize("doubting", [few("fxiaoke", "longest", "plain")], indirect=True)
def test_a_search_that_lags_longer_is_waited_for_longer(doubting: Doubting) -> None:
    with doubting.table() as table:
        assert table.right.lag_s == 3660
        assert table.left.lag_s == 120


@pytest.mark.parametrize("doubting", [few("fxiaoke", "usual", "plain")], indirect=True)
def test_what_somebody_deleted_before_we_heard_that_we_made_it_is_not_made_again(
    doubting: Doubting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fxiaoke lists it as deleted under an id that nobody has met, and shows it, with our key, where it is asked."""
    vendor, line = doubting.vendor, doubting.line
    monkeypatch.setattr(line, "_decide", lambda request, _: vendor.carry_out(request))
    monkeypatch.setattr(line, "_may_die", lambda _: None)
    doubting.put(1)
    doubting.run()
    (made,) = vendor.rows("AccountObj")
    vendor.act("invalid", module="AccountObj", record_id=made["_id"])
    for _ in range(4):
        line.wait(300)
        doubting.run()
    assert vendor.held() == []
    assert doubting.doubted() == 0
    assert line.hits["lost"] == 1

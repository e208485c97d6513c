"""A forecast that is kept in a workspace is judged there when its period is over."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from tests.app.company import Company

from crmbridge.app.bridge import Bridge
from crmbridge.model.errors import ConfigError


def rows(bridge: Bridge, section: str, **asked: object) -> list[tuple[object, ...]]:
    return [tuple(map(str, row.values())) for row in bridge.forecast(**asked).rows if row["section"] == section]


def test_what_was_foreseen_is_judged_when_the_quarter_is_over(company: Company) -> None:
    january, april = datetime(2026, 1, 31, 16, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)
    with Bridge.open(company.folder, as_of=january) as bridge:
        bridge.sync([])
        first = bridge.forecast(keep=True).rows[0]
        assert str(first["closed"]) == "CNY 200.00"
        bridge.forecast(keep=True)
        assert rows(bridge, "periods", accuracy=True) == [], "the quarter is not over"
    with Bridge.open(company.folder, as_of=april) as bridge:
        (period,) = rows(bridge, "periods", accuracy=True)
        assert period[1:3] == ("2026-01-01", "2026-04-01")
        assert period[4:6] == ("CNY 200.00", "CNY 300.50")
        found = {row["figure"]: row["value"] for row in bridge.forecast(accuracy=True).rows if "value" in row}
        assert found == {"bias": Fraction(20000 - 30050, 30050), "mape": Fraction(30050 - 20000, 30050)}


@pytest.mark.parametrize("more", [{"period": "2026-Q1"}, {"by": ("owner",)}, {"target": "5"}, {"keep": True}])
def test_accuracy_is_asked_of_all_periods(company: Company, more: dict[str, object]) -> None:
    with Bridge.open(company.folder) as bridge, pytest.raises(ConfigError, match="every period that is over"):
        bridge.forecast(accuracy=True, **more)

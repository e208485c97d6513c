"""What a plugin's lens gives is checked once more before it is stored."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.outcome import Unmapped
from crmbridge.mapping.stored import encoder
from crmbridge.model.kinds import FieldSpec, FieldType
from crmbridge.model.money import Money

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        (FieldType.TEXT, "e\u0301", "é"),
        (FieldType.LONG_TEXT, "t", "t"),
        (FieldType.REF, "e\u0301", "e\u0301"),
        (FieldType.ENUM, "new", "new"),
        (FieldType.INTEGER, 3, 3),
        (FieldType.INTEGER, Decimal(3), 3),
        (FieldType.NUMBER, Decimal("0.1"), 100_000),
        (FieldType.MONEY, Money(Decimal("0.1"), "CNY"), (1000, "CNY")),
        (FieldType.BOOL, True, 1),
        (FieldType.DATE, date(2021, 4, 15), "2021-04-15"),
        (FieldType.INSTANT, datetime(1970, 1, 1, 8, 0, 1, tzinfo=timezone(timedelta(hours=8))), (1_000_000, "exact")),
        (FieldType.INSTANT, date(1970, 1, 1), (-28_800_000_000, "day")),
        (FieldType.TEXTS, ("a", "b"), '["a","b"]'),
        (FieldType.TEXTS, (), None),
        (FieldType.JSON, {"a": Decimal("1.10")}, '{"a":1.10}'),
        (FieldType.JSON, "", None),
    ],
)
def test_neutral_values_are_stored_exactly(kind: FieldType, value: object, stored: object) -> None:
    encode = encoder(FieldSpec("f", kind, values=("new",)), ZONE)
    assert encode(value) == stored
    assert encode(None) is None
    for passed in (LensFailure("x"), Unmapped("y")):
        assert encode(passed) is passed


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldType.TEXT, 1),
        (FieldType.REF, 1),
        (FieldType.REF, "a\x00"),
        (FieldType.ENUM, "old"),
        (FieldType.INTEGER, 1.5),
        (FieldType.INTEGER, True),
        (FieldType.INTEGER, 2**63),
        (FieldType.NUMBER, Decimal("0.0000001")),
        (FieldType.NUMBER, Decimal("NaN")),
        (FieldType.MONEY, Decimal(1)),
        (FieldType.MONEY, Money(Decimal("0.00001"), "CNY")),
        (FieldType.MONEY, Money(Decimal("NaN"), "CNY")),
        (FieldType.BOOL, 1),
        (FieldType.DATE, datetime(2021, 4, 15, tzinfo=UTC)),
        (FieldType.INSTANT, datetime(2021, 4, 15)),  # noqa: DTZ001 - the point
        (FieldType.TEXTS, ["a"]),
        (FieldType.TEXTS, (1,)),
        (FieldType.JSON, 1.5),
    ],
)
def test_what_no_field_can_hold_is_a_failure(kind: FieldType, value: object) -> None:
    assert isinstance(encoder(FieldSpec("f", kind, values=("new",)), ZONE)(value), LensFailure)

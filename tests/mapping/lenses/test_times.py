from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.lenses.time_formats import time_format
from crmbridge.model.errors import ConfigError
from crmbridge.model.kinds import FieldType

Lens = Callable[..., Any]


@pytest.mark.parametrize(
    ("text", "forms", "day"),
    [
        ("2016-10-20", (), date(2016, 10, 20)),
        ("2016-10-20 23:30:00", (), date(2016, 10, 20)),
        ("2016-10-20T23:30:00Z", (), date(2016, 10, 21)),
        ("16 Apr, 2021 00:02:00", "%d %b, %Y %H:%M:%S", date(2021, 4, 16)),
        ("2016年10月20日", "%Y年%m月%d日", date(2016, 10, 20)),
        ("2017年3月1日", "%Y年%m月%d日", date(2017, 3, 1)),
        ("26-02-2018 19:58", "%d-%m-%Y %H:%M", date(2018, 2, 26)),
        ("2 SEPT 2021", "%d %b %Y", date(2021, 9, 2)),
        ("September  2 2021", "%B %d %Y", date(2021, 9, 2)),
        ("周四 2021-09-02", "%a %Y-%m-%d", date(2021, 9, 2)),
        ("100% 2/9/69", "100%% %d/%m/%y", date(1969, 9, 2)),
        ("2/9/68", "%d/%m/%y", date(2068, 9, 2)),
        ("31/12/2020", ("%d/%m/%Y", "%m/%d/%Y"), date(2020, 12, 31)),
        ("05/05/2020", ("%d/%m/%Y", "%m/%d/%Y"), date(2020, 5, 5)),
    ],
)
def test_dates(lens: Lens, text: str, forms: Any, day: date) -> None:
    assert lens(FieldType.DATE, format=forms).read(text) == day


@pytest.mark.parametrize(
    ("text", "forms", "template"),
    [
        ("20.10.2016", (), "{value} is no date of the form {formats}"),
        ("2016-02-30", (), "{value} is no date of the form {formats}"),
        ("30/02/2016", "%d/%m/%Y", "{value} is no date of the form {formats}"),
        ("2/9/21", "%d/%m/%Y", "{value} is no date of the form {formats}"),
        ("1 Foo 2021", "%d %b %Y", "{value} is no date of the form {formats}"),
        ("2021-01-01 13:00 PM", "%Y-%m-%d %I:%M %p", "{value} is no date of the form {formats}"),
        ("0000-00-00", (), "{value} is no date of the form {formats}"),
        ("1899-12-31", (), "{value} lies outside the years {first} to {last}"),
        ("2201-01-01", (), "{value} lies outside the years {first} to {last}"),
        ("01/02/2020", ("%d/%m/%Y", "%m/%d/%Y"), "{value} can be read as {first} and as {second}"),
        (20210101, (), "{value} is no {wanted}"),
    ],
)
def test_what_is_no_date_fails_with_a_reason(lens: Lens, text: object, forms: Any, template: str) -> None:
    for kind in (FieldType.DATE, FieldType.INSTANT):
        read = lens(kind, format=forms).read(text)
        assert isinstance(read, LensFailure)
        assert read.template == template


def test_the_mapping_may_say_that_the_first_format_counts(lens: Lens) -> None:
    made = lens(FieldType.DATE, format=("%d/%m/%Y", "%m/%d/%Y"), ambiguous="first")
    assert made.read("01/02/2020") == date(2020, 2, 1)


@pytest.mark.parametrize(
    ("text", "parameters", "read"),
    [
        ("2021-04-15", {}, date(2021, 4, 15)),
        ("2021-04-15 08:30", {}, datetime(2021, 4, 15, 0, 30, tzinfo=UTC)),
        ("2021-04-15 08:30", {"zone": "UTC"}, datetime(2021, 4, 15, 8, 30, tzinfo=UTC)),
        ("2021-04-15t08:30:00.5+02:00", {}, datetime(2021, 4, 15, 6, 30, 0, 500_000, tzinfo=UTC)),
        ("2021-04-15 20:00:00Z", {"precision": "day"}, date(2021, 4, 16)),
        ("15/4/2021 20:00 -0330", {"format": "%d/%m/%Y %H:%M %z"}, datetime(2021, 4, 15, 23, 30, tzinfo=UTC)),
        ("15/4/2021 20:00 z", {"format": "%d/%m/%Y %H:%M %z"}, datetime(2021, 4, 15, 20, 0, tzinfo=UTC)),
        ("16 Apr, 2021 00:02:00", {"format": "%d %b, %Y %H:%M:%S", "precision": "day"}, date(2021, 4, 16)),
        ("4/16/2021 12:05 am", {"format": "%m/%d/%Y %I:%M %p"}, datetime(2021, 4, 15, 16, 5, tzinfo=UTC)),
        ("2021-4-16 下午 1:05", {"format": "%Y-%m-%d %p %I:%M"}, datetime(2021, 4, 16, 5, 5, tzinfo=UTC)),
        ("2021-03-28 02:30", {"zone": "Europe/Berlin"}, datetime(2021, 3, 28, 1, 30, tzinfo=UTC)),
    ],
)
def test_instants(lens: Lens, text: str, parameters: dict[str, Any], read: object) -> None:
    assert lens(FieldType.INSTANT, **parameters).read(text) == read


def test_instants_that_a_form_cannot_hold_are_not_written(lens: Lens) -> None:
    at = datetime(2021, 4, 15, 8, 30, 15, tzinfo=UTC)
    assert lens(FieldType.INSTANT).write(at) == "2021-04-15T16:30:15+08:00"
    assert lens(FieldType.INSTANT).write(datetime(1900, 6, 1, tzinfo=UTC)) == "1900-06-01T00:00:00+00:00"
    for parameters, value in (
        ({"format": "%Y-%m-%d %H:%M"}, at),
        ({"format": "%Y-%m-%d"}, at),
        ({"precision": "day"}, at),
        ({}, datetime(2021, 4, 15)),  # noqa: DTZ001 - the point
        ({}, "2021-04-15"),
        ({}, date(1800, 1, 1)),
        ({"zone": "Europe/Berlin", "format": "%Y-%m-%d %H:%M:%S"}, datetime(2021, 10, 31, 1, 30, tzinfo=UTC)),
    ):
        assert isinstance(lens(FieldType.INSTANT, **parameters).write(value), LensFailure)
    for value in ("x", date(1800, 1, 1), at):
        assert isinstance(lens(FieldType.DATE).write(value), LensFailure)
    assert isinstance(lens(FieldType.INSTANT, format="%y-%m-%d").write(date(1950, 1, 1)), LensFailure)
    # An instant of a year that is another one on the wall.
    assert isinstance(lens(FieldType.INSTANT).write(datetime(2200, 12, 31, 20, tzinfo=UTC)), LensFailure)


def test_epochs(lens: Lens) -> None:
    made = lens(FieldType.INSTANT, "epoch_ms")
    assert made.read(1618446600000) == datetime(2021, 4, 15, 0, 30, tzinfo=UTC)
    assert made.read(" 1618446600000 ") == made.read(1618446600000)
    assert lens(FieldType.DATE, "epoch_ms").read(1618416000000) == date(2021, 4, 15)
    assert lens(FieldType.INSTANT, "epoch_s", precision="day", zone="UTC").read(0) == date(1970, 1, 1)
    for wrong in ("x", 1.5, True, 10**30, "9999999999999999999", -(10**13)):
        assert isinstance(made.read(wrong), LensFailure)
    for value in (datetime(2021, 4, 15, 0, 0, 0, 1, tzinfo=UTC), "x", datetime(2021, 4, 15), date(1800, 1, 1)):  # noqa: DTZ001
        assert isinstance(made.write(value), LensFailure)


def test_a_format_says_what_is_wrong_with_it() -> None:
    for text in (
        "%Y-%m",
        "%Y-%m-%d %Y",
        "%d-%m",
        "%Y-%m-%d %I:%M",
        "%Y-%m-%d %p",
        "%Y-%m-%d %H %I %p",
        "%Y-%m-%d %",
        "%y%Y%m%d",
    ):
        with pytest.raises(ConfigError):
            time_format(text)


def test_a_format_writes_what_it_reads() -> None:
    at = datetime(2021, 4, 5, 13, 7, 9, 250, tzinfo=timezone(timedelta(hours=8)))
    forms = {
        "%y%m%d %H%M%S.%f": "210405 130709.000250",
        "%A, %d %B %Y %I:%M %p %z": "Monday, 05 April 2021 01:07 PM +0800",
        "%a %b %d %Y %%": "Mon Apr 05 2021 %",
        "%Y-%m-%d": "2021-04-05",
    }
    for form, text in forms.items():
        assert time_format(form).write(at) == text
    assert time_format("%Y-%m-%d %I %p").write(at.replace(hour=0)) == "2021-04-05 12 AM"
    assert time_format("%Y-%m-%d %z").write(at.replace(tzinfo=None)) == "2021-04-05 +0000"

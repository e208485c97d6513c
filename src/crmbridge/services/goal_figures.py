"""The file of figures that no CRM holds: a row for each metric and period, CSV."""

import csv
from collections.abc import Iterator
from fractions import Fraction
from io import StringIO

from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.services.goal_actuals import FileFigure
from crmbridge.services.goal_text import number, period_of

_NEEDED = ("period", "metric", "value")


def read_figures(text: str, *, file: str, start_month: int = 1) -> list[FileFigure]:
    """The rows; ConfigErrors naming every problem with file and line. A blank value is unknown."""
    reader = csv.DictReader(StringIO(text), skipinitialspace=True)
    names = [name.strip() for name in reader.fieldnames or ()]
    if missing := [name for name in _NEEDED if name not in names]:
        raise ConfigError("{file} has no column {columns}", file=file, columns=", ".join(missing))
    reader.fieldnames = names
    found: list[FileFigure] = []
    problems: list[ConfigError] = []
    for row in reader:
        told = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
        try:
            found += _figure(told, reader.line_num, start_month)
        except ConfigError as error:
            text_ = "{file}:{line}: {reason}"
            problems.append(ConfigError(text_, file=file, line=reader.line_num, reason=str(error)))
    if problems:
        raise ConfigErrors(problems)
    return found


def _figure(told: dict[str, str], line: int, start_month: int) -> Iterator[FileFigure]:
    if not any(told.values()):
        return
    period_of(told["period"], start_month)
    parts = {name: _value(told.get(name, "")) for name in ("value", "numerator", "denominator")}
    yield FileFigure(line, told["period"], told["metric"], node=told.get("node") or None, **parts)


def _value(text: str) -> Fraction | None:
    return number(text).value if text else None

"""Tables made up on the spot, guessed as `init` guesses them."""

import csv
import io
from collections.abc import Callable

import pytest

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo
from crmbridge.mapping.guess.guess import guess
from crmbridge.mapping.guess.profile import Sample, sample
from crmbridge.mapping.guess.rule import Guess

Tables = Callable[..., Guess]


def described(tables: dict[str, str]) -> tuple[Catalog, dict[str, Sample]]:
    """The catalog and the samples of tables that are written as CSV; the key of each is its first column."""
    infos, samples = [], {}
    for name, text in tables.items():
        rows = list(csv.DictReader(io.StringIO(text)))
        columns = next(csv.reader(io.StringIO(text)))
        fields = tuple(FieldInfo(name=column, label=column, type="text") for column in columns)
        infos.append(ObjectInfo(name=name, label=name, fields=fields, key_field=columns[0]))
        samples[name] = sample(rows)
    return Catalog(objects=tuple(infos), limits=Limits(page_size=1, batch_size=1)), samples


@pytest.fixture
def guessed() -> Tables:
    """The guess for tables by name, each a CSV text."""

    def run(adds_objects: bool = True, **tables: str) -> Guess:  # noqa: FBT001, FBT002 - a table may have any name
        catalog, samples = described(tables)
        return guess(catalog, samples, adds_objects=adds_objects)

    return run

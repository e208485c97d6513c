"""The texts in a published file of facts."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from crmbridge.model.errors import StoreError

_ROWS = 2_000


def texts(file: Path) -> Iterator[str]:
    """Every row of a Parquet file as one text; StoreError where it is none."""
    try:
        with duckdb.connect() as connection:
            found = connection.execute("SELECT * FROM read_parquet(?)", [str(file)])
            while rows := found.fetchmany(_ROWS):
                yield "\n".join(str(value) for row in rows for value in row if isinstance(value, str | list | dict))
    except duckdb.Error as error:
        raise StoreError("{file} cannot be read: {reason}", file=str(file), reason=str(error)) from error

"""The three column types of the ledger, which STRICT tables of SQLite and PostgreSQL both take."""

from sqlalchemy import BigInteger, Integer, LargeBinary, Text
from sqlalchemy.types import TypeEngine

from crmbridge.model.kinds import ColumnType

INT64: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
"""Every count, instant (microseconds), amount (1/10,000), truth value (0/1) and number of a row."""

TEXT: TypeEngine[str] = Text()
"""Texts, ISO dates, ULIDs and JSON."""

BLOB: TypeEngine[bytes] = LargeBinary()
"""Compressed payloads."""

OF_COLUMN: dict[ColumnType, TypeEngine[int] | TypeEngine[str]] = {ColumnType.TEXT: TEXT, ColumnType.INT: INT64}
"""How a neutral column is stored."""

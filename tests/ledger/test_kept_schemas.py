"""The ledgers in PostgreSQL that tests hand on to one another are as empty as new ones."""

import pytest
from sqlalchemy import text
from tests.postgres import Schemas, with_schema

from crmbridge.ledger.engine import open_ledger
from crmbridge.ledger.transaction import LedgerTx

pytestmark = pytest.mark.postgres


def rows(tx: LedgerTx) -> dict[str, int]:
    names = tx.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")).scalars().all()
    return {name: int(tx.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()) for name in names}


@pytest.mark.parametrize(
    ("statement", "is_kept"),
    [
        ("INSERT INTO meta (key, value) VALUES ('more', 'x')", True),
        ("INSERT INTO audit VALUES (1, 1, 'a', 'b', 'c', 'd', 'e', 'f')", True),
        ("UPDATE change_counter SET last = 9", True),
        ("ALTER TABLE deal ADD COLUMN more text", False),
        ("ALTER TABLE deal DROP COLUMN name", False),
        ("DROP TRIGGER audit_stays ON audit", False),
        ("ALTER TABLE audit DISABLE TRIGGER audit_stays", False),
        ("CREATE INDEX more ON deal (name)", False),
        ("DROP TABLE audit_word", False),
    ],
)
def test_the_next_test_gets_an_empty_ledger(
    schemas: Schemas, postgres_uri: str, statement: str, *, is_kept: bool
) -> None:
    first = schemas.take()
    opened = open_ledger(with_schema(postgres_uri, first))
    with opened.begin() as tx:
        before = rows(tx)
        tx.execute(text(statement))
    opened.close()
    schemas.give_back(first)
    second = schemas.take()
    assert (second == first) == is_kept
    opened = open_ledger(with_schema(postgres_uri, second))
    with opened.read() as tx:
        assert rows(tx) == before
        assert tx.execute(text("SELECT last FROM change_counter")).scalar_one() == 0
    opened.close()
    schemas.give_back(second)

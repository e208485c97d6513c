"""The temporary tables through which rows go into PostgreSQL: nobody's rows stay in them for anybody else."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from tests.postgres import with_schema

from crmbridge.ledger import bulk
from crmbridge.ledger.bulk import Upsert
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.ledger.transaction import LedgerTx

pytestmark = [pytest.mark.postgres, pytest.mark.file_ledger]  # SQLite has no such tables
PUT = Upsert("meta", ("key", "value"), ("key",), guard=("value",))
NAMES = "SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'"


@pytest.fixture(scope="module")
def opened(postgres_uri: str, drop_schema: Callable[[str], None]) -> Iterator[tuple[Ledger, Ledger]]:
    names = ("load_one", "load_two")
    made = [open_ledger(with_schema(postgres_uri, name)) for name in names]
    yield made[0], made[1]
    for ledger, name in zip(made, names, strict=True):
        ledger.close()
        drop_schema(name)


@pytest.fixture
def workspaces(opened: tuple[Ledger, Ledger]) -> tuple[Ledger, Ledger]:
    """Two ledgers on one server, with no connection open and none of the rows of these tests."""
    for ledger in opened:
        with ledger.begin() as tx:
            bulk.run(tx, "DELETE FROM meta WHERE left(key, 1) = 'x'")
        ledger.engine.dispose()
    return opened


@pytest.fixture
def ledger(workspaces: tuple[Ledger, Ledger]) -> Ledger:
    return workspaces[0]


def kept(ledger: Ledger) -> dict[str, str]:
    with ledger.read() as tx:
        return dict(bulk.select(tx, "SELECT key, value FROM meta WHERE left(key, 1) = 'x'"))


def fails(ledger: Ledger, *pages: list[tuple[str, str]]) -> None:
    """A transaction that does not come to its end."""
    with ledger.begin() as tx:
        for page in pages:
            bulk.upsert(tx, PUT, page)
        raise ZeroDivisionError


def test_the_second_of_one_shape_in_a_transaction_does_not_write_the_first_again(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        assert bulk.upsert(tx, PUT, [("x1", "a"), ("x2", "a")]) == 2
        assert bulk.update(tx, "connection", ("name",), [("b", 1)]) == 0  # another shape between them
        assert bulk.run(tx, "UPDATE meta SET value = 'changed' WHERE key = 'x1'") == 1
        assert bulk.upsert(tx, PUT, [("x2", "b"), ("x3", "b")]) == 2
        assert bulk.upsert(tx, PUT, [("x3", "b")]) == 0
    assert kept(ledger) == {"x1": "changed", "x2": "b", "x3": "b"}


@pytest.mark.parametrize("was_committed", [False, True])
def test_after_a_rollback_the_next_transaction_writes_its_own_rows_only(ledger: Ledger, *, was_committed: bool) -> None:
    """Whether the table was made in the transaction that was rolled back, or in one before it."""
    if was_committed:
        with ledger.begin() as tx:
            bulk.upsert(tx, PUT, [("x0", "a")])
    with pytest.raises(ZeroDivisionError):
        fails(ledger, [("x1", "lost")])
    with ledger.begin() as tx:
        assert len(tx.execute(text(NAMES).columns()).all()) == was_committed  # it is the same connection
        assert bulk.upsert(tx, PUT, [("x2", "b")]) == 1
    assert kept(ledger) == {"x2": "b"} | ({"x0": "a"} if was_committed else {})


def test_what_ends_in_the_middle_of_a_copy_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError):
        fails(ledger, [("x1", "a")], _Failing([("x2", "b")] * 3))
    with ledger.begin() as tx:
        assert bulk.upsert(tx, PUT, [("x3", "c")]) == 1
    assert kept(ledger) == {"x3": "c"}


class _Failing(list[tuple[str, str]]):
    """Rows of which the third cannot be made."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        yield from self[:2]
        raise ZeroDivisionError


def test_a_connection_that_goes_to_another_workspace_brings_no_rows_along(workspaces: tuple[Ledger, Ledger]) -> None:
    """A pool in front of the server may give one connection to several."""
    one, two = workspaces
    with one.writing.connect() as connection:
        for ledger, schema in ((one, "load_one"), (two, "load_two"), (one, "load_one")):
            with connection.begin():
                connection.execute(text("SELECT set_config('search_path', :schema, true)"), {"schema": schema})
                tx = LedgerTx(connection, ledger.dialect, ledger.place)
                bulk.upsert(tx, PUT, [(f"x{schema}", schema)])
                names = tx.execute(text(NAMES).columns()).all()
                assert len(names) == 1
    assert kept(one) == {"xload_one": "load_one"}
    assert kept(two) == {"xload_two": "load_two"}


def test_a_server_is_left_with_as_many_tables_as_there_are_shapes(ledger: Ledger) -> None:
    for number in range(20):
        with ledger.begin() as tx:
            bulk.upsert(tx, PUT, [("x", str(number))])
            tx_names = tx.execute(text(NAMES).columns()).all()
    assert len(tx_names) == 1
    with ledger.read() as tx:
        (load,) = tx_names
        assert tx.execute(text(f'SELECT count(*) FROM "{load[0]}"').columns()).scalar_one() == 0

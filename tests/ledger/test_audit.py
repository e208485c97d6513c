"""The audit log: nobody changes a row unseen, whichever row and however, and retention lets go without breaking it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crmbridge.ledger import audit, audit_check
from crmbridge.ledger.audit_check import Anchor
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.ledger.sealing import Sealing
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError, CrmBridgeError

KEY = Sealing(b"k" * 32)
UNPROTECTED = {
    "sqlite": ("DROP TRIGGER audit_stays", "DROP TRIGGER audit_is_kept"),
    "postgresql": ("ALTER TABLE audit DISABLE TRIGGER USER",),
}


def filled(ledger: Ledger, count: int = 9) -> list[Anchor]:
    """Rows 1 to `count`, and the anchor of each."""
    anchors = []
    for number in range(1, count + 1):
        with ledger.begin() as tx:
            head = append(tx, number)
        anchors.append(Anchor(head.seq, head.seal, f"day {number}"))
    return anchors


def append(tx: LedgerTx, number: int, **more: Any) -> audit.Head:
    said = {"mode": "tasks", "lines": number}
    about = f"connection:c{number}"
    whole: dict[str, Any] = {"action": "grant.given", "actor": "li@desk", "about": about, "said": said}
    return audit.append(tx, KEY, **(whole | {"now_us": number} | more))


def wrong(ledger: Ledger, anchors: list[Anchor] | tuple[()] = (), key: Sealing = KEY) -> list[tuple[str, list[int]]]:
    with ledger.read() as tx:
        return [(note.code, audit_check.numbers(note)) for note in audit_check.problems(tx, key, anchors)]


def tamper(ledger: Ledger, *statements: str) -> None:
    with ledger.begin() as tx:
        for sql in (*UNPROTECTED[ledger.dialect], *statements):
            tx.execute(text(sql))


def test_a_log_is_whole_and_its_rows_are_told(ledger: Ledger) -> None:
    anchors = filled(ledger, 3)
    assert wrong(ledger, anchors) == []
    with ledger.read() as tx:
        told = audit.listing(tx, limit=2)
        assert audit.listing(tx, limit=9, action="grant") == audit.listing(tx, limit=9, action="grant.given")
        assert audit.listing(tx, limit=9, action="gran") == []
    assert [(one.row.seq, one.actor, one.about, one.said["lines"]) for one in told] == [
        (3, "li@desk", "connection:c3", 3),
        (2, "li@desk", "connection:c2", 2),
    ]
    assert "li@desk" not in repr(told[0].row)


@pytest.mark.parametrize(
    "sql", ["UPDATE audit SET at_us = 0 WHERE seq = 2", "DELETE FROM audit WHERE seq = 2", "DELETE FROM audit"]
)
def test_the_engine_refuses_to_change_a_row(ledger: Ledger, sql: str) -> None:
    filled(ledger, 3)
    with pytest.raises((DBAPIError, CrmBridgeError), match="append only"), ledger.begin() as tx:
        tx.execute(text(sql))
    assert wrong(ledger) == []


@pytest.mark.postgres
def test_nor_can_the_table_be_emptied(ledger: Ledger) -> None:
    filled(ledger, 1)
    if ledger.dialect == "sqlite":
        return
    with pytest.raises((DBAPIError, CrmBridgeError), match="append only"), ledger.begin() as tx:
        tx.execute(text("TRUNCATE audit"))


@pytest.mark.parametrize("column", ["at_us", "action", "actor", "about", "said", "prev", "seal"])
def test_whichever_column_is_altered_the_row_is_named(ledger: Ledger, column: str) -> None:
    anchors = filled(ledger)
    value = "7777" if column == "at_us" else "'x'"
    tamper(ledger, f"UPDATE audit SET {column} = {value} WHERE seq = 4")
    assert ("AUDIT_ALTERED", [4]) in wrong(ledger, anchors)
    assert {seq for _, rows in wrong(ledger, anchors) for seq in rows} == {4}


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["DELETE FROM audit WHERE seq = 4"], [("AUDIT_MISSING", [4, 4])]),
        (["DELETE FROM audit WHERE seq IN (4, 5)"], [("AUDIT_MISSING", [4, 5])]),
        (["DELETE FROM audit WHERE seq = 1"], [("AUDIT_MISSING", [1, 1])]),
        (
            ["DELETE FROM audit WHERE seq = 4", "UPDATE audit SET seq = 4 WHERE seq = 5"],
            [("AUDIT_ALTERED", [4]), ("AUDIT_MISSING", [5, 5])],
        ),
        (
            [f"UPDATE audit SET seq = {to} WHERE seq = {at}" for at, to in ((4, 99), (5, 4), (99, 5))],
            [("AUDIT_ALTERED", [4]), ("AUDIT_ALTERED", [5])],
        ),
        (
            ["INSERT INTO audit SELECT 10, at_us, action, actor, about, said, prev, seal FROM audit WHERE seq = 4"],
            [("AUDIT_ALTERED", [10])],
        ),
        (["DELETE FROM audit WHERE seq > 7"], [("AUDIT_CUT", [8, 9])]),
        (["DELETE FROM audit"], [("AUDIT_CUT", [1, 9])]),
        (
            [
                "INSERT INTO audit_floor SELECT 1, seq, seal, 'x' FROM audit WHERE seq = 3",
                "DELETE FROM audit WHERE seq < 4",
            ],
            [("AUDIT_FLOOR", [3])],
        ),
        (["UPDATE audit_word SET word = 'wang@desk'"], [("AUDIT_WORD", [])]),
    ],
)
def test_what_is_taken_out_put_in_or_cut_off_is_named(ledger: Ledger, statements: list[str], found: object) -> None:
    anchors = filled(ledger)
    tamper(ledger, *statements)
    told = [one for one in wrong(ledger, anchors) if one[0] != "AUDIT_ANCHOR"]
    assert told == found


def test_a_tail_is_missed_only_against_an_anchor(ledger: Ledger) -> None:
    anchors = filled(ledger)
    tamper(ledger, "DELETE FROM audit WHERE seq > 7")
    assert wrong(ledger, anchors[:7]) == []
    assert wrong(ledger, [*anchors[:7], anchors[8]._replace(is_sealed=False)]) == [("ANCHOR_ALTERED", [9])]


def test_a_log_that_was_written_anew_is_not_the_one_that_was_anchored(ledger: Ledger) -> None:
    """With the key one can seal anything, but not what was told outside already."""
    anchors = filled(ledger, 4)
    tamper(ledger, "DELETE FROM audit")
    with ledger.begin() as tx:
        for number in range(1, 5):
            append(tx, number, actor="wang@desk")
    assert wrong(ledger) == []
    assert wrong(ledger, anchors) == [("AUDIT_ANCHOR", [number]) for number in range(1, 5)]


def test_another_key_is_refused(ledger: Ledger) -> None:
    filled(ledger, 1)
    assert [code for code, _ in wrong(ledger, key=Sealing(b"x" * 32))] == ["AUDIT_KEY"]
    with pytest.raises(ConfigError, match="not the one"), ledger.begin() as tx:
        audit.append(tx, Sealing(b"x" * 32), "a", actor="a", about="b", said={}, now_us=1)


def test_retention_lets_the_first_rows_go_and_the_rest_stays_whole(ledger: Ledger) -> None:
    anchors = filled(ledger)
    with ledger.begin() as tx:
        assert audit.let_go(tx, KEY, before_us=5) == 4
    assert wrong(ledger, anchors) == []
    with ledger.begin() as tx:
        assert audit.let_go(tx, KEY, before_us=99) == 4, "the last one stays"
        assert audit.let_go(tx, KEY, before_us=99) == 0
        head = append(tx, 10)
    assert head.seq == 10
    assert wrong(ledger, anchors) == []
    tamper(ledger, "UPDATE audit_floor SET seq = 7")
    assert wrong(ledger, anchors) != []


def test_a_name_may_go_and_the_chain_stays_whole(ledger: Ledger) -> None:
    filled(ledger, 2)
    with ledger.begin() as tx:
        assert audit.forget_words(tx, [KEY.word("li@desk")]) == 1
    with ledger.read() as tx:
        assert audit.listing(tx, limit=1)[0].actor == KEY.word("li@desk")
    assert wrong(ledger) == []


def test_after_a_restore_numbers_go_on_and_what_the_backup_did_not_have_is_no_cut(ledger: Ledger) -> None:
    anchors = filled(ledger)
    tamper(ledger, "DELETE FROM audit WHERE seq > 6")  # as a backup made then is
    with ledger.begin() as tx:
        append(tx, 7, action=audit.RESTORED, after=9)
        append(tx, 8)
    assert wrong(ledger, anchors) == []
    tamper_again = "DELETE FROM audit WHERE seq = 10"
    with ledger.begin() as tx:
        tx.execute(text(tamper_again))
    assert wrong(ledger, anchors) == [("AUDIT_MISSING", [7, 10])]


def test_two_that_append_at_once_make_one_chain(ledger_url: str) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    open_ledger(ledger_url).close()

    def work(number: int) -> None:
        opened = open_ledger(ledger_url)
        try:
            for step in range(5):
                with opened.begin() as tx:
                    append(tx, number * 10 + step)
        finally:
            opened.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    opened = open_ledger(ledger_url)
    try:
        assert wrong(opened) == []
        with opened.read() as tx:
            assert audit.head(tx).seq == 20
    finally:
        opened.close()


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ledger, list[Anchor], Callable[[], None]]]:
    """A log of 30 rows without triggers, and what puts it back as it was."""
    opened = open_ledger(f"sqlite:///{tmp_path_factory.mktemp('audit') / 'ledger.db'}", durable=False)
    anchors = filled(opened, 30)
    tamper(opened, "CREATE TABLE audit_before AS SELECT * FROM audit")

    def back() -> None:
        with opened.begin() as tx:
            tx.execute(text("DELETE FROM audit"))
            tx.execute(text("INSERT INTO audit SELECT * FROM audit_before"))

    yield opened, anchors, back
    opened.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.integers(1, 30),
    what=st.sampled_from(
        [
            "UPDATE audit SET said = '{}' WHERE seq = {at}",
            "UPDATE audit SET about = about || 'x' WHERE seq = {at}",
            "UPDATE audit SET at_us = at_us + 1 WHERE seq = {at}",
            "UPDATE audit SET prev = (SELECT seal FROM audit WHERE seq = 1) || '' WHERE seq = {at} AND {at} <> 2",
            "DELETE FROM audit WHERE seq = {at}",
            "DELETE FROM audit WHERE seq >= {at}",
        ]
    ),
)
def test_any_row_and_any_change_is_named(
    long_log: tuple[Ledger, list[Anchor], Callable[[], None]], at: int, what: str
) -> None:
    ledger, anchors, back = long_log
    try:
        with ledger.begin() as tx:
            changed = tx.execute(text(what.replace("{at}", str(at)).replace("'{}'", "'[]'"))).rowcount
        named = {seq for _, rows in wrong(ledger, anchors) for seq in rows}
        assert (at in named) == (changed > 0)
    finally:
        back()

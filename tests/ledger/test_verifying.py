"""A ledger is looked through for what no engine notices; each kind of damage is named, and a whole ledger is quiet."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from tests.sync.twoway.pairing import Pairing

from crmbridge.ledger import bulk, verifying
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import StoreError
from crmbridge.model.kinds import kind


def damages(ledger: Ledger) -> list[str]:
    with ledger.read() as tx:
        return [found.code for found in verifying.problems(tx)]


@pytest.fixture
def full(ledger: Ledger, ids: Callable[[], str]) -> Ledger:
    """Two systems in step, so that every table has something."""
    pairing = Pairing(ledger, ids)
    group = pairing.left.put("companies", {"title": "Group", "reg": "R0", "town": "Kiel"})
    company = pairing.left.put("companies", {"title": "ACME", "reg": "R1", "town": "Kiel", "group": group})
    pairing.left.put("deals", {"title": "Bridge", "phase": "Talk", "company": company, "sum": "1.10", "money": "EUR"})
    pairing.right.put("customers", {"name": "Other", "number": "R2"})
    pairing.settle()
    pairing.left.delete("companies", group)
    pairing.read()
    return ledger


DAMAGE = {
    "LOST_END": "UPDATE twin SET left_stream = 99 WHERE id = (SELECT min(id) FROM twin)",
    "LOST_LINK": "UPDATE link SET record_id = 'nobody' WHERE record_id = (SELECT min(id) FROM deal)",
    "UNLINKED": "DELETE FROM link WHERE record_id = (SELECT min(id) FROM deal)",
    "LOST_REFERENCE": "UPDATE deal SET account_id = 'nobody' WHERE id = (SELECT min(id) FROM deal)",
    "CHANGED_ROW": "UPDATE account SET name = 'ACMF' WHERE name = 'ACME'",
    "CHANGED_PAYLOAD": "UPDATE raw_record SET hash = hash + 1 WHERE id = (SELECT max(id) FROM raw_record)",
    "LATE_CHANGE": "UPDATE change_counter SET last = 1",
    "UNREADABLE": "UPDATE twin SET fields = '{' WHERE id = (SELECT min(id) FROM twin)",
    "STRANGE_WORD": "UPDATE outbox SET state = 'sending' WHERE id = (SELECT min(id) FROM outbox)",
}


def test_every_damage_is_named(full: Ledger) -> None:
    assert damages(full) == []
    for code, statement in DAMAGE.items():
        with full.engine.connect() as connection:  # rolled back at its end: the next one begins with a whole ledger
            tx = LedgerTx(connection, full.dialect, full.place)
            tx.execute(text(statement))
            assert code in [found.code for found in verifying.problems(tx)], code
    assert damages(full) == []


def test_rows_from_before_a_kind_had_a_field_are_whole(full: Ledger) -> None:
    """A field that was added since is empty in them, and in no version."""
    with full.begin() as tx:
        tx.execute(text("ALTER TABLE account DROP COLUMN website"))
        tx.execute(text("ALTER TABLE account ADD COLUMN website TEXT"))
        names = [column.name for column in kind("account").columns if column.name != "website"]
        for row in bulk.select(tx, f"SELECT id, custom, stage_dates, issues, {', '.join(names)} FROM account"):
            version = verifying.version_of((row[4:], *row[1:4]))
            bulk.update(tx, "account", ("version",), [(version, row[0])])
    assert damages(full) == []
    with full.begin() as tx:
        tx.execute(text("UPDATE account SET website = 'x' WHERE name = 'ACME'"))
    assert damages(full) == ["CHANGED_ROW"]


@pytest.mark.file_ledger
def test_a_text_of_other_bytes_is_damage(sqlite_ledger: Ledger) -> None:
    with sqlite_ledger.begin() as tx:
        tx.execute(text("INSERT INTO hint_mark VALUES (1, CAST(x'ff' AS TEXT), 1)"))
    with pytest.raises(StoreError, match="damaged"):
        damages(sqlite_ledger)


def test_not_more_is_named_than_a_person_reads(full: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "MOST", 2)
    with full.begin() as tx:
        tx.execute(text("UPDATE raw_record SET hash = hash + 1"))
    assert damages(full) == ["CHANGED_PAYLOAD"] * 2

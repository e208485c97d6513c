"""What the processes of a connection tell each other, on both engines."""

import json
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from crmbridge.adapter.context import Shared
from crmbridge.ledger import connections, hints, migrations, shared, sqlite_store
from crmbridge.ledger.engine import Ledger, open_ledger, upgrade_ledger
from crmbridge.ledger.shared import LedgerShared
from crmbridge.model.errors import LeaseLost


def clock() -> datetime:
    return datetime(2026, 3, 2, tzinfo=UTC)


def one_more(before: str | None) -> tuple[str, int]:
    return str(int(before or 0) + 1), int(before or 0)


def of(ledger: Ledger, connection_id: int = 1) -> LedgerShared:
    return LedgerShared(ledger, connection_id, clock)


def test_a_text_is_kept_and_given_to_the_next_change(ledger: Ledger) -> None:
    assert [of(ledger).update("spent", one_more) for _ in range(3)] == [0, 1, 2]
    assert of(ledger).read("spent") == "3"
    assert of(ledger).read("other") is None
    with ledger.read() as tx:
        assert shared.listing(tx, 1) == {"spent": "3"}


def test_connections_and_keys_do_not_meet(ledger: Ledger) -> None:
    of(ledger, 1).update("spent", one_more)
    of(ledger, 2).update("other", one_more)
    assert of(ledger, 1).update("other", lambda before: (before, before)) is None
    assert of(ledger, 2).update("spent", lambda before: (before, before)) is None


def test_a_text_can_be_taken_away(ledger: Ledger) -> None:
    of(ledger).update("spent", one_more)
    of(ledger).update("spent", lambda _: (None, None))
    assert of(ledger).read("spent") is None
    with ledger.read() as tx:
        assert shared.listing(tx, 1) == {}


def test_what_fails_in_between_changes_nothing(ledger: Ledger) -> None:
    of(ledger).update("spent", one_more)

    def fail(_: str | None) -> tuple[str, None]:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        of(ledger).update("spent", fail)
    assert of(ledger).update("spent", one_more) == 1


def test_no_change_is_lost_among_threads(ledger: Ledger) -> None:
    def work() -> None:
        for _ in range(25):
            of(ledger).update("spent", one_more)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert of(ledger).update("spent", one_more) == 100


PROCESS = textwrap.dedent("""
    import sys
    from datetime import UTC, datetime
    from crmbridge.ledger.engine import open_ledger
    from crmbridge.ledger.shared import LedgerShared

    ledger = open_ledger(sys.argv[1], check=False)
    kept = LedgerShared(ledger, 1, lambda: datetime.now(UTC))
    for _ in range(25):
        kept.update("spent", lambda before: (str(int(before or 0) + 1), None))
    ledger.close()
""")


def test_no_change_is_lost_among_processes(ledger: Ledger) -> None:
    running = [subprocess.Popen([sys.executable, "-c", PROCESS, ledger.url]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert of(ledger).update("spent", one_more) == 75


@pytest.mark.file_ledger
def test_inside_the_engines_own_transaction_it_gives_up_and_does_not_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine asks adapters between its transactions; one that is asked inside is told so within the timeout."""
    monkeypatch.setattr(sqlite_store, "BUSY_TIMEOUT_S", 0.05)
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    with ledger.begin(), pytest.raises(LeaseLost, match="is being written"):
        of(ledger).update("spent", one_more)
    assert of(ledger).update("spent", one_more) == 0
    ledger.close()


def test_a_long_commit_of_another_thread_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_store, "BUSY_TIMEOUT_S", 0.5)
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with ledger.begin() as tx:
            shared.put(tx, 1, "spent", "7", now_us=1)
            held.set()
            done.wait(0.8)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    assert of(ledger).update("spent", one_more) == 7
    done.set()
    thread.join()
    ledger.close()


def test_a_ledger_of_version_1_gets_the_tables(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "STEPS", migrations.STEPS[:1])
    ledger = open_ledger(ledger_url)
    with ledger.begin() as tx:
        connections.ensure(tx, "books", adapter="csv", rank=1, now_us=1)
    _back_to_1(ledger)
    ledger.close()
    upgraded = upgrade_ledger(ledger_url)
    assert of(upgraded).update("spent", one_more) == 0
    with upgraded.read() as tx:
        assert [row.name for row in connections.listing(tx)] == ["books"]
        assert hints.count(tx, 1) == 0
    upgraded.close()


def _back_to_1(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        for name in ("shared_state", "hint_inbox"):
            tx.execute(text(f"DROP TABLE {name}"))
        tx.execute(text("UPDATE meta SET value = '1' WHERE key = 'schema_version'"))


def test_it_is_what_adapters_are_promised(ledger: Ledger) -> None:
    promised: Shared = of(ledger)
    assert promised.read("spent") is None


def test_texts_may_be_any_json(ledger: Ledger) -> None:
    said = json.dumps({"时间": [1, None, "\U0001f600"]}, ensure_ascii=False)
    of(ledger).update("状态", lambda _: (said, None))
    assert of(ledger).update("状态", lambda before: (before, before)) == said

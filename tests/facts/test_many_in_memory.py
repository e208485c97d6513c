"""Facts in memory share a DuckDB with others for a while, and none of them notices when a new one takes over."""

from crmbridge.facts.memory import MADE_IN_ONE
from crmbridge.facts.store import Facts


def _databases(facts: Facts) -> set[str]:
    return {name for (name,) in facts.query("SELECT database_name FROM duckdb_databases()")}


def test_facts_made_before_and_after_another_duckdb_takes_over_are_their_own() -> None:
    kept = [Facts.in_memory() for _ in range(MADE_IN_ONE + 2)]
    for number, facts in enumerate(kept):
        facts.insert("users", [{"id": f"u{number}"}])
    assert [facts.query("SELECT id FROM users") for facts in kept] == [[(f"u{n}",)] for n in range(len(kept))]
    assert not _databases(kept[0]) & _databases(kept[-1]) - {"system", "temp", "memory", "empty_facts"}
    for facts in kept:
        facts.close()


def test_one_duckdb_holds_only_so_many() -> None:
    for _ in range(3 * MADE_IN_ONE):
        facts = Facts.in_memory()
        assert len(_databases(facts)) < 2 * MADE_IN_ONE
        facts.close()

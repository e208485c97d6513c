"""What was made under an external key, and how the source shows it now."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.instants import to_us


class Created(NamedTuple):
    """A record that we made, or that we sent and nobody has looked for yet (no `external_id` then)."""

    key: str
    connection_id: int
    object: str
    external_id: str | None


def created(tx: LedgerTx, kind_name: str) -> list[Created]:
    """Every record of a kind that was ever made under a key, whatever became of it since; the latest of a key last."""
    sql = (
        "SELECT key, connection_id, object, external_id FROM outbox WHERE op = 'create' AND kind = :kind_name"
        " AND tries > 0 AND (state = 'applied' OR state IN ('sent', 'unknown') AND settled_us IS NULL) ORDER BY id"
    )
    return [Created(*row) for row in bulk.select(tx, sql, kind_name=kind_name)]


class Standing(NamedTuple):
    """A task that somebody else made, a person or a workflow of the system: what it says and what it is about.

    `is_done`: somebody has completed it; `due_date` (ISO), `due_us` and `completed_us` are what the system tells.
    """

    external_id: str
    title: str
    is_done: bool
    due_date: str | None
    due_us: int | None
    completed_us: int | None
    lead_id: str | None
    account_id: str | None
    contact_id: str | None
    deal_id: str | None

    def about(self, kind_name: str) -> str | None:
        """The record of a kind that it is about."""
        found: str | None = getattr(self, f"{kind_name}_id", None)
        return found


def standing(tx: LedgerTx, connection_id: int, *, done_from: datetime) -> list[Standing]:
    """The tasks of a connection that we did not make, by the vendor's id: open, or done and of no earlier day.

    A done one counts where it was due or completed at `done_from` (aware) or later; its day in UTC, where only that
    is told.
    """
    sql = (
        "SELECT external_id, title, CASE WHEN status = 'done' THEN 1 ELSE 0 END, due_date, due_at_us, completed_at_us,"
        " lead_id, account_id, contact_id, deal_id FROM task"
        " WHERE connection_id = :connection_id AND lifecycle = 'active' AND title IS NOT NULL"
        " AND (status = 'open' OR status IS NULL OR status = 'done'"
        " AND (completed_at_us >= :from_us OR due_at_us >= :from_us OR due_date >= :from_day)) ORDER BY external_id"
    )
    ours = {one.external_id for one in created(tx, "task") if one.connection_id == connection_id}
    told = {"from_us": to_us(done_from), "from_day": done_from.astimezone(UTC).date().isoformat()}
    rows = (_standing(row) for row in bulk.select(tx, sql, connection_id=connection_id, **told))
    return [one for one in rows if one.external_id not in ours]


def _standing(row: tuple[Any, ...]) -> Standing:
    external_id, title, is_done, *told = row
    return Standing(external_id, title, bool(is_done), *told)


_TASKS = "SELECT id, lifecycle, status, due_date, due_at_us, completed_at_us FROM task WHERE id IN {wanted}"
_ACTIVITIES = "SELECT id, lifecycle, state, due_date, due_at_us, ended_at_us FROM activity WHERE id IN {wanted}"


class Doing(NamedTuple):
    """A task, or an activity that stands for one, as last read. `state` is the word of its kind."""

    record_id: str
    lifecycle: str
    state: str | None
    due_date: str | None
    due_at_us: int | None
    ended_us: int | None


def tasks(tx: LedgerTx, record_ids: Sequence[str]) -> dict[str, Doing]:
    """The tasks of those ids."""
    return _doings(bulk.fetch(tx, _TASKS, record_ids))


def activities(tx: LedgerTx, record_ids: Sequence[str]) -> dict[str, Doing]:
    """The activities of those ids."""
    return _doings(bulk.fetch(tx, _ACTIVITIES, record_ids))


def _doings(rows: Sequence[tuple[Any, ...]]) -> dict[str, Doing]:
    return {row[0]: Doing(*row) for row in rows}

"""Deleted records: the recycle bin, its ageing and the way back (dossier 2.6)."""

from __future__ import annotations

import json
from typing import Any

from crmbridge_sim.zoho.schema import Module
from crmbridge_sim.zoho.store import Change, Store, quoted

DAY_S = 86_400
RECYCLE_DAYS = 60
PERMANENT_DAYS = 120
HIDDEN = "hidden"  # a kind no feed lists


def delete(store: Store, module: Module, record_id: int, *, at: int, user: int, permanent: bool = False) -> bool:
    """Moves a record to the bin, or away for good; False when it is not there."""
    before = store.get(module.api_name, record_id)
    if before is None:
        return False
    store.db.execute(f"DELETE FROM {quoted(module.api_name)} WHERE id = ?", (record_id,))
    kind, body = ("permanent", None) if permanent else ("recycle", json.dumps(before))
    display, by, creator = before.get(module.display_field), user, before.get("Created_By")
    store.db.execute(
        "INSERT OR REPLACE INTO trash VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (record_id, module.api_name, display, kind, at, by, creator, body),
    )
    store.tell(Change(module.api_name, record_id, "delete", before, None, at, user))
    return True


def hide(store: Store, module: Module, record_id: int, *, at: int) -> bool:
    """Takes a record out of sight without deleting it: the reader's role sees it no more (dossier 8, sharing)."""
    before = store.get(module.api_name, record_id)
    if before is None:
        return False
    store.db.execute(f"DELETE FROM {quoted(module.api_name)} WHERE id = ?", (record_id,))
    row = (record_id, module.api_name, None, HIDDEN, at, None, None, json.dumps(before))
    store.db.execute("INSERT OR REPLACE INTO trash VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return True


def unhide(store: Store) -> int:
    """Everything that was hidden is seen again, as it was; returns how many records."""
    rows = store.db.execute("SELECT module, body FROM trash WHERE kind = ?", (HIDDEN,)).fetchall()
    for module, body in rows:
        values = json.loads(body)
        store.insert_many(module, tuple(values), [tuple(values.values())])
    store.db.execute("DELETE FROM trash WHERE kind = ?", (HIDDEN,))
    return len(rows)


def purge(store: Store, record_id: int, *, at: int) -> bool:
    """Empties one record out of the bin; nobody can bring it back."""
    done = store.db.execute(
        "UPDATE trash SET kind = 'permanent', body = NULL, deleted_at = ? WHERE id = ? AND kind = 'recycle'",
        (at, record_id),
    )
    return done.rowcount > 0


def restore(store: Store, record_id: int, *, at: int, user: int, move: bool) -> bool:
    """Brings a record back: it leaves the deleted list; whether Modified_Time moves is a switch (dossier 2.6)."""
    row = store.db.execute("SELECT module, body FROM trash WHERE id = ? AND kind = 'recycle'", (record_id,)).fetchone()
    if row is None:
        return False
    module = store.schema[row[0]]
    values: dict[str, Any] = {
        name: value for name, value in json.loads(row[1]).items() if name == "id" or name in module
    }
    if move:
        values |= {"Modified_Time": at, "Modified_By": user}
    store.insert_many(module.api_name, tuple(values), [tuple(values.values())])
    store.db.execute("DELETE FROM trash WHERE id = ?", (record_id,))
    store.tell(Change(module.api_name, record_id, "restore", None, values, at, user))
    return True


def listed(
    store: Store,
    module: str,
    *,
    kind: str,
    since: int | None,
    now: int,
    limit: int,
    offset: int,
    newest_first: bool = True,
) -> list[tuple[Any, ...]]:
    """Rows of the deleted feed: recycled for 60 days, permanent for 120 (dossier 2.6: DOC7)."""
    kinds = {"all": ("recycle", "permanent"), "recycle": ("recycle",), "permanent": ("permanent",)}[kind]
    parts = [
        f"(kind = '{one}' AND deleted_at > {now - days * DAY_S})"
        for one, days in (("recycle", RECYCLE_DAYS), ("permanent", PERMANENT_DAYS))
        if one in kinds
    ]
    where = f"module = ? AND ({' OR '.join(parts)})" + (f" AND deleted_at >= {since}" if since is not None else "")
    way = "DESC" if newest_first else "ASC"
    sql = (
        f"SELECT id, display, kind, deleted_at, deleted_by, created_by FROM trash WHERE {where}"
        f" ORDER BY deleted_at {way}, id {way} LIMIT ? OFFSET ?"
    )
    return store.db.execute(sql, (module, limit, offset)).fetchall()

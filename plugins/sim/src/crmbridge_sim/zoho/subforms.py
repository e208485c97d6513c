"""Subform rows in a write: with ``id`` update, without append, ``_delete`` deletes, ``[]`` empties (dossier 2.4)."""

from __future__ import annotations

import json
from typing import Any

from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import RecordError
from crmbridge_sim.zoho.schema import Field
from crmbridge_sim.zoho.store import Values
from crmbridge_sim.zoho.values import wrong_type


def merge_rows(ctx: Ctx, field: Field, sent: Any, path: str, before: Values | None) -> str | None:  # noqa: ANN401  # JSON
    """The stored rows after a write; a row id nobody has -> INVALID_DATA."""
    if sent is None or sent == []:
        return None
    if not isinstance(sent, list) or not all(isinstance(row, dict) for row in sent):
        raise wrong_type(field, path, "jsonarray")
    rows: dict[str, dict[str, Any]] = {row["id"]: row for row in json.loads((before or {}).get(field.api_name) or "[]")}
    for number, row in enumerate(sent):
        row_id = row.get("id")
        if row_id is None:
            row_id = str(ctx.store.next_id())
            rows[row_id] = {}
        elif row_id not in rows:
            raise RecordError("INVALID_DATA", {"api_name": "id", "json_path": f"{path}[{number}].id"})
        if "_delete" in row:
            del rows[row_id]
            continue
        rows[row_id] |= {**row, "id": row_id}
    return json.dumps(list(rows.values()), ensure_ascii=False, separators=(",", ":"))

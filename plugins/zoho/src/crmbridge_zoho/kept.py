"""What changes seldom and no reading is wrong by: described again once a day, or where something contradicts it.

The fields of a module are none of it: how a value is read depends on them, so they are asked for in every run that
reads it. The list of modules and the pipelines only say what there is and what it is called.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import JsonValue

if TYPE_CHECKING:
    from crmbridge_zoho.session import Session

HOLDS = timedelta(days=1)
LONGEST = 200_000
"""More characters than that are not kept: what all processes share is meant for small texts."""


def kept(session: "Session", key: str, *, mark: object = None) -> JsonValue:
    """What was described under that key within the last day, from the same `mark`; else None."""
    text = session.context.shared.read(_name(key))
    if text is None:
        return None
    try:
        told = json.loads(text)
        at = datetime.fromisoformat(told["at"])
        is_good = told["of"] == _of(mark) and timedelta() <= session.context.clock() - at < HOLDS
        found: JsonValue = told["what"] if is_good else None
    except (ValueError, KeyError, TypeError):
        return None
    return found


def keep(session: "Session", key: str, what: JsonValue, *, mark: object = None) -> None:
    """Remembers it for a day."""
    told = {"at": session.context.clock().isoformat(), "of": _of(mark), "what": what}
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str)
    session.context.shared.update(_name(key), lambda _: (text if len(text) <= LONGEST else None, None))


def _of(mark: object) -> str:
    """What it goes with: it is not used beside anything else. The account behind a connection is always the same."""
    return hashlib.sha256(json.dumps(mark, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _name(key: str) -> str:
    return f"zoho.described.{key}"

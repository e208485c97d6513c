"""The acting employee that was found by a mobile number, remembered for a day by all processes of a connection."""

import json
from datetime import datetime, timedelta

from crmbridge.adapter.context import AdapterContext

HOLDS = timedelta(days=1)
_KEY = "fxiaoke.operator"


def kept(context: AdapterContext, identity: str) -> tuple[str, str] | None:
    """The id and the name that were found within a day with the same login; else None."""
    try:
        told = json.loads(context.shared.read(_KEY) or "null")
        at = datetime.fromisoformat(told["at"])
        is_good = told["of"] == identity and timedelta() <= context.clock() - at < HOLDS
        return (str(told["id"]), str(told["name"])) if is_good else None
    except (ValueError, KeyError, TypeError):
        return None


def keep(context: AdapterContext, identity: str, operator_id: str, name: str) -> None:
    """Remembers him for a day."""
    told = {"of": identity, "at": context.clock().isoformat(), "id": operator_id, "name": name}
    text = json.dumps(told, ensure_ascii=False)
    context.shared.update(_KEY, lambda _: (text, None))

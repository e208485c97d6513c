"""What was created, or may have been, in the last minutes: Jira's index learns of it late, its database at once.

Shared by all processes of the connection: `{key: [id, ms]}`, the id null where the answer of the create was lost.
What was changed is there too, under `#ID`.
"""

import json

from crmbridge_jira.cursor import milliseconds
from crmbridge_jira.session import Session

FIND_LAG_S = 300
"""So long a search may not find an issue that was made."""
MOST_RECONCILED = 50
_KEPT_S = 3600
_MOST = 500
_PLACE = "jira.made"


def known(session: Session, key: str) -> str | None:
    """The id of the issue that was made with that key lately."""
    found = _read(session.context.shared.read(_PLACE)).get(key)
    return found[0] if found else None


def recent(session: Session) -> list[int]:
    """The ids of what was made or changed within the lag: a search is asked to be right about these."""
    found = _read(session.context.shared.read(_PLACE)).values()
    ids = [told[0] for told in found if told[0] and _now(session) - told[1] < FIND_LAG_S * 1000]
    return sorted({int(one) for one in ids[-MOST_RECONCILED:] if one.isdigit()})


def is_doubtful(session: Session, key: str) -> bool:
    """Whether a create with that key may have happened, and the index may not know of it yet."""
    found = _read(session.context.shared.read(_PLACE)).get(key)
    return found is not None and found[0] is None and _now(session) - found[1] < FIND_LAG_S * 1000


def remember(session: Session, key: str, external_id: str | None) -> None:
    """Notes a create; None where nobody knows whether it happened."""
    now = _now(session)

    def change(text: str | None) -> tuple[str | None, None]:
        kept = {one: told for one, told in _read(text).items() if now - told[1] < _KEPT_S * 1000}
        kept.pop(key, None)
        kept[key] = (external_id, now)
        return json.dumps(dict(list(kept.items())[-_MOST:])), None

    session.context.shared.update(_PLACE, change)


def _now(session: Session) -> int:
    return milliseconds(session.context.clock())


def _read(text: str | None) -> dict[str, tuple[str | None, int]]:
    return {key: (told[0], int(told[1])) for key, told in json.loads(text or "{}").items()}

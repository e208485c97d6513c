"""Where a reading of one object stands.

    {"v":1,"f":fields,"m":mark,"w":whole}                      at the end of a reading
    {"v":1,"f":fields,"b":begun,"s":since,"t":token,"w":whole} within one; without `s` it lists everything

Times are milliseconds since 1970 by Jira's clock. `f` stands for the fields and options that were read with, `w` is
when everything was listed last. A cursor of another version, or of other options, is read as none.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crmbridge.adapter import read_fields
from crmbridge.http import fingerprint
from crmbridge_jira.config import JiraOptions

OVERLAP_MS = 5 * 60 * 1000
WHOLE_AFTER_MS = 24 * 3600 * 1000
_MAX_TOKEN = 3000
_NAMES = {"m": "mark", "w": "whole", "b": "begun", "s": "since", "n": "turn"}


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in one object."""

    fields: str
    options: str
    mark: int | None = None
    whole: int | None = None
    begun: int | None = None
    since: int | None = None
    token: str | None = None
    turn: int | None = None
    """Tells two readings of one second apart."""

    def text(self) -> str:
        """The cursor as the engine keeps it; a token too long for it is left out, and the reading begins again."""
        told: dict[str, object] = {"v": 1, "f": self.fields, "o": self.options}
        told |= {short: getattr(self, name) for short, name in _NAMES.items() if getattr(self, name) is not None}
        if self.token is not None and len(self.token) <= _MAX_TOKEN:
            told["t"] = self.token
        return json.dumps(told, separators=(",", ":"))


def parse(text: str | None, options: str, fields: Iterable[str] | None) -> Cursor | None:
    """The cursor in a text; None where there is none, or one that does not go with what is asked for now."""
    try:
        told = json.loads(text or "null")
        if not isinstance(told, dict) or told.get("v") != 1 or told.get("o") != options:
            return None
        kept = {name: int(told[short]) for short, name in _NAMES.items() if short in told}
        found = Cursor(str(told["f"]), options, token=told.get("t"), **kept)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if read_fields.covers(found.fields, fields) else None


def options_of(options: JiraOptions, name: str) -> str:
    """What a reading depends on, beside its fields: the site, and the object's own options."""
    mine = options.objects.get(name)
    told = mine.model_dump_json() if mine is not None else repr([sorted(options.people.items()), options.projects])
    return fingerprint(options.site, told)


def milliseconds(at: datetime) -> int:
    """A time as JQL compares it: in no time zone."""
    return int(at.timestamp() * 1000)

"""The description of a card: what people wrote, and lines of ours, which nobody else needs to understand.

    Call Ada about the quote.

    [CRM](https://crm.example.com/tasks/17)
    [crm:t-7f3a19]
    [crm-cancelled]

They go in the call that makes the card, so a card of ours is never without. People may write around them.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

_LINE = r"(?:\[CRM\]\((?P<link>[^()\s]+)\)|\[crm:(?P<key>[^\[\]\s]+)\]|(?P<off>\[crm-cancelled\]))"
_OURS = re.compile(rf"(?:\A|\n{{1,2}}){_LINE}(?=\n|\Z)")
_NO_LINK = re.compile(r"[()\s]")


@dataclass(frozen=True, slots=True)
class Desc:
    """A description, apart. `is_cancelled`: it was us who put the card into the archive."""

    text: str = ""
    key: str | None = None
    link: str | None = None
    is_cancelled: bool = False

    def whole(self) -> str:
        """As Trello keeps it."""
        lines = [f"[CRM]({self.link})"] if self.link else []
        lines += [f"[crm:{quote(self.key, safe='._:-')}]"] if self.key else []
        lines += ["[crm-cancelled]"] if self.is_cancelled else []
        return "\n\n".join(part for part in (self.text, "\n".join(lines)) if part)


def parse(desc: object) -> Desc:
    """What stands in a description; of two keys the last one counts."""
    if not isinstance(desc, str):
        return Desc()
    key = link = None
    is_cancelled = False
    for found in _OURS.finditer(desc):
        key = unquote(found["key"]) if found["key"] else key
        link = found["link"] or link
        is_cancelled = is_cancelled or found["off"] is not None
    return Desc(_OURS.sub("", desc), key, link, is_cancelled)


def is_link(text: str) -> bool:
    """Whether it can stand as a link."""
    return not _NO_LINK.search(text)

"""What a handler knows of its call: who asks, with which values, about which things."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crmbridge_sim.faults import Fault
from crmbridge_sim.trello.errors import INVALID_ID, NO_RIGHT, Refusal, invalid, not_found
from crmbridge_sim.trello.model import Board, Card, Member, TrelloList
from crmbridge_sim.wire import Request

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator

ID = re.compile(r"[0-9a-f]{24}")
SHORT = re.compile(r"[0-9A-Za-z]{8}")
IDS = frozenset({"board", "card", "list", "action", "checklist", "item", "field", "attachment", "hook", "label"})
_MISSING = object()


def is_id(value: object) -> bool:
    """Whether it could be an id."""
    return isinstance(value, str) and ID.fullmatch(value) is not None


def moment(text: str, name: str) -> int:
    """An ISO date or time in milliseconds, UTC where it names no zone."""
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid(name) from None
    return int(at.timestamp() * 1000)


@dataclass
class Ctx:
    """One call."""

    sim: TrelloSimulator
    request: Request
    member: Member
    token: str
    sent: Mapping[str, Any]
    args: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[Fault] = ()

    @property
    def now(self) -> int:
        """The present in milliseconds."""
        return self.sim.now_ms()

    def value(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  # JSON
        """A value of the query or the body."""
        found = self.sent.get(name, _MISSING)
        return self.request.params.get(name, default) if found is _MISSING else found

    def has(self, name: str) -> bool:
        """Whether a value was sent, null among them."""
        return name in self.sent or name in self.request.params

    def text(self, name: str, default: str = "") -> str:
        """A text."""
        found = self.value(name)
        if found is None:
            return default
        if not isinstance(found, str):
            raise invalid(name)
        return found

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A yes or no, as JSON or text."""
        found = self.value(name, default)
        if isinstance(found, bool):
            return found
        if str(found).lower() in {"true", "false"}:
            return str(found).lower() == "true"
        raise invalid(name)

    def ids(self, name: str) -> list[str]:
        """A list of ids: JSON or comma separated."""
        found = self.value(name)
        parts = [one for one in found.split(",") if one] if isinstance(found, str) else found
        if not isinstance(parts, list) or not all(map(is_id, parts)):
            raise invalid(name)
        return parts

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number, no more than is allowed."""
        text = str(self.value(name, default))
        if not text.isascii() or not text.isdigit():
            raise invalid(name)
        return min(int(text), most)

    @property
    def client(self) -> str:
        """Who writes, as the call names itself; its webhook says so too (B4)."""
        return self.request.headers.get("X-Trello-Client-Identifier", "")

    def mark(self, name: str) -> str:
        """``since`` or ``before`` of cards: an id, or a date as the id of that second; both mean creation (B3)."""
        text = self.text(name)
        return text if not text or is_id(text) else f"{max(moment(text, name), 0) // 1000:08x}".ljust(24, "0")

    def board(self, name: str = "") -> Board:
        """The board of the path; one that the caller is not on is refused."""
        wanted = name or self.args["board"]
        found = next((one for one in self.sim.boards.values() if wanted in {one.id, one.short}), None)
        if found is None:
            raise not_found()
        if self.member.id not in found.members:
            raise Refusal(401, "unauthorized permission requested")
        return found

    def place(self, name: str = "") -> TrelloList:
        """The list of the path."""
        found = self.sim.lists.get(name or self.args["list"])
        if found is None:
            raise not_found()
        self.board(found.board)
        return found

    def card(self) -> Card:
        """The card of the path; one of a board that the caller is not on is a matter of rights (B5)."""
        found = self.sim.card(self.args["card"])
        if found is None:
            raise not_found()
        if self.member.id not in self.sim.boards[found.board].members:
            raise Refusal(401, NO_RIGHT)
        return found


def check_ids(args: Mapping[str, str]) -> None:
    """A malformed id is refused before anybody asks who calls (TRELLO-1770)."""
    for name, value in args.items():
        short = name in {"board", "card"} and SHORT.fullmatch(value)
        if name in IDS and not is_id(value) and not short:
            raise Refusal(400, INVALID_ID)

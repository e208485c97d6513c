"""What a change becomes: the body of the call, and who is put on the card or taken off."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from crmbridge.adapter.sending import Unsendable, require_whole_texts
from crmbridge_trello.cards import CANCELLED, DONE, KEY, LINK, MEMBER, OPEN, STATE, TEXT, Boards, Card, stamp
from crmbridge_trello.config import ObjectOptions
from crmbridge_trello.desc import Desc, is_link

PLAIN = frozenset({"name", "start", "dueComplete", "closed"})
LONGEST = 16384
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_END_OF_DAY = time(23, 59)


@dataclass(slots=True)
class Outgoing:
    """One change, ready to send. `joins` and `leaves` are members."""

    body: dict[str, object] = field(default_factory=dict)
    joins: str | None = None
    leaves: str | None = None


@dataclass(slots=True)
class Preparing:
    """Makes a change ready; `card` is what is there, None for a new one."""

    boards: Boards
    options: ObjectOptions
    card: Card | None = None

    def outgoing(self, told: Mapping[str, JsonValue], key: str | None = None) -> Outgoing:
        """The change as Trello takes it; Unsendable for what it never takes. `key` is that of a new card."""
        ready = Outgoing()
        before = desc = self.card.desc if self.card else Desc()
        for name, value in told.items():
            require_whole_texts(name, value)
            desc = self._field(ready, desc, name, value)
        if STATE in told:
            desc = self._state(ready, told[STATE], desc)
        desc = replace(desc, key=key) if key else desc
        if desc != before:
            ready.body["desc"] = desc.whole()
        for name in ("name", "desc"):
            if len(str(ready.body.get(name) or "")) > LONGEST:
                raise Unsendable("TOO_LONG", "{field} has more than {most} characters", name, most=LONGEST)
        return ready

    def _field(self, ready: Outgoing, desc: Desc, name: str, value: JsonValue) -> Desc:
        """One field, put where it belongs; the description with it."""
        if name in {TEXT, LINK, KEY}:
            return _described(desc, name, value)
        if name == MEMBER:
            self._assign(ready, value)
        elif name == "due":
            ready.body[name] = self._due(value)
        elif name == "idList":
            ready.body[name] = self._list(value)
        elif name in PLAIN:
            ready.body[name] = value
        elif name != STATE:
            raise Unsendable("GIVEN", "Trello gives {field} itself, or it is not written", name)
        return desc

    def _state(self, ready: Outgoing, state: object, desc: Desc) -> Desc:
        """Where a card of that state stands; an `idList` of the same change comes first."""
        here, options = self.card.list if self.card else None, self.options
        if state not in {OPEN, DONE, CANCELLED}:
            raise Unsendable("STATE", "{field} is open, done or cancelled", STATE)
        if state != CANCELLED:
            ready.body["dueComplete"] = state == DONE
        if state == CANCELLED and not options.cancelled:
            ready.body["closed"] = True
            return replace(desc, is_cancelled=True)
        if self.card is not None and self.card.is_off:
            ready.body["closed"] = False
        goal = {DONE: options.done, CANCELLED: options.cancelled}.get(str(state), ())
        if goal and here not in goal:
            ready.body.setdefault("idList", self._list(goal[0]))
        wrong = {*options.cancelled, *(options.done if state == OPEN else ())} - {*goal}
        if state != CANCELLED and here in wrong and "idList" not in ready.body:
            ready.body["idList"] = self.entry()
        return replace(desc, is_cancelled=False)

    def entry(self) -> object:
        """The list for new cards, and for those that are open again."""
        if self.options.list is None:
            text = "no list is named where new cards go, and those that are open again"
            raise Unsendable("NO_LIST", text, "idList", hint="set list of the object in crmbridge.toml")
        return self._list(self.options.list)

    def _list(self, value: object) -> object:
        """A list that the board has, not archived."""
        if not self.boards.is_open(self.options.board, value):
            text = "the board has no open list {list}"
            raise Unsendable("LIST", text, "idList", hint="check the lists in crmbridge.toml", list=str(value))
        return value

    def _assign(self, ready: Outgoing, value: object) -> None:
        """Puts a member on the card, and takes off who had to do it; nobody else is touched."""
        told = self.card.told if self.card else {}
        before = self.boards.member(told)
        if value == before:
            return
        if value is not None and value not in (told.get("idMembers") or ()):
            ready.joins = str(value)
        emails = self.boards.emails
        ready.leaves = before if before in emails or not emails else None

    def _due(self, value: object) -> object:
        """A moment in UTC; of a day its last minute, where the team is."""
        if value is None:
            return None
        try:
            if _DAY.fullmatch(str(value)):
                at = datetime.combine(date.fromisoformat(str(value)), _END_OF_DAY)
            else:
                at = datetime.fromisoformat(str(value))
        except ValueError:
            raise Unsendable("TIME", "{field} is no time", "due") from None
        return stamp(at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.boards.session.context.zone)))


def _described(desc: Desc, name: str, value: JsonValue) -> Desc:
    text = str(value) if value is not None else ""
    if name == TEXT:
        return replace(desc, text=text)
    if name == KEY:
        return replace(desc, key=text or None)
    if not is_link(text):
        raise Unsendable("LINK", "{field} may hold neither spaces nor brackets", name)
    return replace(desc, link=text or None)

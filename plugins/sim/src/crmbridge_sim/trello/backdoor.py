"""What people do at their desks, behind the client's back, and what a board's owner does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmbridge_sim.trello import cards, changing
from crmbridge_sim.trello.access import Token
from crmbridge_sim.trello.context import Ctx
from crmbridge_sim.trello.model import Action, Card, Member
from crmbridge_sim.wire import Request

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator

FIELDS = frozenset(
    {"idList", "name", "desc", "due", "start", "dueComplete", "closed", "idMembers", "idLabels", "pos"},
)


class Backdoor:
    """Every public method is an action of the control API too. ``user`` is a member by id, name or address."""

    def __init__(self, sim: TrelloSimulator) -> None:
        self._sim = sim

    def create(self, place: str, fields: dict[str, Any], user: str = "") -> str:
        """A new card in a list, by Trello's names of fields; its id."""
        told: dict[str, str] = cards.create(self._ctx(user, {"name": "", **fields, "idList": place})).json()
        return told["id"]

    def edit(self, card: str, fields: dict[str, Any], user: str = "") -> None:
        """Other values of a card, as the API takes them."""
        cards.update(self._ctx(user, fields, card=self._card(card).id))

    def edit_some(self, count: int = 1) -> list[str]:
        """Somebody gives cards another name."""
        found = sorted(self._sim.cards)[:count]
        for key in found:
            self.edit(key, {"name": f"{self._sim.cards[key].name} (edited)"})
        return found

    def move(self, card: str, place: str, user: str = "") -> None:
        """To another list, perhaps of another board."""
        self.edit(card, {"idList": place}, user)

    def archive(self, card: str, on: bool = True, user: str = "") -> None:  # noqa: FBT001, FBT002  # a control action
        """Archives a card, or brings it back."""
        self.edit(card, {"closed": on}, user)

    def complete(self, card: str, on: bool = True, user: str = "") -> None:  # noqa: FBT001, FBT002  # a control action
        """Ticks the due date off."""
        self.edit(card, {"dueComplete": on}, user)

    def delete(self, card: str, user: str = "") -> None:
        """Final."""
        changing.delete(self._sim, self._card(card), self._person(user).id)

    def copy(self, card: str, user: str = "") -> str:
        """A copy with what stands on the card, the marker in its description too (B6); its id."""
        old = self._card(card)
        values = {"place": old.place, "name": old.name, "desc": old.desc, "due": old.due}
        sets = {"members": list(old.members), "labels": list(old.labels)}
        kind = self._sim.switches.text("copy_action")
        return changing.make(self._sim, {**values, **sets}, self._person(user).id, kind=kind).id

    def comment(self, card: str, text: str, user: str = "") -> str:
        """Somebody says something; the id of the action."""
        return changing.comment(self._sim, self._card(card), text, self._person(user).id).id

    def edit_comment(self, comment: str, text: str) -> None:
        """Another text."""
        changing.edit_comment(self._sim, self._comment(comment), text)

    def delete_comment(self, comment: str) -> None:
        """It is gone."""
        changing.edit_comment(self._sim, self._comment(comment), None)

    def add_list(self, board: str, name: str) -> str:
        """A list at the end of a board; its id."""
        return self._sim.add_list(board, name, top=False).id

    def close_list(self, place: str, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a control action
        """Archives a list, or brings it back."""
        self._sim.lists[place].closed = on

    def close_board(self, board: str, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a control action
        """Closes a board, or opens it again."""
        self._sim.boards[board].closed = on

    def join(self, board: str, user: str) -> None:
        """Somebody becomes a member of a board."""
        self._sim.boards[board].members.append(self._person(user).id)

    def leave(self, board: str, user: str = "") -> None:
        """Somebody leaves a board; the caller where nobody is named."""
        self._sim.boards[board].members.remove((self._person(user) if user else self._sim.caller).id)

    def revoke_tokens(self) -> None:
        """All tokens are dead, and their webhooks with them."""
        self._sim.tokens.clear()
        self._sim.webhooks.clear()

    def new_token(self, scopes: Sequence[str] = ("read", "write"), user: str = "") -> str:
        """Another token, of the caller where nobody is named."""
        who = self._person(user) if user else self._sim.caller
        made = f"ATTA{self._sim.new_id()}"
        self._sim.tokens[made] = Token(who.id, frozenset(scopes))
        return made

    def _card(self, name: str) -> Card:
        found = self._sim.card(name)
        if found is None:
            raise KeyError(f"no card {name}")
        return found

    def _comment(self, name: str) -> Action:
        found = next((one for one in self._sim.actions if one.id == name and one.type == "commentCard"), None)
        if found is None:
            raise KeyError(f"no comment {name}")
        return found

    def _ctx(self, user: str, sent: Mapping[str, Any], **args: str) -> Ctx:
        """The call that somebody's browser makes; a field that is none is a mistake of the test."""
        if strange := sorted(set(sent) - FIELDS):
            raise ValueError(f"cards have no {', '.join(strange)}")
        return Ctx(self._sim, Request("PUT", "/"), self._person(user), "", dict(sent), args)

    def _person(self, name: str) -> Member:
        """Somebody; the first colleague where nobody is named."""
        found = self._sim.person(name) if name else list(self._sim.members.values())[1]
        if found is None:
            raise KeyError(f"nobody is called {name}")
        return found

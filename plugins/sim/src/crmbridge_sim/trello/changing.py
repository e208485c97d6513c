"""What a change does: to the card, to its activity, to the feed and to whoever is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge_sim.trello.model import Action, Card

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator

_NAMES = {"place": "idList", "due_complete": "dueComplete"}


def act(sim: TrelloSimulator, kind: str, card: Card, member: str, client: str = "", **data: Any) -> Action:  # noqa: ANN401
    """Keeps what happened and tells it."""
    told = {"card": {"id": card.id, "name": card.name, "idShort": card.number, "shortLink": card.short}, **data}
    told.setdefault("board", {"id": card.board, "name": sim.boards[card.board].name})
    made = Action(sim.new_id(), kind, sim.now_ms(), member, card.board, card.id, told)
    sim.actions.append(made)
    sim.events.happened(made, client)
    return made


def make(sim: TrelloSimulator, values: dict[str, Any], member: str, client: str = "") -> Card:
    """A new card in a list; values by the names of ``Card``."""
    place = sim.lists[values["place"]]
    board = sim.boards[place.board]
    board.numbers += 1
    key = sim.new_id()
    now = sim.now_ms()
    card = Card(key, board.numbers, sim.new_short(), board.id, place.id, "", now, made=now)
    top = [one.pos for one in sim.cards.values() if one.place == place.id]
    pos = values.pop("pos", "bottom")
    card.pos = {"top": min(top, default=32768) / 2, "bottom": max(top, default=0) + 16384}.get(pos, 0.0) or float(pos)
    for name, value in values.items():
        setattr(card, name, value)
    sim.cards[card.id] = card
    act(sim, "createCard", card, member, client, list={"id": place.id, "name": place.name})
    return card


def change(sim: TrelloSimulator, card: Card, values: dict[str, Any], member: str, client: str = "") -> None:
    """Other values; one action for each field that is another now."""
    for name, value in values.items():
        old = getattr(card, name)
        if old == value:
            continue
        setattr(card, name, value)
        card.at = sim.now_ms()
        if name == "place":
            before, after = sim.lists[old], sim.lists[value]
            told = {
                "listBefore": {"id": before.id, "name": before.name},
                "listAfter": {"id": after.id, "name": after.name},
            }
            if before.board != after.board:
                card.board = after.board
                act(sim, "moveCardToBoard", card, member, client, **told)
                continue
        else:
            told = {}
        act(sim, "updateCard", card, member, client, old={_NAMES.get(name, name): old}, **told)


def delete(sim: TrelloSimulator, card: Card, member: str, client: str = "") -> None:
    """Final (B2)."""
    del sim.cards[card.id]
    sim.deleted.append(card.id)
    sim.actions[:] = [one for one in sim.actions if one.card != card.id]
    act(sim, "deleteCard", card, member, client)


def comment(sim: TrelloSimulator, card: Card, text: str, member: str, client: str = "") -> Action:
    """What somebody says on a card."""
    made = act(sim, "commentCard", card, member, client, text=text)
    if sim.switches.flag("comments_move_activity"):
        card.at = sim.now_ms()
    return made


def edit_comment(sim: TrelloSimulator, action: Action, text: str | None, client: str = "") -> None:
    """Another text, or none: the comment is gone."""
    card = sim.cards[action.card]
    if text is None:
        sim.actions.remove(action)
    else:
        action.data = {**action.data, "text": text, "dateLastEdited": sim.now_ms()}
    if sim.switches.flag("edits_move_activity"):
        card.at = sim.now_ms()
    kind = "deleteComment" if text is None else "updateComment"
    told = act(sim, kind, card, action.member, client, action={"id": action.id, "text": text})
    if not sim.switches.flag("actions_tell_edits"):
        sim.actions.remove(told)

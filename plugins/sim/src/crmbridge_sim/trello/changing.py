"""What a change does: to the card, to its activity, to the feed and to whoever is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge_sim.trello.model import Action, Card

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator

_NAMES = {"place": "idList", "due_complete": "dueComplete", "members": "idMembers", "labels": "idLabels"}
_SETS = {
    "members": ("MemberToCard", "MemberFromCard", "idMember"),
    "labels": ("LabelToCard", "LabelFromCard", "idLabel"),
}


def act(
    sim: TrelloSimulator,
    kind: str,
    card: Card,
    member: str,
    client: str = "",
    *,
    board: str = "",
    **data: Any,  # noqa: ANN401
) -> Action:
    """Keeps what happened and tells it; on the card's board where no other is named."""
    where = board or card.board
    told = {"card": {"id": card.id, "name": card.name, "idShort": card.number, "shortLink": card.short}, **data}
    told.setdefault("board", {"id": where, "name": sim.boards[where].name})
    made = Action(sim.new_id(), kind, sim.now_ms(), member, where, card.id, told)
    sim.actions.append(made)
    sim.events.happened(made, client)
    return made


def make(
    sim: TrelloSimulator, values: dict[str, Any], member: str, client: str = "", *, kind: str = "createCard"
) -> Card:
    """A new card in a list; values by the names of ``Card``."""
    place = sim.lists[values["place"]]
    board = sim.boards[place.board]
    board.numbers += 1
    key = sim.new_id()
    now = sim.now_ms()
    card = Card(key, board.numbers, sim.new_short(), board.id, place.id, "", now, made=now)
    card.pos = position(sim, place.id, values.pop("pos", "bottom"))
    for name, value in values.items():
        setattr(card, name, value)
    sim.cards[card.id] = card
    _index(sim, card)
    act(sim, kind, card, member, client, list={"id": place.id, "name": place.name})
    return card


def position(sim: TrelloSimulator, place: str, wanted: str | float) -> float:
    """Top or bottom of a list as a number; a number is what it is."""
    there = [one.pos for one in sim.cards.values() if one.place == place]
    if wanted == "top":
        return min(there, default=32768) / 2
    return max(there, default=0) + 16384 if wanted == "bottom" else float(wanted)


def _index(sim: TrelloSimulator, card: Card) -> None:
    """What search will find one day."""
    sim.words.setdefault(card.id, []).append((sim.now_ms(), f"{card.name}\n{card.desc}"))


def change(sim: TrelloSimulator, card: Card, values: dict[str, Any], member: str, client: str = "") -> None:
    """Other values; one action for each field that is another now."""
    for name, value in values.items():
        old = getattr(card, name)
        if old == value:
            continue
        setattr(card, name, value)
        card.at = sim.now_ms()
        if name in {"name", "desc"}:
            _index(sim, card)
        if name == "place":
            _moved(sim, card, old, member, client)
        elif name in _SETS and sim.switches.text("set_actions") == "own":
            plus, minus, key = _SETS[name]
            for one in sorted({*old, *value}):
                if (one in old) is not (one in value):
                    act(sim, f"remove{minus}" if one in old else f"add{plus}", card, member, client, **{key: one})
        else:
            act(sim, "updateCard", card, member, client, old={_NAMES.get(name, name): old})


def _moved(sim: TrelloSimulator, card: Card, old: str, member: str, client: str) -> None:
    """Another list; on another board its old labels and fields mean nothing, and both boards tell it (B3)."""
    before, after = sim.lists[old], sim.lists[card.place]
    told: dict[str, Any] = {
        "listBefore": {"id": before.id, "name": before.name},
        "listAfter": {"id": after.id, "name": after.name},
    }
    if before.board == after.board:
        act(sim, "updateCard", card, member, client, old={"idList": old}, **told)
        return
    source, target = sim.boards[before.board], sim.boards[after.board]
    card.board = target.id
    card.labels = [one for one in card.labels if one in target.labels]
    card.items = {key: one for key, one in card.items.items() if key in target.custom_fields}
    to: dict[str, Any] = {"boardTarget": {"id": target.id, "name": target.name}}
    act(sim, "moveCardFromBoard", card, member, client, board=source.id, **told, **to)
    come: dict[str, Any] = {"boardSource": {"id": source.id, "name": source.name}}
    act(sim, "moveCardToBoard", card, member, client, **told, **come)


def delete(sim: TrelloSimulator, card: Card, member: str, client: str = "") -> None:
    """Final (B2)."""
    del sim.cards[card.id]
    sim.deleted.append(card.id)
    sim.actions[:] = [one for one in sim.actions if one.card != card.id]
    act(sim, "deleteCard", card, member, client)


def comment(sim: TrelloSimulator, card: Card, text: str, member: str, client: str = "") -> Action:
    """What somebody says on a card."""
    card.comments += 1
    made = act(sim, "commentCard", card, member, client, text=text)
    if sim.switches.flag("comments_move_activity"):
        card.at = sim.now_ms()
    return made


def edit_comment(sim: TrelloSimulator, action: Action, text: str | None, client: str = "") -> None:
    """Another text, or none: the comment is gone."""
    card = sim.cards[action.card]
    if text is None:
        sim.actions.remove(action)
        card.comments -= 1
    else:
        action.data = {**action.data, "text": text, "dateLastEdited": sim.now_ms()}
    if sim.switches.flag("edits_move_activity"):
        card.at = sim.now_ms()
    kind = "deleteComment" if text is None else "updateComment"
    told = act(sim, kind, card, action.member, client, action={"id": action.id, "text": text})
    if not sim.switches.flag("actions_tell_edits"):
        sim.actions.remove(told)

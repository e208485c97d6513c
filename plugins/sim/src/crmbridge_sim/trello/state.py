"""The whole truth of an account as plain JSON; what callers may see does not matter here."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator


def dump(sim: TrelloSimulator) -> dict[str, Any]:
    """Cards, comments, what was deleted, lists, boards and members."""
    comments = [one for one in sim.actions if one.type == "commentCard"]
    return {
        "cards": [asdict(one) for one in sim.cards.values()],
        "comments": [{"id": c.id, "card": c.card, "member": c.member, "text": c.data["text"]} for c in comments],
        "deleted": list(sim.deleted),
        "lists": [asdict(one) for one in sim.lists.values()],
        "boards": [{"id": one.id, "name": one.name, "short": one.short} for one in sim.boards.values()],
        "members": [asdict(one) for one in sim.members.values()],
    }

"""Things as Trello writes them (dossier B2, B3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crmbridge_sim.trello.model import Action, Board, Card, Member, TrelloList, Webhook

if TYPE_CHECKING:
    from crmbridge_sim.trello.simulator import TrelloSimulator


WARN_AT, DISABLE_AT = 4500, 5000  # open cards of a board (DOC T-limits)


def instant(ms: int) -> str:
    """A time with milliseconds, in UTC."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"


def only(row: dict[str, Any], fields: str) -> dict[str, Any]:
    """The fields that were asked for; the id always."""
    if fields in {"", "all"}:
        return row
    wanted = {"id", *fields.split(",")}
    return {name: value for name, value in row.items() if name in wanted}


def card(sim: TrelloSimulator, one: Card, fields: str = "", *, items: bool = False) -> dict[str, Any]:
    """A card."""
    row: dict[str, Any] = {
        "id": one.id, "idShort": one.number, "shortLink": one.short, "shortUrl": f"https://trello.com/c/{one.short}",
        "url": f"https://trello.com/c/{one.short}/{one.number}", "idBoard": one.board, "idList": one.place,
        "name": one.name, "desc": one.desc, "due": one.due, "start": one.start, "dueComplete": one.due_complete,
        "closed": one.closed, "pos": one.pos, "idMembers": list(one.members), "idLabels": list(one.labels),
        "labels": [label(sim, one.board, key) for key in one.labels], "dateLastActivity": instant(one.at),
        "idChecklists": [each["id"] for each in one.checklists], "idAttachmentCover": None, "subscribed": False,
        "badges": {
            "comments": one.comments, "attachments": len(one.attachments), "due": one.due,
            "dueComplete": one.due_complete,
            "checkItems": sum(len(each["checkItems"]) for each in one.checklists), "description": bool(one.desc),
        },
    }  # fmt: skip
    if sim.switches.flag("new_fields"):
        row |= {"nodeId": f"ari:cloud:trello::card/{one.id}", "pinned": None}
    row = only(row, fields)
    if items:
        row["customFieldItems"] = list(one.items.values())
    return row


def label(sim: TrelloSimulator, board: str, key: str) -> dict[str, Any]:
    """A label of a board."""
    name, colour = sim.boards[board].labels[key]
    return {"id": key, "idBoard": board, "name": name, "color": colour or None}


def board(sim: TrelloSimulator, one: Board, fields: str = "") -> dict[str, Any]:
    """A board."""
    row: dict[str, Any] = {
        "id": one.id, "name": one.name, "desc": "", "closed": one.closed, "shortLink": one.short,
        "url": f"https://trello.com/b/{one.short}", "idOrganization": None,
    }  # fmt: skip
    if sim.switches.flag("new_fields"):
        row |= {"nodeId": f"ari:cloud:trello::board/{one.id}", "datePluginDisable": None}
    if "limits" in fields.split(","):
        live = sum(each.board == one.id and not each.closed for each in sim.cards.values())
        status = "ok" if live < WARN_AT else "warn" if live < DISABLE_AT else "disabled"
        told = {"status": status, "disableAt": DISABLE_AT, "warnAt": WARN_AT}
        row["limits"] = {"cards": {"openPerBoard": told}}
    return only(row, fields)


def place(one: TrelloList) -> dict[str, Any]:
    """A list."""
    return {
        "id": one.id,
        "name": one.name,
        "closed": one.closed,
        "pos": one.pos,
        "idBoard": one.board,
        "subscribed": False,
    }


def member(one: Member, fields: str = "", *, own: bool = False) -> dict[str, Any]:
    """A member; the address is told to nobody but himself, to others it is null (CODE PYT reads all these)."""
    row: dict[str, Any] = {
        "id": one.id, "username": one.username, "fullName": one.full_name, "initials": one.full_name[:1],
        "url": f"https://trello.com/{one.username}", "bio": "", "status": "disconnected", "avatarUrl": None,
        "confirmed": True, "email": one.email if own else None,
    }  # fmt: skip
    return only(row, fields)


def action(sim: TrelloSimulator, one: Action) -> dict[str, Any]:
    """An action; ids of things that are gone stay in its data."""
    data = dict(one.data)
    if "dateLastEdited" in data:
        data["dateLastEdited"] = instant(data["dateLastEdited"])
    creator = sim.members.get(one.member)
    told: dict[str, Any] = {
        "id": one.id,
        "idMemberCreator": one.member,
        "type": one.type,
        "date": instant(one.at),
        "data": data,
    }
    if sim.switches.flag("new_fields"):
        told |= {"appCreator": None, "limits": None}
    return told | ({"memberCreator": member(creator)} if creator else {})


def webhook(one: Webhook) -> dict[str, Any]:
    """A webhook."""
    return {
        "id": one.id, "description": one.description, "idModel": one.model, "callbackURL": one.url,
        "active": one.active, "consecutiveFailures": one.failures, "firstConsecutiveFailDate": None,
    }  # fmt: skip


def custom_field(one: Board, key: str) -> dict[str, Any]:
    """A custom field of a board; one of a list tells its options (CODE PYT)."""
    name, kind = one.custom_fields[key]
    row: dict[str, Any] = {"id": key, "idModel": one.id, "modelType": "board", "name": name, "type": kind}
    if kind == "list":
        told = one.options.get(key, {}).items()
        row["options"] = [{"id": of, "idCustomField": key, "value": {"text": text}} for of, text in told]
    return row

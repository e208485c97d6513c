"""What a Trello account holds: members, boards, lists, cards, actions, webhooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Member:
    """Somebody; addresses are shown to nobody."""

    id: str
    username: str
    full_name: str
    email: str


@dataclass
class Board:
    """A board: ids of members, labels (id -> name, colour), custom fields (id -> name, type) and their options."""

    id: str
    name: str
    short: str
    members: list[str]
    labels: dict[str, tuple[str, str]] = field(default_factory=dict)
    custom_fields: dict[str, tuple[str, str]] = field(default_factory=dict)
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    closed: bool = False
    numbers: int = 0


@dataclass
class TrelloList:
    """A list of a board."""

    id: str
    board: str
    name: str
    pos: float
    closed: bool = False


@dataclass
class Card:
    """A card; times are milliseconds, ``at`` is its last activity."""

    id: str
    number: int
    short: str
    board: str
    place: str
    name: str
    at: int
    desc: str = ""
    due: str | None = None
    start: str | None = None
    due_complete: bool = False
    closed: bool = False
    pos: float = 0.0
    members: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    checklists: list[dict[str, Any]] = field(default_factory=list)
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: int = 0
    made: int = 0


@dataclass
class Action:
    """Something that happened; comments are actions."""

    id: str
    type: str
    at: int
    member: str
    board: str
    card: str
    data: dict[str, Any]


@dataclass
class Webhook:
    """Where changes of a board (or card) are told."""

    id: str
    token: str
    model: str
    url: str
    description: str = ""
    active: bool = True
    failures: int = 0

"""What a site consists of. Texts are kept as documents on Cloud and as wiki strings on Data Center."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo


@dataclass
class User:
    """Somebody with an account; ``name`` is Data Center's, ``account_id`` Cloud's."""

    account_id: str
    name: str
    display_name: str
    email: str
    zone: ZoneInfo
    active: bool = True
    admin: bool = False


@dataclass(frozen=True)
class Status:
    """A status; its category's key is the one thing that is alike everywhere (dossier A4)."""

    id: str
    name: str
    category: str  # new | indeterminate | done


@dataclass(frozen=True)
class Transition:
    """A way out of a status; ``screen`` names the fields that must be filled in on the way."""

    id: str
    name: str
    target: str
    screen: tuple[str, ...] = ()
    resolution: str = ""


@dataclass(frozen=True)
class IssueType:
    """A type of issue."""

    id: str
    name: str
    subtask: bool = False


@dataclass(frozen=True)
class Field:
    """A field and what it holds: string, text (a document), date, user, labels, option, number ..."""

    id: str
    name: str
    kind: str
    custom: bool = False
    settable: bool = True
    options: tuple[tuple[str, str], ...] = ()


@dataclass
class Project:
    """A project with its types, screens and workflow."""

    id: str
    key: str
    name: str
    types: list[IssueType]
    workflow: dict[str, list[Transition]]
    screens: dict[str, set[str]]  # type id -> fields on its create and edit screens
    team_managed: bool = False
    lead: str = ""
    required: set[str] = field(default_factory=set)
    issue_count: int = 0

    @property
    def first_status(self) -> str:
        """Where an issue begins."""
        return next(iter(self.workflow))


@dataclass
class Comment:
    """A comment on an issue."""

    id: str
    author: str
    body: Any
    created: int
    updated: int
    update_author: str
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass
class RemoteLink:
    """A link to something elsewhere, one for each global id."""

    id: int
    global_id: str
    content: dict[str, Any]


@dataclass(frozen=True)
class Link:
    """A link between two issues."""

    id: str
    type: str
    inward: int
    outward: int


@dataclass(frozen=True)
class History:
    """One entry of the changelog."""

    id: str
    author: str
    created: int
    items: tuple[dict[str, Any], ...]


@dataclass
class Issue:
    """An issue; ``values`` has the plain inner values of its fields (ids of people, statuses, options)."""

    id: int
    key: str
    project: str
    type_id: str
    values: dict[str, Any]
    created: int
    updated: int
    creator: str
    comments: list[Comment] = field(default_factory=list)
    remote_links: list[RemoteLink] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    history: list[History] = field(default_factory=list)
    archived: bool = False

    def frozen(self) -> Issue:
        """The issue as it is now, for the index: later changes do not reach it."""
        lists = list(self.comments), list(self.remote_links), dict(self.properties), list(self.history)
        return Issue(
            self.id, self.key, self.project, self.type_id, dict(self.values), self.created, self.updated, self.creator,
            *lists, self.archived,
        )  # fmt: skip

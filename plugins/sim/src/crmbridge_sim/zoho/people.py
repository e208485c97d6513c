"""The org and its users: who asks, who owns, in which zone, with which edition."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class User:
    """A user; a deleted one still stands as owner on records (dossier 2.13)."""

    id: int
    first_name: str
    last_name: str
    email: str
    zuid: int
    status: str = "active"  # active | disabled | deleted
    confirmed: bool = True
    role: str = "Manager"
    profile: str = "Standard"
    reports_to: int | None = None
    time_zone: str = ""
    locale: str = "en_US"
    created: int = 0
    modified: int = 0

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_admin(self) -> bool:
        """Whether the profile is the administrator's."""
        return self.profile == "Administrator"


@dataclass
class Org:
    """The organisation; ``edition`` decides credits and concurrency (dossier 5.1)."""

    id: int
    zgid: int
    company_name: str
    time_zone: str = "Europe/Stockholm"
    iso_code: str = "USD"
    edition: str = "enterprise"
    licences: int = 25
    created: int = 0
    currencies: tuple[tuple[str, float], ...] = field(default_factory=lambda: (("USD", 1.0),))


class People:
    """The users by id, and the JSON of a user lookup; ``version`` rises with every change."""

    def __init__(self) -> None:
        self._users: dict[int, User] = {}
        self._texts: dict[int | None, str] = {None: "null"}
        self.version = 0

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def __len__(self) -> int:
        return len(self._users)

    def add(self, user: User) -> User:
        """Adds or replaces a user."""
        self._users[user.id] = user
        self.touch()
        return user

    def touch(self) -> None:
        """Forgets the written lookups after a change of a user."""
        self._texts = {None: "null"}
        self.version += 1

    def get(self, user_id: int) -> User | None:
        """The user of this id, deleted ones too."""
        return self._users.get(user_id)

    def by_email(self, email: str) -> User | None:
        """The user with this address."""
        return next((user for user in self if user.email.lower() == email.lower()), None)

    def lookup(self, user_id: int | None) -> dict[str, str] | None:
        """``{"name","id","email"}`` of an owner (dossier 4.1: DOC7)."""
        user = self._users.get(user_id) if user_id is not None else None
        if user is None:
            return None
        return {"name": user.full_name, "id": str(user.id), "email": user.email}

    def lookup_json(self, user_id: int | None) -> str:
        """The same as JSON text, remembered."""
        text = self._texts.get(user_id)
        if text is None:
            text = json.dumps(self.lookup(user_id), ensure_ascii=False, separators=(",", ":"))
            self._texts[user_id] = text
        return text

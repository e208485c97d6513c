"""The keys of a Trello connection in `crmbridge.toml`."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.adapter.simulators import check_loopback
from crmbridge.model.errors import ConfigError, nearest

USERS, COMMENTS = "users", "comments"
RESERVED = frozenset({USERS, COMMENTS})
TRELLO = "https://api.trello.com"
MAX_PAGE = 1000
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{24}$")]


class _Keys(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ObjectOptions(_Keys):
    """One object: the cards of a board. The lists are told by their ids."""

    board: Id
    list: Id | None = None
    """Where new cards are made, and where a card goes that is open again."""
    done: tuple[Id, ...] = ()
    """The lists whose cards are done; the first takes those that are done elsewhere."""
    cancelled: tuple[Id, ...] = ()
    """The same for cancelled ones; without it a cancelled card is archived."""


class TrelloOptions(_Keys):
    """One connection.

    `credentials` is a reference, never a secret: what it resolves to is JSON with key and token. `account` pins the
    member that `connect` found. `people` gives the member (id or username) behind an e-mail address, which Trello
    hides. `simulator` allows an `api_url` on this machine, and nothing else.
    """

    credentials: str = ""
    account: str | None = None
    people: dict[str, str] = {}
    objects: dict[str, ObjectOptions] = {}
    page_size: Annotated[int, Field(ge=1, le=MAX_PAGE)] = MAX_PAGE
    api_url: str = TRELLO
    simulator: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> "TrelloOptions":
        if taken := RESERVED & self.objects.keys():
            raise ValueError(f"an object cannot be called {min(taken)}: that name is taken")
        boards = [one.board for one in self.objects.values()]
        if len(boards) != len(set(boards)):
            raise ValueError("two objects have the same board")
        if self.simulator:
            try:
                check_loopback(self.api_url)
            except ConfigError as error:
                raise ValueError(str(error)) from error
        elif self.api_url != TRELLO:
            raise ValueError(f"api_url is {TRELLO}, except for a simulator")
        return self

    @property
    def host(self) -> str:
        """The host that is called."""
        return urlsplit(self.api_url).hostname or ""

    @property
    def boards(self) -> tuple[str, ...]:
        """The boards of all objects."""
        return tuple(one.board for one in self.objects.values())

    def of(self, name: str) -> ObjectOptions:
        """The options of an object of cards; ConfigError that names the nearest one."""
        found = self.objects.get(name)
        if found is None:
            known = [*self.objects, *sorted(RESERVED)]
            near = nearest(name, known) or ", ".join(known)
            raise ConfigError("there is no object {object}", object=name, nearest=near, hint="did you mean {nearest}?")
        return found

    def where(self, name: str, board: str) -> ObjectOptions:
        """The lists that count for a card of that object which stands on that board: a person may have moved it."""
        mine = self.of(name)
        if board == mine.board:
            return mine
        there = next((one for one in self.objects.values() if one.board == board), None)
        return there or ObjectOptions(board=board)

"""How an adapter is connected to an account for the first time: what its connector is handed, and what it hands back.

A descriptor may name a connector, `(ConnectContext) -> Connected`. It asks the vendor for the login, with as few
permissions as the features asked for need, finds out which account that is, and gives back what is to be kept. It
writes nothing itself: the configuration, the secret and the pinned account are written by who called it, and only
where all of it went well.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pydantic import BaseModel

from crmbridge.adapter.context import AdapterContext
from crmbridge.model.notes import Note

Feature = Literal["read", "tasks", "fields", "webhooks"]
"""What a login is for. `read` is always asked for; `tasks` and `fields` write, `webhooks` takes notifications."""

FEATURES: tuple[Feature, ...] = ("read", "tasks", "fields", "webhooks")


class Redirect(Protocol):
    """A listener on this machine that a browser is sent back to after a login; it takes one answer and is closed."""

    @property
    def url(self) -> str:
        """The address to register at the vendor and to send along, on 127.0.0.1."""
        ...

    @property
    def state(self) -> str:
        """A random text to send along: an answer without it is not taken."""
        ...

    def wait(self) -> Mapping[str, str]:
        """The parameters of the answer; Timeout where none comes in time."""
        ...

    def close(self) -> None:
        """Lets go of the port; harmless twice."""
        ...


def _as_usual(key: str, english: str, chinese: str, usual: str) -> str:  # noqa: ARG001 - the shape of `choose`
    """The usual answer, where nobody is asked."""
    return usual


@dataclass(frozen=True, slots=True)
class ConnectContext:
    """One attempt to connect. `options` are the adapter's own keys as given; `features` what the login is for.

    `ask(key, english, zh, secret)` gets an answer from a person, or from where there is none from the environment;
    ConfigError says how to give it. `choose(key, english, zh, usual)` does so for what has a usual answer, which is
    taken where none is given. `open_url` shows an address to a person, in a browser where there is one.
    `listen` opens the listener for a login by browser. `context(config)` is what an adapter of this connection would
    be opened with, read-only, its secrets still empty. `say` tells the person something.
    """

    connection: str
    options: Mapping[str, object]
    features: frozenset[Feature]
    ask: Callable[[str, str, str, bool], str]
    open_url: Callable[[str], None]
    listen: Callable[[], Redirect]
    context: Callable[[BaseModel], AdapterContext]
    say: Callable[[Note], None]
    by_hand: bool = False
    """Whether a person wants to copy a code by hand instead of being sent back by a browser."""

    org: str | None = None
    """The account that is meant, where the person named it: any other is refused before anything is kept."""

    choose: Callable[[str, str, str, str], str] = _as_usual


@dataclass(frozen=True, slots=True)
class Granted:
    """One permission that was granted, and what it is for."""

    scope: str
    purpose: str
    purpose_zh: str


@dataclass(frozen=True, slots=True)
class Connected:
    """What a connector found. `options` go into the configuration, `secret` (JSON) where secrets are kept.

    `org_id` and `title` are the account behind the login; `scopes` what was granted; `features` those of the ones
    asked for that the grant covers.
    """

    options: Mapping[str, object]
    secret: str = field(repr=False)
    org_id: str
    title: str
    scopes: tuple[Granted, ...] = ()
    features: frozenset[Feature] = frozenset({"read"})
    notices: tuple[Note, ...] = ()


Connector = Callable[[ConnectContext], Connected]

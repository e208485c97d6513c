"""One connection to Trello: its doors, its login, and calls by path. A write is sent once; all else may be repeated.

What is asked of `/members/` has a rate of its own beside the other, and so a door of its own.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Spent
from crmbridge.adapter.logins import login
from crmbridge.adapter.simulators import check_loopback
from crmbridge.http import Call, Door, Hosts, Rules, Secret, fingerprint
from crmbridge.model.errors import ConfigError, ContractError, ScopeError
from crmbridge_trello.config import TrelloOptions
from crmbridge_trello.judge import GONE, HINT, Refused, judge

if TYPE_CHECKING:
    from crmbridge.http.call import Method

Json = Mapping[str, Any]
Transport = Any
"""What stands in for the network in tests, a transport of the HTTP library; None for the network itself."""
SHAPE = "they are JSON with key and token"
CLIENT = {"X-Trello-Client-Identifier": "crmbridge"}
CALLS, WINDOW_S = 66, 10
"""Trello takes 100 of a token, those of `/members/` among them, which are one at most for two others."""
MEMBER_CALLS, MEMBER_WINDOW_S = 90, 900.0
_RULES = {
    "api": Rules(calls_per_window=CALLS, window_s=float(WINDOW_S)),
    "members": Rules(calls_per_window=MEMBER_CALLS, window_s=MEMBER_WINDOW_S),
}


class Login:
    """Key and token in a header; never in an address."""

    def __init__(self, context: AdapterContext, options: TrelloOptions) -> None:
        told = login(context, options.credentials, adapter="trello", needed=("key", "token"), shape=SHAPE)
        key, token = Secret(told["key"]), Secret(told["token"])
        self.identity = fingerprint(key.reveal(), token.reveal())
        self._value = Secret(f'OAuth oauth_consumer_key="{key.reveal()}", oauth_token="{token.reveal()}"')

    def headers(self, call: Call) -> dict[str, str]:  # noqa: ARG002 - the same for every call
        """The proof."""
        return {"Authorization": self._value.reveal()}

    def renew(self, reason: str) -> None:
        """Nothing: a token is never renewed."""


class Session:
    """One opened connection."""

    def __init__(self, context: AdapterContext, options: TrelloOptions, *, transport: Transport = None) -> None:
        self.context, self.options = context, options
        self._transport = transport
        self._doors: dict[str, Door] = {}
        self._me: Json | None = None

    def get(self, path: str, params: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Reads."""
        return self._call("GET", path, safe=True, params=params)

    def write(self, method: "Method", path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Changes something, sent once: InDoubt where the answer was lost."""
        return self._call(method, path, safe=False, body=body)

    def board(self, board: str, of: str = "", params: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """What a board holds; where it cannot be read, that is for a person to mend, and never says what is gone."""
        try:
            return self.get(f"/boards/{board}{of}", params)
        except Refused as error:
            if error.is_hidden:
                text = "the board {board} cannot be read: {said}"
                raise ScopeError(text, board=board, said=error.said, hint=HINT) from error
            if error.status != GONE:
                raise
            text = "there is no board {board} in Trello, or none that the token's member may see"
            raise ConfigError(text, board=board) from error

    def me(self) -> Json:
        """The member behind the login, asked once; ConfigError where it is not the pinned one."""
        if self._me is None:
            found = mapping(self.get("/members/me", {"fields": "username,fullName"}))
            account, pinned = identity(found), self.options.account
            if pinned is not None and account != pinned:
                raise ConfigError(
                    "the credentials of {connection} open the account {found}, the connection is for {pinned}",
                    connection=self.context.connection,
                    found=account,
                    pinned=pinned,
                    hint="check the credentials; for another account make another connection",
                )
            self._me = found
        return self._me

    def spent(self) -> Spent:
        """Calls since this was opened."""
        return Spent(sum(door.calls for door in self._doors.values()))

    def close(self) -> None:
        """Lets go of the connections; harmless twice."""
        for door in self._doors.values():
            door.close()

    def _call(
        self,
        method: "Method",
        path: str,
        *,
        safe: bool,
        params: Mapping[str, object] | None = None,
        body: object = None,
    ) -> Any:  # noqa: ANN401 - JSON
        told = {key: str(value) for key, value in (params or {}).items()}
        url = f"{self.options.api_url.rstrip('/')}/1{path}"
        door = self._door("members" if path.startswith("/members/") else "api")
        return door.send(Call(method, url, safe=safe, params=told, json=body, headers=CLIENT)).json()

    def _door(self, name: str) -> Door:
        if name not in self._doors:
            options = self.options
            place = frozenset({check_loopback(options.api_url)}) if options.simulator else frozenset()
            hosts = Hosts(frozenset() if options.simulator else frozenset({options.host}), place)
            auth = Login(self.context, options)
            self._doors[name] = Door(
                self.context,
                hosts=hosts,
                judge=judge,
                rules=_RULES[name],
                auth=auth,
                name=name,
                transport=self._transport,
            )
        return self._doors[name]


def mapping(told: object) -> Json:
    """An object of JSON; ContractError for anything else."""
    if not isinstance(told, Mapping):
        raise ContractError("Trello sent something else than an object")
    return told


def rows(told: object) -> list[Json]:
    """A list of objects, each with an id; ContractError for anything else."""
    if not isinstance(told, list):
        raise ContractError("Trello sent something else than a list")
    for one in told:
        identity(mapping(one))
    return told


def identity(told: Json) -> str:
    """The id of what Trello sent."""
    found = told.get("id")
    if not isinstance(found, str) or not found:
        raise ContractError("Trello sent something without an id")
    return found

"""One connection to Jira: its door, its login, and calls by path. A write is sent once; all else may be repeated."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Spent
from crmbridge.adapter.logins import login
from crmbridge.adapter.simulators import check_loopback
from crmbridge.http import Call, Door, Hosts, Rules, Secret, fingerprint
from crmbridge.model.errors import AuthError, ConfigError, ContractError, ScopeError
from crmbridge_jira.config import JiraOptions
from crmbridge_jira.errors import GONE, Refused
from crmbridge_jira.judge import AGAIN, judge

if TYPE_CHECKING:
    from crmbridge.http.call import Method

Json = Mapping[str, Any]
Transport = Any
"""What stands in for the network in tests, a transport of the HTTP library; None for the network itself."""

SHAPE = "they are JSON with email and token, or with token alone for a personal access token"
CALLS_PER_S = 40
"""For each method: Jira takes 50 writes, and 100 reads, of one kind a second."""


class Login:
    """An API token with its e-mail address, or a bearer token, in a header."""

    def __init__(self, context: AdapterContext, options: JiraOptions) -> None:
        needed = ("email", "token") if options.is_cloud and "atlassian.net" in options.host else ("token",)
        told = login(context, options.credentials, adapter="jira", needed=needed, shape=SHAPE)
        token = Secret(told["token"])
        self.identity = fingerprint(told.get("email", ""), token.reveal())
        if "email" in told:
            pair = base64.b64encode(f"{told['email']}:{token.reveal()}".encode()).decode()
            self._value = Secret(f"Basic {Secret(pair).reveal()}")
        else:
            self._value = Secret(f"Bearer {token.reveal()}")

    def headers(self, call: Call) -> dict[str, str]:  # noqa: ARG002 - the same for every call
        """The proof."""
        return {"Authorization": self._value.reveal(), "Accept": "application/json"}

    def renew(self, reason: str) -> None:
        """Nothing: a token is never renewed."""


class Session:
    """One opened connection."""

    def __init__(self, context: AdapterContext, options: JiraOptions, *, transport: Transport = None) -> None:
        self.context, self.options = context, options
        self._transport = transport
        self._door: Door | None = None
        self._me: Json | None = None
        self._heard: datetime | None = None
        self._seen: set[str] = set()

    def get(self, path: str, params: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Reads."""
        return self._call("GET", path, params=params, safe=True)

    def ask(self, path: str, body: object) -> Json:
        """Reads by POST; an object."""
        return mapping(self._call("POST", path, body=body, safe=True))

    def write(self, method: "Method", path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Changes something, sent once: InDoubt where the answer was lost."""
        return self._call(method, path, body=body, safe=False)

    def me(self, *, again: bool = False) -> Json:
        """The account behind the login; AuthError where it is none, ConfigError where it is not the pinned one."""
        if self._me is None or again:
            found = mapping(self.get("/myself"))
            before, account = self._me, identity(found, self.options)
            expected = self.options.account or (identity(before, self.options) if before else account)
            if account != expected:
                raise ConfigError(
                    "the credentials of {connection} open the account {found}, the connection is for {pinned}",
                    connection=self.context.connection,
                    found=account,
                    pinned=expected,
                    hint="check the credentials; for another account make another connection",
                )
            self._me = found
        return self._me

    def see(self, project: str) -> None:
        """ScopeError where the account does not see the project: its issues would look as if they were gone."""
        if project in self._seen:
            return
        try:
            self.get(f"/project/{part(project)}")
        except Refused as error:
            if error.status != GONE:
                raise
            self.me(again=True)
            hint = "give it the permission Browse Projects, or mend the key of the project"
            text = "the account does not see the project {project}"
            raise ScopeError(text, project=project, hint=hint) from error
        self._seen.add(project)

    def found(self, path: str, project: str, params: Mapping[str, object] | None = None) -> Json | None:
        """What a path holds, or None where it is gone.

        Believed only while the login is the expected account's, and the account sees the project.
        """
        try:
            return mapping(self.get(path, params))
        except Refused as error:
            if error.status != GONE:
                raise
        self.me(again=True)
        self.see(project)
        return None

    def now(self) -> datetime:
        """The time by Jira's clock as it was told last, never later than ours."""
        ours = self.context.clock().astimezone(UTC)
        return ours if self._heard is None else min(self._heard, ours)

    def spent(self) -> Spent:
        """Calls since this was opened."""
        return self._door.spent() if self._door is not None else Spent(0)

    def close(self) -> None:
        """Lets go of the connections; harmless twice."""
        if self._door is not None:
            self._door.close()

    def _call(
        self,
        method: "Method",
        path: str,
        *,
        safe: bool,
        params: Mapping[str, object] | None = None,
        body: object = None,
    ) -> Any:  # noqa: ANN401 - JSON
        url = self.options.origin + self.options.prefix + path
        told = {key: str(value) for key, value in (params or {}).items()}
        door = self._open()
        reply = door.send(Call(method, url, safe=safe, params=told, json=body, lane=method))
        self._heard = reply.server_time or self._heard
        return reply.json() if reply.body else None

    def _open(self) -> Door:
        if self._door is None:
            options, prefix = self.options, self.options.prefix
            place = frozenset({check_loopback(options.site)}) if options.simulator else frozenset()
            hosts = Hosts(frozenset() if options.simulator else frozenset({options.host}), place)
            queries = ("/search/jql", "/search", "/issue/bulkfetch")
            rules = Rules(
                calls_per_window=CALLS_PER_S,
                window_s=1.0,
                posts_that_read=frozenset(f"POST {prefix}{path}" for path in queries),
            )
            auth = Login(self.context, options)
            self._door = Door(self.context, hosts=hosts, judge=judge, rules=rules, auth=auth, transport=self._transport)
        return self._door


def identity(user: Json, options: JiraOptions) -> str:
    """The id of a user: accountId in Cloud, the name in Data Center."""
    found = user.get("accountId" if options.is_cloud else "name")
    if not isinstance(found, str) or not found:
        if user.get("accountType") == "anonymous":
            raise AuthError("Jira takes the caller for nobody", hint=AGAIN)
        raise ContractError("Jira names a user without an id")
    return found


def mapping(told: object) -> Json:
    """An object of JSON; ContractError for anything else."""
    if not isinstance(told, Mapping):
        raise ContractError("Jira sent something else than an object")
    return told


def rows(told: Json, key: str) -> list[Json]:
    """The objects under a key; ContractError where there is no list of objects."""
    found = told.get(key)
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise ContractError("Jira sent no {key} where there should be some", key=key)
    return found


def part(text: str) -> str:
    """A text as one part of a path."""
    return quote(text, safe="")


def jql(text: str) -> str:
    """A text as JQL quotes it."""
    return json.dumps(text, ensure_ascii=False)

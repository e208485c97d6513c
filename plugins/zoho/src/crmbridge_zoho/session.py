"""One connection to Zoho: its doors, its token, its organisation, and calls by path.

`GET` and the two POSTs that only read may be sent again; every other call is a write that is sent once. Whoever calls
gets an `Answer` or an error of the product; `Refused` carries what Zoho said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Spent
from crmbridge.adapter.simulators import check_loopback
from crmbridge.http import Call, Door, Hosts, Reply, fingerprint
from crmbridge.model.errors import ConfigError, ContractError
from crmbridge_zoho import org as orgs
from crmbridge_zoho.auth import Transport, ZohoAuth, accounts_door
from crmbridge_zoho.config import ZohoOptions
from crmbridge_zoho.credentials import resolve
from crmbridge_zoho.judge import CREDITS_HEADER, judge
from crmbridge_zoho.org import Org

if TYPE_CHECKING:
    from crmbridge.http.call import Method

API = "/crm/v8"
BULK = "/crm/bulk/v8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call brought: `body` None where Zoho said that there is nothing (204) or nothing new (304)."""

    status: int
    body: Mapping[str, Any] | None
    server_time: datetime | None
    headers: Mapping[str, str]

    @property
    def data(self) -> list[Any]:
        """The records of the answer; empty where there is nothing."""
        return self.rows("data")

    @property
    def info(self) -> Mapping[str, Any]:
        """What the answer says of its page."""
        found = (self.body or {}).get("info")
        return found if isinstance(found, Mapping) else {}

    @property
    def has_more(self) -> bool:
        """Whether the answer says that there are more; ContractError where it has records and does not say."""
        if self.body is None:
            return False
        more = self.info.get("more_records")
        if not isinstance(more, bool):
            raise ContractError("Zoho sent records and did not say whether there are more")
        return more

    def rows(self, key: str) -> list[Any]:
        """The list under a key; ContractError where there is an answer and no list in it."""
        if self.body is None:
            return []
        found = self.body.get(key)
        if not isinstance(found, list):
            raise ContractError("Zoho sent no {key} where there should be some", key=key)
        return found


class Session:
    """One opened connection; used by several threads at once."""

    def __init__(self, context: AdapterContext, options: ZohoOptions, *, transport: Transport = None) -> None:
        self.context = context
        self.options = options
        self._transport = transport
        self._accounts: Door | None = None
        self._auth: ZohoAuth | None = None
        self._org: Org | None = None
        self._door: Door | None = None
        self._spent_before: list[Spent] = []
        self._heard: datetime | None = None

    # calls

    def get(
        self,
        path: str,
        params: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        cost: int = 1,
        heavy: bool = False,
    ) -> Answer:
        """Reads; sent again where that may help."""
        return self.call("GET", path, params=params, headers=headers, cost=cost, heavy=heavy, safe=True)

    def ask(self, path: str, json: object, *, cost: int = 1, heavy: bool = True) -> Answer:
        """Reads by POST: a query, or an export job."""
        return self.call("POST", path, json=json, cost=cost, heavy=heavy, safe=True)

    def write(
        self,
        method: "Method",
        path: str,
        json: object = None,
        *,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        cost: int = 1,
        heavy: bool = False,
    ) -> Answer:
        """Changes something, sent once: InDoubt where the answer was lost; results for each record are the caller's."""
        return self.call(method, path, json=json, params=params, headers=headers, cost=cost, heavy=heavy, safe=False)

    def call(
        self,
        method: "Method",
        path: str,
        *,
        safe: bool,
        params: Mapping[str, object] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        cost: int = 1,
        heavy: bool = False,
    ) -> Answer:
        """One call by its path; every error that leaves is the product's own."""
        call = Call(
            method,
            self.api + path,
            safe=safe,
            params={key: str(value) for key, value in (params or {}).items()},
            json=json,
            headers=headers or {},
            cost=cost,
            heavy=heavy,
        )
        return self._answer(self._send(call))

    def download(self, path: str, sink: Path) -> Reply:
        """Writes the answer to a file; 512 MiB at most, whole or not there."""
        return self._send(Call("GET", self.api + path, safe=True, sink=sink))

    # who it is

    @property
    def api(self) -> str:
        """The address of the API that the account's tokens are for."""
        return self._login().api

    @property
    def standing(self) -> str:
        """A text that changes when the login, its organisation or an option does, and tells nothing of them."""
        return fingerprint(self._login().identity, self.options.model_dump_json(), self.org.id)

    @property
    def org(self) -> Org:
        """The organisation, asked once; ConfigError where it is not the one that the connection pins."""
        if self._org is None:
            found = orgs.org_of(self.get(f"{API}/org").body)
            pinned = self.options.org
            if pinned is not None and pinned != found.id:
                raise ConfigError(
                    "the credentials of {connection} open the organisation {found}, the connection is for {pinned}",
                    connection=self.context.connection,
                    found=found.id,
                    pinned=pinned,
                    hint="check the credentials; for another organisation make another connection",
                )
            self._keep(found)
        return self._org or orgs.org_of(None)

    def now(self, at: datetime | None = None) -> datetime:
        """The vendor's time as an answer told it, for a watermark: never later than our own clock has it.

        A clock that is fast, theirs or ours, would make a watermark pass over changes; one that is early reads some
        again. So without an answer at hand it is the time that the last one told, and ours only where none told any.
        """
        ours, theirs = self.context.clock().astimezone(UTC), at or self._heard
        return ours if theirs is None else min(theirs, ours)

    def revoke(self) -> None:
        """The login is dead afterwards; harmless where it was before."""
        self._login().revoke()

    def spent(self) -> Spent:
        """Calls and credits since this was opened; makes no call."""
        doors = [door.spent() for door in (self._accounts, self._door) if door is not None]
        told = [*self._spent_before, *doors] or [Spent(0)]
        latest = told[-1]
        return Spent(
            sum(one.calls for one in told),
            sum(one.credits for one in told),
            latest.credits_left,
            latest.returns_at,
        )

    def close(self) -> None:
        """Lets go of every connection; harmless twice."""
        for door in (self._accounts, self._door):
            if door is not None:
                door.close()

    # inside

    def _login(self) -> ZohoAuth:
        if self._auth is None:
            credentials, hosts = resolve(self.context, self.options), self._hosts(self.options.accounts)
            self._accounts = accounts_door(self.context, self.options, hosts, credentials, self._transport)
            self._auth = ZohoAuth(self.context, self.options, credentials, self._accounts)
        return self._auth

    def _hosts(self, url: str) -> Hosts:
        if self.options.simulator:
            return Hosts(frozenset(), frozenset({check_loopback(url)}))
        center = self.options.center
        return Hosts(frozenset({center.accounts}) if url == self.options.accounts else center.api_hosts)

    def _open(self, org: Org | None) -> Door:
        rules = orgs.rules_for(self.options, org)
        hosts = self._hosts(self.options.api)
        return Door(
            self.context,
            hosts=hosts,
            judge=judge,
            rules=rules,
            auth=self._login(),
            name="api",
            transport=self._transport,
        )

    def _send(self, call: Call) -> Reply:
        if self._door is None:
            self._door = self._open(orgs.remembered(self.context))
        reply = self._door.send(call)
        self._heard = reply.server_time or self._heard
        left = reply.headers.get(CREDITS_HEADER, "")
        if left.isdigit():
            self._door.observe_credits(int(left))
        return reply

    def _answer(self, reply: Reply) -> Answer:
        if reply.status in {204, 304}:
            return Answer(reply.status, None, reply.server_time, reply.headers)
        body = reply.json()
        if not isinstance(body, Mapping):
            raise ContractError("Zoho sent something else than an object")
        return Answer(reply.status, body, reply.server_time, reply.headers)

    def _keep(self, org: Org) -> None:
        """Remembers the organisation, and opens the door anew where its edition allows something else."""
        known = orgs.remembered(self.context)
        self._org = org
        if known == org:
            return
        orgs.remember(self.context, org)
        if self._door is not None and orgs.rules_for(self.options, org) != orgs.rules_for(self.options, known):
            self._spent_before.append(self._door.spent())
            self._door.close()
            self._door = None

"""The door: everything that goes to a vendor passes here, and comes back complete, judged, or as an error."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Spent
from crmbridge.http.auth import Auth
from crmbridge.http.call import Call, Reply
from crmbridge.http.hosts import Hosts
from crmbridge.http.rules import Rules
from crmbridge.http.verdict import Verdict

if TYPE_CHECKING:
    import httpx

Judge = Callable[[Call, Reply], Verdict]


class Door:
    """One way to one set of hosts, with its own judge, credentials and rules; used by several threads at once.

    Give each set of hosts a door of its own (`name`), so that a refresh token goes to the accounts host only and an
    access token to the API host only. Doors of one connection and name share budgets over all processes.
    `transport` stands in for the network in tests; hosts, budgets, limits and judgement hold for it all the same.
    """

    def __init__(
        self,
        context: AdapterContext,
        *,
        hosts: Hosts,
        judge: Judge,
        rules: Rules | None = None,
        auth: Auth | None = None,
        name: str = "api",
        transport: "httpx.BaseTransport | None" = None,
    ) -> None:
        raise NotImplementedError

    def send(self, call: Call) -> Reply:
        """The answer that the judge says is Ok; anything else is an error, raised once trying again cannot help.

        Timeout, Unavailable, Throttled (perhaps with `after`); InDoubt for a call that is not safe and whose answer
        was lost; AuthError where the login or the host's certificate is refused; HostRefused and, on a read-only
        connection, ConfigError before a byte is sent; ContractError for an answer that cannot be trusted; and what
        the judge's Fail carries. A stop ends every waiting with the error of the attempt before.
        """
        raise NotImplementedError

    def observe_credits(self, left: int) -> None:
        """The vendor told how many credits the account has left (a header); counts for every process."""
        raise NotImplementedError

    def spent(self) -> Spent:
        """What this door has used; makes no call."""
        raise NotImplementedError

    def close(self) -> None:
        """Lets go of connections, and gives back what was reserved and not used; harmless twice."""
        raise NotImplementedError

"""The door: everything that goes to a vendor passes here, and comes back complete, judged, or as an error.

One attempt: may it go (breaker, pause) -> credentials -> a place in the budgets -> a slot -> the network -> the judge.
What the judge says decides whether there is another attempt; the rest of this package is the single steps.
"""

import contextlib
import logging
import random
from collections.abc import Callable, Iterator, Mapping
from math import ceil
from threading import BoundedSemaphore
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crmbridge.adapter.context import AdapterContext
from crmbridge.adapter.contract import Spent
from crmbridge.http import redact, tapping
from crmbridge.http.auth import Auth, Signs
from crmbridge.http.budget import Budget
from crmbridge.http.call import Call, Reply
from crmbridge.http.gate import Gate
from crmbridge.http.hosts import Hosts
from crmbridge.http.meter import Meter
from crmbridge.http.retry import RetryBudget, persist
from crmbridge.http.rules import Rules
from crmbridge.http.settling import Judge, Settler
from crmbridge.http.state import SharedState
from crmbridge.http.verdict import Exhausted, Ok, Renew
from crmbridge.model import spans
from crmbridge.model.errors import ContractError, Throttled

if TYPE_CHECKING:
    import httpx

MOST_WAITS = 100
"""Each is for something new; a clock that does not move must not hold a call for ever."""

log = logging.getLogger("crmbridge.http")


class Door:
    """One way to one set of hosts, with its own judge, credentials and rules; used by several threads at once.

    Give each set of hosts a door of its own (`name`), so that a refresh token goes to the accounts host only and an
    access token to the API host only. Doors of one connection and name share budgets over all processes.
    A door without `auth` whose calls carry credentials (a token endpoint) is told their `identity`: a refused login is
    then not tried again for a while, and new credentials are at once.
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
        identity: str | None = None,
        transport: "httpx.BaseTransport | None" = None,
        draw: random.Random | None = None,
    ) -> None:
        from crmbridge.http.guard import Guarded  # noqa: PLC0415 - the HTTP library, only where calls are made
        from crmbridge.http.sending import Sender  # noqa: PLC0415
        from crmbridge.http.wire import Wire  # noqa: PLC0415

        redact.guard_logging()
        self._context, self._auth = context, auth
        self._rules = rules = rules or Rules()
        self._draw = draw or random.SystemRandom()
        state = SharedState(context.shared, name)
        whose = auth.identity if auth and identity is None else identity or ""
        self._gate = Gate(state, self._now_s, identity=whose, draw=self._draw)
        self._settler = Settler(judge, rules, self._gate)
        self._budget = Budget(state, rules, self._now_s)
        self._meter = Meter(state, self._budget, self._now_s)
        self._retries = RetryBudget()
        self._slots = BoundedSemaphore(rules.concurrency)
        self._heavy_slots = BoundedSemaphore(rules.heavy_concurrency)
        inner = tapping.tapped(transport or Wire(kept=rules.concurrency))
        read_only = context.read_only
        self._transport = Guarded(inner, hosts, rules, connection=context.connection, read_only=read_only)
        self._sender = Sender(self._transport, rules)

    def send(self, call: Call) -> Reply:
        """The answer that the judge says is Ok; anything else is an error, raised once trying again cannot help.

        Timeout, Unavailable, Throttled (perhaps with `after`); InDoubt for a call that is not safe and whose answer
        was lost; AuthError where the login or the host's certificate is refused; HostRefused and, on a read-only
        connection, ConfigError before a byte is sent; ContractError for an answer that cannot be trusted; and what
        the judge's Fail carries. A stop ends every waiting with the error of the attempt before.
        """
        self._transport.check(call.method, call.url, is_safe=call.safe)
        _check_address(call)
        self._retries.earn()
        return persist(
            lambda: self._attempt(call, may_renew=True),
            attempts=self._rules.attempts,
            budget=self._retries,
            pause=self._context.pause,
            draw=self._draw,
        )

    def know_daily_credits(self, credits_: int | None) -> None:
        """The account's credits a day became known, or changed."""
        self._budget.daily_credits = credits_

    def observe_credits(self, left: int) -> None:
        """The vendor told how many credits the account has left (a header); counts for every process.

        Below the reserve every job of the connection stops, and one call in 15 minutes looks again.
        """
        daily = self._budget.daily_credits
        is_low = left <= 0 or (daily is not None and left < daily * self._rules.reserve)
        self._meter.observe(left, at_once=is_low)
        if is_low:
            self._gate.exhausted(f"{left} credits left", Exhausted("").after)

    @property
    def calls(self) -> int:
        """How many calls have left this machine through this door."""
        return self._meter.calls

    def spent(self) -> Spent:
        """What this door has used; makes no call."""
        return self._meter.spent()

    def close(self) -> None:
        """Lets go of connections, and gives back what was reserved and not used; harmless twice."""
        self._budget.settle()
        self._transport.close()

    def _attempt(self, call: Call, *, may_renew: bool) -> Reply:
        from crmbridge.http.sending import Lost  # noqa: PLC0415

        self._wait_at_the_gate()
        headers = self._auth.headers(call) if self._auth else {}
        signed = self._signed(call)
        self._take(call)
        try:
            with self._slot(call):
                self._may_go(call)
                reply = self._sent(signed, headers)
        except Lost as lost:
            problem, has_left = lost.error, lost.has_left
        else:
            self._meter.count(call.cost)
            log.debug("%s %s: %s in %.3f s", call.method, _place(call), reply.status, reply.elapsed_s)
            return self._settled(call, reply, may_renew=may_renew)
        log.debug("%s %s: %s", call.method, _place(call), problem.code)
        if has_left:
            self._meter.count(call.cost)
        else:
            self._budget.give_back(call.cost, reading=call.safe, lane=call.lane)
        raise self._settler.loss(call, problem, has_left=has_left)

    def _sent(self, call: Call, headers: Mapping[str, str]) -> Reply:
        """The answer of the network. Of the address only its host is told: a path may hold ids, a query anything."""
        from crmbridge.http.sending import Lost  # noqa: PLC0415

        about = {"http.request.method": call.method, "server.address": urlsplit(call.url).hostname or ""}
        with spans.span(spans.REQUEST, {**about, spans.OF_CONNECTION: self._context.connection}) as told:
            try:
                reply = self._sender.send(call, headers)
            except Lost as lost:
                told.tell({"error.type": lost.error.code})
                raise
            told.tell({"http.response.status_code": reply.status})
        return reply

    def _may_go(self, call: Call) -> None:
        """The last thing before a call that may change something: whatever was waited for, it may still go."""
        if call.safe:
            return
        try:
            self._context.fence.check()
        except BaseException:
            self._budget.give_back(call.cost, reading=False, lane=call.lane)
            raise

    def _signed(self, call: Call) -> Call:
        if not isinstance(self._auth, Signs):
            return call
        signed = self._auth.sign(call)
        _check_address(signed)
        return signed

    def _settled(self, call: Call, reply: Reply, *, may_renew: bool) -> Reply:
        """The reply where it is Ok; else what the verdict asks for."""
        verdict = self._settler.verdict(call, reply)
        if isinstance(verdict, Ok):
            self._gate.worked()
            _keep(call)
            return reply
        _drop(call)
        if isinstance(verdict, Renew) and may_renew and self._auth:
            self._auth.renew(verdict.reason)
            return self._attempt(call, may_renew=False)
        raise self._settler.error(call, verdict)

    def _wait_at_the_gate(self) -> None:
        text = "the vendor asked for a pause of {seconds} seconds"
        self._wait_while(self._gate.pause_left_s, text)

    def _take(self, call: Call) -> None:
        def short_for_s() -> float:
            shortage = self._budget.take(call.cost, reading=call.safe, lane=call.lane)
            if shortage and shortage.what == "credits":
                text = "this connection has used its share of the day's credits; more return in {seconds} seconds"
                raise Throttled(text, after=shortage.after_s, seconds=round(shortage.after_s))
            return shortage.after_s if shortage else 0.0

        self._wait_while(short_for_s, "too many calls for now; the next may go in {seconds} seconds")

    def _wait_while(self, left_s: Callable[[], float], text: str) -> None:
        """Waits until nothing is left to wait for; Throttled where that is too long, or a stop is asked for."""
        for _ in range(MOST_WAITS):
            wait_s = ceil(left_s() * 1000) / 1000
            if not wait_s:
                return
            if wait_s > self._rules.longest_wait_s or self._context.pause(wait_s):
                break
        raise Throttled(text, after=wait_s, seconds=round(wait_s))

    @contextlib.contextmanager
    def _slot(self, call: Call) -> Iterator[None]:
        with self._heavy_slots if call.heavy else contextlib.nullcontext(), self._slots:
            yield

    def _now_s(self) -> float:
        return self._context.clock().timestamp()


def _check_address(call: Call) -> None:
    if redact.holds_secret(call.url) or any(redact.holds_secret(text) for text in (call.params or {}).values()):
        raise ContractError("a secret may not stand in an address")


def _keep(call: Call) -> None:
    from crmbridge.http.sending import part_of  # noqa: PLC0415

    if call.sink and (part := part_of(call.sink)).exists():
        part.replace(call.sink)


def _drop(call: Call) -> None:
    from crmbridge.http.sending import part_of  # noqa: PLC0415

    if call.sink:
        part_of(call.sink).unlink(missing_ok=True)


def _place(call: Call) -> str:
    parts = urlsplit(call.url)
    return f"{parts.hostname}{parts.path}"

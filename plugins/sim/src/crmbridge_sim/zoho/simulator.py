"""Zoho CRM in one object: ``handle(request) -> response``, a clock to move and a back door to the data."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from crmbridge_sim.calls import CallLedger
from crmbridge_sim.clock import Clock, VirtualClock
from crmbridge_sim.faults import FaultPlan
from crmbridge_sim.wire import Request, Response
from crmbridge_sim.world import World
from crmbridge_sim.world.rates import rates
from crmbridge_sim.zoho import centers, seeding, state, tracking
from crmbridge_sim.zoho.accounts import ALL_SCOPES, Accounts
from crmbridge_sim.zoho.administration import Administration
from crmbridge_sim.zoho.app import App
from crmbridge_sim.zoho.backdoor import Backdoor
from crmbridge_sim.zoho.building import build_schema
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.features import Features
from crmbridge_sim.zoho.gate import Concurrency, Credits
from crmbridge_sim.zoho.oauth import OAuth
from crmbridge_sim.zoho.people import Org, People, User
from crmbridge_sim.zoho.projection import Projector
from crmbridge_sim.zoho.record_writing import TriggerRun
from crmbridge_sim.zoho.store import Lock, Store
from crmbridge_sim.zoho.switches import Setting, Switches

# 2026-06-30T12:00:00Z: the default present of a stopped clock, so that worlds are the same on every day.
PRESENT = 1_782_820_800


class ZohoSimulator:
    """One org in one data centre. Thread-safe: a lock guards the data, concurrency is counted outside of it."""

    def __init__(
        self,
        *,
        seed: int = 7,
        deals: int = 300,
        switches: Mapping[str, Setting] | None = None,
        clock: Clock | None = None,
        zone: str = "Europe/Stockholm",
        center: str = "us",
        edition: str = "enterprise",
        currencies: Iterable[str] = ("EUR", "USD", "CNY", "JPY", "KWD"),
        scopes: tuple[str, ...] = ALL_SCOPES,
        latency_s: float = 0.0,
    ) -> None:
        self.lock = threading.RLock()
        self.seed, self.center, self.latency_s = seed, center, latency_s
        self.clock: Clock = clock if clock is not None else VirtualClock(PRESENT)
        present = self.clock.now()  # looked at first: a running clock goes on while all this is made
        self.switches = Switches(switches)
        self.faults, self.calls = FaultPlan(), CallLedger()
        accounts, api = centers.CENTERS[center]
        self.accounts_url, self.api_url = f"https://{accounts}", f"https://{api}"
        first_id = (6_102_030 + seed % 1000) * 10**12  # ids of an org share their first digits (dossier 4.1)
        self._ids = iter(range(first_id + 2_001, first_id + 300_000))
        self.walks: list[list[int]] = []
        self.locks: dict[int, Lock] = {}
        self.trigger_runs: list[TriggerRun] = []
        self._named: dict[tuple[str, str], int] = {}
        known_rates = rates(currencies)
        self.people = People()
        self.org = Org(next(self._ids), 60_000_000 + seed, "Fjordtech AB", time_zone=zone, edition=edition)
        self.org.currencies = known_rates
        self.org.iso_code = known_rates[0][0]
        self.schema = build_schema(lambda: next(self._ids), currencies=tuple(code for code, _ in known_rates))
        self.store = Store(self.schema, first_id=first_id + 300_000)
        self.projector = Projector(self.schema, self.people, self.switches)
        self.credits = Credits(self.org, self.switches)
        self.concurrency = Concurrency(self.org, self.switches)
        self.world = World(seed, deals=deals, now=present)
        self.api_user: User = seeding.seed_people(self, self.world, lambda: next(self._ids))
        seeding.seed_records(self, self.world)
        self.store.listeners.append(tracking.StageHistory(self))
        self.features = Features(self)
        self.accounts = Accounts(self, seed=seed)
        self._oauth = OAuth(self, self.accounts)
        self.client = self.accounts.register(redirect_uris=("http://127.0.0.1/*",))
        self.grant = self.accounts.grant(self.client, user_id=self.api_user.id, scopes=scopes)
        self.backdoor = Backdoor(self)
        self.administration = Administration(self)
        self._app = App(self)

    def metadata_id(self) -> int:
        """An id for a new field, value, layout or user."""
        return next(self._ids)

    def named_id(self, kind: str, name: str) -> str:
        """The id of a thing that has only a name here: a role, a profile, a currency, a tag."""
        key = (kind, name)
        if key not in self._named:
            self._named[key] = self.metadata_id()
        return str(self._named[key])

    @property
    def credentials(self) -> dict[str, str]:
        """What a connection needs: the client and a living refresh token."""
        return {
            "client_id": self.client.client_id,
            "client_secret": self.client.secret,
            "refresh_token": self.grant.token,
        }

    def token(self, *, scopes: tuple[str, ...] | None = None, user: User | None = None) -> str:
        """An access token without asking for one, for tests of the API itself; costs no refresh."""
        if scopes is None and user is None:
            return self.accounts.mint(self.grant).token
        owner = user or self.api_user
        grant = self.accounts.grant(self.client, user_id=owner.id, scopes=scopes or ALL_SCOPES)
        return self.accounts.mint(grant).token

    def state(self, modules: Iterable[str] = ()) -> dict[str, Any]:
        """The whole truth, for comparison: live records, deleted ids, stage history (``zoho.state``)."""
        return state.dump(self, modules)

    def ctx(self, user: User | None = None, *, source: str = "backdoor") -> Ctx:
        """A call that nobody made, for changes behind the adapter's back; it sets no workflow off."""
        who = user or self.api_user
        made = Ctx(self, Request("POST", "/"), who, frozenset(), int(self.clock.now()), source=source)
        made.notes["body"] = {"trigger": []}
        return made

    def handle(self, request: Request) -> Response:
        """Answers any request: accounts, API and bulk by their paths, as if each stood on its host."""
        if request.path.startswith("/__sim__"):
            from crmbridge_sim.zoho import control  # noqa: PLC0415  # the control API needs the simulator

            return control.handle(self, request)
        if request.path.startswith("/oauth/"):
            self.wait(self.latency_s)
            return self._oauth.handle(request)
        return self._app.handle(request)

    def inside(self, ctx: Ctx, request: Request) -> Response:
        """Answers a call that is part of another one (composite requests)."""
        return self._app.inside(ctx, request)

    def wait(self, seconds: float) -> None:
        """Takes real time, for latency and delays; a virtual clock does not move."""
        if seconds > 0:
            time.sleep(seconds)

"""A Jira site in one object: ``handle(request) -> response``, a clock to move, a back door to the data."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from crmbridge_sim.calls import CallLedger
from crmbridge_sim.clock import Clock, VirtualClock
from crmbridge_sim.faults import Fault, FaultPlan
from crmbridge_sim.jira import seeding, site, state
from crmbridge_sim.jira.accounts import Accounts
from crmbridge_sim.jira.app import App
from crmbridge_sim.jira.backdoor import Backdoor
from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.events import Events
from crmbridge_sim.jira.gate import Gate
from crmbridge_sim.jira.model import Issue, IssueType, User
from crmbridge_sim.jira.searching import Walk
from crmbridge_sim.jira.store import Store
from crmbridge_sim.jira.switches import Setting, Switches
from crmbridge_sim.wire import Request, Response
from crmbridge_sim.world import World

# 2026-06-30T12:00:00Z: the default present of a stopped clock, so that worlds are the same on every day.
PRESENT = 1_782_820_800
SITE = "https://acme.atlassian.net"


class JiraSimulator:
    """One site. Thread-safe: one lock guards everything but waiting. ``zone`` is the calling account's own.

    ``deals`` is the size of the world, whose tasks (a third as many) are the site's issues.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        deals: int = 300,
        switches: Mapping[str, Setting] | None = None,
        clock: Clock | None = None,
        zone: str = "Europe/Stockholm",
        latency_s: float = 0.0,
    ) -> None:
        self.lock = threading.RLock()
        self.seed, self.latency_s, self.site_url = seed, latency_s, SITE
        self.clock: Clock = clock if clock is not None else VirtualClock(PRESENT)
        present = self.clock.now()  # looked at first: a running clock goes on while all this is made
        self.switches = Switches(switches)
        self.cloud = self.switches.text("deployment") == "cloud"
        self.cloud_id = _uuid(seed)
        self.faults, self.calls = FaultPlan(), CallLedger()
        self.current_faults: Sequence[Fault] = ()
        self.hidden: set[str] = set()  # projects the callers cannot see
        self.lacking: set[str] = set()  # rights the callers do not have
        self.off_screen: set[str] = set()
        self.not_assignable: set[str] = set()
        self.walks: dict[str, Walk] = {}
        self.walk_count = self.searches = self.pages = self._hook_count = 0
        self.store, self.gate, self.events, self.accounts = Store(), Gate(self), Events(self), Accounts(self)
        world = World(seed, deals=deals, now=present)
        self.people = seeding.people(seed, zone, world)
        self.caller, self.admin = list(self.people.values())[:2]
        self.projects = site.projects(self.admin.account_id)
        seeding.tasks(self, world)
        self.token = self.accounts.issue(self.caller, "plain" if self.cloud else "pat")
        self.scoped_token = self.accounts.issue(self.caller, "scoped")
        self.admin_token = self.accounts.issue(self.admin, "plain" if self.cloud else "pat")
        self.refresh_token = self.accounts.grant(self.caller)
        self.backdoor = Backdoor(self)
        self._app = App(self)

    def now_ms(self) -> int:
        """The simulator's present in milliseconds."""
        return int(self.clock.now() * 1000)

    def person(self, name: str) -> User | None:
        """Somebody by account id; on Data Center by name too."""
        found = self.people.get(name)
        if found is None and not self.cloud:
            found = next((one for one in self.people.values() if one.name == name), None)
        return found

    def type_of(self, issue: Issue) -> IssueType:
        """The type of an issue."""
        return next(one for one in self.projects[issue.project].types if one.id == issue.type_id)

    def next_hook(self) -> int:
        """The number of a new webhook."""
        self._hook_count += 1
        return 999 + self._hook_count

    @property
    def credentials(self) -> dict[str, str]:
        """What a connection needs, for every way of signing in."""
        told = {"email": self.caller.email, "token": self.token, "account_id": self.caller.account_id}
        told |= {"admin_email": self.admin.email, "admin_token": self.admin_token}
        if not self.cloud:
            return told
        oauth = {"client_id": self.accounts.client_id, "client_secret": self.accounts.client_secret}
        cloud = {"cloud_id": self.cloud_id, "scoped_token": self.scoped_token, "refresh_token": self.refresh_token}
        return {**told, **cloud, **oauth}

    def ctx(
        self,
        user: User | None,
        *,
        version: int = 2,
        body: Any = None,  # noqa: ANN401  # JSON
        args: Mapping[str, str] | None = None,
    ) -> Ctx:
        """A call that nobody made, for changes behind the adapter's back."""
        return Ctx(self, Request("POST", "/__sim__/"), version, user, "", self.site_url, body, args or {})

    def state(self) -> dict[str, Any]:
        """The whole truth, for comparison (``jira.state``)."""
        return state.dump(self)

    def handle(self, request: Request) -> Response:
        """Answers any request; the control API has its own prefix."""
        if request.path.startswith("/__sim__"):
            from crmbridge_sim.jira import control  # noqa: PLC0415  # the control API needs the simulator

            return control.handle(self, request)
        return self._app.handle(request)

    def wait(self, seconds: float) -> None:
        """Takes real time, for latency and delays; a virtual clock does not move."""
        if seconds > 0:
            time.sleep(seconds)


def _uuid(seed: int) -> str:
    text = hashlib.sha256(f"cloud|{seed}".encode()).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:32]}"

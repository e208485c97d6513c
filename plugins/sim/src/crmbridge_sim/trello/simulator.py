"""A Trello account in one object: ``handle(request) -> response``, a clock to move, a back door to the data."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from crmbridge_sim.calls import CallLedger
from crmbridge_sim.clock import Clock, VirtualClock
from crmbridge_sim.faults import Fault, FaultPlan
from crmbridge_sim.switches import Setting
from crmbridge_sim.trello import seeding, state
from crmbridge_sim.trello.access import Token
from crmbridge_sim.trello.app import App
from crmbridge_sim.trello.backdoor import Backdoor
from crmbridge_sim.trello.context import Ctx
from crmbridge_sim.trello.events import Events
from crmbridge_sim.trello.gate import Gate
from crmbridge_sim.trello.model import Action, Board, Card, Member, TrelloList, Webhook
from crmbridge_sim.trello.switches import Switches
from crmbridge_sim.wire import Request, Response
from crmbridge_sim.world import World

# 2026-06-30T12:00:00Z: the default present of a stopped clock, so that worlds are the same on every day.
PRESENT = 1_782_820_800


class TrelloSimulator:
    """One account. Thread-safe: one lock guards everything but waiting.

    ``deals`` is the size of the world, whose tasks (a third as many) are the cards.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        deals: int = 300,
        switches: Mapping[str, Setting] | None = None,
        clock: Clock | None = None,
        latency_s: float = 0.0,
    ) -> None:
        self.lock = threading.RLock()
        self.seed, self.latency_s = seed, latency_s
        self.clock: Clock = clock if clock is not None else VirtualClock(PRESENT)
        present = self.clock.now()  # looked at first: a running clock goes on while all this is made
        self.switches = Switches(switches)
        self.faults, self.calls = FaultPlan(), CallLedger()
        self.current_faults: Sequence[Fault] = ()
        self.boards: dict[str, Board] = {}
        self.lists: dict[str, TrelloList] = {}
        self.cards: dict[str, Card] = {}
        self.actions: list[Action] = []
        self.deleted: list[str] = []
        self.words: dict[str, list[tuple[int, str]]] = {}
        self.webhooks: dict[str, Webhook] = {}
        self._count = 0
        self.gate, self.events = Gate(self), Events(self)
        world = World(seed, deals=deals, now=present)
        self.members = seeding.members(seed, world)
        self.caller = next(iter(self.members.values()))
        text = hashlib.sha256(f"trello|{seed}".encode()).hexdigest()
        self.key, self.secret, self.token = text[:32], text[32:], f"ATTA{text}{text[:8].upper()}"
        self.tokens = {self.token: Token(self.caller.id)}
        seeding.boards(self)
        seeding.tasks(self, world)
        self.backdoor = Backdoor(self)
        self._app = App(self)

    def now_ms(self) -> int:
        """The simulator's present in milliseconds."""
        return int(self.clock.now() * 1000)

    def new_id(self) -> str:
        """24 hex digits: the time of its making first, in seconds, then a counter (CODE PYT)."""
        self._count += 1
        return f"{int(self.clock.now()):08x}{self.seed % 2**40:010x}{self._count:06x}"

    def new_short(self) -> str:
        """A short link of eight characters."""
        self._count += 1
        return hashlib.sha256(f"short|{self.seed}|{self._count}".encode()).hexdigest()[:7] + "Z"

    def add_list(self, board: str, name: str, *, top: bool) -> TrelloList:
        """A list at the top or the end of a board."""
        there = [one.pos for one in self.lists.values() if one.board == board]
        pos = min(there, default=32768) / 2 if top else max(there, default=0) + 16384
        made = TrelloList(self.new_id(), board, name, pos)
        self.lists[made.id] = made
        return made

    def card(self, name: str) -> Card | None:
        """A card by id or short link."""
        return self.cards.get(name) or next((one for one in self.cards.values() if one.short == name), None)

    def person(self, name: str) -> Member | None:
        """Somebody by id, user name, full name or address."""
        found = self.members.get(name)
        others = (one for one in self.members.values() if name in {one.username, one.full_name, one.email})
        return found or next(others, None)

    @property
    def credentials(self) -> dict[str, str]:
        """What a connection needs."""
        return {"key": self.key, "token": self.token, "member_id": self.caller.id, "secret": self.secret}

    def state(self) -> dict[str, Any]:
        """The whole truth, for comparison (``trello.state``)."""
        return state.dump(self)

    def handle(self, request: Request) -> Response:
        """Answers any request; the control API has its own prefix."""
        if request.path.startswith("/__sim__"):
            from crmbridge_sim.trello import control  # noqa: PLC0415  # the control API needs the simulator

            return control.handle(self, request)
        return self._app.handle(request)

    def inner(self, request: Request, ctx: Ctx) -> Response:
        """One of the reads of a batch."""
        return self._app.inner(request, ctx)

    def wait(self, seconds: float) -> None:
        """Takes real time, for latency and delays; a virtual clock does not move."""
        if seconds > 0:
            time.sleep(seconds)

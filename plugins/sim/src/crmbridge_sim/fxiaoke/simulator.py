"""A tenant of Fxiaoke in one object: ``handle(request) -> response``, a clock to move, a back door to the data."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crmbridge_sim.calls import CallLedger
from crmbridge_sim.clock import Clock, VirtualClock
from crmbridge_sim.faults import FaultPlan
from crmbridge_sim.fxiaoke import areas, ids, seeding, standard, state
from crmbridge_sim.fxiaoke.access import Access
from crmbridge_sim.fxiaoke.app import App
from crmbridge_sim.fxiaoke.backdoor import Backdoor
from crmbridge_sim.fxiaoke.codes import Codes
from crmbridge_sim.fxiaoke.context import Ctx
from crmbridge_sim.fxiaoke.derived import Derived
from crmbridge_sim.fxiaoke.events.pushes import Pushes
from crmbridge_sim.fxiaoke.gate import Gate
from crmbridge_sim.fxiaoke.history import Log
from crmbridge_sim.fxiaoke.people import Employee, People
from crmbridge_sim.fxiaoke.schema import Field, Obj, Schema
from crmbridge_sim.fxiaoke.stages import Stages
from crmbridge_sim.fxiaoke.store import Store
from crmbridge_sim.fxiaoke.switches import Setting, Switches
from crmbridge_sim.fxiaoke.tokens import Tokens
from crmbridge_sim.wire import Request, Response
from crmbridge_sim.world import World
from crmbridge_sim.world.rates import rates
from crmbridge_sim.world.world import CHINESE_SHARE

# 2026-06-30T12:00:00Z: the default present of a stopped clock, so that worlds are the same on every day.
PRESENT = 1_782_820_800
CURRENCIES = ("CNY", "EUR", "USD", "JPY", "KWD")


class FxiaokeSimulator:
    """One tenant on one cloud. Thread-safe: one lock guards everything but waiting.

    ``chinese_names``: all companies and people have Chinese names, family name first; without it the names are those of
    the other simulators. ``unclaimed`` leads lie in pools beside the world.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        deals: int = 300,
        switches: Mapping[str, Setting] | None = None,
        clock: Clock | None = None,
        currencies: Iterable[str] = CURRENCIES,
        unclaimed: int = 0,
        chinese_names: bool = False,
        latency_s: float = 0.0,
    ) -> None:
        self.lock = threading.RLock()
        self.seed, self.latency_s, self.family_first = seed, latency_s, chinese_names
        self.clock: Clock = clock if clock is not None else VirtualClock(PRESENT)
        present = self.clock.now()  # looked at first: a running clock goes on while all this is made
        self.switches = Switches(switches)
        self.faults, self.calls = FaultPlan(), CallLedger()
        self.ea = f"demo_ea{seed}"
        self.aes_key = base64.b64encode(bytes.fromhex(ids.digest("aes", seed))).decode()
        self.currencies = rates(currencies)
        self.current: Ctx | None = None
        self.forbidden: set[str] = set()
        self.workflows: list[tuple[str, str, str]] = []
        self.ids = ids.RecordIds(seed)
        self.stages = Stages(seed)
        self.codes = Codes(seed, own=self.switches.text("state_codes") == "own")
        self.ip_refused = self.app_disabled = False
        self.people = People(seed, str(700_000 + seed % 100_000))
        self.opportunities = (
            "NewOpportunityObj" if self.switches.text("opportunity_model") == "2.0" else "OpportunityObj"
        )
        self.schema = self._schema()
        self.store = Store()
        self.store.version_step = self.switches.number("version_step")
        for obj in self.schema:
            self.store.create_table(obj)
        self.log = Log(self.store)
        self._numbers: dict[tuple[str, str], int] = {}
        share = 1.0 if chinese_names else CHINESE_SHARE
        self.world = World(seed, deals=deals, now=present, chinese_share=share)
        self.admin: Employee = seeding.seed_people(self, self.world)
        seeding.seed_records(self, self.world, unclaimed=unclaimed)
        self.access, self.derived, self.gate, self.tokens = Access(self), Derived(self), Gate(self), Tokens(self)
        self.events = Pushes(self)
        self.store.listeners += [self.log, self.events]
        self.backdoor = Backdoor(self)
        self._app = App(self)

    def _schema(self) -> Schema:
        """The tenant's objects; which opportunity and whether tasks exist is read from the switches once."""
        left_out = {"OpportunityObj" if self.opportunities == "NewOpportunityObj" else "NewOpportunityObj"}
        if not self.switches.flag("task_object"):
            left_out.add("TaskObj")
        if not self.switches.flag("transfer_log_readable"):
            left_out.add("LeadsTransferLogObj")
        codes = tuple(code for code, _ in self.currencies)
        schema = Schema()
        for name in standard.OBJECTS:
            if name not in left_out:
                old = self.opportunities == "OpportunityObj"
                schema.objects[name] = standard.read_object(name, seed=self.seed, currencies=codes, old=old)
        if "NewOpportunityObj" in schema:
            schema["NewOpportunityObj"]["sales_stage"].options = self.stages.options()
        self.codes.rename(schema)
        for kind in ("country", "province", "city"):
            schema["AccountObj"][kind].options = areas.options(kind)
        return schema

    def now_ms(self) -> int:
        """The simulator's present in milliseconds."""
        return int(self.clock.now() * 1000)

    def day(self) -> str:
        """Today in Shanghai."""
        return datetime.fromtimestamp(self.clock.now(), ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d")

    def describe_id(self, name: str) -> str:
        """The id of an object's description."""
        return ids.digest("describe", self.seed, name)[:24]

    def auto_number(self, obj: Obj, field: Field) -> str:
        """The next number of a field; seeded records had the first ones."""
        key = (obj.api_name, field.api_name)
        number = self._numbers.get(key, self.store.count(obj.api_name)) + 1
        self._numbers[key] = number
        return f"{'C-' if field.api_name == 'account_no' else 'OPP'}{number:08d}"

    def reference_names(self, target: str, record_ids: list[str]) -> dict[str, str]:
        """The names of what a page's references point to."""
        if target == "SalesProcess":
            return self.stages.process_names
        return self.store.names(target, record_ids) if target in self.schema else {}

    def note_workflow(self, obj: Obj, record_id: str, operation: str, *, fired: bool) -> None:
        """Remembers that a write set the tenant's workflows off (dossier 3.4: by default it does)."""
        if fired:
            self.workflows.append((obj.api_name, record_id, operation))

    @property
    def credentials(self) -> dict[str, str]:
        """What a connection needs, for both styles."""
        return {
            "app_id": self.tokens.app_id,
            "app_secret": self.tokens.secret,
            "permanent_code": self.tokens.permanent_code,
            "mobile": self.admin.mobile,
            "user_id": self.admin.id,
        }

    def signed(self, *, style: str = "A", user: Employee | None = None) -> tuple[dict[str, str], dict[str, Any]]:
        """Headers and body fields of a signed-in call without a token call, for tests of the API itself."""
        who = user or self.admin
        with self.lock:
            token = self.tokens.current(style).text
        if style == "A":
            corp = ids.corp_id(self.seed)
            return {}, {"corpAccessToken": token, "corpId": corp, "currentOpenUserId": who.open_id}
        return {"authorization": f"Bearer {token}", "x-fs-ea": self.ea, "x-fs-userid": who.id}, {}

    def ctx(self, user: Employee | None = None, *, style: str = "B") -> Ctx:
        """A call that nobody made, for changes behind the adapter's back; ids are plain ones."""
        return Ctx(self, "/__sim__/", {}, user or self.admin, style == "A", self.now_ms(), style)

    def state(self, objects: Iterable[str] = ()) -> dict[str, Any]:
        """The whole truth, for comparison (``fxiaoke.state``)."""
        return state.dump(self, objects)

    def handle(self, request: Request) -> Response:
        """Answers any request; the control API has its own prefix."""
        if request.path.startswith("/__sim__"):
            from crmbridge_sim.fxiaoke import control  # noqa: PLC0415  # the control API needs the simulator

            return control.handle(self, request)
        return self._app.handle(request)

    def wait(self, seconds: float) -> None:
        """Takes real time, for latency and delays; a virtual clock does not move."""
        if seconds > 0:
            time.sleep(seconds)

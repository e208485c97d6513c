"""What a handler gets: the simulator's parts, the caller and the instant of the call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmbridge_sim.faults import Fault
from crmbridge_sim.wire import Request
from crmbridge_sim.zoho import ids, times
from crmbridge_sim.zoho.errors import ApiError
from crmbridge_sim.zoho.people import Org, People, User
from crmbridge_sim.zoho.projection import Projection, Projector
from crmbridge_sim.zoho.schema import Module, Schema
from crmbridge_sim.zoho.store import Store
from crmbridge_sim.zoho.switches import Switches

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator


@dataclass
class Ctx:
    """One call: ``now`` in whole seconds is the same for everything it does."""

    sim: ZohoSimulator
    request: Request
    user: User
    scopes: frozenset[str]
    now: int
    faults: Sequence[Fault] = ()
    source: str = "api"
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The records."""
        return self.sim.store

    @property
    def schema(self) -> Schema:
        """The modules and fields."""
        return self.sim.schema

    @property
    def switches(self) -> Switches:
        """The uncertain facts."""
        return self.sim.switches

    @property
    def people(self) -> People:
        """The users."""
        return self.sim.people

    @property
    def org(self) -> Org:
        """The organisation."""
        return self.sim.org

    @property
    def projector(self) -> Projector:
        """The maker of projections."""
        return self.sim.projector

    @property
    def zone(self) -> str:
        """The zone of the asking user, else the org's: its offset stands in every instant (dossier 4.1)."""
        return self.user.time_zone or self.sim.org.time_zone

    def instant(self, seconds: int | None) -> str | None:
        """An instant as this user sees it."""
        return None if seconds is None else times.instant_text(seconds, self.zone)

    def module(self, name: str, *, right: str = "View") -> Module:
        """The module of a path; unknown -> INVALID_MODULE, not allowed -> 403 NO_PERMISSION (dossier 1.5, 6: OAS26)."""
        module = self.schema.modules.get(name)
        if module is None or not module.api_supported:
            raise ApiError("INVALID_MODULE", {"resource_path_index": 0})
        if not module.permitted:
            raise ApiError("NO_PERMISSION", {"permissions": [f"Crm_Implied_{right}_{name}"]})
        return module

    def param_module(self, *, right: str = "View") -> Module:
        """The module of the query; missing -> REQUIRED_PARAM_MISSING, unknown -> INVALID_MODULE (OAS25 fields.json)."""
        name = self.request.params.get("module", "")
        if not name:
            raise ApiError("REQUIRED_PARAM_MISSING", {"param_name": "module"})
        if name not in self.schema:
            raise ApiError("INVALID_MODULE", {"api_name": "module"})
        return self.module(name, right=right)

    def projection(self, module: Module, fields: Sequence[str], *, full: bool = False) -> Projection:
        """The projection for this user's zone."""
        if full:
            return self.projector.full(module, self.zone, fields)
        return self.projector.listing(module, fields, self.zone)

    def body(self) -> dict[str, Any]:
        """The JSON object of the body; anything else is refused (dossier 6: UNABLE_TO_PARSE_DATA_TYPE)."""
        if "body" not in self.notes:
            try:
                content = json.loads(self.request.body, parse_constant=_no_number)
                json.dumps(content, ensure_ascii=False).encode()  # half of a surrogate pair is no text
            except (ValueError, RecursionError):
                content = None
            if not isinstance(content, dict):
                raise ApiError("UNABLE_TO_PARSE_DATA_TYPE")
            self.notes["body"] = content
        body: dict[str, Any] = self.notes["body"]
        return body

    def fault(self, kind: str) -> Fault | None:
        """A fault of this kind that is due on this call, for faults only a handler can commit."""
        return next((fault for fault in self.faults if fault.kind == kind), None)

    def number_param(self, name: str, default: int, *, least: int = 1, most: int | None = None) -> int:
        """A whole number of the query; out of bounds or no number -> 400 INVALID_DATA with ``param_name``."""
        text = self.request.params.get(name)
        if text is None or text == "":
            return default
        number = ids.parse(text)
        if number is None or not least <= number <= (most or 10**9):
            raise ApiError("INVALID_DATA", {"param_name": name}, message="invalid data")
        return number

    def record_id(self, text: str) -> int:
        """The id of a path; malformed -> 400 INVALID_DATA (dossier 2.3)."""
        record_id = ids.parse(text)
        if record_id is None:
            raise ApiError("INVALID_DATA", {"resource_path_index": 1}, message="the id given seems to be invalid")
        return record_id


def _no_number(text: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(text)

"""Channels: who is told of what until when. A channel belongs to the user that made it (dossier 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmbridge_sim.zoho.store import Change
from crmbridge_sim.zoho.watch.outbox import Callback, Outbox

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator

HOUR_S = 3_600
WEEK_S = 7 * 86_400
# Words of `events` and what they mean for the store's operations (dossier 7).
OPERATIONS = {"create": "insert", "edit": "update", "delete": "delete", "all": ""}
_TOLD = {"insert": "insert", "update": "update", "delete": "delete", "restore": "insert"}


@dataclass(slots=True)
class Channel:
    """One channel; `events` are `Module.operation`, `fields` the field selection per module."""

    id: str
    user_id: int
    zone: str
    notify_url: str
    events: list[str]
    expires: int
    token: str | None = None
    returns_values: bool = False
    on_related: bool = True
    conditions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def modules(self) -> list[str]:
        """The modules it watches, each once."""
        return list(dict.fromkeys(event.partition(".")[0] for event in self.events))

    def events_of(self, module: str) -> list[str]:
        """Its events of one module."""
        return [event for event in self.events if event.partition(".")[0] == module]

    def wants(self, change: Change) -> bool:
        """Whether a change is one of its events and one of the selected fields is concerned."""
        words = {event.partition(".")[2] for event in self.events_of(change.module)}
        operation = _TOLD[change.operation]
        if "all" not in words and not any(OPERATIONS.get(word) == operation for word in words):
            return False
        selections = [
            condition["field_selection"]
            for condition in self.conditions
            if condition.get("module", {}).get("api_name") == change.module and condition.get("field_selection")
        ]
        return operation != "update" or not selections or any(_chosen(part, change.fields) for part in selections)


def _chosen(selection: dict[str, Any], changed: Iterable[str]) -> bool:
    """Whether changed fields meet a field selection: one field, or a group of them joined by and/or (DOC7)."""
    group = selection.get("group")
    if isinstance(group, list):
        met = [_chosen(part, changed) for part in group if isinstance(part, dict)]
        return all(met) if str(selection.get("group_operator")).lower() == "and" else any(met)
    return any(name in changed for name in fields_of(selection))


def fields_of(selection: dict[str, Any]) -> list[str]:
    """The fields a selection names; what is no selection names none."""
    group = selection.get("group")
    if isinstance(group, list):
        return [name for part in group if isinstance(part, dict) for name in fields_of(part)]
    field = selection.get("field")
    name = field.get("api_name") if isinstance(field, dict) else None
    return [name] if isinstance(name, str) else []


class Channels:
    """All channels of the org and the outbox of their callbacks; listens to the store."""

    def __init__(self, sim: ZohoSimulator) -> None:
        self._sim = sim
        self._channels: dict[tuple[int, str], Channel] = {}
        self.outbox = Outbox()

    def living(self, user_id: int, now: int) -> list[Channel]:
        """The user's channels that have not expired; expired ones are forgotten (DOC6)."""
        for key in [key for key, channel in self._channels.items() if channel.expires <= now]:
            del self._channels[key]
        return [channel for channel in self._channels.values() if channel.user_id == user_id]

    def get(self, user_id: int, channel_id: str, now: int) -> Channel | None:
        """A living channel of the user."""
        return next((channel for channel in self.living(user_id, now) if channel.id == channel_id), None)

    def put(self, channel: Channel) -> None:
        """Adds or replaces a channel."""
        self._channels[channel.user_id, channel.id] = channel

    def drop(self, channel: Channel) -> None:
        """Removes a channel."""
        self._channels.pop((channel.user_id, channel.id), None)

    def __call__(self, change: Change) -> None:
        """Puts a callback into the outbox for every channel that wants to know."""
        if change.source == "tracker" or change.operation not in _TOLD:
            return
        now = int(self._sim.clock.now())
        for channel in [channel for channel in self._channels.values() if channel.expires > now]:
            if channel.wants(change):
                callback = Callback(channel.notify_url, self._body(channel, change, now), now)
                for _ in range(2 if self._sim.switches.flag("watch_repeats") else 1):
                    self.outbox.put(callback)

    def _body(self, channel: Channel, change: Change, now: int) -> dict[str, Any]:
        """The JSON of a callback (dossier 7: DOC7, observed in GH:59975645781)."""
        url, _, query = channel.notify_url.partition("?")
        del url
        names = [name for name in change.fields if name in self._sim.schema[change.module]]
        values: list[dict[str, Any]] = []
        if channel.returns_values and change.operation != "delete":
            values = [{"record_id": str(change.id), "values": self._values(channel, change, names)}]
        by_record = self._sim.switches.text("affected_fields") == "by_record" and change.operation == "update"
        return {
            "server_time": now * 1000,
            "query_params": dict(pair.partition("=")[::2] for pair in query.split("&") if pair),
            "module": change.module,
            # "can carry another version": the sample of the docs does
            "resource_uri": f"{self._sim.api_url}/crm/v2/{change.module}",
            "ids": [str(change.id)],
            "affected_fields": [{str(change.id): names}] if by_record else [],
            "affected_values": values,
            "operation": _TOLD[change.operation],
            "channel_id": channel.id,
            "token": channel.token,
        }

    def _values(self, channel: Channel, change: Change, names: list[str]) -> dict[str, Any]:
        module = self._sim.schema[change.module]
        projection = self._sim.projector.listing(module, names, channel.zone)
        row = self._sim.store.db.execute(
            f'SELECT {projection.sql} FROM "{module.api_name}" t WHERE t.id = ?', (change.id,)
        ).fetchone()
        shown = projection.objects([row])[0] if row else {}
        shown.pop("id", None)
        return shown

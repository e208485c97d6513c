"""The neutral records of a place by the keys of the world: references and all are what they are in the world."""

from collections.abc import Iterator, Mapping
from typing import Any

from crmbridge.ledger import stage_events

from .worlds import Place

ENVELOPE = frozenset(
    {
        "id",
        "refs",
        "version",
        "revision",
        "first_seen_at",
        "last_seen_at",
        "lifecycle",
        "merged_into",
        "unknown",
        "custom",
    }
)
"""What is ours of a record, not the world's."""
Record = Mapping[str, Any]
Keyed = dict[str, dict[str, Record]]
"""kind -> world key -> record, references as world keys."""


def world_key(kind: str, record: Record) -> str:
    """The world's own key: it stands in a field of every record, but of people, who are known by their address.

    Zoho's notes have no fields of a company's own: their titles are numbered like their keys.
    """
    if kind == "user":
        return f"user {record['email']}"
    key = str(record["custom"]["world_key"]["value"])
    return f"note-{int(key.removeprefix('Note ')):06d}" if key.startswith("Note ") else key


class Held:
    """What one workspace holds. `names` are the world's keys of our ids, and of the vendor's."""

    def __init__(self, place: Place) -> None:
        self.place = place.name
        exported = place.records()
        self.names = {one["id"]: world_key(kind, one) for kind, rows in exported.items() for one in rows}
        self.vendor_ids = {
            one["refs"][0]["vendor_id"]: self.names[one["id"]] for rows in exported.values() for one in rows
        }
        self.objects = {one["refs"][0]["object"]: kind for kind, rows in exported.items() for one in rows}
        self.records: Keyed = {kind: dict(self._keyed(rows)) for kind, rows in exported.items() if rows}
        assert len(self.names) == sum(map(len, self.records.values())), "two records have one key"

    def _keyed(self, rows: list[dict[str, Any]]) -> Iterator[tuple[str, Record]]:
        for record in rows:
            told = {name: self._named(value) for name, value in record.items() if name not in ENVELOPE}
            yield self.names[record["id"]], {**told, "unknown": frozenset(record["unknown"])}

    def _named(self, value: Any) -> Any:
        return self.names.get(value, value) if isinstance(value, str) else value

    def moves(self, place: Place) -> dict[str, list[tuple[Any, ...]]]:
        """Every stage that a deal entered: when, from where, in which pipeline, by whom; by the world's key."""
        deals = {our_id: key for our_id, key in self.names.items() if key in self.records["deal"]}
        with place.open() as bridge, bridge.wiring.ledger.read() as tx:
            found = {key: stage_events.for_record(tx, our_id) for our_id, key in deals.items()}
        return {
            key: sorted(
                (one.at_us, one.at_precision, one.pipeline, one.from_stage, one.to_stage, self._who(one.actor_ref))
                for one in events
                if one.origin == "vendor"
            )
            for key, events in found.items()
        }

    def _who(self, vendor_id: str | None) -> str | None:
        return None if vendor_id is None else self.vendor_ids.get(vendor_id, vendor_id)

"""What came of a task as one system can log it: as the activity of its mapping that says most of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from crmbridge.app.follow_up_tasks import links_of
from crmbridge.ledger import links
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed
from crmbridge.model.canonical import Value
from crmbridge.model.instants import business_date, start_of_day, to_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.services.wants import ActivityWanted
from crmbridge.sync.twoway.intents import Make
from crmbridge.sync.twoway.pairs import End, written_by
from crmbridge.sync.twoway.sight import Sight

_PARTS = frozenset({"customer_feedback", "next_step"})
_BESIDE = frozenset({"direction", "state", "subject", "next_step_due"})
_MOMENTS = ("started_at", "ended_at")
_NO_LOG = mark("{count} results stay in their tasks: the mapping of {connection} writes no {what} with an account")


@dataclass(slots=True)
class Logging:
    """Logs results in one connection; what cannot be logged there is counted, and told by `notes`."""

    tx: LedgerTx
    end: End
    left: int = 0

    def fitted(self, results: Sequence[ActivityWanted]) -> Iterator[Make]:
        """The results as this system keeps them."""
        here = self._here(results)
        for one in results:
            compiled = self._object(one)
            if compiled is None or (one.kind, one.record_id) not in here:
                self.left += 1
                continue
            written = written_by(compiled)
            owner = one.owner if ("user", one.owner) in here else None
            values = {**_values(one, written), ("owner" if "owner" in written else "actor"): owner}
            values |= {name: _moment(compiled, name, one.at, self.end.zone) for name in _MOMENTS}
            values |= {name: to for name, to in links_of(one, compiled).items() if (name, to) in here}
            told = {name: value for name, value in values.items() if name in written and value is not None}
            yield Make("activity", one.key, self._writable(compiled, told), one.why, object=compiled.object)

    def notes(self) -> list[Note]:
        """How many are left, and why."""
        told: dict[str, object] = {"count": self.left, "connection": self.end.connection, "what": "activity"}
        return [Note("RESULTS_LEFT", _NO_LOG, told)] if self.left else []

    def _object(self, one: ActivityWanted) -> CompiledObject | None:
        """The object that takes a result: one that is of the type by itself first, then one that says its type."""
        able = [it for it in self.end.objects("activity") if {one.kind, "content"} <= written_by(it)]
        said = {it.object: next((rule for rule in it.fields if rule.name == "type"), None) for it in able}
        fixed = [it for it in able if (rule := said[it.object]) is not None and rule.rule.value == one.type]
        typed = [it for it in able if "type" in written_by(it)]
        return next(iter([*fixed, *typed]), None)

    def _writable(self, compiled: CompiledObject, values: Mapping[str, Value]) -> Mapping[str, Value]:
        """The values without those beside the text that this system cannot be told in its own words."""
        sight = Sight(self.tx, self.end, "activity", frozenset(values))
        written = sight.written(compiled, values)
        while isinstance(written, Failed) and (unsaid := {one.field for one in written.failures} & _BESIDE & {*values}):
            values = {name: value for name, value in values.items() if name not in unsaid}
            written = sight.written(compiled, values)
        return values

    def _here(self, results: Sequence[ActivityWanted]) -> set[tuple[str, str]]:
        """The people and records that results name, as far as this system holds them."""
        wanted: dict[str, set[str]] = {"user": {one.owner for one in results if one.owner is not None}}
        for one in results:
            for kind_name, record_id in (*one.beside.items(), (one.kind, one.record_id)):
                wanted.setdefault(kind_name, set()).add(record_id)
        return {
            (kind_name, record_id)
            for kind_name, ids in wanted.items()
            for record_id in links.places(self.tx, kind_name, sorted(ids), self.end.connection_id)
        }


def _values(one: ActivityWanted, written: frozenset[str]) -> dict[str, Value]:
    """What it says; all of it in one text where a part has no field of its own."""
    due = None if one.next_step_due is None else one.next_step_due.isoformat()
    return {
        "type": one.type,
        "subject": one.title,
        "direction": "out",
        "state": "done",
        "content": one.content if written >= _PARTS else one.text,
        "customer_feedback": one.feedback,
        "next_step": one.next_step,
        "next_step_due": due,
        "external_key": one.key,
    }


def _moment(compiled: CompiledObject, name: str, at: datetime, zone: ZoneInfo) -> Value:
    """When it was, as the field of an object keeps it: the moment, or the day alone."""
    told = next((one.rule.model_extra or {} for one in compiled.fields if one.name == name), {})
    if told.get("precision") != "day":
        return to_us(at), "exact"
    return to_us(start_of_day(business_date(at, zone), zone)), "day"

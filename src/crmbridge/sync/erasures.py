"""Nobody who was erased comes back: his records do not land, and those of others land without him.

Costs nothing where nobody was erased.
"""

from collections.abc import Sequence
from dataclasses import replace

from crmbridge.adapter.contract import Problem
from crmbridge.ledger import audit, erased
from crmbridge.ledger.erased import Erased
from crmbridge.ledger.packing import Packed, repack
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Mapped
from crmbridge.model.errors import ConfigError
from crmbridge.model.kinds import FieldType
from crmbridge.sync.packets import Batch
from crmbridge.sync.setup import Surroundings

PERSONS = ("contact", "lead")
"""The kinds whose records are persons; each may be erased."""
NAMED = (*PERSONS, "user")
"""The kinds in which a name is a person's own: nobody's name is taken out there because another bore it too."""


def known(tx: LedgerTx, around: Surroundings) -> Erased | None:
    """Everybody who was erased, None where nobody was; ConfigError where the key of the workspace is not there."""
    if not erased.is_any(tx):
        return None
    if around.sealing is None:
        raise ConfigError(
            "persons were erased from {file}, and without the key of the workspace nobody recognises them",
            file=tx.place,
            hint="put .crmbridge/audit.key back, or name the secret in [audit]",
        )
    sealing = around.sealing()
    audit.require_key(tx, sealing)
    return erased.load(tx, sealing)


def without(batch: Batch, mapped: CompiledObject, connection: str, gone: Erased | None) -> Batch:
    """The batch without records of erased persons, and without what others say of them."""
    if gone is None:
        return batch
    look = _Look(mapped, connection, gone)
    records = [left for one in batch.records if (left := look.left(one)) is not None]
    there = {record.external_id for record in records}
    lacking = [one for one in batch.lacking if one in there]
    refused = [
        one._replace(problem=told)
        for one in batch.refused
        for told in problems([one.problem], mapped.object, connection, gone)
    ]
    return replace(batch, records=records, lacking=lacking, refused=refused)


def problems(found: Sequence[Problem], object_name: str, connection: str, gone: Erased | None) -> list[Problem]:
    """Problems of others, without erased persons."""
    if gone is None:
        return list(found)
    return [
        _told(one, gone)
        for one in found
        if one.external_id is None or not gone.is_record(connection, object_name, one.external_id)
    ]


def _told(problem: Problem, gone: Erased) -> Problem:
    raw = None if problem.raw is None else gone.cleaned(problem.raw)
    params = {
        name: (gone.cleaned(value) or erased.GONE) if isinstance(value, str) else value
        for name, value in problem.params.items()
    }
    return replace(problem, raw=raw, params=params)


def references(mapped: CompiledObject) -> dict[str, tuple[str, ...]]:
    """The vendor fields that hold ids of persons, each with the objects whose ids they are."""
    return {
        source: field.rule.objects
        for field in mapped.fields
        if field.spec.type is FieldType.REF and field.spec.target in PERSONS
        for source in (*field.rule.source, *field.rule.fallback)
    }


class _Look:
    """How records of one object are looked at."""

    def __init__(self, mapped: CompiledObject, connection: str, gone: Erased) -> None:
        self.mapped, self.connection, self.gone = mapped, connection, gone
        self.references = references(mapped)
        self.names = mapped.kind.name not in NAMED
        self.is_person = mapped.kind.name in PERSONS
        columns = enumerate(mapped.kind.columns)
        self.places = [at for at, column in columns if column.name in {"emails", "phones"}] if self.is_person else []

    def left(self, record: Packed) -> Packed | None:
        """The record as it may land; None where it is an erased person's."""
        if self.gone.is_record(self.connection, self.mapped.object, record.external_id):
            return None
        text = record.body.decode()
        if not self.references and not self.gone.finds(text, names=self.names):
            return record
        if self.is_person and not record.deleted and self._is_own(record, text):
            return None
        scrubbed = self.gone.scrub(
            record.content, text, connection=self.connection, references=self.references, names=self.names
        )
        return record if scrubbed is None else repack(record, scrubbed)

    def _is_own(self, record: Packed, text: str) -> bool:
        """Whether one of its addresses or telephone numbers is an erased person's."""
        if not self.gone.persons(text):
            return False
        found = record.found or self.mapped.read(record.content)
        if not isinstance(found, Mapped):
            return False
        return self.gone.is_own(one for at in self.places if isinstance(one := found.values[at], str))

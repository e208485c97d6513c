"""Everything that is found out before the first record is written; only reading, so it may be repeated.

What must not be written is refused here, record by record. A create whose key a record carries already is that
record: it is not written again, for somebody may have edited it since.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crmbridge.adapter.contract import Applied, Change, Outcome, Rejected
from crmbridge.model.errors import ConfigError, CrmBridgeError, ScopeError
from crmbridge_zoho.batches import Entry, Verb, base_of, chained
from crmbridge_zoho.errors import Refused
from crmbridge_zoho.fetch import is_id, some_fields
from crmbridge_zoho.fields import KEY
from crmbridge_zoho.keys import NO_KEY, NO_UPSERT, KeyField, holders, key_field
from crmbridge_zoho.modules import Modules
from crmbridge_zoho.outgoing import Outgoing
from crmbridge_zoho.pipelines import DEALS, STAGE, pipelines_of
from crmbridge_zoho.session import Session
from crmbridge_zoho.users import USERS

PIPELINE = "Pipeline"


@dataclass(slots=True)
class Prepared:
    """What is to be sent, and what is settled already."""

    entries: list[Entry]
    outcomes: dict[int, Outcome]


class Preparation:
    """The preparation of one push."""

    def __init__(self, session: Session, modules: Modules) -> None:
        self._session, self._modules = session, modules
        self._outgoing: dict[str, Outgoing] = {}
        self._blocked: dict[str, CrmBridgeError] = {}
        self._unlooked: dict[str, ScopeError] = {}

    def of(self, changes: Sequence[Change]) -> Prepared:
        """The entries and outcomes; the errors of reading leave, for nothing was tried yet.

        ConfigError or ScopeError only where every change is of a module that is not there, or may not be seen, or in
        which the login may not look for the keys of what it makes.
        """
        outcomes: dict[int, Outcome] = {}
        entries: list[Entry] = []
        for index, change in enumerate(changes):
            made = self._entry(index, change)
            if isinstance(made, Entry):
                entries.append(made)
            else:
                outcomes[index] = made
        if changes and all(change.object in self._blocked for change in changes):
            raise next(iter(self._blocked.values()))
        outcomes |= self._there_already(entries)
        if self._unlooked and all(one.object in self._unlooked for one in changes) and len(outcomes) == len(changes):
            raise next(iter(self._unlooked.values()))
        entries = chained(entry for entry in entries if entry.index not in outcomes)
        self._add_pipelines(entries)
        return Prepared(entries, outcomes)

    def _entry(self, index: int, change: Change) -> Entry | Outcome:
        outgoing = self._module(change.object)
        if outgoing is None:
            error = self._blocked[change.object]
            return Rejected.by(error)
        if refusal := _unusable(change):
            return refusal
        base = base_of(change.base_revision)
        if change.delete:
            return Entry(index, change, Verb.DELETE, base=base)
        if change.external_id is None:
            return self._create(index, change, outgoing)
        record = outgoing.record(change.fields, creating=False)
        if isinstance(record, Rejected):
            return record
        entry = Entry(index, change, Verb.UPDATE, {KEY: change.external_id, **record}, base=base)
        return entry if record else Applied(change.external_id, change.base_revision)

    def _create(self, index: int, change: Change, outgoing: Outgoing) -> Entry | Outcome:
        """A create: by upsert on our key where Zoho takes that, else by insert.

        An upsert also checks every other unique field of the record and would write into a stranger's record that has
        the same value there (dossier 2.4); an insert is refused in that case. Where the field that is to hold the key
        is not there, nothing is made: a lost answer could not be told from a refusal, and the record be made twice.
        """
        wanted = self._session.options.external_id_field
        found = key_field(outgoing, wanted)
        if wanted is not None and found is None and change.object not in NO_KEY:
            message = "{object} has no text field {field} to hold our key"
            return Rejected("KEY_FIELD_MISSING", message, {"object": change.object, "field": wanted}, wanted)
        key = {found.name: change.key} if found is not None and change.key else {}
        record = outgoing.record({**key, **change.fields}, creating=True)
        if isinstance(record, Rejected):
            return record
        held = found if found is not None and record.get(found.name) else None
        can_upsert = held is not None and held.is_unique and change.object not in NO_UPSERT
        strangers = [name for name in record if outgoing.is_unique(name) and (held is None or name != held.name)]
        verb = Verb.UPSERT if can_upsert and not strangers else Verb.INSERT
        return Entry(index, change, verb, record, key=held)

    def _there_already(self, entries: Iterable[Entry]) -> dict[int, Outcome]:
        """The creates whose key a record carries already."""
        by_field: dict[tuple[str, KeyField], list[Entry]] = {}
        for entry in entries:
            if entry.key is not None and entry.key_value is not None:
                by_field.setdefault((entry.module, entry.key), []).append(entry)
        found: dict[int, Outcome] = {}
        for (module, key), several in by_field.items():
            keys = [str(entry.key_value) for entry in several]
            try:
                held = holders(self._session, self._modules, module, key, keys)
            except ScopeError as error:
                self._unlooked[module] = error
                found |= {entry.index: Rejected.by(error) for entry in several}
                continue
            for entry, value in zip(several, keys, strict=True):
                if value in held:
                    found[entry.index] = Applied(held[value].external_id, held[value].revision)
        return found

    def _add_pipelines(self, entries: Iterable[Entry]) -> None:
        """Stages go with their pipeline, for Zoho holds the one against the other (dossier 8)."""
        bare = [
            one for one in entries if one.module == DEALS and one.record.get(STAGE) and not one.record.get(PIPELINE)
        ]
        outgoing = self._outgoing.get(DEALS)
        if not bare or outgoing is None or PIPELINE not in outgoing.fields:
            return
        ids = [entry.change.external_id for entry in bare if entry.change.external_id is not None]
        present = some_fields(self._session, DEALS, ids, (PIPELINE,)) if ids else {}
        only = self._only_pipelines() if any(entry.change.external_id is None for entry in bare) else {}
        for entry in bare:
            identity = entry.change.external_id
            name = only.get(str(entry.record[STAGE])) if identity is None else present.get(identity, {}).get(PIPELINE)
            if name:
                entry.record[PIPELINE] = name

    def _only_pipelines(self) -> Mapping[str, str]:
        """The pipeline of each stage that is in one pipeline alone."""
        found: dict[str, list[str]] = {}
        for pipeline in pipelines_of(self._session, self._modules):
            for stage in pipeline.stages:
                found.setdefault(stage.id, []).append(pipeline.id)
        return {stage: names[0] for stage, names in found.items() if len(names) == 1 and names[0] != STAGE}

    def _module(self, module: str) -> Outgoing | None:
        """What may be sent to a module; None where it may not be written to, with the reason kept."""
        if module not in self._outgoing and module not in self._blocked:
            try:
                described = self._modules.described(_writable(module))
                self._outgoing[module] = Outgoing(module, described, currency=self._session.org.currency)
            except (ConfigError, ScopeError, Refused) as error:
                self._blocked[module] = error
        return self._outgoing.get(module)


def _writable(module: str) -> str:
    if module == USERS:
        raise ConfigError("crmbridge writes no users of Zoho")
    return module


def _unusable(change: Change) -> Rejected | None:
    """Why a change cannot be sent, whatever its fields are."""
    if change.external_id is not None and not is_id(change.external_id):
        return Rejected("INVALID_DATA", "{id} is no id of Zoho", {"id": change.external_id[:60]}, KEY)
    if change.external_id is None and change.delete:
        return Rejected("INVALID_DATA", "a deletion names no record", field=KEY)
    if change.base_revision is not None and base_of(change.base_revision) is None:
        return Rejected("BASE_REVISION", "{revision} is no revision of Zoho", {"revision": change.base_revision[:60]})
    return None

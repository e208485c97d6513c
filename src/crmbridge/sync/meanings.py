"""What a source says that its stages mean and its options are called, kept beside its connection.

So a run that asks no source knows it too. It is part of what a mapping reads by: where it changes for a stage that the
mapping has no name for, or for an option that it wants by its label, what was landed is read again, as after an edit.
An object of which a catalog tells no stages, or no options, keeps what was known of them.
"""

import json
from typing import TYPE_CHECKING

from crmbridge.adapter.catalog import Catalog
from crmbridge.ledger import mappings, shared
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping import labels
from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.stage_meanings import Meanings, meanings_of
from crmbridge.model.pipeline import Category
from crmbridge.sync.setup import ConnectionSetup

if TYPE_CHECKING:
    from crmbridge.sync.session import Session

KEY = "stage_meanings"
LABELS = "option_labels"


def kept(tx: LedgerTx, connection_id: int) -> dict[str, dict[str, Category]]:
    """What the source said when it was last asked."""
    told = json.loads(shared.get(tx, connection_id, KEY) or "{}")
    return {name: {word: Category(one) for word, one in words.items()} for name, words in told.items()}


def kept_labels(tx: LedgerTx, connection_id: int) -> dict[str, dict[str, dict[str, str]]]:
    """What the options that the mapping wants by label were called when the source was last asked."""
    found: dict[str, dict[str, dict[str, str]]] = json.loads(shared.get(tx, connection_id, LABELS) or "{}")
    return found


def learn(session: "Session", setup: ConnectionSetup, catalog: Catalog) -> ConnectionSetup:
    """The connection with what the source says now; nothing is written where it says the same as before."""
    with session.begin() as tx:
        before = kept(tx, session.connection_id)
        now: Meanings = {name: words for name, words in (before | meanings_of(catalog)).items() if words}
        _keep(tx, session, KEY, before, now)
        called = kept_labels(tx, session.connection_id)
        calls = labels.wanted(setup.mapping.document, called | labels.labels_of(catalog))
        _keep(tx, session, LABELS, called, calls)
        knowing = setup.knowing(now, calls)
        if knowing is not setup:
            session.mapping_id = record(tx, session.connection_id, knowing.mapping, now_us=session.around.now_us())
    return knowing


def _keep(tx: LedgerTx, session: "Session", key: str, before: object, now: object) -> None:
    if now != before:
        text = json.dumps(now, ensure_ascii=False, sort_keys=True)
        shared.put(tx, session.connection_id, key, text, now_us=session.around.now_us())


def record(tx: LedgerTx, connection_id: int, mapping: CompiledMapping, *, now_us: int) -> int:
    """The id of that version of the mapping."""
    unknown = {name: compiled.unknown for name, compiled in mapping.objects.items()}
    return mappings.record(tx, connection_id, mapping.hash, body=mapping.body, unknown=unknown, now_us=now_us)

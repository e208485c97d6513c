"""The zstd dictionary of each stream: trained once, from the first page that is large enough, and never changed."""

import threading
from collections.abc import Sequence
from functools import lru_cache

from crmbridge.ledger import bulk
from crmbridge.ledger.packing import Packed
from crmbridge.ledger.payloads import SAMPLE, Compressor, Decompressor, train
from crmbridge.ledger.transaction import LedgerTx


def compressor(tx: LedgerTx, stream_id: int, fresh: Sequence[Packed]) -> Compressor:
    """What packs the stream's payloads; `fresh` are new records, from which a missing dictionary is trained."""
    row = bulk.first(tx, "SELECT body FROM payload_dictionary WHERE stream_id = :stream_id", stream_id=stream_id)
    body: bytes | None = None if row is None else row[0]
    if body is None and len(fresh) >= SAMPLE:
        (identifier,) = bulk.take_ids(tx, "payload_dictionary", 1)
        step = len(fresh) // SAMPLE
        body = train(identifier, [record.content for record in fresh[::step][:SAMPLE]])
        if body is not None:
            sql = "INSERT INTO payload_dictionary (id, stream_id, body) VALUES (:id, :stream_id, :body)"
            bulk.run(tx, sql, id=identifier, stream_id=stream_id, body=body)
    return _compressor(body, threading.get_ident())


def decompressor(tx: LedgerTx) -> Decompressor:
    """What unpacks the payloads of every stream."""
    rows = bulk.select(tx, "SELECT id, body FROM payload_dictionary ORDER BY id")
    return _decompressor(tuple((int(row[0]), bytes(row[1])) for row in rows), threading.get_ident())


@lru_cache(maxsize=64)
def _compressor(body: bytes | None, _thread: int) -> Compressor:
    """Made once for each thread: zstd contexts are not shared."""
    return Compressor(body)


@lru_cache(maxsize=8)
def _decompressor(bodies: tuple[tuple[int, bytes], ...], _thread: int) -> Decompressor:
    return Decompressor(dict(bodies))

"""Erased persons leave the payloads of a stream, and the dictionary that these are packed with."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from crmbridge.ledger import bulk, dictionaries
from crmbridge.ledger.erased import Erased, References
from crmbridge.ledger.hashes import signed_hash
from crmbridge.ledger.payloads import SAMPLE, Compressor, decode_payload, encode_payload, train
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import StoreError

_PAGE = 2_000
_PAYLOAD = bulk.Upsert("raw_payload", ("raw_id", "body"), ("raw_id",), ("body",))
_SELECT = (
    "SELECT r.id, r.external_id, p.body FROM raw_record AS r JOIN raw_payload AS p ON p.raw_id = r.id"
    " WHERE r.stream_id = :stream_id AND r.id > :after ORDER BY r.id LIMIT :page"
)


class Place(NamedTuple):
    """Where payloads are from: `references` as in `erased`; `names` whether names are taken out too."""

    connection: str
    references: References
    names: bool


def sweep(tx: LedgerTx, stream_id: int, gone: Erased, place: Place, *, is_touched: bool, told: Counter[str]) -> None:
    """Writes payloads anew that name somebody.

    Where any did, or `is_touched` says that some are gone, the stream gets a dictionary that never saw them.
    """
    changed = []
    for raw_id, _, body in _bodies(tx, stream_id):
        scrubbed = gone.scrub(
            decode_payload(body),
            body.decode(),
            connection=place.connection,
            references=place.references,
            names=place.names,
        )
        if scrubbed is not None:
            changed.append((raw_id, encode_payload(scrubbed)))
    bulk.update(tx, "raw_record", ("hash",), [(signed_hash(body), raw_id) for raw_id, body in changed])
    _put(tx, changed, dictionaries.compressor(tx, stream_id, []))
    told["raw_payload"] += len(changed)
    if changed or is_touched:
        _repack(tx, stream_id)


def _bodies(tx: LedgerTx, stream_id: int) -> Iterator[tuple[int, str, bytes]]:
    """The payloads of a stream, unpacked."""
    unpack, after = dictionaries.decompressor(tx).unpack, 0
    while rows := bulk.select(tx, _SELECT, stream_id=stream_id, after=after, page=_PAGE):
        for raw_id, external_id, body in rows:
            try:
                yield raw_id, external_id, unpack(bytes(body))
            except ValueError as error:
                raise StoreError(
                    "{file} is damaged: the payload of {id} is not what was stored", file=tx.place, id=external_id
                ) from error
        after = rows[-1][0]


def _repack(tx: LedgerTx, stream_id: int) -> None:
    """The payloads are packed with another dictionary; nothing where there was none."""
    rows = bulk.select(tx, "SELECT id FROM payload_dictionary WHERE stream_id = :stream_id", stream_id=stream_id)
    if not rows:
        return
    [(count,)] = bulk.select(tx, "SELECT count(*) FROM raw_record WHERE stream_id = :stream_id", stream_id=stream_id)
    step = max(1, int(count) // SAMPLE)
    sample = [body for at, (_, _, body) in enumerate(_bodies(tx, stream_id)) if at % step == 0][:SAMPLE]
    (identifier,) = bulk.take_ids(tx, "payload_dictionary", 1)
    body = train(identifier, [decode_payload(one) for one in sample]) if len(sample) >= SAMPLE else None
    compressor, page = Compressor(body), []
    for raw_id, _, one in _bodies(tx, stream_id):
        page.append((raw_id, one))
        if len(page) == _PAGE:
            _put(tx, page, compressor)
            page = []
    _put(tx, page, compressor)
    bulk.run(tx, "DELETE FROM payload_dictionary WHERE stream_id = :stream_id", stream_id=stream_id)
    if body is not None:
        sql = "INSERT INTO payload_dictionary (id, stream_id, body) VALUES (:id, :stream_id, :body)"
        bulk.run(tx, sql, id=identifier, stream_id=stream_id, body=body)


def _put(tx: LedgerTx, bodies: Sequence[tuple[int, bytes]], compressor: Compressor) -> None:
    packed = compressor.pack([body for _, body in bodies])
    bulk.upsert(tx, _PAYLOAD, [(raw_id, body) for (raw_id, _), body in zip(bodies, packed, strict=True)])

"""The version of a neutral row: the hash of its canonical values (values, custom, stage_dates, issues).

Needs no ledger, so that the process that reads can take it.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from crmbridge.ledger.hashes import signed_hashes
from crmbridge.model.errors import ContractError

Canonical = tuple[Any, ...]


def row_versions(rows: Sequence[Canonical]) -> tuple[int, ...] | None:
    """The version of each row; None where one of them has text that cannot be stored, or looks so.

    That is NUL, or half of a surrogate pair.
    """
    try:
        texts = [orjson.dumps(row) for row in rows]
    except TypeError:
        return None
    return None if b"\\u0000" in b"".join(texts) else signed_hashes(texts)


def named_versions(rows: Sequence[Canonical], ids: Sequence[str]) -> tuple[int, ...]:
    """As `row_versions`; ContractError naming the record whose row cannot be stored."""
    found = row_versions(rows)
    return found if found is not None else _odd_versions(rows, ids)


def _odd_versions(rows: Sequence[Canonical], ids: Sequence[str]) -> tuple[int, ...]:
    texts: list[bytes] = []
    try:
        for row in rows:
            texts.append(orjson.dumps(row))  # noqa: PERF401 - for the error
    except TypeError as error:
        bad = ids[len(texts)]
        raise ContractError("{id} has a value that cannot be kept: {reason}", id=bad, reason=str(error)) from error
    for (values, *_), bad in zip(rows, ids, strict=True):
        if any("\0" in value for value in values if isinstance(value, str)):
            raise ContractError("{id} has a NUL character, which cannot be kept", id=bad)
    return signed_hashes(texts)

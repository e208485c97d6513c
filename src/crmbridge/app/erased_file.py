"""Who was erased, beside the ledger: keyed hashes, one JSON object a line, read again after a restore.

A backup is older than the erasures since. This file is not part of it: whatever is put back is swept again by what
stands here. Without the key of the workspace nobody can read anything out of it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import orjson

from crmbridge.ledger.erased import Mark
from crmbridge.model.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from crmbridge.app.wiring import Wiring

FILE = "erased.ndjson"


def file_of(wiring: Wiring) -> Path:
    """Where it stands: beside crmbridge.toml, so that nobody takes it for a cache."""
    return wiring.workspace.folder / FILE


def append(wiring: Wiring, marks: Iterable[Mark]) -> None:
    """Remembers marks, on the disk before anything is erased; StoreError where that cannot be."""
    file = file_of(wiring)
    body = b"".join(orjson.dumps(mark._asdict()) + b"\n" for mark in marks)
    try:
        handle = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "ab") as opened:
            opened.write(body)
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        raise StoreError("{file} cannot be written: {reason}", file=str(file), reason=error.strerror) from error


def read(wiring: Wiring) -> list[Mark]:
    """Every mark; StoreError where a line is none, since whoever stood there would come back."""
    file = file_of(wiring)
    if not file.is_file():
        return []
    try:
        lines = file.read_bytes().splitlines()
        return [Mark(**orjson.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(
            "{file} is damaged: {reason}", file=str(file), reason=str(error), hint="put back the copy that you keep"
        ) from error

"""Neutral records as files: NDJSON exact for machines, CSV escaped for spreadsheets, each in its place at once.

A record is a JSON object as the Bridge yields it. Nothing is held in memory.
"""

import contextlib
import csv
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from crmbridge.model.errors import StoreError
from crmbridge.report import delimited, documents
from crmbridge.report.flat import NUMBERS, Record, columns, flat, number, types


def ndjson(records: Iterable[Record], out: BinaryIO) -> int:
    """One record a line, exactly as it is; gives how many."""
    count = 0
    for record in records:
        out.write(documents.dump(record) + b"\n")
        count += 1
    return count


def csv_for_excel(kind_name: str, records: Iterable[Record], out: BinaryIO, *, mark_encoding: bool) -> int:
    """CSV with a header, texts escaped against formulas; a byte order mark first where it is asked for."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig" if mark_encoding else "utf-8", newline="", write_through=True)
    names, held = columns(kind_name), types(kind_name)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    count = 0
    for record in records:
        row = flat(record)
        writer.writerow([_cell(row.get(name), is_number=held.get(name) in NUMBERS) for name in names])
        count += 1
    text.flush()
    text.detach()
    return count


def _cell(value: object, *, is_number: bool) -> str:
    """A number keeps its minus sign, though money travels as text; everything else may be escaped."""
    if is_number and isinstance(value, str) and number(value) is not None:
        return value
    return delimited.cell(value)


@contextlib.contextmanager
def atomic(file: Path) -> Iterator[Path]:
    """A file beside the one meant, put in its place at the end; where anything fails, the old one stays as it was."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        with beside.open("rb+") as written:
            os.fsync(written.fileno())
        beside.chmod(file.stat().st_mode if file.exists() else 0o666 & ~_umask())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def put(made: bytes, file: Path) -> None:
    """Writes a file in its place at once; StoreError where that cannot be."""
    try:
        with atomic(file) as beside:
            beside.write_bytes(made)
    except OSError as error:
        raise StoreError(
            "{file} cannot be written: {reason}", file=str(file), reason=error.strerror or str(error)
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

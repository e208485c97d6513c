"""A file opened as a table, whatever kind of file it is."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from crmbridge_csv import encodings
from crmbridge_csv.encodings import MARK
from crmbridge_csv.files import Source, open_bytes, stamp
from crmbridge_csv.limits import SAMPLE_BYTES
from crmbridge_csv.sheet import open_sheet
from crmbridge_csv.table import Layout, Table, read_header
from crmbridge_csv.workbook import is_workbook


@contextmanager
def open_table(source: Source, layout: Layout) -> Iterator[Table]:
    """The table of a file or of a sheet, closed at the end.

    ConfigError for a wrong encoding or a sheet that is not there, Unavailable for a file not there.
    """
    if is_workbook(source.path):
        with open_sheet(source, layout) as table:
            yield table
        return
    stream, descriptor = open_bytes(source)
    with stream:
        opened = stamp(source, descriptor)
        head = _head(stream)
        codec = encodings.detect(layout.encoding, head, source.name)
        header_line = 0 if layout.header else layout.preamble + 1
        encodings.check_sample(codec, head, header_line, source.name)
        stream.read(len(codec.bom))
        lines = io.TextIOWrapper(stream, encoding=codec.name, errors=MARK, newline="")
        table = read_header(source, layout, codec, lines, sample=head)
        table.descriptor, table.opened = descriptor, opened
        yield table


def _head(stream: BinaryIO) -> bytes:
    """The first bytes of a stream, left where they are."""
    if stream.seekable():
        head = stream.read(SAMPLE_BYTES)
        stream.seek(0)
        return head
    peek = getattr(stream, "peek", None)
    return bytes(peek(SAMPLE_BYTES)) if peek else b""

"""A page of a report on its way to a file, or to standard output."""

import sys
from pathlib import Path

from crmbridge.cli.command import Run
from crmbridge.model.errors import ConfigError
from crmbridge.report import export
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, listing


def write(html: str, file: Path, run: Run) -> None:
    """Writes the page and says where it is; the file is there whole, or as it was before. `-` is standard output."""
    put(html.encode("utf-8"), file, run)


def put(made: bytes, file: Path, run: Run) -> None:
    """Writes what was made and says where it is."""
    if str(file) == "-":
        sys.stdout.buffer.write(made)
        sys.stdout.flush()
        return
    save(made, file)
    columns = [Column("file", mark("file")), Column("bytes", mark("bytes"), "count")]
    run.show(listing("report/1", columns, [{"file": str(file), "bytes": len(made)}]))


def save(made: bytes, file: Path) -> None:
    """Puts the page in its place at once."""
    if not file.parent.is_dir():
        raise ConfigError("there is no folder {folder}", folder=str(file.parent), hint="make it first")
    export.put(made, file)

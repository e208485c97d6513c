"""`crmbridge schedule emit`, behind its options: the files on standard output, or in a folder."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from crmbridge.cli.command import Run
from crmbridge.model.errors import ConfigError
from crmbridge.report import export
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing

if TYPE_CHECKING:
    from crmbridge.app.scheduling import Emitted


def put(run: Run, made: "Emitted", folder: Path | None) -> None:
    """Writes the files; several on standard output have their names between them."""
    for note in made.notes:
        run.say(note.template, **note.params)
    if folder is None:
        for name, text in made.files.items():
            head = f"# {name}\n" if len(made.files) > 1 else ""
            sys.stdout.write(f"{head}{text}")
        return
    if not folder.is_dir():
        raise ConfigError("there is no folder {folder}", folder=str(folder), hint="make it first")
    for name, text in made.files.items():
        export.put(text.encode("utf-8"), folder / name)
    rows = tuple({"file": str(folder / name), "bytes": len(text.encode("utf-8"))} for name, text in made.files.items())
    columns = (Column("file", mark("file")), Column("bytes", mark("bytes"), "count"))
    run.show(Listing("schedule-emit/1", columns, rows))

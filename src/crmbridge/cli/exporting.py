"""Where an export goes and in which form, and how it gets there."""

import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from crmbridge.cli.command import Run
from crmbridge.cli.usage import Usage
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.report import export, workbook
from crmbridge.report.i18n import mark

if TYPE_CHECKING:
    from crmbridge.app.bridge import Bridge

ExportFormat = Literal["ndjson", "csv", "xlsx", "parquet"]
_BY_SUFFIX: dict[str, ExportFormat] = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
}
_FILES_ONLY = {"xlsx", "parquet"}


@dataclass(frozen=True, slots=True)
class Target:
    """A file, or standard output where it is None; and the form."""

    file: Path | None
    form: ExportFormat


def target(file: Path | None, form: ExportFormat | None, reader: str | None) -> Target:
    """What the words of the command line mean together; Usage where they contradict each other."""
    to_file = None if file is None or str(file) == "-" else file
    suffix = to_file.suffix.lower() if to_file else ""
    chosen = form or _BY_SUFFIX.get(suffix)
    if reader == "machine" and (chosen == "csv" or suffix == ".csv"):
        raise Usage(
            "CSV is not exact, because a spreadsheet may run what stands in it: --for machine writes NDJSON",
            hint="name the file .ndjson, or leave --for machine out",
        )
    chosen = chosen or "ndjson"
    if chosen in _FILES_ONLY and to_file is None:
        raise Usage("{format} needs a file", format=chosen, hint="give one with -o FILE")
    return Target(to_file, chosen)


def write(bridge: "Bridge", kind: str, to: Target, run: Run) -> None:
    """Writes the records of a kind to the target; a file is there whole, or as it was before."""
    if to.file is None:
        out = sys.stdout.buffer
        with closing(bridge.export(kind)) as records:  # the ledger is let go of where the reader of a pipe has gone
            if to.form == "csv":
                export.csv_for_excel(kind, records, out, mark_encoding=False)
            else:
                export.ndjson(records, out)
        out.flush()
        return
    if not to.file.parent.is_dir():
        raise ConfigError("there is no folder {folder}", folder=str(to.file.parent), hint="make it first")
    try:
        with export.atomic(to.file) as file:
            count = _write_file(bridge, kind, file, to.form, run)
    except OSError as error:
        raise StoreError(
            "{file} cannot be written: {reason}", file=str(to.file), reason=error.strerror or str(error)
        ) from error
    run.say(mark("{count} records written to {file}"), count=f"{count:,}", file=to.file)


def _write_file(bridge: "Bridge", kind: str, file: Path, form: ExportFormat, run: Run) -> int:
    if form == "parquet":
        return bridge.export_parquet(kind, file)
    if form == "xlsx":
        made = workbook.xlsx(kind, bridge.export(kind), file)
        if made.cut:
            run.say(mark("warning: {count} texts are longer than a cell can hold and were cut"), count=f"{made.cut:,}")
        return made.records
    with file.open("wb") as out:
        if form == "csv":
            return export.csv_for_excel(kind, bridge.export(kind), out, mark_encoding=True)
        return export.ndjson(bridge.export(kind), out)

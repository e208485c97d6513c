"""Changes to one file: looked up in one pass, decided, and written in a second one, all under a lock."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from crmbridge.adapter.contract import Change, Outcome, Rejected
from crmbridge_csv.archive import is_zip
from crmbridge_csv.blanks import BLANKS
from crmbridge_csv.desk import Desk
from crmbridge_csv.escape import escape
from crmbridge_csv.files import Source, Stamp, changed
from crmbridge_csv.lock import locked
from crmbridge_csv.plan import Plan
from crmbridge_csv.rewrite import RawTable, ending_of, new_row, open_raw, replace_file, with_cells
from crmbridge_csv.shape import Shape, shape_of
from crmbridge_csv.survey import identified, survey
from crmbridge_csv.workbook import is_workbook


def why_not_writable(plan: Plan) -> Rejected | None:
    """The refusal that every change to an object meets, or None where it can be written."""
    options = plan.options
    params = {"object": plan.name}
    refusals = (
        (bool(options.join), Rejected("JOINED", "{object} is joined from several files", params)),
        (
            options.projection is not None,
            Rejected("PROJECTED", "{object} is cut down to some columns of its file", params),
        ),
        (
            is_workbook(Path(options.file)),
            Rejected("WORKBOOK", "{object} is a workbook, which holds more than rows of text can replace", params),
        ),
        (
            plan.layout.dialect.separator == BLANKS,
            Rejected("BLANKS", "{object} has cells that stand apart by blanks, which say no width", params),
        ),
        (is_zip(plan.folder / options.file), Rejected("ZIPPED", "{object} is zipped", params)),
        (
            any(char in options.file for char in "*?"),
            Rejected("SEVERAL_FILES", "{object} is a pattern that several files may match", params),
        ),
        (
            options.is_content_key,
            Rejected("CONTENT_KEY", "{object} has no key column: its rows have no lasting identity", params),
        ),
        (
            options.duplicates == "each",
            Rejected("NUMBERED_KEYS", "{object} numbers equal keys: its rows have no lasting identity", params),
        ),
        (not options.writable, Rejected("NOT_WRITABLE", "{object} is not declared writable", params)),
    )
    return next((refusal for is_so, refusal in refusals if is_so), None)


def write(plan: Plan, changes: Sequence[Change]) -> list[Outcome]:
    """One outcome for each change to one object. Unavailable, with nothing written, where the file is in use."""
    refusal = why_not_writable(plan)
    if refusal:
        return [refusal] * len(changes)
    source = plan.sources()[0]
    with locked(source.path):
        desk, opened = survey(plan, source, changes)
        outcomes = [desk.decide(change) for change in changes]
        if desk.is_dirty:
            replace_file(source, opened, lambda file: _write_all(desk, plan, source, opened, file))
    return outcomes


def _write_all(desk: Desk, plan: Plan, source: Source, surveyed: Stamp, file: BinaryIO) -> None:
    """The whole file with its changes; new rows come after the last record, above totals and blank lines."""
    with open_raw(source, plan.layout) as (raw, opened):
        if opened != surveyed:
            raise changed(source)
        shape = shape_of(plan, raw.table, lambda _: False)
        file.write(raw.prefix)
        last, tail = raw.prefix, b""
        for _, piece, row, fault in raw.rows():
            found = None if fault else identified(row, raw.table, shape)
            if found is None and not fault and _is_tail(row, shape):
                tail += piece
                continue
            file.write(tail)
            last, tail = tail + piece, b""
            file.write(_rewritten(desk, raw, piece, found[0] if found else None))
        _write_new(desk, raw, file, last)
        file.write(tail)


def _is_tail(row: list[str], shape: Shape) -> bool:
    """Whether a row may stand at the end of a file without being the last record: it is blank, or a total."""
    return not any(row) or bool(shape.is_total and shape.is_total(shape.clean(row) if shape.clean else row))


def _rewritten(desk: Desk, raw: RawTable, piece: bytes, external_id: str | None) -> bytes:
    """The bytes of a row after the changes: the very same where nothing speaks of it, none where it is deleted."""
    if external_id is None or external_id not in desk.edits:
        return b"" if external_id in desk.deleted else piece
    text = piece.decode(raw.codec.name)
    values = {place: _cell(desk, value) for place, value in desk.edits[external_id].items()}
    return with_cells(text, values, desk.plan.layout.dialect).encode(raw.codec.name)


def _write_new(desk: Desk, raw: RawTable, file: BinaryIO, last: bytes) -> None:
    if not desk.created:
        return
    above = last.decode(raw.codec.name, "replace").removeprefix("\ufeff")
    prefix = raw.prefix.decode(raw.codec.name, "replace")
    ending = ending_of(above) or ending_of(prefix) or "\n"
    if above and not ending_of(above):
        file.write(ending.encode(raw.codec.name))
    for cells in desk.created.values():
        text = new_row([_cell(desk, cell) for cell in cells], above, desk.plan.layout.dialect, ending)
        file.write(text.encode(raw.codec.name))


def _cell(desk: Desk, value: str) -> str:
    return escape(value) if desk.plan.escaped else value

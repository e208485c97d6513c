"""The rows that some changes may speak of, found in one pass over a file."""

from collections import Counter
from collections.abc import Callable, Sequence

from crmbridge.adapter.contract import Change
from crmbridge_csv.desk import Desk, as_cell
from crmbridge_csv.escape import escape
from crmbridge_csv.files import Source, Stamp
from crmbridge_csv.plan import Plan
from crmbridge_csv.problems import is_no_text
from crmbridge_csv.rewrite import LINES, new_row, open_raw
from crmbridge_csv.scan import scan
from crmbridge_csv.shape import Shape, joint_key, shape_of
from crmbridge_csv.table import Table

Identified = tuple[str, list[str]]
"""The id of a row that is a record, and its cells without padding and marks."""


def survey(plan: Plan, source: Source, changes: Sequence[Change]) -> tuple[Desk, Stamp]:
    """A desk with the rows of the changed, the keys of the new, and what earlier creates made."""
    keys = {change.key for change in changes if change.external_id is None}
    ids = {_wanted_id(change, plan) for change in changes}
    with open_raw(source, plan.layout) as (raw, opened):
        if not raw.table.names:
            return Desk(plan, source.name, (), raw.codec.name, lambda _: None), opened
        shape = shape_of(plan, raw.table, lambda _: False)
        desk = Desk(plan, source.name, raw.table.names, raw.codec.name, _read_back(plan, raw.table, shape))
        external = plan.options.external_key
        external_at = None if external is None else raw.table.index(external)
        for line, _, row, fault in raw.rows():
            found = None if fault else identified(row, raw.table, shape)
            if found is None:
                continue
            external_id, cells = found
            is_ours = external_at is not None and cells[external_at] in keys
            if not is_ours and external_id not in ids:
                continue
            if external_id in desk.rows:
                desk.repeated.add(external_id)
            desk.rows[external_id] = cells
            desk.positions[external_id] = f"{source.name}:{line}"
            if is_ours and external_at is not None:
                desk.by_external_key.setdefault(cells[external_at], external_id)
    return desk, opened


def _wanted_id(change: Change, plan: Plan) -> str:
    """The id that a change is about; for a new row the one it will have."""
    if change.external_id is not None:
        return change.external_id
    parts = [as_cell(change.fields.get(name)).strip(plan.layout.padding or "\0") for name in plan.options.key]
    return (parts[0] or change.key) if len(parts) == 1 else joint_key(parts)


def identified(row: list[str], table: Table, shape: Shape) -> Identified | None:
    """The record that a row is, by the rules of reading; None for any other row."""
    cells = list(shape.clean(row) if shape.clean else row)
    if (shape.is_total and shape.is_total(cells)) or len(cells) != len(table.names) or row == table.header:
        return None
    if any(is_no_text(cell) for cell in cells):
        return None
    key = cells[shape.key_at] if shape.key_at is not None else shape.key_of(cells, "\0".join(cells))
    return (key, cells) if key and not key.isspace() else None


def _read_back(plan: Plan, table: Table, shape: Shape) -> Callable[[list[str]], Identified | None]:
    """What a row of some cells is read as after it was written: totals, marks and padding may make it another one."""
    dialect = plan.layout.dialect

    def read_back(cells: list[str]) -> Identified | None:
        text = new_row([escape(cell) if plan.escaped else cell for cell in cells], None, dialect, "\n")
        lines = iter(LINES.findall(text))
        rows = [(row, fault) for _, _, row, fault in scan(lines, dialect, 1, Counter())]
        if len(rows) != 1 or rows[0][1]:
            return None
        return identified(rows[0][0], table, shape)

    return read_back

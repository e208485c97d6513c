"""Tables on a terminal, drawn by rich."""

import os
from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table as Drawn
from rich.text import Text

from crmbridge.report.tables import Table


def show(tables: Iterable[Table]) -> None:
    """Draws the tables that have rows; long texts fold, figures never do."""
    console = Console(no_color=bool(os.environ.get("NO_COLOR")), highlight=False, markup=False, emoji=False)
    for table in tables:
        if table.rows:
            console.print(_drawn(table, ascii_only=not console.encoding.lower().startswith("utf")))
            for footnote in table.footnotes:
                console.print(Text(footnote))


def _drawn(table: Table, *, ascii_only: bool) -> Drawn:
    drawn = Drawn(
        title=Text(table.title) if table.title else None,
        title_justify="left",
        box=box.ASCII if ascii_only else box.SIMPLE_HEAD,
        header_style="bold",
    )
    for heading, right in zip(table.headings, table.right, strict=True):
        drawn.add_column(Text(heading), justify="right" if right else "left", no_wrap=right, overflow="fold")
    for row in table.rows:
        drawn.add_row(*(Text(cell) for cell in row))
    return drawn

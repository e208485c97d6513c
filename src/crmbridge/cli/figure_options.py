"""The options that commands of figures have in common: each is written once, and means the same everywhere."""

from typing import Annotated, Literal

import typer

from crmbridge.report.i18n import mark

By = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="DIM", help=mark("A row for each owner, source, region ... too; may be repeated.")),
]
Viewer = Annotated[
    str | None,
    typer.Option("--viewer", metavar="USER", help=mark("As this user may see it: the own records and the team's.")),
]
Owner = Annotated[str | None, typer.Option("--owner", metavar="USER", help=mark("Only the records of this user."))]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=0, help=mark("So many records at most; 0 for all."))]
Pipeline = Annotated[str | None, typer.Option("--pipeline", metavar="ID", help=mark("Only this pipeline."))]
Start = Annotated[
    str | None, typer.Option("--from", metavar="DAY", help=mark("From this day on; it is the first one counted."))
]
End = Annotated[
    str | None, typer.Option("--to", metavar="DAY", help=mark("Up to this day; it is the first one not counted."))
]
Known = Annotated[
    Literal["now", "then"],
    typer.Option("--known", metavar="now|then", help=mark("As known now, or as it was known at --as-of.")),
]
Currency = Annotated[
    str | None,
    typer.Option("--currency", metavar="CODE", help=mark("Only the amounts in this currency, such as CNY.")),
]
Explain = Annotated[
    bool, typer.Option("--explain", help=mark("The definition and the records behind the figures too."))
]

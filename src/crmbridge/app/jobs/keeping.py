"""The jobs that keep: figures as they stand on a day, copies of the ledger, and nothing for longer than is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge.model.errors import StoreError
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark

if TYPE_CHECKING:
    from crmbridge.app.bridge import Bridge
    from crmbridge.app.jobs.kinds import BackupArguments, FiguresArguments, NoArguments
    from crmbridge.app.jobs.parts import Parts


def figures(bridge: Bridge, arguments: FiguresArguments, parts: Parts) -> None:
    """Remembers each figure as it stands; one that cannot be worked out stops no other."""
    ways = {
        "forecast": bridge.forecast,
        "tiers": bridge.tiers,
        "scores": bridge.scores,
        "cadence": bridge.cadence,
        "response": bridge.response,
        "pool": bridge.pool,
    }
    for name in arguments.figures:
        with parts.part(name) as part:
            before = bridge.remembered()
            ways[name](keep=True)
            part.written = bridge.remembered() - before


def backup(bridge: Bridge, arguments: BackupArguments, parts: Parts) -> None:
    """Copies the ledger into a folder and reads the copy through; `deep` looks into the ledger first."""
    if arguments.deep:
        with parts.part("verify") as part:
            found = bridge.db_verify(deep=True)
            if found.rows:
                raise StoreError("the ledger is damaged: {problem}", problem=str(found.rows[0]["problem"]))
            part.notices.append(Note("WHOLE", mark("nothing in the ledger is damaged")))
    folder = None if arguments.folder is None else bridge.workspace.folder / arguments.folder
    with parts.part("backup") as part:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (row,) = bridge.db_backup(folder, keep=arguments.keep).rows
        part.written = 1
        part.notices.append(Note("COPIED", mark("the ledger was copied to {file}"), {"file": row["file"]}))


def retention(bridge: Bridge, _: NoArguments, parts: Parts) -> None:
    """Lets go of what is older than `[retention]` says, and tells it table by table."""
    with parts.part("retention") as part:
        for row in bridge.db_prune().rows:
            part.written += int(str(row["rows"]))
            text = mark("{rows} of {table} were older than {days} days and went")
            part.notices.append(Note("WENT", text, {name: row[name] for name in ("rows", "table", "days")}))

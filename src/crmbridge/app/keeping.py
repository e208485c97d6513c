"""The ledger is copied, looked through and put back."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from crmbridge.app.watching import Watching
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.model.instants import from_us, to_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbridge.app.config import Workspace
    from crmbridge.app.wiring import Wiring
    from crmbridge.ledger.audit import AuditRow
    from crmbridge.ledger.restoring import Backup

FOLDER = Path(".crmbridge") / "backups"
"""Where backups go that are given no name."""

_OURS = re.compile(r"ledger-\d{8}T\d{6}Z\.db")
_UPGRADED = (
    Column("ledger", mark("ledger")),
    Column("before", mark("schema before"), "count"),
    Column("schema", mark("schema"), "count"),
)
_BACKUP = (
    Column("file", mark("file")),
    Column("bytes", mark("bytes"), "count"),
    Column("removed", mark("older ones removed"), "json"),
)
_RESTORED = (
    Column("file", mark("file")),
    Column("schema", mark("schema"), "count"),
    Column("records", mark("records"), "count"),
    Column("last_run", mark("last run"), "instant"),
    Column("replaced", mark("what was there before")),
)


class Keeping(Watching):
    """The part of `Bridge` that looks after the ledger: upgraded, watched, copied, looked through and put back."""

    workspace: Workspace
    wiring: Wiring

    def db_upgrade(self) -> Listing:
        """Brings the ledger to this version's schema; a SQLite file is copied beside itself first."""
        from crmbridge.ledger.engine import upgrade_ledger, version_of

        before = version_of(self.workspace.ledger_url)
        with closing(upgrade_ledger(self.workspace.ledger_url)) as ledger:
            row = {"ledger": ledger.place, "before": before, "schema": version_of(self.workspace.ledger_url)}
        self.wiring.audit.note("ledger.upgraded", "ledger", before=before, schema=row["schema"])
        return Listing("db-upgrade/1", _UPGRADED, (row,))

    def db_verify(self, *, deep: bool = False) -> Listing:
        """What is damaged in the ledger, one row each; ends with 6 where anything is.

        `deep` looks into what the database knows nothing of: payloads, versions, links (`ledger.verifying`). On
        PostgreSQL, which looks after its own files, there is nothing else to look at: there it is always deep.
        """
        from crmbridge.ledger import verifying

        found: list[str | Note] = [*self.wiring.ledger.check()]
        if (deep or self.workspace.ledger_file is None) and not found:
            with self.wiring.ledger.read() as tx:
                found += verifying.problems(tx)
        rows = tuple({"problem": text} for text in found)
        columns = (Column("problem", mark("problem")),)
        code = StoreError.exit_code if found else 0
        return Listing("db-verify/1", columns, rows, exit_code=code, empty=mark("nothing in the ledger is damaged"))

    def db_backup(self, target: Path | None = None, *, keep: int | None = None) -> Listing:
        """A consistent copy of a SQLite ledger, while others go on; in a folder under a name with the time.

        The `keep` newest of the copies that bear such names stay in that folder; the older ones go once the new one
        has been read through. ConfigError on PostgreSQL.
        """
        from crmbridge.ledger import restoring

        self._require_file()
        folder = self.workspace.folder / FOLDER if target is None else target
        if target is None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if keep is not None and not folder.is_dir():
            raise ConfigError("--keep is for a folder of backups, and {file} is one file", file=target)
        file = folder / f"ledger-{_stamp(self.wiring.clock())}.db" if folder.is_dir() else folder
        self.wiring.ledger.backup(file)
        restoring.inspect(file)
        old = [] if keep is None else _of(folder)[:-keep]
        for one in old:
            one.unlink()
        row = {"file": str(file), "bytes": file.stat().st_size, "removed": [str(one) for one in old]}
        return Listing("db-backup/1", _BACKUP, (row,))

    def db_inspect(self, backup: Path) -> Backup:
        """What a backup holds, read from end to end, before it is put back; a folder means the newest one in it.

        StoreError where it is damaged, or none.
        """
        from crmbridge.ledger import restoring

        self._require_file()
        return restoring.inspect(_newest(backup) if backup.is_dir() else backup)

    def db_restore(self, found: Backup) -> Listing:
        """The backup in the place of the ledger, which is renamed; what it remembers of writes is doubted."""
        from crmbridge.ledger import restoring
        from crmbridge.ledger.engine import open_ledger

        path = self._require_file()
        now = self.wiring.clock()
        tail, words = self._audit_rows()
        self.close()
        aside = restoring.restore(found.path, path, now_us=to_us(now), stamp=_stamp(now))
        open_ledger(self.workspace.ledger_url, create=False).close()  # brings it to our schema
        self._settle_restored(tail, words)
        row = {
            "file": str(found.path),
            "schema": found.version,
            "records": found.records,
            "last_run": None if found.last_run_us is None else from_us(found.last_run_us),
            "replaced": None if aside is None else str(aside),
        }
        return Listing("db-restore/1", _RESTORED, (row,))

    def db_doubt(self) -> Listing:
        """The ledger was put back by its database's own tools: what it remembers of writes is doubted."""
        from crmbridge.ledger import restoring
        from crmbridge.ledger.engine import open_ledger

        with closing(open_ledger(self.workspace.ledger_url, create=False)) as ledger, ledger.begin() as tx:
            restoring.doubt(tx, now_us=to_us(self.wiring.clock()))
        self._settle_restored((), ())
        said = mark("what the ledger remembers of writes is looked at again before anything is written")
        return Listing("db-restore/1", _RESTORED, (), empty=said)

    def _audit_rows(self) -> tuple[Sequence[AuditRow], Sequence[tuple[str, str]]]:
        """The audit log of the ledger that is replaced; nothing where it cannot be read."""
        from crmbridge.ledger import audit

        try:
            ledger = self.wiring.ledger_there()
            if ledger is None:
                return (), ()
            with ledger.read() as tx:
                return [*audit.rows(tx)], audit.words(tx)
        except StoreError:
            return (), ()

    def _settle_restored(self, tail: Sequence[AuditRow], words: Sequence[tuple[str, str]]) -> None:
        """The audit log goes on, and whoever was erased since the backup is erased from what was put back."""
        from crmbridge.app import erasing

        with self.wiring.audit.begin() as tx:
            self.wiring.audit.restored(tx, tail, words)
        erasing.replay(self.wiring)

    def close(self) -> None:
        """Lets go of the ledger and of what was worked out from it."""
        self.wiring.close()

    def _require_file(self) -> Path:
        if self.workspace.ledger_file is None:
            from crmbridge.ledger.postgres_store import DEFAULT_SCHEMA

            address = urlsplit(self.workspace.ledger_url)
            raise ConfigError(
                "a PostgreSQL ledger is backed up and restored by its own tools",
                hint="pg_dump --format=custom --schema={schema} --file={schema}.dump {database}, and after pg_restore: "
                "crmbridge db restore --mark",
                schema=parse_qs(address.query).get("schema", [DEFAULT_SCHEMA])[0],
                database=address.path.strip("/"),
            )
        return self.workspace.ledger_file


def _of(folder: Path) -> list[Path]:
    """The backups of a folder that bear our names, the oldest first."""
    return sorted(one for one in folder.iterdir() if _OURS.fullmatch(one.name))


def _newest(folder: Path) -> Path:
    if found := _of(folder):
        return found[-1]
    raise StoreError("there is no backup in {file}", file=folder, hint="crmbridge db backup makes one")


def _stamp(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")

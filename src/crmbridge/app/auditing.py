"""What a person or a job did that matters goes into the audit log, and its head out of the ledger.

with audit.begin() as tx:
    ...                                      what is done
    audit.tell(tx, "grant.given", "connection:crm", mode="tasks")

Whatever else remembers it (a plan, a run, a grant) stays where it is; here stands only that it was done, by whom and
when, with names of things and counts. The head is anchored in `.crmbridge/audit-anchors.ndjson` after every row, and
told to whoever collects the log, so that a tail that somebody cuts off is missed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

from crmbridge.app import access, erased_file, logs
from crmbridge.app.audit_key import sealing_of
from crmbridge.app.person import who
from crmbridge.ledger import audit, audit_check
from crmbridge.ledger.audit_check import Anchor
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.model.instants import to_us
from crmbridge.report.export import put

if TYPE_CHECKING:
    from pathlib import Path

    from crmbridge.app.wiring import Wiring
    from crmbridge.ledger.audit import AuditRow, Head
    from crmbridge.ledger.sealing import Sealing
    from crmbridge.ledger.transaction import LedgerTx

FILE = "audit-anchors.ndjson"


class Audit:
    """The audit log of a workspace."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self._sealing: Sealing | None = None

    @property
    def sealing(self) -> Sealing:
        """The hashes of the workspace, its key made where there was none; ConfigError where the key is not there."""
        if self._sealing is None:
            found = sealing_of(self.wiring, make=not self._is_used())
            if found is None:
                raise ConfigError(
                    "the key of the audit log is not there",
                    hint="put .crmbridge/audit.key back from the copy that you keep, or name the secret in [audit]",
                )
            self._sealing = found
        return self._sealing

    def _is_used(self) -> bool:
        """Whether the ledger was sealed already: another key would be the wrong one."""
        ledger = self.wiring.ledger_there()
        if erased_file.file_of(self.wiring).exists():
            return True
        if ledger is None:
            return False
        with ledger.read() as tx:
            return audit.is_used(tx)

    @contextmanager
    def begin(self) -> Iterator[LedgerTx]:
        """One transaction over the ledger; the head is anchored after it."""
        with self.wiring.ledger.begin() as tx:
            yield tx
        self.anchor()

    def tell(self, tx: LedgerTx, action: str, about: str, **said: object) -> None:
        """This was done now by who sits here; `said` are counts and names of things, never a value of a person."""
        now_us = to_us(self.wiring.clock())
        audit.append(tx, self.sealing, action, actor=who(), about=about, said=said, now_us=now_us)

    def note(self, action: str, about: str, **said: object) -> None:
        """As `tell`, in a transaction of its own."""
        with self.begin() as tx:
            self.tell(tx, action, about, **said)

    def restored(self, tx: LedgerTx, tail: Sequence[AuditRow], words: Sequence[tuple[str, str]]) -> None:
        """The ledger was put back from a backup: rows that it does not have go on from its head, where they still fit.

        Where they do not, or are not there any more, their numbers are left out, and never used again.
        """
        head = audit.head(tx)
        is_back = audit.put_back(tx, [row for row in tail if row.seq > head.seq], words)
        last = 0 if is_back else max((anchor.seq for anchor in self.anchors() if anchor.is_sealed), default=0)
        said = {"first": head.seq + 1, "last": last} if last > head.seq else {}
        now_us = to_us(self.wiring.clock())
        audit.append(
            tx, self.sealing, audit.RESTORED, actor=who(), about="ledger", said=said, now_us=now_us, after=last
        )

    def note_of(self, action: str, role: str, person: str, **said: object) -> None:
        """As `note`, about a person in a role, of whom a keyed hash stands in the row."""
        with self.begin() as tx:
            self.tell(tx, action, f"{role}:{audit.keep_word(tx, self.sealing, person)}", **said)

    @property
    def file(self) -> Path:
        """Where the heads are anchored."""
        return self.wiring.workspace.folder / access.STATE_FOLDER / FILE

    def anchor(self) -> None:
        """The head stands outside of the ledger too, once a day and after every row."""
        with self.wiring.ledger.read() as tx:
            found = audit.head(tx)
        if not found.seq:
            return
        at = self.wiring.clock().isoformat(timespec="seconds")
        last = next(reversed(self.anchors()), None)
        if last is not None and last.seq == found.seq and last.at[:10] == at[:10]:
            return
        self._write(found, at)
        logs.event("audit.head", {"seq": found.seq, "seal": found.seal})

    def anchors(self) -> list[Anchor]:
        """Every anchor, the oldest first."""
        if not self.file.is_file():
            return []
        return [self._read(line) for line in self.file.read_bytes().splitlines() if line.strip()]

    def trim(self) -> None:
        """Anchors of rows that retention let go, go too; the last one before them stays."""
        with self.wiring.ledger.read() as tx:
            floor = audit.floor(tx).seq
        if not floor or not self.file.is_file():
            return
        lines = self.file.read_bytes().splitlines()
        kept = [line for line in lines if not 0 < self._read(line).seq < floor]
        if len(kept) < len(lines):
            put(b"".join(line + b"\n" for line in kept), self.file)

    def _write(self, found: Head, at: str) -> None:
        seal = self.sealing.seal("anchor", audit_check.canonical_anchor(found, at))
        line = orjson.dumps({"at": at, "seq": found.seq, "head": found.seal, "seal": seal}) + b"\n"
        access.state_dir(self.wiring.workspace.folder)
        try:
            handle = os.open(self.file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "ab") as opened:
                opened.write(line)
        except OSError as error:
            raise StoreError(
                "{file} cannot be written: {reason}", file=str(self.file), reason=error.strerror
            ) from error

    def _read(self, line: bytes) -> Anchor:
        try:
            told = orjson.loads(line)
            found = audit.Head(int(told["seq"]), str(told["head"]))
            made = self.sealing.seal("anchor", audit_check.canonical_anchor(found, str(told["at"])))
            return Anchor(found.seq, found.seal, str(told["at"]), is_sealed=made == told["seal"])
        except (ValueError, KeyError, TypeError):
            return Anchor(0, "", "?", is_sealed=False)

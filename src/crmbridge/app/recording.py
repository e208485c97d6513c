"""The part of `Bridge` that answers for what was done: the audit log, who is erased, and how long things are kept.

Like its other parts it imports at its top only what each command needs.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmbridge.app.config import Workspace
    from crmbridge.app.erasing import Erasure
    from crmbridge.app.wiring import Wiring
    from crmbridge.report.listing import Listing


class Recording:
    """What was done, and what is kept of it. `Bridge` is one."""

    workspace: Workspace
    wiring: Wiring
    _forget: Callable[[], None]

    def audit_list(self, *, limit: int = 50, action: str | None = None) -> Listing:
        """The last rows of the audit log, the newest first; of one action, or of a group of them (`plan`)."""
        from crmbridge.ledger import audit
        from crmbridge.report.audit import audit_listing

        with self.wiring.ledger.read() as tx:
            return audit_listing(audit.listing(tx, limit=limit, action=action), self.wiring.zone)

    def audit_verify(self) -> Listing:
        """What was altered, put in, taken out or cut off in the audit log; ends with 6 where anything was."""
        from crmbridge.ledger import audit, audit_check
        from crmbridge.report.audit import verify_listing

        with self.wiring.ledger.read() as tx:
            if not audit.is_used(tx) and not audit.head(tx).seq and not self.wiring.audit.file.exists():
                return verify_listing([])
            return verify_listing(audit_check.problems(tx, self.wiring.audit.sealing, self.wiring.audit.anchors()))

    def erase_look(self, who: Sequence[str]) -> Listing:
        """What would be erased of some persons, place by place; nothing is changed.

        Each is named by an e-mail address, a telephone number, an id or the whole name. ConfigError where nobody is
        meant, or more than one person.
        """
        from crmbridge.app import erasing

        return self._erasure(erasing.look(self.wiring, who), is_done=False)

    def erase(self, who: Sequence[str]) -> Listing:
        """Erases persons everywhere, and sees to it that no sync and no backup brings them back."""
        from crmbridge.app import erasing

        self._forget()
        return self._erasure(erasing.erase(self.wiring, who), is_done=True)

    def _erasure(self, found: Erasure, *, is_done: bool) -> Listing:
        from crmbridge.report.erasures import erasure_listing

        files = [os.path.relpath(file, self.workspace.folder) for file in found.files]
        return erasure_listing(found.gone, found.cleaned, files, left=found.left, is_done=is_done)

    def db_prune(self, *, is_tried: bool = False) -> Listing:
        """Lets go of what is older than `[retention]` says, or with `is_tried` only says what would go."""
        from crmbridge.app import retention

        return retention.prune(self.wiring, is_tried=is_tried)

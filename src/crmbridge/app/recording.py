"""The part of `Bridge` that answers for what was done: the audit log, who is erased, and how long things are kept.

Like its other parts it imports at its top only what each command needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmbridge.app.config import Workspace
    from crmbridge.app.wiring import Wiring
    from crmbridge.report.listing import Listing


class Recording:
    """What was done, and what is kept of it. `Bridge` is one."""

    workspace: Workspace
    wiring: Wiring

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

"""The part of `Bridge` that lets anything out: grants, pairs, plans, and what a person decides about them."""

from collections.abc import Sequence

from crmbridge.app import granting
from crmbridge.app.config import Workspace
from crmbridge.app.wiring import Wiring
from crmbridge.report.listing import Listing


class Outward:
    """What a workspace may write, and what it writes. `Bridge` is one."""

    workspace: Workspace
    wiring: Wiring

    def grant(self, connection: str, mode: str, fields: Sequence[str] = ()) -> Listing:
        """The connection may be written in that mode from now on; `read-only` takes everything back."""
        return granting.grant(self.wiring, connection, mode, fields)

    def grants(self, connection: str | None = None) -> Listing:
        """What each connection may write: granted, tightened by the configuration, and what holds."""
        names = list(self.workspace.config.connections) if connection is None else [connection]
        return granting.listing(self.wiring, names)

"""Changes behind the adapter's back, as users of the CRM make them in its web pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmbridge_sim.zoho.simulator import ZohoSimulator


class Backdoor:
    """The methods behind the control API; each takes the lock itself."""

    def __init__(self, sim: ZohoSimulator) -> None:
        self._sim = sim

    def edit_some(self, module: str, *, count: int) -> list[int]:
        """Edits some records, the oldest ones."""
        raise NotImplementedError

"""What whoever operates a workspace watches: metrics, as text, as rows, or in a file.

Like its other parts it imports at its top only what each command needs.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from crmbridge.app.wiring import Wiring
    from crmbridge.report.listing import Listing


class Watching:
    """What Prometheus is told. `Keeping` is one, and so `Bridge`."""

    wiring: Wiring

    def metrics_text(self) -> str:
        """Every metric in Prometheus' text format."""
        from crmbridge.app.metrics import textfile

        return textfile.text(self.wiring)

    def metrics(self) -> Listing:
        """Every metric, one row a sample."""
        from crmbridge.app.metrics import collecting
        from crmbridge.report.metrics import metrics_listing

        return metrics_listing(
            (one.name, one.labels, Decimal(str(one.value))) for one in collecting.collect(self.wiring)
        )

    def metrics_textfile(self, file: Path) -> Listing:
        """Writes the metrics for node_exporter's textfile collector, in their place at once."""
        from crmbridge.app.metrics import textfile
        from crmbridge.report.metrics import written_listing

        return written_listing(str(file), textfile.write(self.wiring, file))

"""What `crmbridge reconcile` does: compares pairs, and shows that or writes it as a page."""

from pathlib import Path

from crmbridge.cli import language, pages
from crmbridge.cli.command import Run
from crmbridge.report.listing import joined
from crmbridge.report.plan_page import comparison_page


def reconcile(run: Run, pair: str | None, html: Path | None) -> None:
    """Answers the command."""
    with run.bridge() as bridge:
        found = joined(bridge.reconcile(pair))
    if html is None:
        run.show(found)
        return
    pages.write(comparison_page(found, language.texts()), html, run)
    run.exit_code = max(run.exit_code, found.exit_code)

"""Who needs help, as a listing: the longest first."""

from collections.abc import Mapping

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing
from crmbridge.services.help_wanted import HelpReport

_COLUMNS = (
    Column("id", mark("id")),
    Column("kind", mark("kind"), "word"),
    Column("record", mark("record")),
    Column("customer", mark("customer")),
    Column("owner", mark("owner"), "value"),
    Column("manager", mark("manager"), "value"),
    Column("words", mark("with what")),
    Column("since", mark("asked since"), "date"),
)


def help_listing(report: HelpReport, explain: Mapping[str, object] | None = None) -> Listing:
    """The records whose flag is set; since when nobody knows before a run has remembered it."""
    rows = tuple(
        {
            "id": one.id,
            "kind": one.kind,
            "record": one.name,
            "customer": one.customer,
            "owner": one.owner,
            "manager": one.manager,
            "words": one.words,
            "since": one.since,
        }
        for one in report.asked
    )
    return Listing(
        definition=report.evidence.definition,
        columns=_COLUMNS,
        rows=rows,
        as_of=report.as_of,
        warnings=report.evidence.warnings,
        explain=explain,
        title=mark("Who needs help"),
        empty=mark("nobody has asked for help"),
    )

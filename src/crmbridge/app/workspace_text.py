"""The text of a new `crmbridge.toml`, with remarks for the person who goes on with it."""

from collections.abc import Iterator, Mapping

from crmbridge.adapter.hookspecs import ConnectionProposal
from crmbridge.app import toml_text
from crmbridge.app.initialise import Wish
from crmbridge.model.notes import Note

ASSUMED_CURRENCY = "USD"
"""What amounts are taken to be in where nobody and nothing says it; the workspace's own default."""

_EXAMPLE = """
# There is no connection yet. One to CSV files has a table for each file:
#
# [connections.books]
# adapter = "csv"
# path = "exports"                  # the folder, relative to this file
#
# [connections.books.objects.deals]
# file = "deals.csv"
# key = "deal_id"                   # the column that tells the records apart
#
# Then: crmbridge doctor, crmbridge mapping init books, crmbridge sync.
# `crmbridge init DIR --files FOLDER` writes all this from the files themselves.
"""


def bare(wish: Wish) -> str:
    """A workspace without connections, with an example of one."""
    lines = [
        "# A workspace of crmbridge, without a source yet.",
        *_section(wish, wish.currency or ASSUMED_CURRENCY, None),
    ]
    return "\n".join(lines) + "\n" + _EXAMPLE


def proposed(
    wish: Wish, connections: Mapping[str, ConnectionProposal], path: str, currency: str, reason: Note | None
) -> str:
    """A workspace with connections, each guess with its evidence above it. `reason` is why it is that currency."""
    lines = [
        "# A workspace of crmbridge, drafted from files. Each remark says what a guess rests on: read them, and change",
        "# what is wrong. `crmbridge doctor` tells whether the files are as this says.",
        *_section(wish, currency, reason),
    ]
    for name, proposal in connections.items():
        lines += _connection(name, proposal, path)
    return "\n".join(lines) + "\n"


def _section(wish: Wish, currency: str, reason: Note | None) -> Iterator[str]:
    yield "[workspace]"
    yield f"name = {toml_text.text(wish.name or wish.folder.resolve().name or 'workspace')}"
    if reason is not None:
        yield f"# {toml_text.comment(reason)}"
    yield f"currency = {toml_text.text(currency)}"
    if wish.zone is None:
        yield '# timezone = "Asia/Shanghai"      # times without a zone, and where a day ends; UTC unless it is said'
    else:
        yield f"timezone = {toml_text.text(wish.zone)}"
    yield '# calendar = "CN"                 # workdays and holidays: CN, US, DE ...; none unless it is said'
    yield "# fiscal_year_start = 4           # the month in which the business year begins; January unless it is said"


def _connection(name: str, proposal: ConnectionProposal, path: str) -> Iterator[str]:
    at = ("connections", name)
    remarks: dict[tuple[str, ...], list[Note]] = {at: list(proposal.notices)}
    for option, note in proposal.evidence:
        remarks.setdefault((*at, *option), []).append(note)
    values = {"adapter": proposal.adapter, proposal.folder_option: path, **proposal.options}
    yield from toml_text.table(at, values, remarks)

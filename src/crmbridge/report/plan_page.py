"""A plan, or a comparison, as one HTML page: the tables of its listing, to be read, printed and sent on."""

from crmbridge.report import pages, tables, words
from crmbridge.report.i18n import Catalog, mark
from crmbridge.report.listing import Listing


def plan_page(listing: Listing, catalog: Catalog) -> str:
    """The page, in the catalog's language; it holds everything it shows and loads nothing."""
    head = next((row for row in listing.rows if row.get("section") == "plan"), {})
    title = words.pair(catalog.text(mark("Plan")), words.visible(str(head.get("plan", "-"))), catalog)
    return _page(listing, title, catalog)


def comparison_page(listing: Listing, catalog: Catalog) -> str:
    """The page of a comparison of one pair, or of several."""
    pairs = {str(row["pair"]): None for row in listing.rows if "pair" in row}
    title = words.pair(catalog.text(mark("Comparison")), words.visible(", ".join(pairs) or "-"), catalog)
    return _page(listing, title, catalog)


def _page(listing: Listing, title: str, catalog: Catalog) -> str:
    values = {
        "language": "zh-CN" if catalog.language == "zh" else "en",
        "title": title,
        "notes": [catalog.message(note.template, note.params) for note in listing.warnings],
        "tables": [
            {"title": one.title, "headings": one.headings, "right": one.right, "rows": one.rows}
            for one in tables.tables(listing, catalog)
            if one.rows
        ],
    }
    return pages.render("plan.html", values)

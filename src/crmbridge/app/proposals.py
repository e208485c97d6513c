"""A workspace from files that nobody has described yet."""

from crmbridge.app.initialise import Wish
from crmbridge.report.listing import Listing


def from_files(wish: Wish) -> Listing:
    """A workspace over the tables in a folder, with a draft of their mapping for a person to review."""
    raise NotImplementedError

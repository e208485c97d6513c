"""Past changes of stage."""

from collections.abc import Iterator

from crmbridge.adapter.contract import HistoryPage, PullRequest
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.session import Session


def history(session: Session, objects: Objects, request: PullRequest) -> Iterator[HistoryPage]:
    """The pages."""
    raise NotImplementedError((session, objects, request))

"""Reads one object."""

from collections.abc import Iterator
from dataclasses import dataclass

from crmbridge.adapter.contract import Page, PullRequest
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.session import Session


@dataclass(slots=True)
class Reader:
    """One reading."""

    session: Session
    objects: Objects
    request: PullRequest

    def pages(self) -> Iterator[Page]:
        """The pages."""
        raise NotImplementedError(self.request)


def reader_for(session: Session, objects: Objects, request: PullRequest) -> Reader:
    """The reader of an object."""
    return Reader(session, objects, request)

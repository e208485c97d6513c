"""Deletions."""

from collections.abc import Iterator
from dataclasses import dataclass

from crmbridge.adapter.contract import Page, PullRequest
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.session import Session


@dataclass(slots=True)
class Deletions:
    """One listing."""

    session: Session
    objects: Objects
    request: PullRequest

    def pages(self) -> Iterator[Page]:
        """The pages."""
        raise NotImplementedError(self.request)

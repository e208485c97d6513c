"""A look whether anything changed, in the fewest calls: no capability, only what spares a quiet run most of them."""

from typing import Protocol, runtime_checkable

from crmbridge.adapter.contract import Page, PullRequest


@runtime_checkable
class Glances(Protocol):
    """Tells that nothing changed without knowing how its source describes itself.

    What a run has no records to read by need not be described: so a glance asks for no more than ids and times, and
    reads nothing by what somebody described some time ago.
    """

    def standing(self) -> str:
        """A text that tells nothing, and is another one for another login, account, or option of the connection.

        The account is asked for where nothing else tells it, and only the account: it is the first that a run does.
        """
        ...

    def glance(self, request: PullRequest) -> Page | None:
        """The one page, without records, of a reading that would bring none; None where it would, or where it may.

        Only for an object that was read to its end up to that cursor and has a time of change.
        """
        ...

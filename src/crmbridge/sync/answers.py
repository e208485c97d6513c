"""What an adapter answers, held to its contract: a plugin that breaks stops its own connection and no other."""

import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import xxhash

from crmbridge.adapter.contract import (
    MAX_CURSOR_BYTES,
    Adapter,
    HistoryPage,
    ListsDeleted,
    ListsHistory,
    Page,
    PullRequest,
)
from crmbridge.model.errors import ContractError, CrmBridgeError

if TYPE_CHECKING:
    from crmbridge.sync.setup import ConnectionSetup

P = TypeVar("P", Page, HistoryPage)


@contextmanager
def answering(connection: str) -> Iterator[None]:
    """An adapter is asked inside: what the contract lets out leaves as it is, anything else as ContractError.

    The text of a foreign exception may hold a record's values, so only its type and place are told.
    """
    try:
        yield
    except CrmBridgeError:
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        raise ContractError(
            "the adapter of {connection} broke: {error} in {file}, line {line}",
            connection=connection,
            error=type(error).__name__,
            file=Path(frame.filename).name,
            line=frame.lineno,
            hint="tell the author of the adapter",
        ) from error


@contextmanager
def opened(setup: "ConnectionSetup") -> Iterator[Adapter]:
    """The connection's adapter, closed at the end."""
    with answering(setup.name):
        adapter = setup.open()
    try:
        yield adapter
    finally:
        with answering(setup.name):
            adapter.close()


def pages(adapter: Adapter, request: PullRequest, *, connection: str) -> Generator[Page]:
    """The pages of an object, at least one; ContractError where one breaks the law of the cursor."""
    return listed(adapter.pull, request, connection=connection)


def deletions(adapter: ListsDeleted, request: PullRequest, *, connection: str) -> Iterator[Page]:
    """The pages of an object's deletions, as `pages`; ContractError also where one of them is none."""
    for page in listed(adapter.list_deleted, request, connection=connection):
        if not all(record.deleted for record in page.records):
            raise ContractError("{object} lists a record as deleted and says that it is not", object=request.object)
        yield page


def history(adapter: ListsHistory, request: PullRequest, *, connection: str) -> Iterator[HistoryPage]:
    """The pages of an object's history, as `pages`."""
    return listed(adapter.list_history, request, connection=connection)


def listed(ask: Callable[[PullRequest], Iterator[P]], request: PullRequest, *, connection: str) -> Generator[P]:
    """What a listing gives, page by page; ContractError where one breaks the law of the cursor.

    At least one, unless only those after a page were wanted.
    """
    with answering(connection):
        found = iter(ask(request))
    law = _CursorLaw(request)
    while True:
        with answering(connection):
            page = next(found, None)
        if page is None:
            break
        law.check(page)
        yield page
    if not law.pages and request.reached is None:
        raise ContractError("{object} gave no page at all", object=request.object)


class _CursorLaw:
    """Cursors fit, and move over every page with records; one that comes back would go round for ever.

    The one page of a reading that finds only what was there at the last instant again may stay where it began.
    """

    def __init__(self, request: PullRequest) -> None:
        self._object = request.object
        self._began = None if request.cursor is None else _hash(request.cursor)
        self._stays = False
        self._met = {_hash(cursor) for cursor in (request.cursor, request.reached) if cursor is not None}
        self.pages = 0

    def check(self, page: Page | HistoryPage) -> None:
        self.pages += 1
        if len(page.cursor.encode()) > MAX_CURSOR_BYTES:
            raise ContractError(
                "the cursor of {object} is longer than {limit} bytes", object=self._object, limit=MAX_CURSOR_BYTES
            )
        mark, is_filled = _hash(page.cursor), bool(page.records if isinstance(page, Page) else page.changes)
        if is_filled and (self._stays or (mark in self._met and not self._may_stay(mark))):
            raise ContractError("the cursor of {object} did not move over a page of records", object=self._object)
        self._stays = is_filled and mark in self._met
        self._met.add(mark)
        if isinstance(page, Page) and page.records and page.records[0].object != self._object:
            raise ContractError(
                "{object} was asked for and {other} came", object=self._object, other=page.records[0].object
            )

    def _may_stay(self, mark: int) -> bool:
        """Whether it is the first page and stays where the reading began; another with records is one too many."""
        return self.pages == 1 and mark == self._began


def _hash(cursor: str) -> int:
    return xxhash.xxh3_64_intdigest(cursor.encode())

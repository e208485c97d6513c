"""Basic group, last part: what is wrong is said in the right class, without secrets, and loses nothing."""

import contextlib
import io
import logging
import traceback
from collections.abc import Callable, Iterator

import pytest

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import (
    Adapter,
    BulkReads,
    Change,
    HistoryPage,
    ListsDeleted,
    ListsHistory,
    Page,
    PullRequest,
    Writes,
)
from crmbridge.model.errors import AuthError, ContractError, CrmBridgeError, TransientError
from crmbridge.testing.kit.harness import Fault, Harness, Need
from crmbridge.testing.kit.reading import first_page, ids_of, last_cursor, need, opened, read, seed, seed_pages
from crmbridge.testing.kit.writing import change, create


class Failing:
    """Faults of the source."""

    crmbridge_kit_group = "basic"

    def test_wrong_credentials_are_an_auth_error(self, harness: Harness) -> None:
        """A refused login is never read as a source without records."""
        need(harness, Need.CREDENTIALS)
        seed(harness, 1)
        with pytest.raises(AuthError), opened(harness, wrong_credentials=True) as adapter:
            read(harness, adapter)
        with pytest.raises(AuthError), opened(harness, wrong_credentials=True) as adapter:
            health = adapter.check()
            assert not health.ok, "check says that all is well with wrong credentials"
            raise AuthError("check found {problems}", problems=health.problems)

    def test_throttling_waits_then_succeeds(self, harness: Harness) -> None:
        """Told to come back later, the adapter waits on the context's clock, then reads on from there."""
        need(harness, Fault.THROTTLE)
        seeded = set(seed_pages(harness))
        with opened(harness) as adapter:
            page = first_page(harness, adapter)
            before = harness.clock.slept_seconds
            harness.inject(Fault.THROTTLE)
            assert ids_of([page, *read(harness, adapter, page.cursor)]) == seeded
        assert harness.clock.slept_seconds > before, "the adapter did not wait, or not by context.pause"

    def test_garbage_is_never_data(self, harness: Harness) -> None:
        """An answer that is none is a ContractError, or a problem beside the good records."""
        need(harness, Fault.GARBAGE)
        seeded = set(seed_pages(harness))
        harness.inject(Fault.GARBAGE)
        with opened(harness) as adapter:
            if harness.garbage_is == "error":
                with pytest.raises(ContractError):
                    read(harness, adapter)
            else:
                pages = read(harness, adapter)
                assert [problem for page in pages for problem in page.problems], "no problem is told"
                assert seeded <= ids_of(pages), "good records were lost beside the garbage"
        harness.heal()
        with opened(harness) as adapter:
            assert ids_of(read(harness, adapter)) == seeded

    def test_unreachable_is_transient(self, harness: Harness) -> None:
        """A source that is not there may be there later, and is then read on from the cursor."""
        need(harness, Fault.UNREACHABLE)
        seeded = set(seed_pages(harness))
        with opened(harness) as adapter:
            pages = [first_page(harness, adapter)]
        harness.inject(Fault.UNREACHABLE)
        with pytest.raises(TransientError), opened(harness) as adapter:
            read(harness, adapter, last_cursor(pages))
        harness.heal()
        with opened(harness) as adapter:
            assert ids_of([*pages, *read(harness, adapter, last_cursor(pages))]) == seeded

    def test_no_secret_in_any_text(self, harness: Harness) -> None:
        """Not in an error, its context or traceback, nor in a log, on the screen, in the catalog or the health."""
        assert harness.canaries or Need.CREDENTIALS in harness.cannot, "the harness names no canaries to look for"
        (key,) = seed(harness, 1)
        texts: list[str] = []
        faults = [fault for fault in Fault if fault not in harness.cannot and _is_about(fault, harness)]
        with _everything_said(texts):
            for fault in [None, *faults]:
                if fault:
                    harness.inject(fault)
                _exercise(lambda: harness.open(read_only=False), harness, key, texts)
                harness.heal() if fault else None
            if Need.CREDENTIALS not in harness.cannot:
                _exercise(lambda: harness.open(wrong_credentials=True), harness, key, texts)
        leaks = sorted({text.strip()[:80] for text in texts for canary in harness.canaries if canary in text})
        assert leaks == []


def _exercise(open_one: Callable[[], Adapter], harness: Harness, key: str, texts: list[str]) -> None:
    """Does everything, with right and wrong requests, and keeps every text that comes out of it."""
    with _told(texts):
        adapter = open_one()
        texts.append(repr(adapter))
        for ask in (adapter.check, adapter.describe):
            with _told(texts):
                texts.append(repr(ask()))
        for request in (PullRequest(harness.object_name), PullRequest("no such object")):
            for listing in _listings(adapter):
                with _told(texts):
                    texts.append(repr([(page.cursor, page.problems, page.notices) for page in listing(request)]))
        if isinstance(adapter, Writes):
            refused = Change("kit-bad", harness.object_name, key, harness.refused())
            for changes in ([create(harness, len(texts))], [refused, change(harness, key, "new")]):
                with _told(texts):
                    texts.append(repr(adapter.push(changes)))
        adapter.close()


def _listings(adapter: Adapter) -> list[Callable[[PullRequest], Iterator[Page] | Iterator[HistoryPage]]]:
    """Every way in which it gives pages."""
    found: list[Callable[[PullRequest], Iterator[Page] | Iterator[HistoryPage]]] = [adapter.pull]
    if isinstance(adapter, ListsDeleted):
        found.append(adapter.list_deleted)
    if isinstance(adapter, ListsHistory):
        found.append(adapter.list_history)
    if isinstance(adapter, BulkReads):
        found.append(adapter.bulk_read)
    return found


def _is_about(fault: Fault, harness: Harness) -> bool:
    """Whether the adapter has what the fault is about."""
    support = harness.descriptor.support.get(Capability.BULK)
    return fault not in {Fault.JOB_FAILS, Fault.JOB_LOST} or (support is not None and support.present)


@contextlib.contextmanager
def _told(texts: list[str]) -> Iterator[None]:
    try:
        yield
    except CrmBridgeError as error:
        texts += [str(error), repr(error), repr(error.context), *traceback.format_exception(error)]
    except Exception as error:  # noqa: BLE001 - an error of the wrong class is another test's matter, its text is ours
        texts += traceback.format_exception(error)


@contextlib.contextmanager
def _everything_said(texts: list[str]) -> Iterator[None]:
    """Collects what is logged at any level and printed anywhere.

    Before any other handler: one that hides secrets changes what those behind it see.
    """
    screen, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(screen), root.level
    root.handlers.insert(0, handler)
    root.setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
            yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        texts += screen.getvalue().splitlines()

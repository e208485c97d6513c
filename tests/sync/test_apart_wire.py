"""What two processes say to each other arrives as it was said, or the other side is known to be gone."""

import io
import os
import pickle
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from tests.sync.test_apart import odd_script
from tests.sync.world import MAPPING, compiled

from crmbridge.adapter.contract import PullRequest
from crmbridge.ledger.packing import Packed
from crmbridge.mapping.outcome import Failed, Mapped
from crmbridge.model.errors import ConfigError, ConfigErrors, CrmBridgeError, Throttled, TransientError
from crmbridge.sync.apart import child
from crmbridge.sync.apart.recipe import GoingApart
from crmbridge.sync.apart.wire import Elsewhere, Frame, dump_error, dump_page, load_error, load_page, receive, send
from crmbridge.sync.packets import Batch, Packet, prepare

DEALS = compiled(MAPPING).object("deals")


@pytest.mark.parametrize("number", range(8))
def test_a_page_arrives_as_it_was(number: int) -> None:
    packet = prepare(odd_script()[number], DEALS, is_read=True)
    arrived = load_page(b"".join(dump_page(packet)))
    assert [r._replace(payload=None) for r in packet.batch.records] == list(arrived.batch.records)
    assert [r.content for r in arrived.batch.records] == [r.payload for r in packet.batch.records]
    told = ("cursor", "problems", "complete", "whole", "notices")
    assert [getattr(arrived, name) for name in told] == [getattr(packet, name) for name in told]
    assert (arrived.batch.refused, arrived.batch.lacking) == (packet.batch.refused, packet.batch.lacking)
    assert {type(r.found) for r in arrived.batch.records} <= {tuple, Failed, type(None)}


def test_what_is_read_there_is_what_would_be_read_here() -> None:
    for page in odd_script():
        for record in prepare(page, DEALS, is_read=True).batch.records:
            assert record.deleted or record.found == DEALS.read(record.content)


class Text(str):
    """What a plugin's lens may give."""

    __slots__ = ()


def test_values_of_somebody_elses_class_arrive_too() -> None:
    mapped = Mapped((Text("a"), 1), None, None, None)
    packet = Packet(Batch([Packed("d1", b"{}", 1, None, None, 0, None, {}, mapped, 2)]), "1")
    assert load_page(b"".join(dump_page(packet))) == packet


class Own(TransientError):
    """A plugin's own error, which cannot be made again from its message."""

    def __init__(self, one: int, *, two: int) -> None:
        super().__init__("{one} and {two}", one=one, two=two, lock=threading.Lock(), hint="see {one}")


@pytest.mark.parametrize(
    "error",
    [
        Throttled("wait {n}", n=1, after=2.5, hint="h {n}"),
        ConfigErrors([ConfigError("a {x}", x=1), ConfigError("b")]),
        ValueError("plain"),
    ],
)
def test_an_error_arrives_as_it_was(error: Exception) -> None:
    arrived = load_error(dump_error(error))
    assert (type(arrived), str(arrived), arrived.args) == (type(error), str(error), error.args)
    assert isinstance(arrived.__cause__, Elsewhere)
    if isinstance(error, CrmBridgeError):
        assert str(vars(arrived)["context"]) == str(error.context)


def test_an_error_that_cannot_be_sent_arrives_as_the_class_it_comes_from() -> None:
    arrived = load_error(dump_error(Own(1, two=2)))
    assert type(arrived) is TransientError
    assert (str(arrived), arrived.exit_code) == ("1 and 2 (see 1)", 5)
    foreign = ValueError("a")
    foreign.lock = threading.Lock()  # type: ignore[attr-defined] # somebody's own exception
    assert str(load_error(dump_error(foreign))) == "ValueError: a"


def test_a_frame_that_was_cut_off_is_no_frame() -> None:
    whole = io.BytesIO()
    send(whole, Frame.PAGE, b"some", b"thing")
    whole.seek(0)
    assert receive(whole) == (Frame.PAGE, b"something")
    for cut in range(len(whole.getvalue())):
        with pytest.raises(EOFError):
            receive(io.BytesIO(whole.getvalue()[:cut]))


@pytest.fixture
def pipes() -> Iterator[Sequence[Any]]:
    """Two pipes: to the reader, and from it."""
    ends = [*os.pipe(), *os.pipe()]
    files = [os.fdopen(end, mode) for end, mode in zip(ends, ("rb", "wb", "rb", "wb"), strict=True)]
    yield files
    for file in files:
        file.close()


def test_an_error_before_the_beginning_is_told(pipes: Sequence[Any]) -> None:
    to_reader, to, source, out = pipes
    send(to, Frame.ORDER, pickle.dumps((b"no recipe", PullRequest("deals"))))
    child.serve(to_reader, out)
    frame, body = receive(source)
    assert frame is Frame.ERROR
    assert isinstance(load_error(body), pickle.UnpicklingError)


def test_a_reader_that_nobody_asks_ends(pipes: Sequence[Any]) -> None:
    to_reader, to, _, out = pipes
    to.close()
    with pytest.raises(EOFError):
        child.serve(to_reader, out)


@pytest.mark.parametrize(("processors", "is_apart"), [(1, False), (2, True), (64, True)])
def test_one_processor_reads_alone(monkeypatch: pytest.MonkeyPatch, processors: int, is_apart: bool) -> None:  # noqa: FBT001 - a case
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)), raising=False)
    assert (GoingApart.here() is not None) == is_apart
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    assert (GoingApart.here() is not None) == is_apart

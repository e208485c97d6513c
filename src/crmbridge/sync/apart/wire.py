"""What the two processes say to each other: frames over pipes, which hold a reader back that is too quick.

Rows go by `marshal`, which takes a quarter of the time of `pickle`; both sides run the same Python, which the first
frame proves. Everything rare (problems, failures, errors) goes by `pickle`.
"""

import contextlib
import marshal
import pickle
import struct
import sys
import traceback
from dataclasses import replace
from enum import Enum
from typing import IO, Any

from crmbridge.ledger.packing import Packed
from crmbridge.mapping.outcome import Mapped
from crmbridge.model import errors
from crmbridge.model.errors import CrmBridgeError
from crmbridge.sync.packets import Batch, Packet

LANGUAGE = sys.version
"""Two processes that do not run the same Python do not understand each other."""
_HEAD = struct.Struct(">cQ")
_PLAIN = 2  # of marshal: without the marks for objects that come twice, which cost more than they save
_PAYLOAD, _FOUND = Packed._fields.index("payload"), Packed._fields.index("found")
_new = tuple.__new__


class Frame(Enum):
    """What a frame is: the first two go to the reader, the others come from it."""

    ORDER = b"o"
    GO = b"g"
    READY = b"r"
    PAGE = b"p"
    END = b"e"
    ERROR = b"x"


class Elsewhere(Exception):
    """The traceback of an error that was raised in another process."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def send(out: IO[bytes], frame: Frame, *parts: bytes) -> None:
    """Writes one frame; waits while the other side does not read. BrokenPipeError where it is gone."""
    out.write(_HEAD.pack(frame.value, sum(map(len, parts))))
    out.writelines(parts)
    out.flush()


def receive(source: IO[bytes]) -> tuple[Frame, bytes]:
    """The next frame; EOFError where the other side is gone."""
    kind, size = _HEAD.unpack(_exactly(source, _HEAD.size))
    return Frame(kind), _exactly(source, size)


def _exactly(source: IO[bytes], size: int) -> bytes:
    found = source.read(size)
    if len(found) < size:
        raise EOFError
    return found


def dump_page(packet: Packet) -> tuple[bytes, bytes, bytes]:
    """The parts of a page's frame."""
    failed: dict[int, object] = {}
    rows = []
    for at, record in enumerate(packet.batch.records):
        found = record.found
        if type(found) is Mapped:
            found = found[:]
        elif found is not None:
            failed[at], found = found, None
        rows.append((*record[:_PAYLOAD], None, found, record.version))
    batch = replace(packet.batch, records=())
    rest = pickle.dumps((replace(packet, batch=batch), failed), pickle.HIGHEST_PROTOCOL)
    try:
        told = marshal.dumps(rows, _PLAIN)
    except ValueError:  # a value that is a subclass: only a plugin's lens makes such
        told = b""
        rest = pickle.dumps((packet, {}), pickle.HIGHEST_PROTOCOL)
    return len(rest).to_bytes(8, "big"), rest, told


def load_page(body: bytes) -> Packet:
    """The page of a frame."""
    view = memoryview(body)
    end = 8 + int.from_bytes(view[:8], "big")
    packet: Packet
    packet, failed = pickle.loads(view[8:end])  # noqa: S301 - from the process that we started, over its own pipe
    if end == len(body):
        return packet
    records = [_new(Packed, row) for row in marshal.loads(view[end:])]  # noqa: S302 - as above
    for at, found in failed.items():
        records[at] = records[at]._replace(found=found)
    return replace(packet, batch=Batch(records, packet.batch.lacking, packet.batch.refused))


def dump_error(error: BaseException) -> bytes:
    """An error that leaves the reader, with its traceback."""
    told = "".join(traceback.format_exception(error))
    for candidate in (error, _plain(error)):
        with contextlib.suppress(Exception):  # whatever somebody else's exception does when it is taken apart
            body = pickle.dumps((candidate, told), pickle.HIGHEST_PROTOCOL)
            pickle.loads(body)  # noqa: S301 - our own, a line ago: an exception that cannot be made again is found here
            return body
    return pickle.dumps((RuntimeError(type(error).__name__), told))


def _plain(error: BaseException) -> BaseException:
    """The same error without anything of its own."""
    if not isinstance(error, CrmBridgeError):
        return RuntimeError(f"{type(error).__name__}: {error}")
    ours = next(base for base in type(error).__mro__ if base.__module__ == errors.__name__)
    context: dict[str, Any] = {name: str(value) for name, value in error.context.items()}
    made: CrmBridgeError = CrmBridgeError.__new__(ours, error.message)
    made.__dict__.update(
        error.__dict__ | {"context": context} | ({"problems": ()} if ours is errors.ConfigErrors else {})
    )
    return made


def load_error(body: bytes) -> BaseException:
    """The error again, caused by what happened there."""
    error: BaseException
    error, told = pickle.loads(body)  # noqa: S301 - from the process that we started, over its own pipe
    error.__cause__ = Elsewhere(told)
    return error

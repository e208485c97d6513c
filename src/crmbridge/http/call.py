"""One call to a vendor and its answer, as adapters see them: plain values, nothing of the HTTP library."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from crmbridge.http import strict

if TYPE_CHECKING:
    from crmbridge.http.verdict import Verdict

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
Json = object
"""JSON as Python has it: dict, list, str, int, Decimal for every number with a fraction, bool, None. Never a float."""

MIB = 1024 * 1024
JSON_LIMIT_BYTES = 32 * MIB
BULK_LIMIT_BYTES = 512 * MIB


@dataclass(frozen=True, slots=True)
class Call:
    """One request. At most one of `json`, `form` and `body` is sent.

    A secret belongs in `form`, `headers`, the `json` that asks for a token, and what `auth.Signs` adds, nowhere else.
    `safe`: it changes nothing, or changes it the same however often it is sent, so it may be sent again. A call that
    is not safe is sent once; without a usable answer it is InDoubt, and a read-only connection refuses it.
    `cost` is in the vendor's credits. `heavy` takes a place of the smaller pool too. `limit_bytes` bounds the answer
    as it is after decompression. With `sink` the answer is written to that file, not kept in memory: 512 MiB at most
    and a longer deadline, and the file is there only where the whole answer was.
    `judge` stands in for the door's own for this call. `lane` names the vendor's interface where each has a rate of its
    own; `Rules.calls_per_window` then holds for each lane alone.
    """

    method: Method
    url: str
    safe: bool
    params: Mapping[str, str] | None = None
    json: Json = None
    form: Mapping[str, str] | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cost: int = 1
    heavy: bool = False
    limit_bytes: int | None = None
    sink: Path | None = None
    deadline_s: float | None = None
    judge: "Callable[[Call, Reply], Verdict] | None" = None
    lane: str = ""

    def __repr__(self) -> str:
        """Where it goes, without its query and what it carries: both may be about people."""
        parts = urlsplit(self.url)
        return f"<Call {self.method} {parts.hostname}{parts.path}>"


class Headers(Mapping[str, str]):
    """Header values by name in any case; several of one name are joined by a comma."""

    def __init__(self, pairs: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in pairs.items()}

    def __getitem__(self, name: str) -> str:
        """The value of that header."""
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        """The names, in lower case."""
        return iter(self._values)

    def __len__(self) -> int:
        """How many headers there are."""
        return len(self._values)


class Reply:
    """A complete answer: every byte that was announced has arrived, within the deadline and the size allowed.

    `body` is empty where it went to the call's sink; `size_bytes` counts it either way. `is_framed` is false where the
    answer did not say how long it is: then a cut cannot be seen in its bytes, only in what they mean. `attempts` is how
    often the call was sent.
    """

    __slots__ = ("_decoded", "attempts", "body", "elapsed_s", "headers", "is_framed", "size_bytes", "status")

    def __init__(
        self,
        status: int,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        elapsed_s: float = 0.0,
        is_framed: bool = True,
        attempts: int = 1,
    ) -> None:
        self.status = status
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.body = body
        self.elapsed_s = elapsed_s
        self.size_bytes = len(body)
        self.is_framed = is_framed
        self.attempts = attempts
        self._decoded: list[Json] = []

    def json(self) -> Json:
        """The body as JSON, decoded once, exactly; UnreadableBody (a ContractError) where it is none."""
        if not self._decoded:
            self._decoded.append(strict.decode(self.body))
        return self._decoded[0]

    @property
    def media_type(self) -> str:
        """Such as `application/json`, in lower case, without parameters; empty where none was told."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def server_time(self) -> datetime | None:
        """The vendor's clock by the Date header, or None."""
        try:
            return parsedate_to_datetime(self.headers["date"]).astimezone(UTC)
        except (KeyError, ValueError, TypeError, IndexError, OverflowError):
            return None

    def __repr__(self) -> str:
        return f"<Reply {self.status} {self.media_type} {self.size_bytes} bytes>"

"""The numbers that a door keeps to, as data; the defaults are the product's."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rules:
    """Bounds of one vendor and of one account; None means that there is none.

    `calls_per_window` in any `window_s` seconds and `daily_credits` in any 24 hours hold over all jobs of the
    connection together; `window_parts` is how finely a window is counted. Of the account's credits this connection
    takes `share` at most; its reads stop at `read_share` of that, so that writes still work, and everything stops once
    the vendor says that less than `reserve` of the account's credits are left. `concurrency` and `heavy_concurrency`
    hold in one process.
    `posts_that_read` are the calls other than GET and HEAD that a read-only connection may send, as "POST /path"; a
    `*` at the end stands for any rest of the path. A query by POST is one, and so is the request for a token.
    """

    concurrency: int = 4
    heavy_concurrency: int = 4
    calls_per_window: int | None = None
    window_s: float = 20.0
    window_parts: int = 20
    daily_credits: int | None = None
    share: float = 0.20
    read_share: float = 0.70
    reserve: float = 0.10
    connect_s: float = 5.0
    read_s: float = 30.0
    deadline_s: float = 60.0
    bulk_deadline_s: float = 900.0
    attempts: int = 4
    longest_wait_s: float = 900.0
    posts_that_read: frozenset[str] = field(default_factory=frozenset)

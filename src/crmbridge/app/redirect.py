"""Takes the one answer of a login by browser: a listener on 127.0.0.1 that is there for as long as a person needs.

Only an answer with our random state is taken, on one path, for one `Host`; anything else is refused and changes
nothing, so that another page in the same browser can neither end the login nor slip in a code of its own.
"""

import hmac
import html
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from crmbridge.model.errors import StoreError, Timeout

HOST = "127.0.0.1"
PORT = 8917
"""The port of the address to register at a vendor, unless another is asked for."""

PATH = "/crmbridge"
TIME_LIMIT_S = 300.0
LOOK_EVERY_S, SHOWN_S = 0.1, 2.0
LONGEST_URL = 4096
MOST_PARAMETERS = 20

_PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>crmbridge</title>
<body style="font: 16px/1.6 system-ui, sans-serif; max-width: 34em; margin: 4em auto; padding: 0 1em">
<h1 style="font-size: 1.3em">crmbridge</h1><p>{text}</p></body></html>"""


class LoopbackRedirect:
    """A listener for one answer. `url` and `state` go to the vendor, `wait` gives what came back."""

    def __init__(
        self,
        *,
        port: int = PORT,
        time_limit_s: float = TIME_LIMIT_S,
        monotonic: Callable[[], float] = time.monotonic,
        texts: tuple[str, str, str] = ("en", "You are logged in: close this window and go back to the terminal.", "-"),
    ) -> None:
        self.state = secrets.token_urlsafe(32)
        self._time_limit_s, self._monotonic, self._texts = time_limit_s, monotonic, texts
        self._answer: dict[str, str] | None = None
        self._lock, self._shown = threading.Lock(), threading.Event()
        try:
            self._server = _Server((HOST, port), self)
        except OSError as error:
            raise StoreError(
                "the port {port} of this machine cannot be opened: {reason}",
                port=port,
                reason=error.strerror or type(error).__name__,
                hint="--port names another one; register its address at the vendor too",
            ) from error
        self._host = f"{HOST}:{self._server.server_port}"
        self.url = f"http://{self._host}{PATH}"

    def wait(self) -> Mapping[str, str]:
        """The parameters of the answer, the state checked and taken out; Timeout after the time limit. Closes."""
        ends = self._monotonic() + self._time_limit_s
        try:
            while self._answer is None:
                left = ends - self._monotonic()
                if left <= 0:
                    raise Timeout(
                        "nobody came back from the login within {minutes} minutes",
                        minutes=round(self._time_limit_s / 60),
                        hint="run it again",
                    )
                self._server.timeout = min(left, LOOK_EVERY_S)
                self._server.handle_request()
            self._shown.wait(SHOWN_S)
        finally:
            self.close()
        return self._answer

    def close(self) -> None:
        """Lets go of the port; harmless twice."""
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def take(self, target: str, host: str) -> int:
        """Takes a request where it is the answer that is waited for; the status to reply with."""
        parts = urlsplit(target)
        if len(target) > LONGEST_URL or parts.path != PATH:
            return 404
        if host != self._host:
            return 403
        answer = _single(parts.query)
        if answer is None:
            return 400
        is_ours = hmac.compare_digest(answer.pop("state", "").encode(), self.state.encode())
        with self._lock:
            if not is_ours or self._answer is not None:
                return 403
            self._answer = answer
        return 200

    def shown(self) -> None:
        """The person has been told that the login is done: the listener may go."""
        self._shown.set()

    def page(self, status: int) -> bytes:
        """What the browser shows."""
        language, done, refused = self._texts
        text = done if status == 200 else refused  # noqa: PLR2004 - HTTP's own number
        return _PAGE.format(lang=language, text=html.escape(text)).encode()


def _single(query: str) -> dict[str, str] | None:
    """The parameters of a query by name; None where one stands there twice, or where there are too many."""
    try:
        found = parse_qs(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return None
    return {name: values[0] for name, values in found.items()} if all(len(v) == 1 for v in found.values()) else None


class _Server(ThreadingHTTPServer):
    """A server that hands every request to one redirect, each in a thread: browsers open connections and wait."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], redirect: LoopbackRedirect) -> None:
        self.redirect = redirect
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, _client: Any) -> None:  # noqa: ANN401 - the base class's own
        """A browser that hangs up is nobody's business."""


class _Handler(BaseHTTPRequestHandler):
    """One request; logs nothing, since the address holds a code."""

    server: _Server
    timeout = 10
    server_version = "crmbridge"
    sys_version = ""

    def do_GET(self) -> None:
        """Takes the answer, or refuses the request."""
        redirect = self.server.redirect
        status = redirect.take(self.path, self.headers.get("Host", ""))
        body = redirect.page(status)
        self.send_response(status)
        for name, value in {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "Connection": "close",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        if status == 200:  # noqa: PLR2004 - HTTP's own number
            redirect.shown()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base class's own names
        """Nothing: the address holds a code."""

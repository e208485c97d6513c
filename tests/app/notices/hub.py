"""A channel on loopback: what it was given, and how it behaves; `json://` of apprise speaks to it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OK: tuple[int, bytes] = (200, b"{}")
Way = tuple[int, bytes] | str


@dataclass
class Hub:
    """Several channels of one server, told apart by their paths; `ways` says how one behaves."""

    port: int = 0
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    ways: dict[str, Way] = field(default_factory=dict)
    called: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        return f"json://127.0.0.1:{self.port}/{path}"

    def titles(self, path: str) -> list[str]:
        return [told["title"] for at, told in self.got if at == path]

    def texts(self, path: str) -> list[str]:
        return [told["message"] for at, told in self.got if at == path]


@contextmanager
def serving() -> Iterator[Hub]:
    """The hub, until the test is over."""
    hub, over = Hub(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            path = self.path.strip("/")
            told = json.loads(self.rfile.read(int(self.headers["content-length"])))
            hub.got.append((path, told))
            hub.called.set()
            way = hub.ways.get(path, OK)
            if way == "never":
                over.wait()
            elif way == "garbage":
                self.wfile.write(b"\x00\xffnonsense")
            elif way == "drip":
                self.send_response(200)
                self.send_header("content-length", "1000000")
                self.end_headers()
                while not over.wait(0.05):
                    try:
                        self.wfile.write(b" ")
                    except OSError:
                        return
            elif isinstance(way, tuple):
                self.send_response(way[0])
                self.send_header("content-length", str(len(way[1])))
                self.end_headers()
                self.wfile.write(way[1])

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()

"""A mail server on loopback that refuses what a test tells it to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

DEFAULTS = {
    "EHLO": "250 hello",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    ".": "250 taken",
    "QUIT": "221 bye",
}


@dataclass
class Mailbox:
    """What came, and how the server answers; an empty answer ends the connection."""

    port: int = 0
    mails: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=crm@acme.example&to=ann@acme.example&smtp=127.0.0.1&mode=insecure"


@contextmanager
def receiving() -> Iterator[Mailbox]:
    """The server, until the test is over."""
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline():
                word = line.split()[0].decode().upper()
                if not self.say({**DEFAULTS, **box.answers}.get(word, "250 ok")):
                    return
                if word == "DATA" and "DATA" not in box.answers:
                    body = []
                    while (part := self.rfile.readline()) not in {b".\r\n", b""}:
                        body.append(part.decode())
                    box.mails.append("".join(body))
                    if not self.say({**DEFAULTS, **box.answers}["."]):
                        return
                if word == "QUIT":
                    return

        def say(self, text: str) -> bool:
            if text:
                self.wfile.write(text.encode() + b"\r\n")
            return bool(text)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield box
        server.shutdown()
        thread.join()

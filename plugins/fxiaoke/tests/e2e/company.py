"""A simulated company in a process of its own, and a workspace that is connected to it by the command line."""

import json
import shutil
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from crmbridge.cli import simulators
from crmbridge.ledger import records
from crmbridge.ledger.engine import open_ledger
from crmbridge.model.kinds import kind

CONFIG = '[workspace]\nname = "acme"\ncurrency = "CNY"\ntimezone = "Asia/Shanghai"\n'


class Answer(NamedTuple):
    """What a command line left behind."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(self.told["rows"])

    @property
    def text(self) -> str:
        return self.out + self.err


Runner = Callable[..., Answer]


@dataclass
class Company:
    """What the simulator told when it began to listen, and its control API."""

    told: Mapping[str, str]

    def look(self, what: str, **query: object) -> Any:
        return self._ask(f"{what}?{urlencode(query)}" if query else what, None)

    def act(self, action: str, **arguments: object) -> Any:
        told = self._ask(action, json.dumps(arguments).encode())
        return told.get("result", told) if isinstance(told, Mapping) else told

    def switch(self, **values: object) -> None:
        for name, value in values.items():
            self.act("switch", name=name, value=value)

    def live(self, module: str) -> dict[str, dict[str, Any]]:
        """The records of an object that are not 作废, by id."""
        rows = self.look("state")["objects"][module]
        listed = rows.values() if isinstance(rows, Mapping) else rows
        return {row["_id"]: row for row in listed if row.get("life_status") != "invalid"}

    @property
    def secrets(self) -> tuple[str, ...]:
        return self.told["app_secret"], self.told["permanent_code"]

    def _ask(self, what: str, body: bytes | None) -> Any:
        request = urllib.request.Request(f"{self.told['control_url']}/__sim__/{what}", data=body)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read(), parse_float=Decimal)


@contextmanager
def serving(*words: str, deals: int = 60, switches: Mapping[str, object] | None = None) -> Iterator[Company]:
    """The simulator, until the end of the block."""
    sets = [word for name, value in (switches or {}).items() for word in ("--switch", f"{name}={value}")]
    arguments = ["fxiaoke", "--port", "0", "--seed", "7", "--deals", str(deals), *sets, "--currencies", "CNY", *words]
    with simulators.running(arguments) as (_, line):
        yield Company(json.loads(line))


@dataclass
class Workspace:
    """A folder that `crmbridge connect fxiaoke` connects to a company."""

    folder: Path
    company: Company
    run: Runner
    environ: dict[str, str] = field(default_factory=dict)

    def connect(self, style: str = "corp", *more: str, **answers: str) -> Answer:
        """The login, with answers from variables, as where there is no terminal."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "crmbridge.toml").write_text(CONFIG)
        told = self.company.told
        asked = {
            "app_id": told["app_id"],
            "app_secret": told["app_secret"],
            "permanent_code": told["permanent_code"],
            "operator": told["mobile"],
            "style": style,
            **answers,
        }
        environ = {f"CRMBRIDGE_CONNECT_{key.upper()}": value for key, value in asked.items()}
        places = ["--set", "simulator=true", "--set", f"api_url={told['api_url']}"]
        login = self.folder / "login.json"
        kept = ["--credentials", "env:CRM_LOGIN", "--secret-file", str(login)]
        answer = self.run(
            "connect", "fxiaoke", "--name", "crm", *places, *kept, *more, "-w", str(self.folder), environ=environ
        )
        if answer.code == 0:
            self._log_in()
        return answer

    def copy(self, other: Path) -> None:
        """The folder is as that of another workspace that is connected to the same company."""
        shutil.copytree(other, self.folder)
        self._log_in()

    def _log_in(self) -> None:
        self.environ = {"CRM_LOGIN": (self.folder / "login.json").read_text().strip()}

    def __call__(self, *words: str) -> Answer:
        """A command line on this workspace; JSON unless it is told otherwise."""
        form = () if "--format" in words or "--lang" in words else ("--json",)
        return self.run(*words, "-w", str(self.folder), *form, environ=self.environ)

    def done(self, *words: str) -> Answer:
        answer = self(*words)
        assert answer.code == 0, answer.text
        return answer

    def records(self, name: str) -> dict[str, dict[str, Any]]:
        """What the ledger has of a kind, by the vendor's id."""
        ledger = open_ledger(f"sqlite:///{self.folder / 'crmbridge.db'}", create=False)
        try:
            with ledger.read() as tx:
                found = list(records.read(tx, kind(name)))
        finally:
            ledger.close()
        return {record["refs"][0]["vendor_id"]: record for record in found if record["lifecycle"] == "active"}


@contextmanager
def standing_in(handle: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    """An address of this machine that answers posts as told: a receiver that fails, or that keeps what comes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = handle(body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def named(rows: Sequence[Mapping[str, Any]], **wanted: object) -> list[Mapping[str, Any]]:
    """The rows whose columns are so."""
    return [row for row in rows if all(row.get(key) == value for key, value in wanted.items())]

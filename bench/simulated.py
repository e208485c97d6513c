"""A vendor's simulator in a process of its own, for the benchmarks that read from one."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Simulator:
    """A running simulator: its addresses and credentials, and its control."""

    told: dict[str, str]
    process: subprocess.Popen[str]

    def control(self, path: str, body: dict[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """One call to the control API: POST with a body, an empty one too, else GET."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.told['control_url']}/__sim__/{path}", data=data)  # noqa: S310 - ours
        with urllib.request.urlopen(request) as reply:  # noqa: S310 - loopback
            return json.loads(reply.read() or b"null")


@contextlib.contextmanager
def simulator(vendor: str, deals: int, latency_ms: int, *options: str) -> Iterator[Simulator]:
    """A vendor's simulator with so many deals, ended at the end."""
    command = [sys.executable, "-m", "crmbridge_sim", "serve", vendor, "--port", "0", "--seed", "7"]
    command += ["--deals", str(deals), "--latency-ms", str(latency_ms), *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise SystemExit("no output")
        yield Simulator(json.loads(process.stdout.readline()), process)
        process.terminate()

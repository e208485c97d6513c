"""One process that starts jobs of a workspace again and again, as `crmbridge` would: `ticker.py FOLDER TIMES WORD...`.

The kind `test` is there for it too: a job that says when it has begun, and waits as long as a file `wait` is there.
"""

import sys
import time
from pathlib import Path

from crmbridge.app.bridge import Bridge
from crmbridge.app.jobs import kinds, performing, section
from crmbridge.app.jobs.kinds import Kind, NoArguments
from crmbridge.app.jobs.parts import Parts
from crmbridge.cli import app


def wait(bridge: Bridge, _: NoArguments, parts: Parts) -> None:
    folder = bridge.workspace.folder
    with parts.part("wait"):
        (folder / "begun").touch()
        while (folder / "wait").exists():
            time.sleep(0.02)


def main(folder: Path, times: int, words: list[str]) -> None:
    """Prints the exit codes."""
    known = {**kinds.KINDS, "test": Kind(NoArguments, "tests.e2e.ticker:wait")}
    for module in (kinds, section, performing):
        module.KINDS = known  # type: ignore[attr-defined]
    codes = [app.run([*words, "--workspace", str(folder)], environ={}) for _ in range(times)]
    sys.stdout.write(f"codes {' '.join(map(str, codes))}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])

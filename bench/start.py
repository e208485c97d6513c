"""How much processor time a command takes before it has done anything, beside another checkout of crmbridge.

python bench/start.py WORKSPACE OTHER/src

Each command runs five times by each version in turns; the smallest of the five counts, and the ratio is what is kept.
"""

import os
import subprocess
import sys
from pathlib import Path

COMMANDS = (["--help"], ["config", "show"], ["status"], ["sync"], ["forecast"], ["plan"])
HERE = Path(__file__).parents[1] / "src"
ROUNDS = 5


def seconds(source: Path, words: list[str], workspace: Path) -> float:
    """Processor time of one run, of user and system."""
    command = [sys.executable, "-c", "from crmbridge.cli.app import main; main()", *words]
    around = {**os.environ, "PYTHONPATH": str(source)}
    before = os.times()
    subprocess.run(command, env=around, cwd=workspace, capture_output=True, check=False)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main(workspace: Path, other: Path) -> None:
    """Prints a line for each command."""
    for words in COMMANDS:
        runs = [(seconds(other, words, workspace), seconds(HERE, words, workspace)) for _ in range(ROUNDS)]
        theirs, ours = (min(column) for column in zip(*runs, strict=True))
        print(f"{' '.join(words):12} {theirs:.2f} s  {ours:.2f} s  {ours / theirs:.2f}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

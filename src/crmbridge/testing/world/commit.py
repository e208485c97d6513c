"""Which state of the source is running: figures without it say little."""

import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path


def commit() -> str:
    """The commit that this file is of, with `-dirty` where something has changed since; else the version installed."""
    here, git = Path(__file__), shutil.which("git")
    if git is not None and _told(git, "ls-files", here.name):
        return _told(git, "describe", "--always", "--dirty", "--exclude=*")
    return version("crmbridge")


def _told(git: str, *arguments: str) -> str:
    command = [git, "-C", str(Path(__file__).parent), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - our own words

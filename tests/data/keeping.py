"""Workspaces of data sets, made once a run whichever worker asks first; whoever asks gets a copy of its own."""

import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from filelock import FileLock
from tests.on_postgres.sitecustomize import ADDRESS

T = TypeVar("T")


def copy_of(factory: pytest.TempPathFactory, key: str, folder: Path, make: Callable[[Path], T]) -> T:
    """`folder` is a workspace as `make` makes it, and what `make` said of it is returned.

    `key` names all that the workspace depends on. It was closed when it was copied; its name is that of `folder`.
    Where ledgers are in PostgreSQL, and so no files that could be copied, each is made anew.
    """
    if ADDRESS in os.environ:
        return make(folder)
    root = factory.getbasetemp()
    kept = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "sets" / key
    said = kept / "said.pickle"
    kept.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{kept}.lock"):
        if not said.exists():
            shutil.rmtree(kept / folder.name, ignore_errors=True)
            said.write_bytes(pickle.dumps(make(kept / folder.name)))
    shutil.copytree(kept / folder.name, folder)
    found: T = pickle.loads(said.read_bytes())  # noqa: S301 - written above
    return found

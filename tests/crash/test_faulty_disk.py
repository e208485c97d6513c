"""A disk that is full or fails now and then ends a run with a word for it; nothing is lost, the next one goes on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = tuple(Path("/usr/lib/fiu") / name for name in ("fiu_run_preload.so", "fiu_posix_preload.so"))
pytestmark = [pytest.mark.file_ledger, pytest.mark.wide]


@pytest.mark.skipif(not all(map(Path.exists, LIBRARIES)), reason="libfiu is not here (Debian: fiu-utils)")
@pytest.mark.parametrize("seed", range(4))
def test_a_disk_that_fails_now_and_then(tmp_path: Path, seed: int) -> None:
    words = [sys.executable, "-m", "tests.crash.faulty_disk", str(tmp_path), "40", str(seed)]
    environ = {**os.environ, "LD_PRELOAD": " ".join(map(str, LIBRARIES))}
    done = subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "StoreError" in done.stdout, "nothing failed"

"""The pages made from code are what the code says."""

import subprocess
import sys

from tests.docs.pages import ROOT


def test_the_pages_made_from_code_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "tools/docs.py", "check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

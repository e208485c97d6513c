"""`crmbridge sim serve`: a process of its own that never outlives the one that started it."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from crmbridge.cli import simulators
from crmbridge.cli.commands.sim_serve import System
from crmbridge.model.errors import ConfigError
from crmbridge_sim.__main__ import SWITCHES

from .conftest import Cli

FAKE = """
import json, os, sys
if "--fail" in sys.argv:
    sys.exit("no such switch")
print(json.dumps({"api_url": "http://127.0.0.1:1", "pid": os.getpid(), "argv": sys.argv[1:]}), flush=True)
if "--brief" not in sys.argv:
    sys.stdin.read()
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A simulator that only says where it is."""
    folder = tmp_path / "fake_sim"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "__main__.py").write_text(FAKE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(simulators, "MODULE", "fake_sim")
    yield "fake_sim"
    sys.modules.pop("fake_sim", None)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def test_it_runs_until_it_is_let_go(fake: str) -> None:
    assert fake
    with simulators.running(["zoho", "--seed", "7", "--switch", "a=b"]) as (process, line):
        said = json.loads(line)
        assert said["argv"] == ["serve", "zoho", "--seed", "7", "--switch", "a=b"]
        assert process.poll() is None
    assert process.returncode == 0
    assert not is_alive(said["pid"])


def test_a_system_that_is_not_simulated_is_told_with_those_that_are(cli: Cli) -> None:
    answer = cli("sim", "serve", "zozo")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: SYSTEM cannot be 'zozo'; possible are 'zoho', 'fxiaoke', 'jira', 'trello'\n")
    assert set(get_args(System)) == set(SWITCHES)


def test_it_ends_when_the_simulator_does(cli: Cli, fake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fake
    real = simulators.running
    monkeypatch.setattr(simulators, "running", lambda words: real([*words, "--brief"]))
    answer = cli("sim", "serve", "zoho", "--port", "0", "--deals", "5", "--switch", "x=1", "--zone", "Asia/Shanghai")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out)["argv"] == [
        "serve", "zoho", "--port", "0", "--deals", "5", "--zone", "Asia/Shanghai", "--switch", "x=1", "--brief",
    ]  # fmt: skip


def test_a_simulator_that_does_not_start_is_told(cli: Cli, fake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fake
    real = simulators.running
    monkeypatch.setattr(simulators, "running", lambda words: real([*words, "--fail"]))
    answer = cli("sim", "serve", "zoho")
    assert answer.code == 78
    assert "no such switch" in answer.err
    assert "did not start: it ended with 1" in answer.err


def test_without_the_simulators_the_package_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulators, "MODULE", "no_such_package_of_simulators")
    answer = cli("sim", "serve", "zoho")
    assert answer.code == 78
    assert "pip install crmbridge-sim" in answer.err


def test_one_that_does_not_listen_to_its_end_is_stopped(
    fake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulators, "PATIENCE_S", 0.2)
    stubborn = (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('{}', flush=True)\ntime.sleep(60)\n"
    )
    (tmp_path / fake / "__main__.py").write_text(stubborn)
    began = time.monotonic()
    with simulators.running(["zoho"]) as (process, _):
        pass
    assert process.returncode == -signal.SIGKILL
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_simulator_never_outlives_its_command(fake: str, tmp_path: Path, how: signal.Signals) -> None:
    script = textwrap.dedent(f"""
        import sys
        from crmbridge.cli import app, simulators
        simulators.MODULE = {fake!r}
        sys.exit(app.run(["sim", "serve", "zoho"]))
    """)
    command = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert command.stdout is not None
    try:
        pid = json.loads(command.stdout.readline())["pid"]
        assert is_alive(pid)
        command.send_signal(how)
        code = command.wait(20)
    finally:
        command.kill()
    assert code == (0 if how == signal.SIGINT else -how)
    ends = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < ends:
        time.sleep(0.02)
    assert not is_alive(pid)
    command.stdout.close()


def test_an_error_while_it_runs_ends_it_too(fake: str) -> None:
    assert fake
    with pytest.raises(ConfigError, match="stop"), simulators.running(["zoho"]) as (process, _):
        raise ConfigError("stop")
    assert process.returncode is not None

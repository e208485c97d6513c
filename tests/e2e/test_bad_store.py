"""What can happen to the place where records are kept: each row of reliability.md 2.3 that a workspace can meet."""

import ast
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from crmbridge.app.bridge import Bridge

from .place import Answer, Place

ROOT = Path(__file__).resolve().parents[2]


def store_refused(place: Place, *said: str) -> None:
    """Exit 6 with a readable reason and the next step, from a command that writes and from one that reads."""
    for words in (("sync",), ("funnel",), ("export", "deal")):
        answer = place.run(*words, "--json") if words[0] != "export" else place.run(*words)
        assert (answer.code, answer.out) == (6, ""), answer
        assert all(word in answer.err for word in said), answer.err


@pytest.mark.file_ledger
def test_a_ledger_of_another_program_is_refused_and_left_alone(place: Place) -> None:
    file = place.folder / "crmbridge.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE songs (name TEXT)")
        other.commit()
    before = file.read_bytes()
    store_refused(place, "crmbridge.db", "another program")
    assert file.read_bytes() == before


@pytest.mark.file_ledger
def test_a_file_that_is_no_database_is_refused_and_left_alone(place: Place) -> None:
    file = place.write("crmbridge.db", b"these are my notes\n" * 400)
    store_refused(place, "crmbridge.db", "not a crmbridge ledger")
    assert file.read_bytes() == b"these are my notes\n" * 400


@pytest.mark.file_ledger
def test_a_damaged_ledger_is_refused_with_the_way_back(place: Place) -> None:
    assert place.sync().code == 0
    file = place.folder / "crmbridge.db"
    with closing(sqlite3.connect(file)) as con:
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    content[100:400] = b"\xff" * 300
    file.write_bytes(content)
    answer = place.sync()
    assert (answer.code, answer.out) == (6, "")
    assert "damaged" in answer.error["message"] or "not a crmbridge ledger" in answer.error["message"]
    assert "backup" in answer.error["hint"]
    assert bytes(content) == file.read_bytes()


@pytest.mark.file_ledger
def test_damage_inside_the_ledger_stops_a_sync(place: Place) -> None:
    assert place.sync().code == 0
    file = place.folder / "crmbridge.db"
    with closing(sqlite3.connect(file)) as con:
        con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = con.execute("SELECT rootpage FROM sqlite_master WHERE name = 'raw_record'").fetchone()
        (size,) = con.execute("PRAGMA page_size").fetchone()
    content = bytearray(file.read_bytes())
    content[(page - 1) * size : page * size] = b"\x00" * size
    file.write_bytes(content)
    answer = place.sync()
    assert (answer.code, answer.out) == (6, "")
    assert "damaged" in answer.error["message"]


@pytest.mark.file_ledger
def test_a_ledger_that_is_a_folder_is_refused(place: Place) -> None:
    (place.folder / "crmbridge.db").mkdir()
    store_refused(place, "crmbridge.db")


@pytest.mark.file_ledger
def test_a_ledger_whose_folder_is_not_there_is_refused(place: Place) -> None:
    place.change("crmbridge.toml", 'currency = "CNY"', 'currency = "CNY"\nledger = "sqlite:///nowhere/crmbridge.db"')
    store_refused(place, "nowhere")


@pytest.mark.file_ledger
def test_a_ledger_that_may_not_be_written_is_told(place: Place, as_nobody: Callable[..., Answer]) -> None:
    assert place.sync().code == 0
    for file in (place.folder, *place.folder.rglob("*")):
        file.chmod(0o555 if file.is_dir() else 0o444)
    answer = as_nobody("sync", "--workspace", str(place.folder))
    assert (answer.code, answer.out) == (6, "")
    assert "crmbridge.db cannot be" in answer.err
    assert "Traceback" not in answer.err


@pytest.fixture
def as_nobody(tmp_path: Path) -> Callable[..., Answer]:
    """Runs the command line as a person who may read everything and write nothing."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not here")
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder != Path("/tmp"):  # noqa: S108 - a name to compare with
            folder.chmod(0o755)

    somebody = ["setpriv", "--reuid=65534", "--clear-groups", sys.executable]
    probe = subprocess.run([*somebody, "-c", "import tests.e2e.run"], cwd=ROOT, capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("nobody else may read this checkout, or be somebody else here")

    def run(*words: str) -> Answer:
        line = [*somebody, "-m", "tests.e2e.run", *words]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
        if "Operation not permitted" in done.stderr:
            pytest.skip("this machine lets nobody be somebody else")
        return Answer(done.returncode, done.stdout, done.stderr)

    return run


@pytest.mark.file_ledger
@pytest.mark.parametrize("kib", [pytest.param(256, marks=pytest.mark.wide), 640])
def test_a_full_disk_is_told_and_loses_nothing(place: Place, tmp_path: Path, kib: int) -> None:
    place.write_deals(*(f"D{n},{'x' * 60}{n},A1,Won,1.00,CNY,2026-01-05,2026-02-01" for n in range(6_000)))
    small = tmp_path / "small"
    small.mkdir()
    place.change("crmbridge.toml", 'currency = "CNY"', f'currency = "CNY"\nledger = "sqlite:///{small}/crmbridge.db"')
    line = f"{sys.executable} -m tests.e2e.run"
    script = (
        f"mount -t tmpfs -o size={kib}k none {small} || exit 99\n"
        f"{line} sync --workspace {place.folder} --json; code=$?\n"
        f"mount -o remount,size=64m {small} || exit 99\n"
        f"{line} sync --workspace {place.folder} >/dev/null 2>&1; again=$?\n"
        f"{line} export deal --workspace {place.folder} | wc -l\n"
        "exit $((code * 10 + again))\n"
    )
    done = subprocess.run(
        ["unshare", "-r", "-m", "sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip("this machine mounts no small disk")
    assert done.returncode == 60, (done.returncode, done.stdout, done.stderr)
    assert "full" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert done.stdout.split()[-1] == "6000"


@pytest.mark.file_ledger
def test_a_ledger_that_stays_locked_ends_with_75(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert place.sync().code == 0
    place.with_row("D9,Taps,A1,Won,70.00,CNY,2026-01-08,2026-02-03")
    monkeypatch.setattr("crmbridge.ledger.sqlite_store.BUSY_TIMEOUT_S", 0.1)
    with closing(sqlite3.connect(place.folder / "crmbridge.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = place.sync()
        assert (answer.code, answer.out) == (75, "")
        assert "being written by another process" in answer.error["message"]
        other.execute("ROLLBACK")
    assert place.sync().code == 0
    assert "D9" in place.exported()


class InTheMiddle:
    """A progress that does something once, between two pages."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act = act
        self.is_done = False

    def start(self, label: str, total: int | None = None, **context: object) -> None:
        pass

    def advance(self, n: int) -> None:  # noqa: ARG002 - the shape of a progress
        if not self.is_done:
            self.is_done = True
            self.act()

    def finish(self) -> None:
        pass


def test_of_two_syncs_at_once_one_wins_and_the_other_ends_with_75(place: Place) -> None:
    others: list[Answer] = []
    with Bridge.open(place.folder, environ={}) as bridge:
        report = bridge.sync(progress=InTheMiddle(lambda: others.append(place.sync())))
    assert report.exit_code == 0
    (other,) = others
    assert other.code == 75
    assert [note["code"] for note in other.json["warnings"]] == ["lease"]
    assert place.exported().keys() == {"D1", "D2", "D3"}
    assert sorted(row["exit_code"] for row in place.run("runs", "--json").json["rows"]) == [0, 0, 75]


def test_an_interrupted_sync_says_so_and_the_next_goes_on(place: Place) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with Bridge.open(place.folder, environ={}) as bridge, pytest.raises(KeyboardInterrupt):
        bridge.sync(progress=InTheMiddle(stop))
    assert 130 in {row["exit_code"] for row in place.run("runs", "--json").json["rows"]}
    assert place.sync().code == 0
    assert place.exported().keys() == {"D1", "D2", "D3"}


ROWS: dict[str, tuple[str, ...]] = {
    "kill -9 anywhere": ("tests/ledger/test_engine.py", "test_an_interrupted_sync_says_so_and_the_next_goes_on"),
    "Disk full / EIO": ("test_a_full_disk_is_told_and_loses_nothing", "tests/ledger/test_engine.py"),
    "DB locked": ("test_a_ledger_that_stays_locked_ends_with_75",),
    "Corrupt DB": (
        "test_a_damaged_ledger_is_refused_with_the_way_back",
        "test_damage_inside_the_ledger_stops_a_sync",
        "test_a_ledger_of_another_program_is_refused_and_left_alone",
        "test_a_file_that_is_no_database_is_refused_and_left_alone",
    ),
    "Two jobs at once": ("test_of_two_syncs_at_once_one_wins_and_the_other_ends_with_75",),
    "Config error": ("tests/e2e/test_bad_config.py",),
}
LATER: dict[str, str] = {
    "PostgreSQL restart / failover": "comes with the long-running worker; a server that does not answer is in "
    "tests/ledger/test_engine.py",
    "Clock jump ±1 day, DST": "files have no clock of their own; leases and calendars have their tests",
    "Keyring missing": "files need no secret; comes with the first vendor",
}
"""The rows of reliability.md 2.3, and the tests or the reason why there is none yet."""


@pytest.mark.parametrize("fault", ROWS)
def test_every_fault_has_its_test(fault: str) -> None:
    tree = ast.parse(Path(__file__).read_text("utf-8"))
    here = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name in ROWS[fault]:
        assert (ROOT / name).is_file() if name.endswith(".py") else name in here, name
    assert fault not in LATER

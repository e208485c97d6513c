"""`crmbridge plugin new`: what it makes installs, is found, is well typed, and keeps the basic promises."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.packages.building import uv

from crmbridge.adapter import scale
from crmbridge.app.extending import making
from crmbridge.model.errors import ConfigError

from .conftest import Cli

COMMAND = "from crmbridge.cli.app import main; main()"
LONG = "a-name-of-exactly-30-letters-x"


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin just made, looked at by several tests and changed by none."""
    folder = tmp_path_factory.mktemp("made") / "crmbridge-acme"
    making.make("acme", folder, taken=frozenset())
    return folder


def run(folder: Path, *words: str | Path, path: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """A program of this environment, in a folder; `path` is looked at first for modules."""
    around = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CRMBRIDGE"))}
    around |= {"PYTHONPATH": str(path)} if path else {}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=around, capture_output=True, text=True, check=False, encoding="utf-8"
    )


def test_it_names_the_files_and_the_next_step(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    answer = cli("plugin", "new", "acme-desk", "--folder", str(folder), "--format", "csv")
    assert answer.code == 0
    made = {str(path) for path in folder.rglob("*") if path.is_file()}
    assert set(answer.out.splitlines()[1:]) == made
    assert f'next: pip install -e "{folder}[dev]", then crmbridge kit run {folder}' in answer.err
    assert 'plugins = ["crmbridge-acme-desk"] under [workspace] of crmbridge.toml' in answer.err
    assert (folder / "src/crmbridge_acme_desk/adapter.py").is_file()
    assert not [path for path in folder.parent.iterdir() if path != folder], "something is left beside it"


def test_without_a_folder_it_is_made_here(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("plugin", "new", "acme").code == 0
    assert (tmp_path / "crmbridge-acme" / "pyproject.toml").is_file()


def test_it_speaks_chinese(cli: Cli, tmp_path: Path) -> None:
    answer = cli("plugin", "new", "acme", "--folder", str(tmp_path / "a"), "--lang", "zh")
    assert "下一步" in answer.err
    assert "工作区" in answer.err


def test_a_folder_that_is_there_is_left_alone(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "crmbridge-acme"
    folder.mkdir()
    (folder / "README.md").write_text("mine")
    answer = cli("plugin", "new", "acme", "--folder", str(folder))
    assert answer.code == 6
    assert "is there already, and nothing was changed" in answer.err
    assert [path.name for path in folder.iterdir()] == ["README.md"]
    assert (folder / "README.md").read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("Acme", "acme"),
        ("AcmeDesk", "acme-desk"),
        ("acme_desk", "acme-desk"),
        ("crmbridge-acme", "acme"),
        ("1acme", "acme"),
        ("a" * 31, "a" * 30),
        ("销售", "acme"),
        ("csv", "my-csv"),
        ("memory", "my-memory"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_nearest(cli: Cli, tmp_path: Path, name: str, nearest: str) -> None:
    answer = cli("plugin", "new", name, "--folder", str(tmp_path / "made"))
    assert answer.code == 78
    assert f"did you mean {nearest}?" in answer.err
    assert not (tmp_path / "made").exists()
    making.check_name(nearest, frozenset({"csv"}))


def test_every_name_near_another_is_one() -> None:
    for name in ("", "-", "--a--b--", "A1B2", "é", "crmbridge-", "9-9", "crmbridge-crmbridge-x", "x" * 99):
        near = making.nearest_name(name)
        try:
            making.check_name(near, frozenset())
        except ConfigError as error:
            pytest.fail(f"{name!r}: {error}")


def test_its_own_tests_are_green_and_the_basic_promises_are_kept(plugin: Path) -> None:
    done = run(plugin, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly")
    assert done.returncode == 0, done.stdout
    assert "acme: 39 passed · 0 vendor cannot · " in done.stdout
    assert " failed" not in done.stdout


@pytest.mark.parametrize("name", ["acme", "x", LONG])
def test_it_is_well_formatted_whatever_its_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    making.make(name, folder, taken=frozenset())
    for words in (("format", "--check"), ("check",)):
        done = run(folder, "-m", "ruff", *words, "--no-cache", ".")
        assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_well_typed(plugin: Path, tmp_path: Path) -> None:
    done = run(plugin, "-m", "mypy", "--cache-dir", tmp_path, "src", "tests")
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_installs_and_a_workspace_that_lists_it_shows_it(plugin: Path, tmp_path: Path) -> None:
    uv("pip", "install", "--quiet", "--no-deps", "--target", tmp_path / "site", plugin)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    listed = {}
    for plugins in ("[]", '["crmbridge-acme"]'):
        (workspace / "crmbridge.toml").write_text(f'[workspace]\nname = "Kit"\nplugins = {plugins}\n')
        shown = run(workspace, "-c", COMMAND, "adapters", "--json", path=tmp_path / "site")
        assert shown.returncode == 0, shown.stderr
        listed[plugins] = shown.stdout
    assert '"status":"not allowed"' in listed["[]"].replace(": ", ":")
    assert '"adapter":"acme"' not in listed["[]"].replace(": ", ":")
    assert '"adapter":"acme"' in listed['["crmbridge-acme"]'].replace(": ", ":")
    mapping = "import importlib.resources as r; print((r.files('crmbridge_acme') / 'mapping.toml').is_file())"
    assert run(workspace, "-c", mapping, path=tmp_path / "site").stdout == "True\n"


@pytest.mark.parametrize(("version", "needed"), [(99, "a newer crmbridge is needed"), (-1, "a newer version of it")])
def test_a_plugin_of_another_contract_is_shown_with_the_reason(
    plugin: Path, tmp_path: Path, version: int, needed: str
) -> None:
    uv("pip", "install", "--quiet", "--no-deps", "--target", tmp_path / "site", plugin)
    card = tmp_path / "site/crmbridge_acme/plugin.py"
    card.write_text(
        card.read_text().replace("    config=Options,", f"    config=Options,\n    contract_version={version},")
    )
    (tmp_path / "crmbridge.toml").write_text('[workspace]\nname = "Kit"\nplugins = ["crmbridge-acme"]\n')
    for command in ("adapters", "doctor"):
        shown = run(tmp_path, "-c", COMMAND, command, "--json", path=tmp_path / "site")
        assert f"acme speaks contract version {version}, this crmbridge 1: {needed}" in shown.stdout, shown.stderr


def test_its_answers_say_what_is_done_and_no_more(plugin: Path) -> None:
    answers = scale.read(plugin / "quality.toml")
    assert answers.owner == ""
    assert answers.checked == ""
    assert {name for name, one in answers.by_rule.items() if one.state == "done"} == making.DONE_AT_ONCE

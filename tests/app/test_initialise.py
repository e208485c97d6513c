"""A workspace from an example: whole or not at all, and nothing that is there is overwritten."""

import tomllib
from pathlib import Path

import pytest
from tests.app.company import Company

from crmbridge.app.bridge import Bridge
from crmbridge.model.errors import ConfigError


@pytest.fixture
def example(tmp_path: Path) -> Path:
    folder = tmp_path / "examples" / "maven-sales"
    made = Company.make(folder)
    made.edit("crmbridge.toml", 'path = "exports"', 'path = "files"')
    return folder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "my exports"
    Company.make(tmp_path / "other")
    (tmp_path / "other" / "exports").rename(folder)
    return folder


def config(folder: Path) -> dict[str, dict[str, object]]:
    return tomllib.loads((folder / "crmbridge.toml").read_text(encoding="utf-8"))


def test_an_example_points_at_the_files_and_syncs(tmp_path: Path, example: Path, files: Path) -> None:
    target = tmp_path / "acme"
    made = Bridge.init(target, files=files, from_example=example, name='A "big" one', currency="USD", zone="UTC")
    assert str(target / "crmbridge.toml") in [row["file"] for row in made.rows]
    written = config(target)
    assert (written["workspace"]["name"], written["workspace"]["currency"]) == ('A "big" one', "USD")
    assert written["connections"]["books"]["path"] == files.as_posix()  # type: ignore[index]
    with Bridge.open(target, environ={}) as bridge:
        assert bridge.sync().exit_code == 0


def test_files_inside_the_workspace_are_named_from_it(tmp_path: Path, example: Path, files: Path) -> None:
    target = tmp_path / "acme"
    target.mkdir()
    files.rename(target / "in")
    Bridge.init(target, files=target / "in", from_example=example)
    assert config(target)["connections"]["books"]["path"] == "in"  # type: ignore[index]


def test_nothing_is_overwritten(tmp_path: Path, example: Path, files: Path) -> None:
    target = tmp_path / "acme"
    (target / "mapping").mkdir(parents=True)
    (target / "mapping" / "books.toml").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mapping/books.toml already: nothing was written"):
        Bridge.init(target, files=files, from_example=example)
    assert [p.name for p in target.rglob("*") if p.is_file()] == ["books.toml"]
    assert (target / "mapping" / "books.toml").read_text(encoding="utf-8") == "mine"


def test_an_example_that_is_not_there_is_told_with_the_nearest(tmp_path: Path, example: Path, files: Path) -> None:
    with pytest.raises(ConfigError, match=r"is no example.*maven-sales"):
        Bridge.init(tmp_path / "acme", files=files, from_example=example.with_name("maven-sale"))
    assert not (tmp_path / "acme").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"currency": "yuan"}, "no currency code"),
        ({"zone": "Asia/Shanghi"}, "Asia/Shanghai"),
        ({"files": "gone"}, "gone"),
    ],
)
def test_a_wrong_wish_writes_nothing(
    tmp_path: Path, example: Path, files: Path, wrong: dict[str, str], said: str
) -> None:
    wish = {"files": files, **{k: Path(v) if k == "files" else v for k, v in wrong.items()}}
    with pytest.raises(ConfigError, match=said):
        Bridge.init(tmp_path / "acme", from_example=example, **wish)  # type: ignore[arg-type]
    assert not (tmp_path / "acme").exists()

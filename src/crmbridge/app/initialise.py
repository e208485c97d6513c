"""Makes a workspace: from a reviewed example, or from the files that somebody has.

The files stay where they are and are only read. Nothing that is in the folder already is overwritten, and a workspace
is there whole or not at all.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crmbridge.app import starters
from crmbridge.app.config import FILE_NAME, load
from crmbridge.model import instants
from crmbridge.model.errors import ConfigError, StoreError, suggestion
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing

_PATH_LINE = re.compile(r'^path = "[^"]*"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for: the folder, where the files are, and the company's settings where they were given."""

    folder: Path
    files: Path | None
    name: str | None = None
    currency: str | None = None
    zone: str | None = None

    def settings(self) -> dict[str, str]:
        """The settings of `[workspace]` that were given; ConfigError for a zone or currency that cannot be."""
        if self.zone is not None:
            instants.zone(self.zone)
        if self.currency is not None and not re.fullmatch("[A-Z]{3}", self.currency):
            raise ConfigError("{currency} is no currency code", currency=self.currency, hint="such as CNY, USD, EUR")
        given = {"name": self.name, "currency": self.currency, "timezone": self.zone}
        return {key: value for key, value in given.items() if value is not None}


def from_example(wish: Wish, example: Path) -> Listing:
    """A workspace with an example's set-up, pointed at the files."""
    source = example / FILE_NAME
    if not source.is_file():
        siblings = sorted(p.name for p in example.parent.glob("*") if (p / FILE_NAME).is_file())
        raise ConfigError(
            "{folder} is no example: there is no {file} in it",
            folder=str(example),
            file=FILE_NAME,
            nearest=suggestion(example.name, siblings),
            hint="did you mean {nearest}?",
        )
    text = _with_settings(source.read_text(encoding="utf-8"), wish.settings())
    if wish.files is not None:
        line = f"path = {quoted(files_path(wish))}"
        text = _PATH_LINE.sub(line.replace("\\", r"\\"), text)

    def fill(made: Path) -> None:
        shutil.copytree(example, made, dirs_exist_ok=True)
        (made / FILE_NAME).write_text(text, encoding="utf-8")

    return make(wish, fill)


def make(wish: Wish, fill: Callable[[Path], None]) -> Listing:
    """The workspace that `fill` writes into an empty folder, checked, then put in place; the files made."""
    with tempfile.TemporaryDirectory(prefix="crmbridge-init-") as scratch:
        made = Path(scratch) / "workspace"
        made.mkdir()
        fill(made)
        load(made, {})
        extra = [file.relative_to(made) for file in starters.add_missing(made, beside=wish.folder)]
        files = sorted(
            file for path in made.rglob("*") if path.is_file() and (file := path.relative_to(made)) not in extra
        )
        taken = [str(file) for file in files if (wish.folder / file).exists()]
        if taken:
            raise ConfigError(
                "{folder} has {files} already: nothing was written",
                folder=str(wish.folder),
                files=", ".join(taken),
                hint="name another folder, or take those away first",
            )
        with _told(wish.folder):
            for file in (*files, *extra):
                (wish.folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(made / file, wish.folder / file)
    return _made(wish.folder / file for file in (*files, *extra))


def add_policies(folder: Path) -> Listing:
    """The policies that a workspace has no file for yet, each as shipped; ConfigError where it is no workspace."""
    load(folder, {})
    with _told(folder):
        return _made(starters.add_missing(folder))


def _made(files: Iterable[Path]) -> Listing:
    rows = [{"file": str(file)} for file in files]
    return Listing("init/1", (Column("file", mark("file made")),), tuple(rows), empty=mark("every policy has its file"))


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError("{file} cannot be written: {reason}", file=str(folder), reason=reason) from error


def files_path(wish: Wish) -> str:
    """The folder of the files as it stands in the configuration: relative inside the workspace, else absolute."""
    files = (wish.files or wish.folder).expanduser()
    if not files.is_dir():
        raise ConfigError(
            "there is no folder {folder}", folder=str(files), hint="--files names the folder of the files"
        )
    whole, home = files.resolve(), wish.folder.resolve()
    return whole.relative_to(home).as_posix() if whole.is_relative_to(home) else whole.as_posix()


def quoted(text: str) -> str:
    """The text as a TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _with_settings(text: str, settings: dict[str, str]) -> str:
    for key, value in settings.items():
        line = re.compile(rf"^{key} = .*$", re.MULTILINE)
        head, found, tail = text.partition(match[0]) if (match := line.search(text)) else (text, "", "")
        text = f"{head}{key} = {quoted(value)}{tail}" if found else text
    return text

"""Runs a page: files are written, commands are run in one folder, one after the other, and their output is compared."""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.docs.pages import Block, blocks
from tests.docs.schemas import as_document, problems

from crmbridge.cli import app, render
from crmbridge.cli.command import Format
from crmbridge.report.listing import Listing

Replace = Mapping[str, str]
Captured = Callable[[], str]
DEMO = ("demo", "--keep", "demo")
"""The command that many pages begin with: it runs for the first of them, and the others get a copy of what it kept."""


class Runner:
    """One page in one empty folder. `replace` puts the real thing where the page has a placeholder.

    `kept` is where the demo of the first page that has one lies for the others.
    """

    def __init__(self, folder: Path, captured: Captured, kept: Path, *, replace: Replace | None = None) -> None:
        self.folder = folder
        self.captured = captured
        self.kept = kept
        self.replace = replace or {}

    def run(self, page: Path) -> int:
        """Runs every block of the page, a Chinese one on a Chinese machine; how many there were."""
        os.environ["LANG"] = "zh_CN.UTF-8" if page.stem.endswith(".zh-CN") else "en_US.UTF-8"
        here, places, modules = Path.cwd(), [*sys.path], {*sys.modules}
        os.chdir(self.folder)
        try:
            done = [self._block(block) for block in blocks(page)]
        finally:
            os.chdir(here)
            sys.path[:] = places
            for name in {*sys.modules} - modules:
                if str(getattr(sys.modules[name], "__file__", "")).startswith(("jsonl", str(self.folder))):
                    del sys.modules[name]
        return sum(done)

    def _block(self, block: Block) -> bool:
        if "file" in block.marks:
            return self._write(block)
        if "not-run" in block.marks:
            return False
        if block.language == "console":
            return self._console(block)
        if block.language == "python":
            exec(compile(self._real(block.body), str(block), "exec"), {"__name__": "page"})  # noqa: S102 - our own page
            return True
        assert block.language == "text", f"{block}: who checks this block?"
        return False

    def _write(self, block: Block) -> bool:
        file = Path(block.marks["file"])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self._real(block.body), encoding=block.marks.get("encoding", "utf-8"))
        return True

    def _console(self, block: Block) -> bool:
        parts = re.split(r"^\$ ", self._real(block.body), flags=re.MULTILINE)[1:]
        for number, part in enumerate(parts, start=1):
            line, _, expected = part.partition("\n")
            is_last = number == len(parts)
            wanted = int(block.marks.get("exit", 0)) if is_last else 0
            output, code = self._command(block, line)
            assert code == wanted, f"{block}: {line} ended with {code}, not {wanted}:\n{output}"
            if expected.strip():
                assert matches(expected, output), f"{block}: {line} printed\n{output}\nwhere the page has\n{expected}"
        return True

    def _command(self, block: Block, line: str) -> tuple[str, int]:
        words = shlex.split(line)
        if words[0] == "cd":
            os.chdir(words[1])
            return "", 0
        assert words[0] == "crmbridge", f"{block}: no test can run {line}"
        self.captured()
        if tuple(words[1:]) == DEMO:
            return self._demo()
        code = app.run(words[1:])
        return self.captured(), code

    def _demo(self) -> tuple[str, int]:
        said = self.kept / "said"
        if not said.exists():
            code = app.run(DEMO)
            output = self.captured()
            if code:
                return output, code
            shutil.copytree("demo", self.kept / "demo")
            said.write_text(output, encoding="utf-8")
        else:
            shutil.copytree(self.kept / "demo", "demo")
        return said.read_text(encoding="utf-8"), 0

    def _real(self, text: str) -> str:
        for placeholder, real in self.replace.items():
            text = text.replace(placeholder, real)
        return text


def matches(expected: str, output: str) -> bool:
    """Whether the output is what the page shows; `...` stands for anything, and runs of spaces are one."""
    pattern = ".*".join(re.escape(_plain(part)) for part in expected.split("..."))
    return re.fullmatch(r"\s*" + pattern + r"\s*", _plain(output), re.DOTALL) is not None


def _plain(text: str) -> str:
    return re.sub(r" *\n *", "\n", re.sub(r"[ -]{2,}", "  ", text)).strip("\n")


@pytest.fixture(scope="session")
def kept_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder for what the demo keeps."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def runner(
    tmp_path: Path, kept_demo: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Runner:
    """A runner in an empty folder, in English. Whatever is shown is what its schema says, however it is shown."""
    show = render.show

    def checked(listing: Listing, form: Format, language: str | None) -> None:
        found = problems(as_document(listing))
        assert not found, found
        show(listing, form, language)

    monkeypatch.setattr(render, "show", checked)
    for name in [name for name in os.environ if name.startswith("CRMBRIDGE")]:
        monkeypatch.delenv(name)
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")
    return Runner(tmp_path, lambda: "".join(capfd.readouterr()), kept_demo)

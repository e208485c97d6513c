import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Self

import pytest

from crmbridge.app.config import LogSection
from crmbridge.cli import app, language
from crmbridge.report.listing import Listing


@dataclass(frozen=True)
class Answer:
    """What a command line left behind."""

    code: int
    out: str
    err: str


Cli = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _english() -> None:
    """Whatever the test before spoke."""
    language.speak("en")


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs a command line in this process, in English unless told."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "CRMBRIDGE_DEBUG", "CRMBRIDGE_WORKSPACE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> Answer:
        code = app.run(arguments)
        captured = capfd.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


@dataclass
class Stage:
    """A Bridge that answers with what a test put there: the commands above it are what is tested."""

    answer: Listing | None = None
    failure: BaseException | None = None
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    workspace: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(config=SimpleNamespace(log=LogSection()))
    )

    def open(self, workspace: Path | None, **options: object) -> "Stage":
        self.calls.append(("open", (workspace,), options))
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.calls.append(("close", (), {}))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: object, **options: object) -> object:
            self.calls.append((name, arguments, options))
            if self.failure is not None:
                raise self.failure
            return self.answer

        return call


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The Bridge of this test."""
    module = ModuleType("crmbridge.app.bridge")
    made = Stage()
    module.Bridge = made  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "crmbridge.app.bridge", module)
    return made

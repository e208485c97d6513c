"""The command line in this process, and what it left behind."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from crmbridge.cli import app


class Answer(NamedTuple):
    """What a command line left behind."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(json.loads(self.out)["rows"])

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return list(json.loads(self.out)["warnings"])

    @property
    def trouble(self) -> list[object]:
        """What did not go as it should."""
        if not self.out.startswith("{"):
            return [self.text]
        rows = [row for row in self.rows if row["result"] != "done" or row["quarantined"]]
        return [*rows, *(one["message"] for one in self.warnings if one["code"] != "read.way")]

    @property
    def text(self) -> str:
        return self.out + self.err


Runner = Callable[..., Answer]


def runner(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs a command line in this process, in English unless told."""
    for name in [name for name in os.environ if name.startswith(("CRMBRIDGE", "LC_")) or name in {"LANG", "COLUMNS"}]:
        monkeypatch.delenv(name)

    def run(*words: str, environ: Mapping[str, str] | None = None) -> Answer:
        for name, value in (environ or {}).items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        code = app.run(words)
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err, captured.err
        return Answer(code, captured.out, captured.err)

    return run


def both_languages(run: Runner, *words: str) -> tuple[str, str]:
    """The same command in English and in Chinese: the message that a person reads."""
    english = run(*words, "--lang", "en")
    chinese = run(*words, "--lang", "zh")
    assert english.code == chinese.code
    assert english.text != chinese.text
    assert any("\u4e00" <= one <= "\u9fff" for one in _messages(chinese)), chinese.text[-2000:]
    return english.text, chinese.text


def _messages(answer: Answer) -> str:
    """What it says beside names and values."""
    return answer.err + "".join(line for line in answer.out.splitlines() if ":" in line or "：" in line)

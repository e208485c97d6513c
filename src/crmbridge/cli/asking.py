"""Asks a person on a terminal; without one, answers come from the environment, or it is said how to give them."""

import getpass
import os
import re
import sys
from collections.abc import Mapping

from crmbridge.app.redirect import PORT, LoopbackRedirect
from crmbridge.cli import language
from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark

PREFIX = "CRMBRIDGE_CONNECT_"
"""Before the key of a question: the variable that answers it."""


def agreed(question: str, *, tty: bool | None = None, **context: object) -> bool:
    """Whether a person says yes; ConfigError where there is nobody to ask. `question` is a template."""
    if not ((sys.stdin.isatty() and sys.stderr.isatty()) if tty is None else tty):
        text = language.texts().message(question, context)
        raise ConfigError("there is no terminal to ask on: {question}", question=text, hint="--yes does it without")
    print(language.texts().message(question, context), end=" ", file=sys.stderr, flush=True)  # noqa: T201 - the talk of the CLI
    return sys.stdin.readline().strip().casefold() in {"y", "yes", "是"}


class Terminal:
    """The voice of `crmbridge connect`. What a person types as a secret is not shown, and never an argument."""

    def __init__(
        self, *, environ: Mapping[str, str] = os.environ, tty: bool | None = None, port: int | None = None
    ) -> None:
        self._environ = environ
        self._tty = (sys.stdin.isatty() and sys.stderr.isatty()) if tty is None else tty
        self._port = PORT if port is None else port

    def ask(self, key: str, english: str, chinese: str, secret: bool) -> str:  # noqa: FBT001 - as connectors ask
        """The answer, without spaces around it; ConfigError where there is none and nobody to ask."""
        variable, given = self._given(key)
        if given:
            return given
        question = chinese if language.texts().language == "zh" else english
        if not self._tty:
            raise ConfigError(
                "there is no terminal to ask on: {question}",
                question=question,
                variable=variable,
                hint="give the answer in the variable {variable}",
            )
        return self._asked(question, secret=secret)

    def choose(self, key: str, english: str, chinese: str, usual: str) -> str:
        """The answer; the usual one where a person gives none, or where there is nobody to ask."""
        _, given = self._given(key)
        if given or not self._tty:
            return given or usual
        question = chinese if language.texts().language == "zh" else english
        print(f"{question} [{usual}]", end=": ", file=sys.stderr, flush=True)  # noqa: T201 - the talk of the CLI
        answer = sys.stdin.readline()
        if not answer:
            raise KeyboardInterrupt
        return answer.strip() or usual

    def _given(self, key: str) -> tuple[str, str]:
        """The variable that answers a question, and what it says."""
        variable = PREFIX + re.sub(r"[^A-Z0-9]", "_", key.upper())
        return variable, self._environ.get(variable, "").strip()

    def _asked(self, question: str, *, secret: bool) -> str:
        while True:
            print(question, end=": ", file=sys.stderr, flush=True)  # noqa: T201 - the talk of the CLI
            answer = getpass.getpass("", stream=sys.stderr) if secret else sys.stdin.readline()
            if not secret and not answer:
                raise KeyboardInterrupt
            if answer.strip():
                return answer.strip()

    def open_url(self, url: str) -> None:
        """Shows the address, and opens a browser where somebody sits at the terminal."""
        self.say(Note("OPEN_URL", mark("open this address in a browser: {url}"), {"url": url}))
        if self._tty:
            import webbrowser  # noqa: PLC0415 - only where a person logs in

            webbrowser.open(url)

    def say(self, note: Note) -> None:
        """Tells something, on standard error."""
        print(language.texts().message(note.template, note.params), file=sys.stderr)  # noqa: T201 - the talk of the CLI

    def listen(self) -> LoopbackRedirect:
        """The listener for the answer of a login by browser."""
        texts = language.texts()
        done = texts.text(mark("You are logged in: close this window and go back to the terminal."))
        refused = texts.text(mark("This is not the answer that crmbridge waits for."))
        return LoopbackRedirect(port=self._port, texts=(texts.language, done, refused))

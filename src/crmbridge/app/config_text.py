"""Adds a connection to a `crmbridge.toml` that a person wrote: a table at its end, and not a byte before it changed."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from crmbridge.app import toml_text
from crmbridge.app.config import FILE_NAME, WorkspaceConfig
from crmbridge.model import documents
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.model.notes import Note


def with_connection(text: str, name: str, values: Mapping[str, object], remarks: Mapping[str, Note]) -> str:
    """The text with the connection's table after it; ConfigError where that would be no configuration any more."""
    at = ("connections", name)
    lines = [*toml_text.table(at, values, {(*at, key): [note] for key, note in remarks.items()})]
    head = text if not text or text.endswith("\n") else text + "\n"
    end = "\r\n" if "\r\n" in text else "\n"
    made = head + "".join(line + end for line in lines)
    try:
        documents.validate(documents.parse(made.removeprefix("\ufeff"), FILE_NAME), WorkspaceConfig)
    except ConfigError as error:
        raise ConfigError(
            "{file} cannot be extended by [connections.{name}]: {reason}",
            file=FILE_NAME,
            name=name,
            reason=str(error),
            hint="its connections must be tables of their own: [connections.NAME]",
        ) from error
    return made


def read(folder: Path) -> str:
    """The configuration's text, its line ends and its mark as they are."""
    with (folder / FILE_NAME).open(encoding="utf-8", newline="") as opened:
        return opened.read()


def write(folder: Path, text: str) -> None:
    """The configuration is this text from now on: the old file whole, or the new one. StoreError where it cannot be."""
    file = (folder / FILE_NAME).resolve()
    try:
        handle, unfinished = tempfile.mkstemp(prefix=f".{FILE_NAME}.", dir=file.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
                opened.write(text)
                opened.flush()
                os.fsync(opened.fileno())
            Path(unfinished).chmod(file.stat().st_mode & 0o777)
            Path(unfinished).replace(file)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError("{file} cannot be written: {reason}", file=FILE_NAME, reason=reason) from error

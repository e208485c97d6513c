"""Writes TOML that people go on editing: tables, values, and the remark that belongs to each of them as a comment."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from crmbridge.model.notes import Note

Path = tuple[str, ...]
Remarks = Mapping[Path, Sequence[Note]]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def table(at: Path, values: Mapping[str, object], remarks: Remarks) -> Iterator[str]:
    """The lines of a table and of those inside it, each after a blank one; `remarks` are by the path from the top.

    Remarks stand above what they are about, so that no line grows long. Those of a table that holds only tables, and
    so has no line of its own, are not written.
    """
    plain = {name: value for name, value in values.items() if not isinstance(value, Mapping)}
    if plain or not values:
        yield ""
        yield from (f"# {comment(note)}" for note in remarks.get(at, ()))
        yield f"[{'.'.join(map(key, at))}]"
    for name, value in plain.items():
        yield from (f"# {comment(note)}" for note in remarks.get((*at, name), ()))
        yield f"{key(name)} = {literal(value)}"
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from table((*at, name), value, remarks)


def key(name: str) -> str:
    """A key, in quotes where it needs them. Names in Chinese stay readable."""
    return name if _BARE.fullmatch(name) else text(name)


def literal(value: object) -> str:
    """A text, a number, yes or no, or a list of them, as TOML has it; TypeError for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    raise TypeError(type(value).__name__)


def text(value: str) -> str:
    """A text in quotes: control characters, quotes and backslashes escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def comment(note: Note | str) -> str:
    """A remark on one line: what is no printable character (of a file's name, of a column) is shown as `?`."""
    return "".join(char if char.isprintable() else "?" for char in str(note))

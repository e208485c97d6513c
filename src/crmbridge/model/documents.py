"""TOML documents that people edit: parsed, validated, and every problem named with file, line and nearest choice.

Everything wrong is said at once, so that one edit mends it all. `tomllib` gives no line numbers; a look into the text
finds them.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from crmbridge.model.errors import ConfigError, ConfigErrors, suggestion

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]

_TABLE = re.compile(r"^\s*\[\[?\s*(.+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


@dataclass(frozen=True, slots=True)
class TomlText:
    """A parsed TOML document that still knows where each key stands. `file` is the name shown to people."""

    file: str
    text: str
    data: Mapping[str, Any]

    def line(self, path: Sequence[str | int]) -> int:
        """The line of the key at that path, or the first that shares most of the path with it; 1 if none does."""
        best, depth = 1, 0
        for number, written in _written_paths(self.text):
            common = _common(written, path)
            if common > depth:
                best, depth = number, common
        return best


def parse(text: str, file: str) -> TomlText:
    """The document; ConfigError with line and column where it is no TOML."""
    try:
        return TomlText(file, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("{file} is not valid TOML: {reason}", file=file, reason=str(error)) from error


def validate(document: TomlText, model: type[Model], *, data: object = None, at: Path = ()) -> Model:
    """The document (or the part `data` at path `at`) as a model; ConfigErrors naming every problem otherwise."""
    try:
        return model.model_validate(document.data if data is None else data)
    except ValidationError as error:
        raise ConfigErrors(problem(document, model, details, at) for details in error.errors()) from error


def problem(document: TomlText, model: type[BaseModel], details: Any, at: Path = ()) -> ConfigError:  # noqa: ANN401
    """One pydantic error as a message for the person who edits the file."""
    where: Path = (*at, *details["loc"])
    place: dict[str, Any] = {
        "file": document.file,
        "line": document.line(where),
        "key": ".".join(str(part) for part in where),
    }
    if details["type"] == "extra_forbidden":
        known = list(_known_keys(model, details["loc"][:-1]))
        near = suggestion(str(details["loc"][-1]), known)
        return ConfigError("{file}:{line}: unknown key {key}", **place, nearest=near, hint="did you mean {nearest}?")
    if details["type"] == "missing":
        return ConfigError("{file}:{line}: {key} is missing", **place)
    if details["type"] in {"literal_error", "enum"}:
        allowed = re.findall(r"'([^']*)'", details["ctx"]["expected"])
        return ConfigError(
            "{file}:{line}: {key} cannot be {value}",
            **place,
            value=repr(details["input"]),
            nearest=suggestion(str(details["input"]), allowed),
            hint="did you mean {nearest}?",
        )
    return ConfigError("{file}:{line}: {key}: {reason}", **place, reason=details["msg"].removeprefix("Value error, "))


def refused(document: TomlText, reason: str, path: Path) -> ConfigError:
    """What is wrong with a value, for a reason that no type shows; with its line and key."""
    return ConfigError("{file}:{line}: {key}: {reason}", **_place(document, path), reason=reason)


def unknown(document: TomlText, path: Path, value: str, known: Iterable[str]) -> ConfigError:
    """A value that names nothing that is there, with the nearest that is."""
    return ConfigError(
        "{file}:{line}: {key} cannot be {value}",
        **_place(document, path),
        value=repr(value),
        nearest=suggestion(value, known),
        hint="did you mean {nearest}?",
    )


def _place(document: TomlText, path: Path) -> dict[str, Any]:
    return {"file": document.file, "line": document.line(path), "key": ".".join(str(part) for part in path)}


def _known_keys(model: type[BaseModel], path: Sequence[str | int]) -> Iterator[str]:
    """The keys that a model takes at a path inside it."""
    here = model
    for part in path:
        by_key = {info.alias or name: info for name, info in here.model_fields.items()}
        if part in by_key:
            here = _model_in(by_key[str(part)].annotation) or here
    for name, info in here.model_fields.items():
        yield info.alias or name


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - an annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((part for part in found if part is not None), None)


def _written_paths(text: str) -> Iterator[tuple[int, Path]]:
    """Each table header and key of the text with its line and full path; array tables count their entries."""
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.match(line):
            table = _parts(header[1])
            if line.lstrip().startswith("[["):
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield number, table
        elif key := _KEY.match(line):
            yield number, (*table, *_parts(key[1]))


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _common(written: Path, wanted: Sequence[str | int]) -> int:
    """How many names of `wanted` a written path matches, indexes compared where both have them."""
    names = [p for p in wanted if isinstance(p, str)]
    index = next((p for p in wanted if isinstance(p, int)), None)
    own = next((p for p in written if isinstance(p, int)), None)
    if index is not None and own is not None and index != own:
        return 0
    matched = 0
    for mine, theirs in zip((p for p in written if isinstance(p, str)), names, strict=False):
        if mine != theirs:
            break
        matched += 1
    return matched


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """A company's own document over the shipped one: a table adds to it key by key, anything else takes its place."""
    made = dict(below)
    for key, value in above.items():
        under = made.get(key)
        made[key] = overlaid(under, value) if isinstance(value, Mapping) and isinstance(under, Mapping) else value
    return made

"""Mapping documents: TOML that says what a source's fields mean, one for each connection.

A document overlays the default that the adapter ships. Every value knows the file and line it comes from, so that a
message, `mapping explain` and a person's editor speak of the same place.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from crmbridge.mapping.rules import MappingBody
from crmbridge.model import documents
from crmbridge.model.errors import ConfigError, ConfigErrors, suggestion

Layer = Literal["own", "default"]
_RULE_TABLES = frozenset({"fields", "stage_dates", "custom"})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value stands: in the connection's own mapping or in the adapter's default, with file and line."""

    layer: Layer
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class MappingDocument:
    """A validated mapping that still knows where each of its values stands. `layers` come strongest first."""

    body: MappingBody
    layers: tuple[tuple[Layer, documents.TomlText], ...]

    def origin(self, *path: str | int) -> Origin:
        """Where the value at that path was written, or the table that lacks it; the strongest layer wins."""
        for depth in range(len(path), 0, -1):
            for layer, text in self.layers:
                if _holds(text.data, path[:depth]):
                    return Origin(layer, text.file, text.line(path[:depth]))
        layer, text = self.layers[0]
        return Origin(layer, text.file, 1)

    def problem(self, template: str, *path: str | int, hint: str | None = None, **context: object) -> ConfigError:
        """A ConfigError about the value at that path; `{file}`, `{line}` and `{key}` lead the template."""
        place = self.origin(*path)
        key = ".".join(str(part) for part in path)
        return ConfigError(
            "{file}:{line}: {key}: " + template, hint=hint, file=place.file, line=place.line, key=key, **context
        )

    def canonical(self) -> str:
        """The content as JSON text: equal for documents that differ in key order, spacing or comments only."""
        content = self.body.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def load(source: Path | str, *, file: str | None = None) -> MappingDocument:
    """The mapping in a file (Path) or in a text (str); `file` is the name shown in messages.

    ConfigErrors names every problem with file, line and nearest choice; ConfigError where it is no TOML at all, no
    UTF-8 text or not there.
    """
    text = documents.parse(_text(source, file), file or (str(source) if isinstance(source, Path) else "mapping"))
    return MappingDocument(documents.validate(text, MappingBody), (("own", text),))


def overlay(default: MappingDocument | None, own: MappingDocument) -> MappingDocument:
    """The adapter's default mapping with the connection's own on top; each value keeps its origin.

    Tables are merged key by key and lists replaced whole. A field rule that says where its value comes from stands for
    itself; one that does not only changes the keys it names; `false` drops the default's rule, and the default's
    identity key with it. An object that is `like` another lies over that one's rules. ConfigError where there is none.
    """
    text = own.layers[0][1]
    below = {} if default is None else default.layers[0][1].data
    likened = _likened(below, own)
    if default is None and not likened:
        return own
    merged = _merge({**below, "objects": {**below.get("objects", {}), **likened}}, text.data)
    _drop_keys(merged, text.data)
    body = documents.validate(text, MappingBody, data=merged)
    under: tuple[tuple[Layer, documents.TomlText], ...] = (
        () if default is None else (("default", default.layers[0][1]),)
    )
    return MappingDocument(body, (("own", text), *under))


def _likened(below: Mapping[str, Any], own: MappingDocument) -> dict[str, Any]:
    """For each object that is like another the rules of that one: the default's, with what is changed of them."""
    objects, told = below.get("objects", {}), own.layers[0][1].data.get("objects", {})
    found: dict[str, Any] = {}
    for name, one in own.body.objects.items():
        if one.like is None:
            continue
        model = _merge({one.like: objects.get(one.like, {})}, {one.like: told.get(one.like, {})})[one.like]
        if not model or "like" in model:
            known = sorted(other for other in {*objects, *told} if "like" not in told.get(other, {}))
            near = suggestion(one.like, known)
            text = "there is no object {value} to be like"
            raise own.problem(
                text, "objects", name, "like", value=one.like, nearest=near, hint="did you mean {nearest}?"
            )
        found[name] = model
    return found


def alone(default: MappingDocument) -> MappingDocument:
    """The adapter's default mapping where the connection has none of its own: all of it is the default's."""
    return replace(default, layers=(("default", default.layers[0][1]),))


def raise_all(problems: Iterable[ConfigError]) -> None:
    """Raises ConfigErrors where there is any problem."""
    found = tuple(problems)
    if found:
        raise ConfigErrors(found)


def _text(source: Path | str, file: str | None) -> str:
    if isinstance(source, str):
        return source
    try:
        return source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("{file} cannot be read: {reason}", file=file or str(source), reason=str(error)) from error


_CHOICES = frozenset({"pipeline", "category"})
"""Tables of an object that are rules as well: one that says where its value comes from stands for itself."""


def _merge(below: Mapping[str, Any], above: Mapping[str, Any], *, rules: bool = False) -> dict[str, Any]:
    """One table over another. In a table of rules each value is a rule; everywhere else tables merge."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if not (isinstance(old, Mapping | str) and isinstance(value, Mapping)):
            merged[key] = value
        elif rules:
            merged[key] = value if _is_whole(value) else _changed(_long_form(old), value)
        elif isinstance(old, Mapping) and not (key in _CHOICES and _is_whole(value)):
            merged[key] = _merge(old, value, rules=key in _RULE_TABLES)
        else:
            merged[key] = value
    return merged


def _changed(rule: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """A rule with other keys; what it writes goes with its values, and other values have their own."""
    dropped = {"write"} if "values" in told else set()
    return {key: value for key, value in rule.items() if key not in dropped} | dict(told)


def _drop_keys(merged: dict[str, Any], above: Mapping[str, Any]) -> None:
    """The default's identity keys stand only on fields that are still mapped; those that are named above all stand."""
    objects, own = merged.get("objects"), above.get("objects")
    if not (isinstance(objects, dict) and isinstance(own, Mapping)):
        return
    for name, table in own.items():
        found = objects.get(name)
        if isinstance(found, dict) and isinstance(table, Mapping) and "keys" not in table and "keys" in found:
            fields = found.get("fields", {})
            objects[name] = {**found, "keys": [key for key in found["keys"] if fields.get(key, True) is not False]}


def _is_whole(rule: Mapping[str, Any]) -> bool:
    return "from" in rule or "value" in rule


def _long_form(rule: Mapping[str, Any] | str) -> dict[str, Any]:
    return {"from": rule} if isinstance(rule, str) else dict(rule)


def _holds(data: Any, path: Iterable[str | int]) -> bool:  # noqa: ANN401 - whatever stands in the file
    for part in path:
        found = isinstance(data, Mapping) and part in data
        if not found and not (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            return False
        data = data[part]
    return True

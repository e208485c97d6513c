"""Stored values as the JSON text of one field, a function per kind of value."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from json.encoder import encode_basestring  # the C escaper of json.dumps
from typing import Any

from crmbridge_sim.zoho import times
from crmbridge_sim.zoho.schema import Module

Convert = Callable[[Any], str]


def text_json(value: Any) -> str:  # noqa: ANN401  # a stored value
    """A text as JSON, unknown as null."""
    return "null" if value is None else str(encode_basestring(str(value)))


def number_json(value: Any) -> str:  # noqa: ANN401  # a stored value
    """A number as JSON: 185000 stays without a fraction, as Zoho writes it."""
    return "null" if value is None else repr(value)


def bool_json(value: Any) -> str:  # noqa: ANN401  # a stored value
    """A flag as JSON: unknown is false, never null (dossier 4.1: DOC7)."""
    return "true" if value else "false"


def id_json(value: Any) -> str:  # noqa: ANN401  # a stored value
    """An id or a bigint: text of digits (dossier 2.1, 4.1)."""
    return f'"{value}"' if value is not None else "null"


def raw_json(value: Any) -> str:  # noqa: ANN401  # a stored value
    """A value that is kept as JSON, unknown as null."""
    return value or "null"


def list_json(value: Any) -> str:  # noqa: ANN401  # a stored value
    """A list that is kept as JSON, unknown as an empty one."""
    return value or "[]"


def as_is(value: Any) -> str:  # noqa: ANN401  # a value of SQLite
    """For columns whose SQL makes JSON text already; a projection does not even call it."""
    return str(value)


class Memo(dict[Any, str]):
    """A converter that remembers: pages repeat people, stages and instants. ``memo.__getitem__`` is the converter."""

    def __init__(self, make: Convert) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, value: Any) -> str:  # noqa: ANN401  # a stored value
        if len(self) > 200_000:  # noqa: PLR2004  # a bound on memory, no meaning
            self.clear()
        text = self[value] = self._make(value)
        return text


@lru_cache(maxsize=64)
def instant_json(zone: str) -> Convert:
    """Instants in a zone; the same texts are made once."""
    return Memo(lambda seconds: "null" if seconds is None else f'"{times.instant_text(seconds, zone)}"').__getitem__


def pick_json(shown: dict[str, str]) -> Convert:
    """Values of a picklist; `shown` has those whose display text differs."""
    return Memo(lambda value: text_json(shown.get(value, value))).__getitem__


def picks_json(shown: dict[str, str]) -> Convert:
    """The chosen values as they are shown; none at all is an empty list."""

    def write(value: str | None) -> str:
        chosen = [shown.get(one, one) for one in json.loads(value or "[]")]
        return json.dumps(chosen, ensure_ascii=False, separators=(",", ":"))

    return Memo(write).__getitem__


def layout_json(module: Module) -> Convert:
    """`{"name","id"}` of a layout; a record without one has the first."""
    texts = {
        layout.id: json.dumps({"name": layout.name, "id": str(layout.id)}, separators=(",", ":"))
        for layout in module.layouts
    }
    default = next(iter(texts.values()), "null")
    return lambda value: texts.get(value, default)

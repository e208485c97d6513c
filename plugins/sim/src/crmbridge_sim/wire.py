"""A request and a response as values, so that a simulator is a pure function and needs no socket."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

JSON_TYPE = "application/json;charset=utf-8"


class Headers(Mapping[str, str]):
    """Headers keep their spelling and are found by any case."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        pairs = items.items() if isinstance(items, Mapping) else items
        self._items = {name.lower(): (name, value) for name, value in pairs}

    def __getitem__(self, name: str) -> str:
        return self._items[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._items

    def __repr__(self) -> str:
        return f"Headers({dict(self._items.values())})"


@dataclass(frozen=True)
class Request:
    """What a client sent; ``query`` keeps order and repetitions, both sides decoded."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    host: str = ""

    @classmethod
    def of(
        cls,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        json_body: object = None,
    ) -> Request:
        """Builds a request from a url as a client would write it."""
        parts = urlsplit(url)
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        if json_body is not None:
            body = json.dumps(json_body).encode()
            pairs.append(("Content-Type", "application/json"))
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        return cls(method.upper(), parts.path or "/", query, Headers(pairs), body, parts.netloc)

    @cached_property
    def params(self) -> dict[str, str]:
        """The query as a mapping; of a repeated name the last one counts."""
        return dict(self.query)

    @cached_property
    def form(self) -> dict[str, str]:
        """The body of a form post as a mapping."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass
class Response:
    """What the simulator answers; ``dropped`` means the work is done and the answer is lost on the way."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    dropped: bool = False

    @classmethod
    def of_json(cls, content: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """A JSON body in UTF-8 as the vendors send it."""
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return cls.of_text(text, status=status, headers=headers)

    @classmethod
    def of_text(cls, text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """A body that is JSON text already."""
        return cls(status, {"Content-Type": JSON_TYPE, **(headers or {})}, text.encode())

    def json(self) -> Any:  # noqa: ANN401  # JSON is any shape; tests look inside
        """The body read as JSON; an empty one raises as a client's would."""
        return json.loads(self.body)

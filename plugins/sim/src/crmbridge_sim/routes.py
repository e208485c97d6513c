"""Patterns of addresses, ``METHOD /path/{name}``, and what answers them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Generic, TypeVar

Handler = TypeVar("Handler")


class Routes(Generic[Handler]):
    """Patterns of one table, those without names first."""

    def __init__(self, table: Mapping[str, Handler]) -> None:
        self._rows: list[tuple[str, str, re.Pattern[str], Handler]] = []
        for name, handler in sorted(table.items(), key=lambda row: row[0].count("{")):
            method, _, path = name.partition(" ")
            pattern = "".join(
                f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part)
                for part in re.split(r"(\{\w+\})", path)
            )
            self._rows.append((method, path, re.compile(pattern), handler))

    def find(self, method: str, path: str) -> tuple[str, dict[str, str], Handler] | bool:
        """The route of a call; False when nobody knows the path, True when only its method is unknown."""
        known = False
        for of, route, pattern, handler in self._rows:
            if found := pattern.fullmatch(path):
                if of == method:
                    return route, found.groupdict(), handler
                known = True
        return known

"""Routes: method, path pattern, handler, price, weight and scope; the most literal pattern wins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho.context import Ctx

Handler = Callable[..., Response]
Cost = int | Callable[[Ctx, Request], int]
Heavy = bool | Callable[[Ctx, Request], bool]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. ``pattern`` has parts in braces; they are given to the handler by name.

    ``scope`` is ``group[.item].OP`` without ``ZohoCRM.``; ``modules.OP`` is also met by the scope of the one module
    in the path. Several needed scopes are joined by ``+``.
    """

    method: str
    pattern: str
    handler: Handler
    cost: Cost = 1
    heavy: Heavy = False
    scope: str = "modules.READ"


@dataclass(frozen=True, slots=True)
class Match:
    """The route of a request with the parts of its path."""

    route: Route
    parts: dict[str, str]


class Router:
    """Finds routes; a literal segment beats a part in braces, from left to right."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_length: dict[int, list[tuple[list[str], Route]]] = {}
        for route in routes:
            segments = route.pattern.strip("/").split("/")
            self._by_length.setdefault(len(segments), []).append((segments, route))
        for group in self._by_length.values():
            group.sort(key=lambda item: [segment.startswith("{") for segment in item[0]])

    def find(self, method: str, path: str) -> tuple[Match | None, bool]:
        """The match, and whether the path exists at all with another method."""
        segments = path.strip("/").split("/")
        known = False
        for pattern, route in self._by_length.get(len(segments), ()):
            parts = _fit(pattern, segments)
            if parts is None:
                continue
            if route.method == method:
                return Match(route, parts), True
            known = True
        return None, known


def _fit(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    parts = {}
    for wanted, given in zip(pattern, segments, strict=True):
        if wanted[0] == "{":
            parts[wanted[1:-1]] = given
        elif wanted != given:
            return None
    return parts

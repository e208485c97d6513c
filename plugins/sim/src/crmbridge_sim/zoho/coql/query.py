"""A COQL query as a tree."""

from dataclasses import dataclass

from crmbridge_sim.zoho.predicate import Predicate

FUNCTIONS = ("count", "sum", "avg", "min", "max")


@dataclass(frozen=True, slots=True)
class Column:
    """One selected column: a path over lookups, perhaps inside an aggregate function, perhaps renamed."""

    path: str
    function: str | None = None
    alias: str | None = None

    @property
    def name(self) -> str:
        """The key of this column in the answer; an aggregate without alias keeps its text (UNCERTAIN)."""
        if self.alias is not None:
            return self.alias
        return f"{self.function.upper()}({self.path})" if self.function else self.path


@dataclass(frozen=True, slots=True)
class Order:
    """One key of the order: a path or an alias."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; `limit` and `offset` have their defaults filled in."""

    columns: tuple[Column, ...]
    source: str
    where: Predicate
    group: tuple[str, ...]
    order: tuple[Order, ...]
    limit: int
    offset: int

    @property
    def credits(self) -> int:
        """1, 2 or 3 credits by LIMIT 200, 1,000 or 2,000 (DOC4 overview; dossier 5.1)."""
        return 1 if self.limit <= 200 else 2 if self.limit <= 1000 else 3  # noqa: PLR2004 -- the documented steps

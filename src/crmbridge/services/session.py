"""A cursor over the facts for a service that needs no state of deals: named queries and the parameters they take."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crmbridge.facts.store import Facts
from crmbridge.services.world import naive, text

_COMMENT = re.compile(r"--[^\n]*")
_PARAMETER = re.compile(r"\$([a-z][a-z0-9_]*)")


class Session:
    """Temporary tables made here belong to this session alone."""

    def __init__(self, facts: Facts, *, cut: datetime) -> None:
        self.facts = facts
        self._cursor = facts.connection.cursor()
        self._cursor.execute("SET TimeZone = 'UTC'")
        self.parameters: dict[str, object] = {"cut": naive(cut), "zone": str(facts.zone), "currency": facts.currency}

    def tuples(self, name: str, fragments: Mapping[str, str] | None = None, **more: object) -> list[tuple[Any, ...]]:
        """The rows of the named query, with those of the parameters that it names."""
        sql = text(name).format_map(fragments) if fragments else text(name)
        known = self.parameters | more
        wanted = set(_PARAMETER.findall(_COMMENT.sub("", sql)))
        return self._cursor.execute(sql, {parameter: known[parameter] for parameter in wanted}).fetchall()

    def sql(self, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a statement composed by a service out of its own registry."""
        return self._cursor.execute(statement, parameters).fetchall()

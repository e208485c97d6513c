"""Outcomes of a call with many items: one per item, and the HTTP status of them all (dossier 2.4: OAS26)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crmbridge_sim.wire import Response
from crmbridge_sim.zoho.errors import RecordError

Item = dict[str, Any]


def success(details: Mapping[str, object], message: str) -> Item:
    """The outcome of an item that went well."""
    return {"code": "SUCCESS", "details": dict(details), "message": message, "status": "success"}


class Outcomes:
    """Collects outcomes in the order of the items; ``good`` is the status when all went well."""

    def __init__(self, *, good: int = 200) -> None:
        self.items: list[Item] = []
        self._good = good
        self._statuses: list[int] = []

    def add(self, work: Callable[[], Item]) -> None:
        """Does the work of one item; a RecordError is its outcome, the others go on."""
        try:
            self.items.append(work())
            self._statuses.append(self._good)
        except RecordError as error:
            self.refuse(error)

    def refuse(self, error: RecordError) -> None:
        """Adds the outcome of something that cannot be done."""
        self.items.append(error.item)
        self._statuses.append(error.status)

    @property
    def status(self) -> int:
        """All well, some well (207), all wrong alike, or all wrong (400)."""
        told = set(self._statuses)
        if told <= {self._good}:
            return self._good
        if self._good in told:
            return 207
        return told.pop() if len(told) == 1 else 400

    def response(self, key: str = "data", **beside: object) -> Response:
        """The envelope: the outcomes under ``key``, ``beside`` them what else a call tells."""
        return Response.of_json({key: self.items, **beside}, status=self.status)

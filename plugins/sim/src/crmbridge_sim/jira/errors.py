"""Refusals as Jira words them (dossier A6): ``errorMessages`` for the whole call, ``errors`` for single fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmbridge_sim.wire import Response

NOT_ADF = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
NO_ISSUE = "Issue does not exist or you do not have permission to see it."
UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
REMOVED = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
NOT_ON_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of {:,} characters."


class Refusal(Exception):
    """A call that is not done; ``raw`` is a body of another shape than Jira's own."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        raw: object = None,
    ) -> None:
        super().__init__("; ".join([*messages, *(errors or {}).values()]) or f"HTTP {status}")
        self.status, self.messages, self.errors = status, messages, dict(errors or {})
        self.headers, self.raw = dict(headers or {}), raw

    def body(self) -> object:
        """The body of the answer."""
        return self.raw if self.raw is not None else {"errorMessages": list(self.messages), "errors": self.errors}

    def response(self) -> Response:
        """The answer."""
        return Response.of_json(self.body(), status=self.status, headers=self.headers)


def no_issue() -> Refusal:
    """An absent issue and an invisible one look alike (dossier A6: OBS)."""
    return Refusal(404, NO_ISSUE)


def bad_fields(errors: Mapping[str, str]) -> Refusal:
    """One bad field fails the whole call (dossier A2)."""
    return Refusal(400, errors=errors)


def bad_request(text: str) -> Refusal:
    """What makes no sense."""
    return Refusal(400, text)


def not_found(what: str) -> Refusal:
    """Something else than an issue that nobody has."""
    return Refusal(404, f"{what} does not exist or you do not have permission to see it.")


def problem(path: str) -> Response:
    """An unknown path answers ``application/problem+json`` (dossier A6)."""
    body = {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": f"No endpoint {path}",
        "instance": path,
    }
    answer = Response.of_json(body, status=404)
    answer.headers["Content-Type"] = "application/problem+json"
    return answer


def joined(refusals: Sequence[Refusal]) -> dict[str, str]:
    """The field errors of several refusals as one mapping."""
    return {name: text for refused in refusals for name, text in refused.errors.items()}

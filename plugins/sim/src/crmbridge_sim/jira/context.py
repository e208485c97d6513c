"""What a handler knows of its call: who asks, in which version, with what body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crmbridge_sim.faults import Fault
from crmbridge_sim.jira import times
from crmbridge_sim.jira.errors import Refusal, bad_request, no_issue, not_found
from crmbridge_sim.jira.model import Issue, Project, User
from crmbridge_sim.wire import Request

if TYPE_CHECKING:
    from crmbridge_sim.jira.simulator import JiraSimulator

MANY = 10_000


def part_of(sent: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object inside another; a missing one is empty."""
    found = sent.get(name) or {}
    if not isinstance(found, dict):
        raise bad_request(f"'{name}' is not an object.")
    return found


@dataclass
class Ctx:
    """One call. ``user`` is None for an anonymous caller, ``app`` the OAuth client that acts, if one does."""

    sim: JiraSimulator
    request: Request
    version: int
    user: User | None
    app: str
    base: str
    body: Any = None
    args: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    objects_read: int = 0
    lag_switch: str = "index_lag_s"

    @property
    def now(self) -> int:
        """The present in milliseconds."""
        return self.sim.now_ms()

    @property
    def seen_at(self) -> int:
        """When search will see what is written now."""
        return self.now + self.sim.switches.number(self.lag_switch) * 1000

    @property
    def zone(self) -> ZoneInfo:
        """The caller's profile zone."""
        return self.user.zone if self.user else ZoneInfo("UTC")

    @property
    def documents(self) -> bool:
        """Whether texts go over the wire as documents: v3 of Cloud alone."""
        return self.version >= 3 and self.sim.cloud  # noqa: PLR2004  # the version's own number

    @property
    def me(self) -> User:
        """The caller; an anonymous one is refused (which status is UNCERTAIN)."""
        if self.user is None:
            status = int(self.sim.switches.text("anonymous_write"))
            raise no_issue() if status == 404 else Refusal(status, "You are not authenticated.")  # noqa: PLR2004  # HTTP
        return self.user

    def url(self, path: str) -> str:
        """The address of a thing, as ``self`` tells it."""
        return f"{self.base}/rest/api/{self.version}/{path}"

    def time(self, ms: int) -> str:
        """An instant with the caller's offset."""
        return times.written(ms, self.zone)

    @property
    def sent(self) -> dict[str, Any]:
        """The body as an object."""
        if not isinstance(self.body, dict):
            raise bad_request("Invalid request payload. Refer to the REST API documentation and try again.")
        return self.body

    def part(self, name: str) -> dict[str, Any]:
        """An object inside the body; a missing one is empty."""
        return part_of(self.sent, name)

    def listed(self, name: str) -> list[Any]:
        """A list inside the body; a missing one is empty."""
        found = self.sent.get(name) or []
        if not isinstance(found, list):
            raise bad_request(f"'{name}' is not a list.")
        return found

    def texts(self, name: str) -> list[str]:
        """A list of texts inside the body; a missing one is empty."""
        found = self.listed(name)
        if not all(isinstance(one, str) for one in found):
            raise bad_request(f"'{name}' is not a list of texts.")
        return found

    def names(self, name: str) -> list[str] | None:
        """A list of names in the query: repeated, comma separated or both; None when it is not asked."""
        found = [part.strip() for key, text in self.request.query if key == name for part in text.split(",")]
        return [part for part in found if part] or None

    def flag(self, name: str) -> bool:
        """A yes or no of the query."""
        return self.request.params.get(name, "").lower() == "true"

    def number(self, name: str, default: int, most: int = MANY) -> int:
        """A whole number of the query, cut to what is allowed."""
        text = self.request.params.get(name, "")
        if not text.isascii() or not (text.isdigit() or not text):
            raise bad_request(f"'{name}' is not a whole number.")
        return min(int(text) if text else default, most)

    def page(self, rows: Sequence[Any], name: str, *, default: int = 50, most: int = 1000) -> dict[str, Any]:
        """A page by ``startAt`` and ``maxResults``."""
        start, size = self.number("startAt", 0), self.number("maxResults", default, most)
        page = list(rows[start : start + size])
        total = len(rows)
        self.objects_read += len(page)
        return {"startAt": start, "maxResults": size, "total": total, "isLast": start + len(page) >= total, name: page}

    def may_see(self, issue: Issue | None) -> bool:
        """Whether the caller can see an issue."""
        return issue is not None and self.user is not None and issue.project not in self.sim.hidden

    def issue(self, *, writing: bool = False) -> Issue:
        """The issue of the path; archived ones are read-only or gone (dossier C: UNCERTAIN)."""
        found = self.sim.store.find(self.args["issue"])
        if writing and self.user is None:
            _ = self.me
        if found is None or not self.may_see(found):
            raise no_issue()
        setting = self.sim.switches.text("archived_put" if writing else "archived_get")
        if found.archived and setting not in {"200", "204"}:
            raise no_issue() if setting == "404" else Refusal(int(setting), "Issue is archived. It cannot be edited.")
        self.objects_read += 1
        return found

    def project(self, name: str) -> Project:
        """A project by key or id."""
        for found in self.sim.projects.values():
            if name in {found.key, found.id} and self.user is not None and found.key not in self.sim.hidden:
                return found
        raise not_found(f"No project could be found with key '{name}'. It")

"""The keys of a Jira connection in `crmbridge.toml`."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.adapter.simulators import check_loopback
from crmbridge.model.errors import ConfigError

State = Literal["open", "done", "cancelled"]
USERS, COMMENTS = "users", "comments"
RESERVED = frozenset({USERS, COMMENTS})
MAX_PAGE = 100


class _Keys(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ObjectOptions(_Keys):
    """One object: the issues of a project, of one type or of all."""

    project: str
    """The key of the project."""
    type: str = ""
    """The type of its issues, by id or name: needed for a create."""
    states: dict[State, str] = {}
    """The id of the status that a state means; without it the status category decides."""
    resolutions: dict[State, str] = {}
    """The id or name of the resolution to give, where a transition asks for one."""


class JiraOptions(_Keys):
    """One connection.

    `credentials` is a reference, never a secret: what it resolves to is JSON with email and token, or with the token
    alone. `account` pins the account that `connect` found. `people` gives the account behind an e-mail address where
    the site hides addresses. `simulator` allows a site on this machine, and nothing else.
    """

    site: str
    deployment: Literal["cloud", "data_center"] = "cloud"
    credentials: str = ""
    account: str | None = None
    people: dict[str, str] = {}
    objects: dict[str, ObjectOptions] = {}
    page_size: Annotated[int, Field(ge=1, le=MAX_PAGE)] = MAX_PAGE
    simulator: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> "JiraOptions":
        if taken := RESERVED & self.objects.keys():
            raise ValueError(f"an object cannot be called {min(taken)}: that name is taken")
        if self.simulator:
            try:
                check_loopback(self.site)
            except ConfigError as error:
                raise ValueError(str(error)) from error
            return self
        parts = urlsplit(self.site)
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError("site is the address of Jira, such as https://acme.atlassian.net")
        return self

    @property
    def is_cloud(self) -> bool:
        """Whether it is Jira Cloud."""
        return self.deployment == "cloud"

    @property
    def host(self) -> str:
        """The name of the site's host."""
        return urlsplit(self.site).hostname or ""

    @property
    def origin(self) -> str:
        """The site without its path."""
        parts = urlsplit(self.site)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def prefix(self) -> str:
        """The path before every call."""
        return f"{urlsplit(self.site).path.rstrip('/')}/rest/api/{3 if self.is_cloud else 2}"

    @property
    def projects(self) -> tuple[str, ...]:
        """The projects of all objects, each once."""
        return tuple(dict.fromkeys(one.project for one in self.objects.values()))

"""The keys of a Zoho connection in `crmbridge.toml`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.adapter.simulators import check_loopback
from crmbridge.model.errors import ConfigError
from crmbridge_zoho.centers import CENTERS, Center

Trigger = Literal["workflow", "approval", "blueprint", "pathfinder", "orchestration"]
Way = Literal["auto", "list", "query", "bulk"]
MAX_PAGE = 200
"""The most records that a list gives at once."""


class ZohoOptions(BaseModel):
    """One connection.

    `credentials` is a reference, never a secret: what it resolves to is JSON with client_id, client_secret and
    refresh_token. `accounts_url` and `api_url` are for a simulator on this machine only. `org` pins the organisation
    that `connect` found. `modules` limits what is described and read; without it, all that the user may see.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    data_center: Literal["us", "eu", "in", "au", "cn", "jp", "ca", "sa", "uk", "ae"] = "us"
    environment: Literal["production", "sandbox", "developer"] = "production"
    credentials: str = ""
    org: str | None = None
    modules: tuple[str, ...] = ()

    trigger: tuple[Trigger, ...] = ()
    """What a write of ours sets off in Zoho; nothing by default."""
    external_id_field: str | None = None
    """The unique custom field that holds our keys."""

    read_by: Way = "auto"
    """The way records are read; `auto` takes the one that costs the fewest credits."""
    overlap_minutes: Annotated[int, Field(ge=0, le=1440)] = 10
    """How far an incremental reading looks back behind the last one: Zoho's times have whole seconds."""
    bulk_patience_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    """How long one run waits for an export job; the next run goes on waiting for the same job."""
    page_size: Annotated[int, Field(ge=1, le=MAX_PAGE)] = MAX_PAGE
    concurrency: Annotated[int, Field(ge=1, le=25)] = 4
    """Calls at a time, at most two fewer than the edition allows."""
    daily_share: Annotated[float, Field(gt=0, le=1)] = 0.2
    """The share of the plan's credits that this connection may use in 24 hours."""
    reserve: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """The share of the organisation's credits that is left for others."""

    simulator: bool = False
    accounts_url: str | None = None
    api_url: str | None = None

    @model_validator(mode="after")
    def _only_simulators_have_addresses(self) -> "ZohoOptions":
        given = [url for url in (self.accounts_url, self.api_url) if url is not None]
        if not self.simulator:
            if given:
                raise ValueError(
                    "accounts_url and api_url are for a simulator only: set simulator = true, or drop them"
                )
            return self
        if len(given) != 2:  # noqa: PLR2004 - both or neither
            raise ValueError("a simulator needs accounts_url and api_url")
        for url in given:
            try:
                check_loopback(url)
            except ConfigError as error:
                raise ValueError(str(error)) from error
        return self

    @property
    def center(self) -> Center:
        """The data centre."""
        return CENTERS[self.data_center]

    @property
    def accounts(self) -> str:
        """The address of the accounts server."""
        return (self.accounts_url or f"https://{self.center.accounts}").rstrip("/")

    @property
    def api(self) -> str:
        """The address of the API, until a token names its own."""
        return (self.api_url or f"https://{self.center.api_host(self.environment)}").rstrip("/")

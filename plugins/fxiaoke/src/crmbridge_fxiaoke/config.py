"""The keys of a Fxiaoke connection in `crmbridge.toml`."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.adapter.simulators import check_loopback
from crmbridge.model.errors import ConfigError
from crmbridge_fxiaoke.clouds import CLOUDS, check_host

Style = Literal["corp", "oauth"]
"""How a call proves who sends it: by a token in its body, or by one in its headers (dossier 1.3, 1.4)."""
MAX_PAGE = 100
"""The most rows that the present documentation gives a page; more may be cut or refused (dossier 3.1)."""


class FxiaokeOptions(BaseModel):
    """One connection.

    `credentials` is a reference, never a secret: what it resolves to is JSON with app_id, app_secret, permanent_code
    and whom the app acts for (mobile, or user_id, or open_user_id). `api_url` is for a simulator on this machine only.
    `org` pins the company that `connect` found. `objects` limits what is described and read; without it, all there is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    cloud: Literal["fxiaoke", "huawei", "ale", "hongkong", "frankfurt", "north_america"] = "fxiaoke"
    host: str | None = None
    """The gateway of a dedicated cloud, in the place of one of `cloud`."""
    credentials: str = ""
    style: Style | None = None
    """How to sign in; by default what the credentials say, else `corp`. The ids of people differ between the two."""
    org: str | None = None
    objects: tuple[str, ...] = ()

    trigger_workflow: bool = False
    """Whether a write of ours sets off the company's workflows."""
    trigger_approval: bool = False
    """Whether a write of ours starts approvals: the record waits, and is locked meanwhile."""
    external_id_field: str | None = None
    """The custom text field that holds our keys."""
    duplicate_check: bool = True
    """Whether a new record is held against the company's rules for duplicates (查重)."""
    claim_from_pool: bool = False
    """Whether a record that lies in a pool may be claimed (领取) where it is to get an owner."""
    index_lag_s: Annotated[int, Field(ge=0, le=3600)] = 30
    """How long a search may not show a new record: so long a create without an answer is not tried again."""
    date_zone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    """Whose midnight a date is written as."""
    task_by: Literal["auto", "task_object", "sales_record", "schedule"] = "auto"
    """How a follow-up task is written; `auto`: as a task where the company has that object, else as a sales record."""
    task_text_field: str | None = None
    """The field of sales records that holds a plan, beside the content."""
    task_time_field: str | None = None
    """The field of sales records that holds the time of a plan."""

    overlap_minutes: Annotated[int, Field(ge=0, le=1440)] = 10
    """How far an incremental reading looks back behind the last one: a change may reach the search late."""
    refresh_days: Annotated[int, Field(ge=0, le=365)] = 7
    """How often everything is read again, for what changes without a new time (formulas, sums); 0 for never."""
    page_size: Annotated[int, Field(ge=1, le=MAX_PAGE)] = MAX_PAGE
    calls_per_window: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """Calls of one interface in any 20 seconds; a company with a database of its own may have more."""
    concurrency: Annotated[int, Field(ge=1, le=32)] = 3
    """Calls at a time."""
    daily_calls: Annotated[int, Field(ge=1)] | None = None
    """How many calls a day the company has bought (packs of 100,000), where this connection shall keep to a share."""
    daily_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """The share of `daily_calls` that this connection may use in 24 hours."""
    history: bool = False
    """Whether past changes of stage are read from the change log: a call or more for each opportunity that changed."""
    vanished: Literal["kept", "deleted"] = "kept"
    """What a record is that is there no more and was never 作废: `deleted` only where the acting employee sees all
    (a CRM administrator), since one that he may no longer see looks the same."""
    sweep_hours: Annotated[int, Field(ge=1, le=8760)] = 24
    """With vanished = "deleted": how often all that is kept is asked for by id, 100 records a call."""

    simulator: bool = False
    api_url: str | None = None

    @model_validator(mode="after")
    def _addresses_are_sound(self) -> "FxiaokeOptions":
        if self.simulator != (self.api_url is not None):
            raise ValueError("api_url is for a simulator only: simulator = true and api_url belong together")
        if self.host is not None and (self.simulator or self.cloud != "fxiaoke"):
            raise ValueError("host stands in the place of cloud and of api_url: drop one of them")
        try:
            if self.api_url is not None:
                check_loopback(self.api_url)
            if self.host is not None:
                check_host(self.host)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def api_host(self) -> str:
        """The name of the gateway's host, where this is no simulator."""
        return check_host(self.host) if self.host is not None else CLOUDS[self.cloud]

    @property
    def api(self) -> str:
        """The address of the gateway."""
        return (self.api_url or f"https://{self.api_host}").rstrip("/")

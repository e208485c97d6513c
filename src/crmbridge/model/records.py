"""The neutral records: what every service may rely on, whichever CRM holds the data.

These frozen types are the public face. `kinds.py` derives from their annotations how each field is stored, so a field
is named once. `None` means empty; a field named in `unknown` is one that this source cannot supply at all.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from crmbridge.model.custom import CustomValue
from crmbridge.model.money import Money
from crmbridge.model.pipeline import Category

Instant = AwareDatetime


class RefTo:
    """Marks a field that holds the id of a record of another kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


class Long:
    """Marks a text that may be long."""


UserId = Annotated[str, RefTo("user")]
OrgUnitId = Annotated[str, RefTo("org_unit")]
AccountId = Annotated[str, RefTo("account")]
ContactId = Annotated[str, RefTo("contact")]
LeadId = Annotated[str, RefTo("lead")]
DealId = Annotated[str, RefTo("deal")]
OrderId = Annotated[str, RefTo("order")]
ProductId = Annotated[str, RefTo("product")]
LongText = Annotated[str, Long()]
Lifecycle = Literal["active", "suspect", "archived", "deleted", "merged"]
HistoryQuality = Literal["full", "observed", "dates", "current_only"]


class Ref(BaseModel):
    """One system that holds the record."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    connection: str
    object: str
    vendor_id: str
    url: str | None = None


class Record(BaseModel):
    """The envelope of every record."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="forbid", arbitrary_types_allowed=True)
    id: str
    refs: tuple[Ref, ...]
    version: str
    revision: str | None = None
    vendor_created_at: Instant | None = None
    vendor_modified_at: Instant | None = None
    created_by: UserId | None = None
    modified_by: UserId | None = None
    first_seen_at: Instant
    last_seen_at: Instant
    lifecycle: Lifecycle = "active"
    merged_into: str | None = None
    owner: UserId | None = None
    custom: Mapping[str, CustomValue] = Field(default_factory=dict)
    unknown: frozenset[str] = frozenset()


class User(Record):
    """Somebody who works in the CRM."""

    name: str
    email: str | None = None
    phone: str | None = None
    active: bool | None = None
    manager: UserId | None = None
    org_unit: OrgUnitId | None = None
    role: str | None = None
    level: str | None = None
    zone: str | None = None
    locale: str | None = None
    calendar: str | None = None
    capacity_fte: Decimal | None = None
    ramp: Decimal | None = None
    discount_authority: Decimal | None = None


class OrgUnit(Record):
    """A team, office or department."""

    name: str
    parent: OrgUnitId | None = None
    calendar: str | None = None
    currency: str | None = None
    fiscal_start_month: int | None = None


class Account(Record):
    """A company that buys, or might: 客户."""

    name: str
    registration_no: str | None = None
    domains: tuple[str, ...] = ()
    industry: str | None = None
    employees: int | None = None
    annual_revenue: Money | None = None
    region: str | None = None
    city: str | None = None
    segment: str | None = None
    parent: AccountId | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    website: str | None = None
    source: str | None = None
    status: Literal["prospect", "customer", "dormant", "lost"] | None = None
    status_raw: str | None = None
    need_tags: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    vip: bool | None = None
    tier: str | None = None
    lifecycle_state: str | None = None
    pool: str | None = None
    locale: str | None = None
    zone: str | None = None
    last_touch_at: Instant | None = None
    next_touch_at: Instant | None = None
    last_result: str | None = None


class Contact(Record):
    """A person at an account: 联系人. The full name is primary."""

    full_name: str
    given: str | None = None
    family: str | None = None
    title: str | None = None
    department: str | None = None
    decision_role: str | None = None
    account: AccountId | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    channels: JsonValue = None
    birthday_md: str | None = None
    birth_year: int | None = None
    birthday_calendar: Literal["solar", "lunar"] | None = None
    consent: JsonValue = None
    do_not_contact: bool | None = None
    left_company: bool | None = None
    zone: str | None = None
    language: str | None = None
    preferred_channel: str | None = None
    source: str | None = None
    last_touch_at: Instant | None = None


class Lead(Record):
    """Somebody who might become a customer: 线索."""

    full_name: str | None = None
    company_name: str | None = None
    title: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    website: str | None = None
    industry: str | None = None
    status: Literal["new", "working", "nurturing", "qualified", "disqualified", "converted", "void"] | None = None
    status_raw: str | None = None
    pipeline: str | None = None
    stage: str | None = None
    disqualify_reason: str | None = None
    source: str | None = None
    channel: str | None = None
    campaign: str | None = None
    segment: str | None = None
    expected_amount: Money | None = None
    need: int | None = None
    budget: int | None = None
    authority: int | None = None
    timing: int | None = None
    score: Decimal | None = None
    tier: str | None = None
    pool: str | None = None
    assigned_at: Instant | None = None
    first_response_at: Instant | None = None
    converted: bool | None = None
    converted_at: Instant | None = None
    converted_account: AccountId | None = None
    converted_contact: ContactId | None = None
    converted_deal: DealId | None = None
    next_touch_at: Instant | None = None
    last_result: str | None = None


class Deal(Record):
    """A sale in the making or decided: 商机. `expected_close` is a plan, `closed_at` a fact; never the same field."""

    name: str
    account: AccountId | None = None
    contact: ContactId | None = None
    product: ProductId | None = None
    pipeline: str | None = None
    stage: str | None = None
    stage_raw: str | None = None
    category: Category = Category.OPEN
    amount: Money | None = None
    recurring_amount: Money | None = None
    probability: Decimal | None = None
    forecast_override: str | None = None
    expected_close: date | None = None
    closed_at: Instant | None = None
    outcome: str | None = None
    reason: str | None = None
    competitor: str | None = None
    source: str | None = None
    channel: str | None = None
    campaign: str | None = None
    segment: str | None = None
    region: str | None = None
    deal_type: Literal["new", "upsell", "renewal"] | None = None
    intent: int | None = None
    need_fit: int | None = None
    budget: int | None = None
    decision_process: int | None = None
    next_step: str | None = None
    next_step_due: date | None = None
    hold_until: date | None = None
    hold_reason: str | None = None
    lead: LeadId | None = None
    last_touch_at: Instant | None = None
    next_touch_at: Instant | None = None
    last_result: str | None = None
    history_quality: HistoryQuality = "current_only"


class Activity(Record):
    """Something done, or planned, with a person or company: 跟进记录."""

    type: Literal["call", "email", "meeting", "visit", "im", "sms", "note", "web_event", "form"]
    subject: str | None = None
    purpose: str | None = None
    direction: Literal["in", "out"] | None = None
    channel: str | None = None
    state: Literal["planned", "done", "cancelled"] | None = None
    outcome: str | None = None
    automated: bool | None = None
    due_at: Instant | None = None
    due_date: date | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    logged_at: Instant | None = None
    actor: UserId | None = None
    lead: LeadId | None = None
    account: AccountId | None = None
    contact: ContactId | None = None
    deal: DealId | None = None
    content: LongText | None = None
    customer_feedback: LongText | None = None
    next_step: str | None = None
    next_step_due: date | None = None
    template: str | None = None
    external_key: str | None = None
    counts_as_touch: bool | None = None


class Task(Record):
    """Something to do: 任务."""

    title: str
    due_date: date | None = None
    due_at: Instant | None = None
    status: Literal["open", "done", "cancelled"] | None = None
    status_raw: str | None = None
    priority: str | None = None
    assignee: UserId | None = None
    lead: LeadId | None = None
    account: AccountId | None = None
    contact: ContactId | None = None
    deal: DealId | None = None
    external_key: str | None = None
    policy_ref: str | None = None
    completed_at: Instant | None = None
    content: LongText | None = None
    link: str | None = None
    comments: LongText | None = None


class Note(Record):
    """A remark on a record: 备注."""

    title: str | None = None
    content: LongText | None = None
    lead: LeadId | None = None
    account: AccountId | None = None
    contact: ContactId | None = None
    deal: DealId | None = None


class Product(Record):
    """Something that is sold: 产品."""

    name: str
    category: str | None = None
    list_price: Money | None = None
    active: bool | None = None


class Campaign(Record):
    """A marketing campaign: 市场活动."""

    name: str
    type: str | None = None
    status: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    expected_revenue: Money | None = None
    budgeted_cost: Money | None = None
    actual_cost: Money | None = None


class Order(Record):
    """Something bought."""

    account: AccountId | None = None
    deal: DealId | None = None
    product: ProductId | None = None
    amount: Money | None = None
    quantity: Decimal | None = None
    region: str | None = None
    ordered_at: Instant | None = None
    delivered_at: Instant | None = None
    paid_at: Instant | None = None
    refunded: Money | None = None


class Payment(Record):
    """Money received."""

    account: AccountId | None = None
    deal: DealId | None = None
    order: OrderId | None = None
    amount: Money | None = None
    paid_at: Instant | None = None


class Refund(Record):
    """Money given back."""

    account: AccountId | None = None
    deal: DealId | None = None
    order: OrderId | None = None
    amount: Money | None = None
    refunded_at: Instant | None = None


class SurveyResponse(Record):
    """An answer to a survey."""

    survey: str | None = None
    type: Literal["csat", "nps", "ces"] | None = None
    scale: int | None = None
    score: Decimal | None = None
    comment: LongText | None = None
    account: AccountId | None = None
    contact: ContactId | None = None
    deal: DealId | None = None
    order: OrderId | None = None
    asked_at: Instant | None = None
    answered_at: Instant | None = None


class Spend(Record):
    """Money spent on a channel in a period."""

    channel: str
    campaign: str | None = None
    period_start: date | None = None
    period_end: date | None = None
    amount: Money | None = None

"""What comes around and after a deal: quotes, contracts, deliveries and tickets, as neutral records."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import JsonValue

from crmbridge.model.money import Money
from crmbridge.model.records import AccountId, ContactId, DealId, Instant, LongText, OrderId, Record, UserId


class Quote(Record):
    """An offer with its prices. `amount` is net; `discount` and `vat_rate` are shares, 0.1 for a tenth.

    `lines` are `[{product, quantity, unit_price, discount}]`.
    """

    number: str | None = None
    name: str | None = None
    account: AccountId | None = None
    contact: ContactId | None = None
    deal: DealId | None = None
    status: Literal["draft", "sent", "accepted", "declined", "expired", "cancelled"] | None = None
    status_raw: str | None = None
    amount: Money | None = None
    list_total: Money | None = None
    discount: Decimal | None = None
    lines: JsonValue = None
    vat_rate: Decimal | None = None
    sent_at: Instant | None = None
    valid_until: date | None = None
    quote_version: str | None = None
    template: str | None = None
    template_version: str | None = None
    approval: Literal["none", "asked", "approved", "refused"] | None = None
    approved_by: UserId | None = None
    trial_ends: date | None = None


class Contract(Record):
    """A contract. `steps` are `[{name, entered, done, sla_days}]`, `clauses` `{name: "complete" or "missing"}`."""

    number: str | None = None
    name: str | None = None
    account: AccountId | None = None
    deal: DealId | None = None
    status: Literal["draft", "in_review", "approved", "signed", "ended", "cancelled"] | None = None
    status_raw: str | None = None
    amount: Money | None = None
    start_date: date | None = None
    end_date: date | None = None
    signed_at: Instant | None = None
    renewal_type: Literal["none", "manual", "automatic"] | None = None
    renewed: bool | None = None
    renews: str | None = None
    steps: JsonValue = None
    clauses: JsonValue = None
    is_standard: bool | None = None
    approved_by: UserId | None = None


class Delivery(Record):
    """What was promised to a customer and when it came. `forecast_date` is when it is expected by now.

    `milestones` are `[{name, due, done}]`, days as ISO dates, or the same as text: `cast 2026-06-20; test 2026-07-01`.
    """

    name: str | None = None
    account: AccountId | None = None
    deal: DealId | None = None
    order: OrderId | None = None
    status: Literal["planned", "on_way", "delivered", "cancelled"] | None = None
    status_raw: str | None = None
    promised_date: date | None = None
    forecast_date: date | None = None
    delivered_at: Instant | None = None
    milestones: JsonValue = None
    issue: str | None = None
    issue_open: bool | None = None


class Ticket(Record):
    """A request to after-sales. `clock` says in which hours its time runs."""

    number: str | None = None
    name: str | None = None
    account: AccountId | None = None
    contact: ContactId | None = None
    deal: DealId | None = None
    type: Literal["complaint", "question", "fault", "request"] | None = None
    priority: str | None = None
    status: Literal["open", "waiting", "resolved", "closed", "cancelled"] | None = None
    status_raw: str | None = None
    clock: Literal["business", "always"] | None = None
    opened_at: Instant | None = None
    first_response_at: Instant | None = None
    resolved_at: Instant | None = None
    satisfaction: Decimal | None = None
    content: LongText | None = None

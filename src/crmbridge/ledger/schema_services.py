"""What services remember: tiers as they changed, forecasts as they were, where a cadence stands."""

from sqlalchemy import Index, UniqueConstraint

from crmbridge.ledger.declaring import declare, identity, integer, text

service_event = declare(
    "service_event",
    identity(),
    text("service"),
    text("subject"),
    integer("at_us"),
    text("body"),
    integer("change_no"),
    UniqueConstraint("service", "subject", "at_us"),
)
"""Append only: what a service decided about a subject (a record, a person, a period) at a moment; `body` is JSON."""
Index("service_event_change", service_event.c.change_no)

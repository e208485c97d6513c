"""What a company keeps in files beside its CRM: people with birthdays, quotes, contracts, deliveries and tickets.

They are a second connection of every place, and the same files in each. They point at the customers, people and users
of the CRM, which the files name too: a company is the same by its name, a user by the address.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from crmbridge_sim.world import World

from .both import KEYS
from .worlds import AS_OF, Place

CONNECTION = "papers"
_OBJECTS = ("users", "accounts", "contacts", "quotes", "contracts", "deliveries", "tickets")
_CONFIG = """
[connections.papers]
adapter = "csv"
path = "papers"
"""
_FILE = """
[connections.papers.objects.{name}]
file = "{name}.csv"
key = "World Key"
"""
_MAPPING = """
format = 1

[objects.users]
kind = "user"
keys = ["email"]
fields = { name = "Name", email = "Email" }

[objects.accounts]
kind = "account"
keys = ["name"]
fields = { name = "Name", owner = { from = "Owner", object = "users" } }

[objects.contacts]
kind = "contact"
[objects.contacts.fields]
full_name = "Name"
account = { from = "Account", object = "accounts" }
owner = { from = "Owner", object = "users" }
emails = "Email"
birthday_md = "Birthday"

[objects.quotes]
kind = "quote"
[objects.quotes.fields]
number = "Number"
account = { from = "Account", object = "accounts" }
owner = { from = "Owner", object = "users" }
status = { from = "Status", values = { "Sent" = "sent", "Accepted" = "accepted", "Declined" = "declined" } }
lines = "Lines"
list_total = { from = "List", currency = "EUR" }
amount = { from = "Net", currency = "EUR" }
vat_rate = { from = "VAT", percent = true }
valid_until = { from = "Until", format = ["%Y-%m-%d"] }
trial_ends = { from = "Trial", format = ["%Y-%m-%d"] }
approval = { from = "Approval", values = { "Asked" = "asked", "Approved" = "approved" } }

[objects.contracts]
kind = "contract"
[objects.contracts.fields]
number = "Number"
account = { from = "Account", object = "accounts" }
owner = { from = "Owner", object = "users" }
status = { from = "Status", values = { "Review" = "in_review", "Signed" = "signed", "Ended" = "ended" } }
amount = { from = "Amount", currency = "EUR" }
start_date = { from = "Start", format = ["%Y-%m-%d"] }
end_date = { from = "End", format = ["%Y-%m-%d"] }
renewal_type = { from = "Renewal", values = { "Manual" = "manual", "Automatic" = "automatic" } }
renewed = "Renewed"
steps = "Steps"
clauses = "Clauses"

[objects.deliveries]
kind = "delivery"
[objects.deliveries.fields]
name = "Name"
account = { from = "Account", object = "accounts" }
owner = { from = "Owner", object = "users" }
status = { from = "Status", values = { "Planned" = "planned", "Delivered" = "delivered" } }
promised_date = { from = "Promised", format = ["%Y-%m-%d"] }
forecast_date = { from = "Expected", format = ["%Y-%m-%d"] }
delivered_at = { from = "Delivered", format = ["%Y-%m-%d"] }
milestones = "Milestones"

[objects.tickets]
kind = "ticket"
[objects.tickets.fields]
number = "Number"
name = "Subject"
account = { from = "Account", object = "accounts" }
owner = { from = "Owner", object = "users" }
type = { from = "Type", values = { "Question" = "question", "Fault" = "fault", "Complaint" = "complaint" } }
priority = "Priority"
status = { from = "Status", values = { "Open" = "open", "Solved" = "resolved" } }
opened_at = { from = "Opened", format = ["%Y-%m-%d %H:%M"] }
first_response_at = { from = "Answered", format = ["%Y-%m-%d %H:%M"] }
resolved_at = { from = "Resolved", format = ["%Y-%m-%d %H:%M"] }
satisfaction = "Satisfaction"
"""
TODAY = AS_OF.date()
Row = Mapping[str, object]


def add_papers(place: Place, world: World) -> None:
    """Gives a place the second connection with its files, and lets the CRM's mapping tell what both know each by."""
    workspace = place.folder
    own = workspace / "mapping" / "crm.toml"
    text = own.read_text("utf-8") + KEYS.get(place.name, "")
    if place.name not in KEYS:
        for kind, key in (("user", "email"), ("account", "name")):
            head = f'[objects.{kind}s]\nkind = "{kind}"\n'
            assert head in text
            text = text.replace(head, f'{head}keys = ["{key}"]\n', 1)
    own.write_text(text, "utf-8")
    with (workspace / "crmbridge.toml").open("a", encoding="utf-8") as file:
        file.write(_CONFIG + "".join(_FILE.format(name=name) for name in _OBJECTS))
    custom = "".join(f'\n[objects.{name}.custom]\nworld_key = "World Key"\n' for name in _OBJECTS)
    (workspace / "mapping" / "papers.toml").write_text(_MAPPING + custom, "utf-8")
    (workspace / "papers").mkdir()
    for name, rows in tables(world).items():
        with (workspace / "papers" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def tables(world: World) -> dict[str, Sequence[Row]]:
    """The rows of every file."""
    users = [*world.colleagues]
    accounts = [*world.accounts()]
    of = [
        {"World Key": f"{{}}-{place:03}", "Account": one.key, "Owner": users[one.owner].key}
        for place, one in enumerate(accounts)
    ]

    def keyed(letter: str, rows: Iterator[Row]) -> list[Row]:
        return [
            {**told, "World Key": str(told["World Key"]).format(letter), **row}
            for told, row in zip(of, rows, strict=True)
        ]

    numbers = range(len(accounts))
    return {
        "users": [
            {"World Key": one.key, "Name": f"{one.first_name} {one.last_name}", "Email": one.email} for one in users
        ],
        "accounts": [{"World Key": one.key, "Name": one.name, "Owner": users[one.owner].key} for one in accounts],
        "contacts": keyed("person", map(_person, numbers)),
        "quotes": keyed("quote", map(_quote, numbers)),
        "contracts": keyed("contract", map(_contract, numbers)),
        "deliveries": keyed("delivery", map(_delivery, numbers)),
        "tickets": keyed("ticket", map(_ticket, numbers)),
    }


def _day(days: int) -> date:
    return TODAY + timedelta(days=days)


def _person(n: int) -> Row:
    return {"Name": f"Person {n:03}", "Email": f"person{n:03}@papers.example", "Birthday": f"{_day(3 * n - 4):%m-%d}"}


def _quote(n: int) -> Row:
    pieces, off = 2 + n % 4, (n * 5) % 25
    whole = pieces * 1250
    return {
        "Number": f"Q-{n:03}",
        "Status": ("Sent", "Sent", "Accepted", "Declined")[n % 4],
        "Lines": f"A {pieces} x 1250.00 -{off}%",
        "List": f"{whole}.00",
        "Net": f"{whole * (100 - off) / 100:.2f}",
        "VAT": "19%",
        "Until": _day(n * 2 - 6),
        "Trial": _day(n) if n % 3 == 0 else None,
        "Approval": ("", "Asked", "Approved")[n % 3],
    }


def _contract(n: int) -> Row:
    end = _day(n * 11 - 40)
    status = "Review" if n % 4 == 1 else "Ended" if end < TODAY else "Signed"
    begun = _day(-3 - n)
    return {
        "Number": f"K-{n:03}",
        "Status": status,
        "Amount": f"{5_000 + 731 * n}.50",
        "Start": end - timedelta(days=364),
        "End": end,
        "Renewal": ("Manual", "Automatic")[n % 2],
        "Renewed": ("yes", "no")[n % 3 == 0] if end < TODAY else None,
        "Steps": f"legal {begun}" if status == "Review" else f"legal {begun} {_day(-2 - n)}",
        "Clauses": f"payment term: {'missing' if n % 5 == 0 else 'complete'}",
    }


def _delivery(n: int) -> Row:
    promised = _day(n * 4 - 30)
    came = promised + timedelta(days=n % 4 - 1)
    is_there = came <= TODAY
    return {
        "Name": f"Delivery {n:03}",
        "Status": "Delivered" if is_there else "Planned",
        "Promised": promised,
        "Expected": None if is_there or n % 2 else promised + timedelta(days=5),
        "Delivered": came if is_there else None,
        "Milestones": f"made {promised - timedelta(days=9)}",
    }


def _ticket(n: int) -> Row:
    opened, is_open = _day(-n * 3 - 1), n % 3 == 0
    return {
        "Number": f"T-{n:03}",
        "Subject": f"Ticket {n:03}",
        "Type": ("Question", "Fault", "Complaint")[n % 3],
        "Priority": ("High", "Normal", "Low", "Urgent")[n % 4],
        "Status": "Open" if is_open else "Solved",
        "Opened": f"{opened} 09:15",
        "Answered": None if n % 6 == 0 else f"{opened} 1{n % 8}:40",
        "Resolved": None if is_open else f"{opened + timedelta(days=n % 5)} 17:50",
        "Satisfaction": None if is_open else 1 + n % 5,
    }

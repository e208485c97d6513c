"""What crmbridge must hold, worked out from the simulator's dump and from nothing of crmbridge.

For every kind a table: neutral field -> what it is, read off the record as Zoho shows it. A table is complete: a
mapped field that is not in it fails the comparison. References are (object, vendor's id).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.systems.truth import Made, Record, bare_email, bare_phone

ACTUAL = {
    "Identify Decision Makers": "Id. Decision Makers",
    "Renewal due": "Renewal Open",
    "合同审批": "Renewal Review",
    "Renewed": "Renewal Won",
    "Not renewed": "Renewal Lost",
}
"""Stages whose label and value differ: a record may show either, the value is what counts."""
STAGES = {
    "Qualification": ("sales", "qualification", "open"),
    "Needs Analysis": ("sales", "needs_analysis", "open"),
    "Value Proposition": ("sales", "value_proposition", "open"),
    "Id. Decision Makers": ("sales", "decision_makers", "open"),
    "Proposal/Price Quote": ("sales", "proposal", "open"),
    "Negotiation/Review": ("sales", "negotiation", "open"),
    "Closed Won": ("sales", "won", "won"),
    "Closed Lost": ("sales", "lost", "lost"),
    "Closed Lost to Competition": ("sales", "lost_to_competition", "lost"),
    "Renewal Open": ("renewals", "due", "open"),
    "Renewal Review": ("renewals", "review", "open"),
    "Renewal Won": ("renewals", "renewed", "won"),
    "Renewal Lost": ("renewals", "not_renewed", "lost"),
}
LEAD_STATUS = {
    "Not Contacted": "new",
    "Attempted to Contact": "working",
    "Contacted": "working",
    "Contact in Future": "nurturing",
    "Pre-Qualified": "qualified",
    "Qualified": "qualified",
    "Lost Lead": "disqualified",
    "Not Qualified": "disqualified",
    "Junk Lead": "void",
}


def at(value: str | None) -> datetime | None:
    """An instant of Zoho, whatever its offset."""
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)


def plain(name: str) -> Made:
    return lambda record: record[name]


def text(name: str, *, none: str | None = None) -> Made:
    return lambda record: None if record[name] in {none, ""} else record[name]


def first(*names: str) -> Made:
    return lambda record: next((record[name] for name in names if record[name]), None)


def instant(name: str) -> Made:
    return lambda record: at(record[name])


def ref(object_name: str, name: str) -> Made:
    return lambda record: (object_name, record[name]["id"]) if record[name] else None


def texts(*names: str) -> Made:
    return lambda record: [record[name] for name in names if record[name]]


def emails(*names: str) -> Made:
    return lambda record: [bare_email(record[name]) for name in names if record[name]]


def phones(*names: str) -> Made:
    return lambda record: [bare_phone(record[name]) for name in names if record[name]]


def money(name: str) -> Made:
    return lambda record: None if record[name] is None else (Decimal(record[name]), record["Currency"])


def linked(module: str, name: str) -> Made:
    """A link into several modules, where it points into this one."""

    def made(record: Record) -> Any:
        value = record[name]
        if not value:
            return None
        into = value["module"]["api_name"] if "module" in value else record["$se_module"]
        return (module, value["id"]) if into == module else None

    return made


def stage_of(record: Record) -> tuple[str | None, str, str | None]:
    label = str(ACTUAL.get(record["Stage"], record["Stage"]))
    pipeline = "renewals" if record["Pipeline"] == "Renewals" else "sales"
    known = STAGES.get(label)
    return known if known and known[0] == pipeline else (pipeline, "UNKNOWN", "open")


def closing(zone: ZoneInfo, *, is_open: bool) -> Made:
    """The day of an open deal's plan, or of a closed one's end: midnight of the company's zone."""

    def made(record: Record) -> Any:
        day, category = record["Closing_Date"], stage_of(record)[2]
        if day is None or (category == "open") is not is_open:
            return None
        return day if is_open else datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)

    return made


AUDIT: dict[str, Made] = {
    "owner": ref("Users", "Owner"),
    "created_by": ref("Users", "Created_By"),
    "modified_by": ref("Users", "Modified_By"),
    "vendor_created_at": instant("Created_Time"),
    "vendor_modified_at": instant("Modified_Time"),
}


def _links(name: str, *modules: str) -> dict[str, Made]:
    kinds = {"Deals": "deal", "Accounts": "account", "Leads": "lead", "Contacts": "contact"}
    return {kinds[module]: linked(module, name) for module in modules}


def tables(zone: ZoneInfo) -> dict[str, dict[str, Made]]:
    """For each module what every mapped field must hold."""
    return {
        "Accounts": {
            **AUDIT,
            "name": first("Account_Name", "id"),
            "industry": text("Industry", none="-None-"),
            "employees": plain("Employees"),
            "annual_revenue": money("Annual_Revenue"),
            "segment": plain("Account_Type"),
            "parent": ref("Accounts", "Parent_Account"),
            "phones": phones("Phone"),
            "website": plain("Website"),
            "city": plain("Billing_City"),
            "region": plain("Billing_State"),
            "last_touch_at": instant("Last_Activity_Time"),
            "need_tags": lambda record: [tag["name"] for tag in record["Tag"]],
        },
        "Contacts": {
            **AUDIT,
            "full_name": first("Full_Name", "Last_Name", "id"),
            "given": plain("First_Name"),
            "family": plain("Last_Name"),
            "account": ref("Accounts", "Account_Name"),
            "title": plain("Title"),
            "department": plain("Department"),
            "emails": emails("Email", "Secondary_Email"),
            "phones": phones("Phone", "Mobile"),
            "do_not_contact": plain("Email_Opt_Out"),
            "source": plain("Lead_Source"),
            "last_touch_at": instant("Last_Activity_Time"),
        },
        "Leads": {
            **AUDIT,
            "full_name": first("Full_Name", "Last_Name"),
            "company_name": plain("Company"),
            "title": plain("Designation"),
            "emails": emails("Email", "Secondary_Email"),
            "phones": phones("Phone", "Mobile"),
            "website": plain("Website"),
            "industry": plain("Industry"),
            "source": plain("Lead_Source"),
            "status": lambda record: LEAD_STATUS.get(record["Lead_Status"]),
            "status_raw": text("Lead_Status", none="-None-"),
            "converted": plain("Converted__s"),
            "converted_at": instant("Converted_Date_Time"),
            "converted_account": ref("Accounts", "Converted_Account"),
            "converted_contact": ref("Contacts", "Converted_Contact"),
            "converted_deal": ref("Deals", "Converted_Deal"),
        },
        "Deals": {
            **AUDIT,
            "name": first("Deal_Name", "id"),
            "account": ref("Accounts", "Account_Name"),
            "contact": ref("Contacts", "Contact_Name"),
            "pipeline": lambda record: stage_of(record)[0],
            "stage": lambda record: stage_of(record)[1],
            "category": lambda record: stage_of(record)[2],
            "stage_raw": lambda record: ACTUAL.get(record["Stage"], record["Stage"]),
            "amount": money("Amount"),
            "probability": lambda record: (
                None if record["Probability"] is None else Decimal(record["Probability"]) / 100
            ),
            "expected_close": closing(zone, is_open=True),
            "closed_at": closing(zone, is_open=False),
            "reason": plain("Reason_For_Loss__s"),
            "source": plain("Lead_Source"),
            "campaign": lambda record: record["Campaign_Source"]["id"] if record["Campaign_Source"] else None,
            "next_step": plain("Next_Step"),
            "deal_type": lambda record: {"New Business": "new", "Existing Business": "upsell"}.get(record["Type"]),
            "last_touch_at": instant("Last_Activity_Time"),
        },
        "Tasks": {
            **AUDIT,
            **_links("What_Id", "Deals", "Accounts", "Leads"),
            "title": first("Subject", "id"),
            "assignee": ref("Users", "Owner"),
            "due_date": plain("Due_Date"),
            "completed_at": instant("Closed_Time"),
            "priority": plain("Priority"),
            "content": plain("Description"),
            "contact": ref("Contacts", "Who_Id"),
            "status": lambda record: {None: None, "Completed": "done"}.get(record["Status"], "open"),
            "status_raw": plain("Status"),
        },
        "Events": {
            **AUDIT,
            **_links("What_Id", "Deals", "Accounts", "Leads"),
            "type": lambda _: "meeting",
            "subject": plain("Event_Title"),
            "actor": ref("Users", "Owner"),
            "started_at": instant("Start_DateTime"),
            "ended_at": instant("End_DateTime"),
            "logged_at": instant("Created_Time"),
            "content": plain("Description"),
            "contact": ref("Contacts", "Who_Id"),
        },
        "Calls": {
            **AUDIT,
            **_links("What_Id", "Deals", "Accounts", "Leads"),
            "type": lambda _: "call",
            "subject": plain("Subject"),
            "actor": ref("Users", "Owner"),
            "direction": lambda record: "out" if record["Call_Type"] == "Outbound" else "in",
            "purpose": text("Call_Purpose", none="-None-"),
            "outcome": text("Call_Result", none="-None-"),
            "started_at": instant("Call_Start_Time"),
            "logged_at": instant("Created_Time"),
            "content": plain("Description"),
            "contact": ref("Contacts", "Who_Id"),
            "state": lambda record: {
                "Scheduled": "planned",
                "Overdue": "planned",
                "Completed": "done",
                "Cancelled": "cancelled",
                "Inbound": "done",
            }.get(record["Outgoing_Call_Status"] or record["Call_Type"]),
        },
        "Notes": {
            **AUDIT,
            **_links("Parent_Id", "Deals", "Accounts", "Leads", "Contacts"),
            "title": plain("Note_Title"),
            "content": plain("Note_Content"),
        },
    }


CUSTOM: dict[str, tuple[str, str, Made]] = {
    "segment": ("Segment", "single", plain("Segment")),
    "contract_no": ("Contract_No", "text", plain("Contract_No")),
    "margin": ("Margin", "number", plain("Margin")),
    "units": ("Units", "number", plain("Units")),
    "serial": ("Serial_Number", "text", plain("Serial_Number")),
    "score": ("Score", "number", plain("Score")),
    "signed_on": ("Signed_On", "date", plain("Signed_On")),
    "signed_at": ("Signed_At", "datetime", instant("Signed_At")),
    "competitors": ("Competitors", "multi", lambda record: record["Competitors"] or None),
    "strategic": ("Is_Strategic", "bool", plain("Is_Strategic")),
    "partner": ("Partner", "ref", lambda record: record["Partner"]["id"] if record["Partner"] else None),
    "second_owner": (
        "Second_Owner",
        "user",
        lambda record: record["Second_Owner"]["id"] if record["Second_Owner"] else None,
    ),
    "portal": ("Portal", "url", plain("Portal")),
    "billing_email": ("Billing_Email", "email", plain("Billing_Email")),
    "hotline": ("Hotline", "phone", lambda record: bare_phone(record["Hotline"]) if record["Hotline"] else None),
    "background": ("Background", "long_text", plain("Background")),
    "deal_no": ("Deal_No", "text", plain("Deal_No")),
    "weighted": ("Weighted_Amount", "number", plain("Weighted_Amount")),
    "open_tasks": ("Open_Tasks", "number", plain("Open_Tasks")),
}
"""Custom fields of deals: our name -> Zoho's, our type, what it must hold. None of them is left out by a list."""

FULL = {
    "Segment": "公共事业",
    "Contract_No": "C-{n}",
    "Margin": 12.5,
    "Units": 7,
    "Serial_Number": "9007199254740993",
    "Score": 0.1,
    "Signed_On": "2026-02-28",
    "Signed_At": "2026-02-28T23:30:00+01:00",
    "Competitors": ["Alpha Systems", "北方软件"],
    "Is_Strategic": True,
    "Portal": "https://portal.example/{n}",
    "Billing_Email": "billing{n}@customer.example",
    "Hotline": "+49 30 5550123",
    "Background": "Erste Zeile\nzweite Zeile 第二行",
}
"""A deal whose custom fields are all filled."""


def history(rows: list[Record]) -> Iterator[tuple[str, datetime | None]]:
    """(stage by its value, when it was entered) of one deal."""
    for row in rows:
        yield str(ACTUAL.get(row["Stage"], row["Stage"])), at(row["Modified_Time"])


def payload_form(name: str, value: Any, record: Record) -> Any:
    """A value as it is landed: references by id alone, tags by name, a choice of none as nothing."""
    if name == "Tag":
        return [tag["name"] for tag in value]
    if name == "Stage":
        return ACTUAL.get(value, value)
    if isinstance(value, Mapping) and "id" in value:
        into = (
            value["module"]["api_name"]
            if "module" in value
            else record.get("$se_module")
            if name == "What_Id"
            else None
        )
        return {"id": value["id"], "module": {"api_name": into}} if into else {"id": value["id"]}
    if isinstance(value, list):
        return [payload_form("", one, record) for one in value] or None
    return value

"""The file of a customer as a listing: its parts, its people, and what happened, the last first."""

from collections.abc import Iterator, Mapping

from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section, Word
from crmbridge.services.customer_file import PARTS, CustomerFile, Happening, Part, Person

_PARTS: Mapping[Part, str] = {
    "basics": mark("basics"),
    "purchases": mark("purchases of the customer"),
    "needs": mark("needs"),
    "preferences": mark("preferences"),
}
_COLUMNS = (
    Column("part", mark("part"), "word"),
    Column("known", mark("known"), "bool"),
    Column("field", mark("field")),
    Column("text", mark("value")),
    Column("purchase", mark("purchase")),
    Column("day", mark("day"), "date"),
    Column("amount", mark("amount"), "money"),
    Column("id", mark("id")),
    Column("kind", mark("kind"), "word"),
    Column("name", mark("name")),
    Column("title", mark("title")),
    Column("emails", mark("e-mail")),
    Column("phones", mark("phone")),
    Column("source", mark("source record")),
    Column("at", mark("at"), "instant"),
    Column("type", mark("type of activity"), "word"),
    Column("direction", mark("direction"), "word"),
    Column("person", mark("person")),
    Column("actor", mark("by whom")),
    Column("content", mark("content")),
    Column("outcome", mark("outcome")),
    Column("feedback", mark("feedback of the customer")),
    Column("next_step", mark("next step")),
    Column("next_step_due", mark("due"), "date"),
    Column("automated", mark("by a machine"), "bool"),
)
_HAPPENED = ("at", "type", "direction", "person", "actor", "content", "outcome", "next_step", "source")


def customer_listing(file: CustomerFile, explain: Mapping[str, object] | None = None) -> Listing:
    """The parts with what is known of each, the people, then the timeline."""
    return Listing(
        definition=file.evidence.definition,
        columns=_COLUMNS,
        rows=(*_parts(file), *_details(file), *map(_person, file.people), *map(_happening, file.timeline)),
        as_of=file.request.as_of,
        window={
            "kind": file.request.kind,
            "name": file.name,
            "complete": f"{len(file.filled)}/{len(PARTS)}",
            "known": file.request.known,
            "zone": file.evidence.zone,
        },
        warnings=file.evidence.warnings,
        explain=explain,
        title=mark("Customer"),
        sections=(
            Section("parts", mark("What is known"), ("part", "known")),
            Section("details", mark("Details"), ("part", "field", "text")),
            Section("purchases", mark("What they bought"), ("purchase", "day", "amount")),
            Section("people", mark("People"), ("name", "title", "kind", "emails", "phones", "source")),
            Section("timeline", mark("What happened"), _HAPPENED),
        ),
    )


def _parts(file: CustomerFile) -> Iterator[Mapping[str, object]]:
    for part in PARTS:
        yield {"section": "parts", "part": Word(part, _PARTS[part]), "known": part in file.filled}


def _details(file: CustomerFile) -> Iterator[Mapping[str, object]]:
    told = [("basics", name, text) for name, text in file.basics]
    told += [("needs", "need", text) for text in file.needs]
    told += [("preferences", "preference", text) for text in file.preferences]
    for part, name, text in told:
        shown = Word(part, _PARTS[part])  # type: ignore[index] # three of the parts
        yield {"section": "details", "part": shown, "field": name, "text": text}
    for one in file.purchases:
        yield {"section": "purchases", "purchase": one.id, "day": one.day, "amount": one.amount}


def _person(one: Person) -> Mapping[str, object]:
    return {
        "section": "people",
        "id": one.id,
        "kind": one.kind,
        "name": one.name,
        "title": one.title,
        "emails": ", ".join(one.emails),
        "phones": ", ".join(one.phones),
        "source": one.source,
    }


def _happening(one: Happening) -> Mapping[str, object]:
    return {
        "section": "timeline",
        "id": one.id,
        "at": one.at,
        "type": one.type,
        "direction": one.direction,
        "person": one.person,
        "actor": one.actor,
        "content": one.content,
        "outcome": one.outcome,
        "feedback": one.feedback,
        "next_step": one.next_step,
        "next_step_due": one.next_step_due,
        "automated": one.is_automated,
        "source": one.source,
    }

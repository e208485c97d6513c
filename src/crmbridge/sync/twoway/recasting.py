"""Records that a migration carries as another kind: notes, where one of the two systems keeps them as activities.

Only how the migration looks at them is another: the ledger keeps them as what they are.
"""

from collections.abc import Mapping
from dataclasses import replace

from crmbridge.mapping.rules import FieldRule, ObjectRule
from crmbridge.sync.twoway.pairs import End

NOTE, ACTIVITY = "note", "activity"
AS_ACTIVITY = {"title": "subject"}
_KEPT = ("content", "owner", "created_by", "modified_by", "vendor_created_at", "vendor_modified_at")
_LINKS = ("lead", "account", "contact", "deal")


def notes_as_activities(end: End, other: End) -> tuple[End, Mapping[str, str]]:
    """The end with its notes as activities where the other one keeps only these; and which objects those are."""
    notes = [one.object for one in end.objects(NOTE)]
    if not notes or other.objects(NOTE) or not other.objects(ACTIVITY):
        return end, {}
    rules = {name: _rule(end.mapping.document.body.objects[name]) for name in notes}
    return replace(end, mapping=end.mapping.recast(rules)), dict.fromkeys(notes, NOTE)


def _rule(note: ObjectRule) -> ObjectRule:
    """The rules of a note as those of an activity."""
    known = {name: rule for name, rule in note.fields.items() if not rule.unmapped}
    fields = {AS_ACTIVITY.get(name, name): known[name] for name in (*AS_ACTIVITY, *_KEPT, *_LINKS) if name in known}
    fields["type"] = FieldRule.model_validate({"value": "note"})
    if "vendor_created_at" in known:
        fields["logged_at"] = known["vendor_created_at"]
    return note.model_copy(update={"kind": ACTIVITY, "fields": fields})

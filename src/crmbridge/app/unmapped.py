"""What the records of a connection hold that its mapping has no name for, with the nearest name that it has."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from crmbridge.app.wiring import Wiring
from crmbridge.ledger import connections
from crmbridge.ledger.unmapped import UnmappedValue, unmapped_values
from crmbridge.mapping.document import MappingDocument
from crmbridge.mapping.outcome import PICKLIST_UNMAPPED, STAGE_UNMAPPED
from crmbridge.mapping.rules import ChoiceRule, FieldRule, ObjectRule
from crmbridge.mapping.stages import labels_of
from crmbridge.model.errors import nearest
from crmbridge.model.kinds import kind
from crmbridge.model.notes import Note

MOST_VALUES = 10
"""How many values of one field are told one by one."""


def unmapped(wiring: Wiring, names: Sequence[str]) -> Iterator[tuple[str, Note]]:
    """Connection and note for each value; of a field with very many, the most frequent and how many more."""
    ledger = wiring.ledger_there()
    if ledger is None:
        return
    with ledger.read() as tx:
        known = {row.name: row.id for row in connections.listing(tx)}
        for name in (name for name in names if name in known):
            document = wiring.document(name)
            kinds = dict.fromkeys(str(rule.kind) for rule in document.body.objects.values() if rule.kind)
            found = [one for kind_name in kinds for one in unmapped_values(tx, known[name], kind(kind_name))]
            yield from ((name, note) for note in _notes(document, found))


def _notes(document: MappingDocument, found: Sequence[UnmappedValue]) -> Iterator[Note]:
    for (object_name, field), group in groupby(found, key=lambda one: (one.object, one.field)):
        values, rule = list(group), document.body.objects.get(object_name)
        if rule is None:
            continue
        yield from (_note(document, rule, one) for one in values[:MOST_VALUES])
        if len(values) > MOST_VALUES:
            more = {"object": object_name, "field": field, "count": len(values) - MOST_VALUES}
            yield Note("UNMAPPED_MORE", "{count} more values of {field} of {object} have no name in the mapping", more)


def _note(document: MappingDocument, rule: ObjectRule, one: UnmappedValue) -> Note:
    params = {
        "place": str(document.origin("objects", one.object, *_path(rule, one.field))),
        "count": one.count,
        "object": one.object,
        "column": _column(rule, one.field),
        "value": one.value,
    }
    if not one.value:
        template = "{place}: {count} records of {object} have nothing in {column}, which is no name in the mapping"
        return Note(one.code, template, params)
    near = nearest(one.value, dict.fromkeys(_names(document, rule, one)))
    if near is None:
        template = "{place}: {count} records of {object} have {value} in {column}, which is no name in the mapping"
        return Note(one.code, template, params)
    template = (
        "{place}: {count} records of {object} have {value} in {column}, which is no name in the mapping "
        "(did you mean {nearest}?)"
    )
    return Note(one.code, template, params | {"nearest": near})


def _rule(rule: ObjectRule, field: str) -> FieldRule | ChoiceRule | None:
    return rule.pipeline if field == "pipeline" and isinstance(rule.pipeline, ChoiceRule) else rule.fields.get(field)


def _path(rule: ObjectRule, field: str) -> tuple[str, ...]:
    return ("fields", field) if field in rule.fields else (field,)


def _column(rule: ObjectRule, field: str) -> str:
    found = _rule(rule, field)
    source = found.source if found is not None else ()
    return source if isinstance(source, str) else (source or (field,))[0]


def _names(document: MappingDocument, rule: ObjectRule, one: UnmappedValue) -> Iterable[str]:
    """The names that the mapping has for a value of that field."""
    if one.code == STAGE_UNMAPPED:
        for pipeline in document.body.pipelines.values():
            if pipeline.object == rule.kind:
                yield from (label for stage in pipeline.stages for label in labels_of(stage))
    elif one.code == PICKLIST_UNMAPPED:
        found = rule.fields[one.field]
        yield from found.parameters.get("values") or kind(str(rule.kind)).fields[one.field].values
    else:
        found_choice = _rule(rule, one.field)
        values = found_choice.values if isinstance(found_choice, ChoiceRule) else {}
        yield from values or document.body.pipelines

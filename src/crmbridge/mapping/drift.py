"""What a mapping and its source disagree about: fields that are gone, unnamed values, unread fields."""

from collections.abc import Iterable, Iterator, Sequence

from crmbridge.adapter.catalog import Catalog, FieldInfo, ObjectInfo
from crmbridge.mapping.document import MappingDocument
from crmbridge.mapping.lenses.texts import fold
from crmbridge.mapping.rules import ChoiceRule, FieldRule, ObjectRule
from crmbridge.mapping.sources import vendor_fields
from crmbridge.mapping.stage_meanings import meanings_of
from crmbridge.mapping.stages import labels_of
from crmbridge.model.errors import suggestion
from crmbridge.model.kinds import KIND_NAMES, FieldType, kind
from crmbridge.model.notes import Note

OBJECT_MISSING = "OBJECT_MISSING"
OBJECT_UNREADABLE = "OBJECT_UNREADABLE"
COLUMN_MISSING = "COLUMN_MISSING"
STAGE_UNMAPPED = "STAGE_UNMAPPED"
PICKLIST_UNMAPPED = "PICKLIST_UNMAPPED"
COLUMN_UNMAPPED = "COLUMN_UNMAPPED"
COLUMN_ABSENT = "COLUMN_ABSENT"
OBJECT_UNMAPPED = "OBJECT_UNMAPPED"

ERRORS = frozenset({OBJECT_MISSING, OBJECT_UNREADABLE, COLUMN_MISSING})
"""The mapping cannot be right: a value it needs will never come."""
WARNINGS = frozenset({STAGE_UNMAPPED, PICKLIST_UNMAPPED})
"""Records will come in with something unknown."""
INFORMATION = frozenset({COLUMN_UNMAPPED, OBJECT_UNMAPPED, COLUMN_ABSENT})
"""The source has more than the mapping reads, or less than its default mapping would."""

Place = tuple[str | int, ...]
_NEEDED = frozenset({"stage", "owner"})
"""Fields without which the figures say little, though a record can be without them."""


def check(document: MappingDocument, catalog: Catalog) -> list[Note]:
    """Every disagreement: errors first, then warnings, then information; equal inputs give equal lists."""
    notes: list[Note] = []
    for name, rule in document.body.objects.items():
        if not rule.read:
            continue
        info = catalog.object(name)
        if info is None and rule.optional:
            continue
        if info is None:
            known = [found.name for found in catalog.objects]
            template = "{place}: the source has no object {object}; nearest: {nearest}"
            notes.append(
                _note(
                    OBJECT_MISSING, template, document, ("objects", name), object=name, nearest=suggestion(name, known)
                )
            )
            continue
        if not info.readable:
            template = "{place}: the object {object} cannot be read: {reason}"
            notes.append(
                _note(OBJECT_UNREADABLE, template, document, ("objects", name), object=name, reason=info.note or "-")
            )
        notes += [*_missing(document, name, rule, info), *_picklists(document, name, rule, info)]
        notes += [*_stages(document, name, rule, info, catalog), *_unread(rule, info)]
    for info in catalog.objects:
        if info.name not in document.body.objects:
            notes.append(Note(OBJECT_UNMAPPED, "the mapping does not read the object {object}", {"object": info.name}))
    return sorted(notes, key=lambda note: (note.code in INFORMATION, note.code in WARNINGS))


def spare(document: MappingDocument, name: str, info: ObjectInfo) -> frozenset[str]:
    """The fields of an object that the account lacks and that the default mapping can do without."""
    known, rule = [one.name for one in info.fields], document.body.objects[name]
    lacking = [(path, column) for path, column in _columns(rule) if column not in known]
    needed = {column for path, column in lacking if not _may_lack(document, name, (path, column), known)}
    return frozenset(column for _, column in lacking) - needed


def _note(code: str, template: str, document: MappingDocument, path: Place, **params: object) -> Note:
    return Note(code, template, {"place": str(document.origin(*path)), **params})


def _rules(rule: ObjectRule) -> Iterator[tuple[tuple[str, str], FieldRule]]:
    for table, rules in (("fields", rule.fields), ("stage_dates", rule.stage_dates), ("custom", rule.custom)):
        for name, one in rules.items():
            if not one.unmapped:
                yield (table, name), one


def _columns(rule: ObjectRule) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every vendor field an object's rules look at, with the rule's place."""
    for path, one in _rules(rule):
        for column in vendor_fields(one):
            yield path, column
    for key in ("pipeline", "category"):
        if isinstance(found := getattr(rule, key), ChoiceRule):
            yield (key,), found.source


def _missing(document: MappingDocument, name: str, rule: ObjectRule, info: ObjectInfo) -> Iterator[Note]:
    known = [one.name for one in info.fields]
    for path, column in dict.fromkeys(_columns(rule)):
        if column not in known and _may_lack(document, name, (path, column), known):
            template = "{place}: {object} has no field {column}, which the default mapping would read"
            yield _note(COLUMN_ABSENT, template, document, ("objects", name, *path), object=name, column=column)
        elif column not in known:
            template = "{place}: {object} has no field {column}; nearest: {nearest}"
            where = ("objects", name, *path)
            near = suggestion(column, known)
            yield _note(COLUMN_MISSING, template, document, where, object=name, column=column, nearest=near)


def _may_lack(document: MappingDocument, name: str, where: tuple[tuple[str, ...], str], known: Sequence[str]) -> bool:
    path, column = where
    is_default = document.origin("objects", name, *path).layer == "default"
    return is_default and _is_spare(document.body.objects[name], path, column, known)


def _is_spare(rule: ObjectRule, path: tuple[str, ...], column: str, known: Sequence[str]) -> bool:
    """Whether a default mapping can do without a column: another one stands in for it, or the kind does.

    An account has some of the fields that its vendor gives, and a default mapping is written for all of them. What a
    person wrote is meant as it stands, and so is what a record cannot be without.
    """
    if path[0] not in {"fields", "custom"}:
        return False
    one: FieldRule = (rule.fields if path[0] == "fields" else rule.custom)[path[1]]
    if column not in one.source or any(other in known for other in (*one.source, *one.fallback)):
        return True
    if path[0] != "fields" or rule.kind not in KIND_NAMES:
        return True
    spec = kind(rule.kind).fields.get(path[1])
    return path[1] not in _NEEDED and not (spec is not None and spec.required)


def _picklists(document: MappingDocument, name: str, rule: ObjectRule, info: ObjectInfo) -> Iterator[Note]:
    """Choices of the source that a closed list of the mapping does not name."""
    fields = {one.name: one for one in info.fields}
    for (table, field), one in _rules(rule):
        if table != "fields" or not _is_closed(rule, field, one) or len(one.source) != 1 or one.source[0] not in fields:
            continue
        values = one.parameters.get("values") or {word: word for word in kind(str(rule.kind)).fields[field].values}
        known = set(map(fold, values))
        for value, label in _choices(fields[one.source[0]]):
            if not {fold(value), fold(label)} & known:
                template = "{place}: no rule names the value {value} of {column}"
                where = ("objects", name, "fields", field)
                yield _note(PICKLIST_UNMAPPED, template, document, where, column=one.source[0], value=label)


def _is_closed(rule: ObjectRule, field: str, one: FieldRule) -> bool:
    if rule.kind not in KIND_NAMES or field not in kind(rule.kind).fields:
        return False
    return kind(rule.kind).fields[field].type is FieldType.ENUM or one.lens == "picklist"


def _choices(info: FieldInfo) -> Iterable[tuple[str, str]]:
    return ((value.value, value.label) for value in info.picklist)


def _stages(
    document: MappingDocument, name: str, rule: ObjectRule, info: ObjectInfo, catalog: Catalog
) -> Iterator[Note]:
    """Stages of the source that no pipeline of the mapping names, by id or by label."""
    stage = rule.fields.get("stage")
    if stage is None or len(stage.source) != 1:
        return
    known = {
        fold(label)
        for pipeline in document.body.pipelines.values()
        if pipeline.object == rule.kind
        for one in pipeline.stages
        for label in labels_of(one)
    } | set(map(fold, stage.parameters.get("values", {})))
    offered = [(s.id, s.label) for p in catalog.pipelines if p.object == name for s in p.stages]
    offered += [(v.value, v.label) for one in info.fields if one.name == stage.source[0] for v in one.picklist]
    meanings, where = meanings_of(catalog).get(name, {}), ("objects", name, "fields", "stage")
    for identity, label in dict.fromkeys(offered):
        if {fold(identity), fold(label)} & known:
            continue
        meaning = meanings.get(fold(identity))
        if meaning is None:
            yield _note(STAGE_UNMAPPED, "{place}: no stage has the label {label}", document, where, label=label)
        else:
            template = "{place}: no stage has the label {label}; the source says that it is {category}"
            yield _note(STAGE_UNMAPPED, template, document, where, label=label, category=meaning.value)


def _unread(rule: ObjectRule, info: ObjectInfo) -> Iterator[Note]:
    read = {column for _, column in _columns(rule)} | {info.key_field}
    for one in info.fields:
        if one.name not in read:
            template = "the mapping does not read {column} of {object}"
            yield Note(COLUMN_UNMAPPED, template, {"object": info.name, "column": one.name})

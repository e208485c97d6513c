"""Options by their labels: for sources whose accounts give the same option different values.

A record carries the value of an option ("2"), people and mappings know its label (需求确认). Where an object's rules
say `labels = true`, what the source's catalog tells of its options goes into the tables of the rules before they are
compiled. It is a part of what the mapping reads by: a label that changes is read again, as after an edit.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from crmbridge.adapter.catalog import Catalog
from crmbridge.mapping.customs import custom_spec
from crmbridge.mapping.document import MappingDocument
from crmbridge.mapping.lenses.texts import fold
from crmbridge.mapping.rules import ChoiceRule, CustomRule, FieldRule, ObjectRule
from crmbridge.model.custom import CustomType
from crmbridge.model.kinds import KIND_NAMES, FieldSpec, FieldType, kind

Options = Mapping[str, str]
"""The label of each value of a field."""
Labels = Mapping[str, Mapping[str, Options]]
"""Object -> field -> its options."""
R = TypeVar("R", bound=FieldRule)
_LENSES = {None, "text", "texts", "picklist"}
_TEXTS = {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.TEXTS}
_CHOSEN = {FieldType.ENUM, FieldType.BOOL, FieldType.INTEGER, FieldType.NUMBER}


def labels_of(catalog: Catalog) -> dict[str, dict[str, dict[str, str]]]:
    """The options of each object whose values and labels are not the same."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for info in catalog.objects:
        for one in info.fields:
            options = {value.value: value.label for value in one.picklist}
            if any(value != label for value, label in options.items()):
                found.setdefault(info.name, {})[one.name] = options
    return found


def wanted(document: MappingDocument, labels: Labels) -> dict[str, dict[str, dict[str, str]]]:
    """Those of the options that the document's rules look at and want by label."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for name, rule in document.body.objects.items():
        told = labels.get(name, {}) if rule.labels else {}
        used = {column for column in _columns(rule) if column in told}
        if used:
            found[name] = {column: dict(told[column]) for column in sorted(used)}
    return found


def labelled(document: MappingDocument, labels: Labels) -> MappingDocument:
    """The document with those options in the tables of its rules; places in messages stay where they were."""
    objects = dict(document.body.objects)
    for name, rule in objects.items():
        if rule.labels and name in labels:
            objects[name] = _object(rule, labels[name])
    if objects == dict(document.body.objects):
        return document
    return replace(document, body=document.body.model_copy(update={"objects": objects}))


def _object(rule: ObjectRule, told: Mapping[str, Options]) -> ObjectRule:
    specs = kind(rule.kind).fields if rule.kind in KIND_NAMES else {}
    fields = {name: _field(one, specs.get(name), told) for name, one in rule.fields.items()}
    for name, one in rule.fields.items():
        raw = f"{name}_raw"
        if raw in specs and raw not in fields and one.source and _options(one, told):
            fields[raw] = _said(one, told)
    customs = {name: _field(one, _custom(name, one), told) for name, one in rule.custom.items()}
    choices = {key: _choice(getattr(rule, key), told) for key in ("pipeline", "category")}
    return rule.model_copy(update={"fields": fields, "custom": customs, **choices})


def _custom(name: str, rule: CustomRule) -> FieldSpec | None:
    """What a custom field holds; None for a type that is none, of which the compiler tells."""
    return custom_spec(name, CustomType(rule.type)) if rule.type in set(CustomType) else None


def _field(rule: R, spec: FieldSpec | None, told: Mapping[str, Options]) -> R:
    """The rule with the options in its table of values; one with a lens that knows no table stays as it is."""
    options = _options(rule, told)
    if not options or rule.lens not in _LENSES:
        return rule
    parameters = dict(rule.parameters)
    if rule.lens == "picklist" or (spec is not None and spec.type in _CHOSEN):
        table = dict(parameters.get("values") or {word: word for word in (spec.values if spec else ())})
        if not table and rule.lens is None:
            return rule
        parameters |= _chosen(table, parameters.get("write") or {}, options)
    elif spec is None or spec.type in _TEXTS:
        parameters["values"] = _texts(parameters.get("values") or {}, options)
    return rule.model_copy(update=parameters)


def _said(rule: FieldRule, told: Mapping[str, Options]) -> FieldRule:
    """A rule that keeps the label of what another one reads."""
    kept = {"from": rule.source, "join": rule.join, "fallback": rule.fallback, "part": rule.part}
    values = _texts({}, _options(rule, told))
    return FieldRule.model_validate(kept | {"empty": rule.empty, "when": rule.when, "values": values})


def _choice(rule: object, told: Mapping[str, Options]) -> object:
    if not isinstance(rule, ChoiceRule) or rule.source not in told:
        return rule
    return rule.model_copy(update={"values": _chosen(dict(rule.values), {}, told[rule.source])["values"]})


def _chosen(table: dict[str, Any], write: Mapping[str, str], options: Options) -> dict[str, Any]:
    """A closed table with the values whose labels it names; what is written is the label, as before."""
    by_label, known = {fold(word): ours for word, ours in table.items()}, {fold(word) for word in table}
    own = Counter(table.values())
    back = {ours: word for word, ours in table.items() if own[ours] == 1 and isinstance(ours, str)}
    added = {
        value: by_label[fold(label)]
        for value, label in options.items()
        if fold(label) in by_label and fold(value) not in known
    }
    again = {ours: word for ours, word in back.items() if ours in added.values()}
    return {"values": {**table, **added}, "write": {**again, **write}}


def _texts(table: Mapping[str, str], options: Options) -> dict[str, str]:
    """An open table with every value as its label, or as what the table makes of that."""
    by_label, known = {fold(word): ours for word, ours in table.items()}, {fold(word) for word in table}
    added = {value: by_label.get(fold(label), label) for value, label in options.items() if fold(value) not in known}
    return {**table, **added}


def _options(rule: FieldRule, told: Mapping[str, Options]) -> Options:
    """The options of the fields that a rule takes its one value from, without values of two meanings.

    Two labels that the rule's own table makes the same are one meaning.
    """
    if len(rule.source) != 1 or rule.part is not None or rule.value is not None or rule.unmapped:
        return {}
    table = {fold(word): ours for word, ours in (rule.parameters.get("values") or {}).items()}
    found: dict[str, str] = {}
    odd: set[str] = set()
    for column in (*rule.source, *rule.fallback):
        for value, label in told.get(column, {}).items():
            before = found.setdefault(value, label)
            if table.get(fold(before), before) != table.get(fold(label), label):
                odd.add(value)
    return {value: label for value, label in found.items() if value not in odd}


def _columns(rule: ObjectRule) -> Iterator[str]:
    for one in (*rule.fields.values(), *rule.custom.values()):
        yield from (*one.source, *one.fallback)
    for choice in (rule.pipeline, rule.category):
        if isinstance(choice, ChoiceRule):
            yield choice.source

"""What describe says of an object and its fields, in the catalog's words."""

from collections.abc import Mapping
from typing import Any, Literal

from crmbridge.adapter.catalog import FieldInfo, ObjectInfo, PicklistValue, PipelineInfo, StageInfo
from crmbridge_fxiaoke.outgoing import is_writable
from crmbridge_fxiaoke.payload import NAMED, PEOPLE, name_of
from crmbridge_fxiaoke.people import DEPARTMENTS, USERS

STAGES: Mapping[str, tuple[str, str]] = {
    "NewOpportunityObj": ("sales_stage", "sales_status"),
    "OpportunityObj": ("oppo_stage_id", "biz_status"),
    "LeadsObj": ("biz_status", "biz_status"),
}
"""The objects that move through stages: the field of the stage, and that of the state behind it."""
Category = Literal["open", "won", "lost", "void"]
_WORDS: Mapping[Category, tuple[str, ...]] = {
    "won": ("赢单", "成交", "已转换", "won", "transformed"),
    "lost": ("输单", "丢单", "lost"),
    "void": ("无效", "作废", "void", "closed"),
}


def object_info(name: str, described: Mapping[str, Any], fields: Mapping[str, Mapping[str, Any]]) -> ObjectInfo:
    """One object; its id first, then its fields by name."""
    infos = [field_info(key, one) for key, one in sorted(fields.items()) if key != "_id"]
    infos += [_name_info(key, one) for key, one in sorted(fields.items()) if target_of(one) in NAMED]
    key = FieldInfo(name="_id", label=_label(fields.get("_id", {}), "_id"), type="id", writable=False, unique=True)
    return ObjectInfo(
        name=name,
        label=_label(described, name),
        fields=(key, *infos),
        key_field="_id",
        has_modified_time="last_modified_time" in fields,
        writable=True,
    )


def field_info(name: str, one: Mapping[str, Any]) -> FieldInfo:
    """A field as Fxiaoke describes it; a type that nobody knows is kept as it is called."""
    kind = one.get("type")
    kind = kind if isinstance(kind, str) and kind else "unknown"
    length = one.get("max_length")
    return FieldInfo(
        name=name,
        label=_label(one, name),
        type=kind,
        required=one.get("is_required") is True,
        writable=is_writable(name, one),
        unique=one.get("is_unique") is True,
        custom=one.get("define_type") == "custom" or name.endswith("__c"),
        max_length=length if isinstance(length, int) and length > 0 else None,
        target=target_of(one),
        picklist=options_of(one),
    )


def _name_info(name: str, one: Mapping[str, Any]) -> FieldInfo:
    """The name of what a reference points at, which comes beside its id."""
    return FieldInfo(name=name_of(name), label=f"{_label(one, name)} (名称)", type="name", writable=False)


def target_of(one: Mapping[str, Any]) -> str | None:
    """The object that a reference points at; people and departments are in the directory."""
    kind = one.get("type")
    if kind in PEOPLE:
        return USERS if kind == "employee" else DEPARTMENTS
    target = one.get("target_api_name")
    return target if isinstance(target, str) and target else None


def options_of(one: Mapping[str, Any]) -> tuple[PicklistValue, ...]:
    """The options of a field, those out of use too: records go on carrying them."""
    options = one.get("options")
    found: dict[str, str] = {}
    for option in options if isinstance(options, list) else ():
        if isinstance(option, Mapping) and option.get("value") not in {None, ""}:
            value = str(option["value"])
            found.setdefault(value, str(option.get("label") or value))
    return tuple(PicklistValue(value=value, label=label) for value, label in found.items())


def pipeline_of(name: str, fields: Mapping[str, Mapping[str, Any]]) -> PipelineInfo | None:
    """The stages of an object in the order of their options.

    Which sales process (`sales_process_id`) has which of them describe does not say, so there is one pipeline; an end
    is known by its label, and by that alone. Stages without options (商机 1.0) leave the states behind them.
    """
    stage = next((key for key in STAGES.get(name, ()) if options_of(fields.get(key, {}))), None)
    if stage is None:
        return None
    options = options_of(fields[stage])
    stages = [
        StageInfo(id=one.value, label=one.label, order=number, category=category_of(one.label))
        for number, one in enumerate(options, start=1)
    ]
    return PipelineInfo(id=stage, label=_label(fields.get(stage, {}), stage), object=name, stages=tuple(stages))


def category_of(label: str) -> Category | None:
    """What a stage or state means where its very name says it."""
    word = label.strip().casefold()
    return next((category for category, words in _WORDS.items() if word in words), None)


def _label(one: Mapping[str, Any], default: str) -> str:
    """An object's own title is under `label` or under `display_name` (dossier 3.11)."""
    found = one.get("label") or one.get("display_name")
    return found if isinstance(found, str) and found else default

"""Options by their labels: an account's own values read as the mapping's words, and are written back as labels."""

from collections.abc import Callable, Mapping

import pytest

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo, PicklistValue
from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.labels import Labels, labels_of, wanted
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed, Mapped
from crmbridge.model.errors import ConfigErrors

Compile = Callable[..., CompiledMapping]
RULES = """
[pipelines.renewal]
[[pipelines.renewal.stages]]
key = "due"
category = "open"
labels = ["Due"]

[objects.deals]
kind = "deal"
labels = true
pipeline = { from = "Process", values = { "Renewals" = "renewal" }, other = "sales" }
category = { from = "State", values = { "Running" = "open", "Won" = "won", "Off" = "void" } }
[objects.deals.fields]
name = "Name"
stage = "Stage"
source = "Source"
deal_type = { from = "Type", values = { "New" = "new", "Upgrade" = "upsell", "Extension" = "upsell" } }
reason = { from = "Why", fallback = ["Back"] }
forecast_override = { from = "Guess", fallback = ["Bet"], values = { "Sure" = "commit", "Safe" = "commit" } }
[objects.deals.custom]
level = { from = "Level", type = "single" }
rivals = { from = "Rivals", type = "multi", list = true }
points = { from = "Points", type = "number" }

[objects.tasks]
kind = "task"
labels = true
[objects.tasks.fields]
title = "Name"
status = { from = "Status", values = { "Offen" = "open", "Fertig" = "done" } }
[objects.leads]
kind = "lead"
labels = true
[objects.leads.fields]
full_name = "Name"
converted = { from = "Status", lens = "picklist", values = { "Offen" = false, "Fertig" = true } }
"""
LABELS: Labels = {
    "deals": {
        "Stage": {"1": "Talking", "9": "Closed Won", "z": "Odd", "d": "Due"},
        "State": {"a": "Running", "b": "Won", "c": "Off"},
        "Source": {"1": "Web", "kx": "Fair"},
        "Type": {"o1": "New", "o2": "upgrade", "o3": "Other"},
        "Why": {"1": "Price", "2": "Time"},
        "Guess": {"1": "Sure"},
        "Bet": {"1": "Safe"},
        "Back": {"1": "No answer", "3": "Duplicate"},
        "Level": {"l": "High"},
        "Points": {"5": "Five"},
        "Rivals": {"r1": "Alpha", "r2": "北方软件"},
        "Unread": {"1": "x"},
    },
    "tasks": {"Status": {"1": "Offen", "2": "Fertig"}},
    "leads": {"Status": {"1": "Offen", "2": "Fertig"}},
}
Read = Callable[..., dict[str, object]]


@pytest.fixture
def mapping(compiled: Compile, pipeline_text: str) -> CompiledMapping:
    return compiled(pipeline_text + RULES)


def read(known: CompiledMapping, name: str = "deals", /, **payload: object) -> dict[str, object]:
    one = known.object(name)
    row = one.read({"Name": "x", **payload})
    assert isinstance(row, Mapped), row
    columns = [column.name for column in one.kind.columns]
    return {**dict(zip(columns, row.values, strict=True)), "custom": row.custom, "issues": row.issues}


def test_values_are_read_as_their_labels(mapping: CompiledMapping) -> None:
    known = mapping.knowing({}, LABELS)
    row = read(known, Stage="9", Source="kx", Type="o2", Why="2", Level="l")
    assert (row["stage"], row["category"], row["pipeline"]) == ("won", "won", "sales")
    assert (row["source"], row["deal_type"], row["reason"]) == ("Fair", "upsell", "Time")
    assert row["stage_raw"] == "Closed Won"
    assert "High" in str(row["custom"])
    assert row["issues"] is None


def test_labels_themselves_are_read_as_before(mapping: CompiledMapping) -> None:
    row = read(mapping.knowing({}, LABELS), Stage="Talking", Source="Web", Type="New")
    assert (row["stage"], row["source"], row["deal_type"]) == ("talk", "Web", "new")


def test_the_words_of_a_choice_are_kept_as_its_labels(mapping: CompiledMapping) -> None:
    row = read(mapping.knowing({}, LABELS), "tasks", Status="2")
    assert (row["status"], row["status_raw"]) == ("done", "Fertig")


def test_a_yes_or_no_may_be_told_by_labels(mapping: CompiledMapping) -> None:
    known = mapping.knowing({}, LABELS)
    assert [read(known, "leads", Status=value)["converted"] for value in ("1", "2", "Fertig")] == [0, 1, 1]


def test_the_flag_is_known_by_its_label_where_the_stage_has_no_name(mapping: CompiledMapping) -> None:
    row = read(mapping.knowing({}, LABELS), Stage="z", State="c")
    assert (row["stage"], row["category"], row["stage_raw"]) == ("UNKNOWN", "void", "Odd")
    assert '"Odd"' in str(row["issues"])


def test_every_other_process_is_the_one_that_the_rule_names(mapping: CompiledMapping) -> None:
    known = mapping.knowing({}, LABELS)
    assert [read(known, Process=word, Stage="d")["pipeline"] for word in ("Renewals", "Hardware", None)] == [
        "renewal",
        "sales",
        "sales",
    ]
    assert read(known, Process="Renewals", Stage="d")["stage"] == "due"


def test_a_value_that_two_fields_mean_differently_is_left_as_it_is(mapping: CompiledMapping) -> None:
    known = mapping.knowing({}, LABELS)
    assert read(known, Why="1")["reason"] == "1"
    assert read(known, Back="3")["reason"] == "Duplicate"


def test_a_value_that_two_fields_call_differently_and_the_rule_the_same_has_one_meaning(
    mapping: CompiledMapping,
) -> None:
    known = mapping.knowing({}, LABELS)
    assert [read(known, **{name: "1"})["forecast_override"] for name in ("Guess", "Bet")] == ["commit", "commit"]


def test_each_of_several_options_is_read_as_its_label(mapping: CompiledMapping) -> None:
    known = mapping.knowing({}, LABELS)
    row = read(known, Rivals=["r2", "r1", "another"], Points="5")
    assert '["北方软件","Alpha","another"]' in str(row["custom"])
    assert '"5"' in str(row["custom"])


def test_without_the_catalog_values_stay(mapping: CompiledMapping) -> None:
    row = read(mapping, Stage="9", Source="kx")
    assert (row["stage"], row["source"]) == ("UNKNOWN", "kx")


def test_labels_are_written(mapping: CompiledMapping) -> None:
    deals: CompiledObject = mapping.knowing({}, LABELS).object("deals")
    tasks = mapping.knowing({}, LABELS).object("tasks")
    assert tasks.write({"status": "done"}) == {"Status": "Fertig"}
    assert deals.write({"stage": "talk", "pipeline": "sales", "deal_type": "new"}) != {}
    assert deals.write({"deal_type": "new"}) == {"Type": "New"}
    assert isinstance(deals.write({"deal_type": "upsell"}), Failed)
    assert deals.write({"source": "Fair"}) == {"Source": "kx"}


def test_it_is_a_version_of_the_mapping_that_only_used_options_change(mapping: CompiledMapping) -> None:
    known = mapping.knowing({}, LABELS)
    assert known.hash != mapping.hash
    assert known.knowing({}, LABELS) is known
    other = {**LABELS, "deals": {**LABELS["deals"], "Unread": {"1": "y"}}, "gone": {"a": {"1": "b"}}}
    assert known.knowing({}, other) is known
    renamed = {**LABELS, "deals": {**LABELS["deals"], "Source": {"1": "Website", "kx": "Fair"}}}
    assert known.knowing({}, renamed).hash != known.hash
    assert mapping.knowing({}, None) is mapping


def test_objects_that_do_not_ask_for_labels_are_left_alone(compiled: Compile, pipeline_text: str) -> None:
    plain = compiled(pipeline_text + RULES.replace("labels = true\n", ""))
    assert wanted(plain.document, LABELS) == {}
    assert plain.knowing({}, LABELS) is plain


def test_labels_come_from_the_catalog() -> None:
    def field(name: str, **values: str) -> FieldInfo:
        options = tuple(PicklistValue(value=value, label=label) for value, label in values.items())
        return FieldInfo(name=name, label=name, type="select", picklist=options)

    fields = (field("same", a="a"), field("none"), field("own", a="A", b="b"))
    info = ObjectInfo(name="o", label="o", fields=fields)
    told: Mapping[str, object] = labels_of(Catalog(objects=(info,), limits=Limits(page_size=1, batch_size=1)))
    assert told == {"o": {"own": {"a": "A", "b": "b"}}}


def test_other_names_a_pipeline_that_there_is(compiled: Compile, pipeline_text: str) -> None:
    with pytest.raises(ConfigErrors, match="there is no pipeline sale"):
        compiled(pipeline_text + RULES.replace('other = "sales"', 'other = "sale"'))
    with pytest.raises(ConfigErrors, match="a category has no other"):
        compiled(pipeline_text + RULES.replace('"Off" = "void" } }', '"Off" = "void" }, other = "open" }'))

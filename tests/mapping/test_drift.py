from collections import Counter

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo, PicklistValue, PipelineInfo, StageInfo
from crmbridge.mapping.document import MappingDocument, load, overlay
from crmbridge.mapping.drift import ERRORS, INFORMATION, WARNINGS, check

MAPPING = """
[objects.deals]
kind = "deal"
pipeline = { from = "Pipeline" }
category = { from = "Flag" }
[objects.deals.fields]
name = "Name"
stage = { from = "Stage", values = { Old = "Talking" } }
amount = { from = "Amout", currency_from = "Currency" }
deal_type = { from = "Type", values = { New = "new" } }
region = false
segment = { from = "Name", lens = "picklist", values = { a = "b" } }
competitor = { value = "x" }
next_step = { from = "Gone" }
[objects.deals.custom]
c = "C"
[objects.deals.stage_dates]
won = "Won"
[objects.gone]
kind = "account"
[objects.gone.fields]
name = "N"
[objects.odd]
kind = "nothing"
[objects.odd.fields]
status = "Name"
[objects.people]
kind = "account"
[objects.people.fields]
name = "Name"
status = "Type"
"""


def fields(*names: str, **picklists: tuple[str, ...]) -> tuple[FieldInfo, ...]:
    plain = [FieldInfo(name=name, label=name, type="text") for name in names]
    listed = [
        FieldInfo(
            name=name, label=name, type="picklist", picklist=tuple(PicklistValue(value=v, label=v) for v in values)
        )
        for name, values in picklists.items()
    ]
    return (*plain, *listed)


CATALOG = Catalog(
    objects=(
        ObjectInfo(
            name="deals",
            label="Deals",
            key_field="Id",
            fields=fields(
                "Id",
                "Name",
                "Amount",
                "Pipeline",
                "Flag",
                "C",
                "Extra",
                Type=("new", "Renewal"),
                Stage=("Talking", "Frozen"),
            ),
        ),
        ObjectInfo(name="odd", label="Odd", fields=fields("Name")),
        ObjectInfo(
            name="people", label="P", fields=fields("Name", Type=("Customer", "Rival")), readable=False, note="no right"
        ),
        ObjectInfo(name="goal", label="Goals", fields=()),
    ),
    pipelines=(
        PipelineInfo(
            id="1",
            label="Sales",
            object="deals",
            stages=(StageInfo(id="9", label="closed won", order=1), StageInfo(id="8", label="Lost?", order=2)),
        ),
    ),
    limits=Limits(page_size=1, batch_size=1),
)


def test_drift_names_what_is_gone_what_is_unnamed_and_what_nobody_reads(pipeline_text: str) -> None:
    notes = check(load(pipeline_text + MAPPING, file="m.toml"), CATALOG)
    assert [str(note) for note in notes] == [
        "m.toml:41: deals has no field Amout; nearest: Amount",
        "m.toml:41: deals has no field Currency; nearest: Id, Name, Amount, Pipeline, Flag, C, Extra, Type, Stage",
        "m.toml:46: deals has no field Gone; nearest: Name",
        "m.toml:50: deals has no field Won; nearest: Id, Name, Amount, Pipeline, Flag, C, Extra, Type, Stage",
        "m.toml:51: the source has no object gone; nearest: goal",
        "m.toml:59: the object people cannot be read: no right",
        "m.toml:42: no rule names the value Renewal of Type",
        "m.toml:40: no stage has the label Lost?",
        "m.toml:40: no stage has the label Frozen",
        "m.toml:63: no rule names the value Rival of Type",
        "the mapping does not read Amount of deals",
        "the mapping does not read Extra of deals",
        "the mapping does not read the object goal",
    ]
    kinds = Counter(
        "error" if n.code in ERRORS else "warning" if n.code in WARNINGS else n.code in INFORMATION for n in notes
    )
    assert kinds == {"error": 6, "warning": 4, True: 3}


def test_a_mapping_that_fits_says_nothing(pipeline_text: str) -> None:
    text = pipeline_text + '[objects.d]\nkind = "deal"\n[objects.d.fields]\nname = "Name"\nstage = { value = "won" }\n'
    info = ObjectInfo(name="d", label="d", fields=fields("Name", "Id"), key_field="Id")
    assert check(load(text, file="m.toml"), Catalog(objects=(info,), limits=CATALOG.limits)) == []


def test_an_object_that_is_not_read_is_not_missed(pipeline_text: str) -> None:
    text = pipeline_text + '[objects.nowhere]\nread = false\nkind = "account"\n[objects.nowhere.fields]\nname = "N"\n'
    assert check(load(text, file="m.toml"), Catalog(objects=(), limits=CATALOG.limits)) == []


def over_default(default: str, own: str) -> MappingDocument:
    return overlay(load(default, file="default.toml"), load(own, file="own.toml"))


DEFAULT = """
format = 1
[objects.people]
kind = "contact"
[objects.people.fields]
full_name = { from = "Name", fallback = ["Nick"] }
phones = { from = ["Phone", "Mobile"], join = ";" }
title = "Title"
department = "Dept"
[objects.people.custom]
floor = "Floor"
[objects.tasks]
kind = "task"
optional = true
[objects.tasks.fields]
title = "Title"
"""


def people(*names: str) -> Catalog:
    info = ObjectInfo(name="people", label="P", fields=fields(*names), key_field="Id")
    return Catalog(objects=(info,), limits=CATALOG.limits)


def test_a_default_mapping_can_do_without_fields_that_an_account_lacks() -> None:
    document = over_default(DEFAULT, "format = 1\n")
    notes = check(document, people("Name", "Phone", "Title"))
    assert {note.code for note in notes} == {"COLUMN_ABSENT"}
    assert [note.params["column"] for note in notes] == ["Nick", "Mobile", "Dept", "Floor"]
    assert str(notes[0]) == "default.toml:6: people has no field Nick, which the default mapping would read"


def test_what_a_record_needs_is_missed_all_the_same() -> None:
    notes = check(over_default(DEFAULT, "format = 1\n"), people("Phone"))
    missed = [note.params["column"] for note in notes if note.code == "COLUMN_MISSING"]
    assert missed == ["Name"]


def test_what_a_person_wrote_is_meant_as_it_stands() -> None:
    own = 'format = 1\n[objects.people.fields]\ntitle = "Titel"\n'
    notes = check(over_default(DEFAULT, own), people("Name", "Nick", "Phone", "Mobile", "Dept", "Floor", "Title"))
    assert [(note.code, note.params["column"]) for note in notes] == [
        ("COLUMN_MISSING", "Titel"),
        ("COLUMN_UNMAPPED", "Title"),
    ]


def test_a_choice_is_named_by_its_value_or_by_its_label() -> None:
    text = 'format = 1\n[objects.p]\nkind = "task"\n[objects.p.fields]\ntitle = "T"\n'
    text += 'status = { from = "S", values = { "Offen" = "open", "2" = "done" } }\n'
    choices = tuple(PicklistValue(value=v, label=n) for v, n in (("1", "Offen"), ("2", "Fertig"), ("3", "Weg")))
    listed = FieldInfo(name="S", label="S", type="picklist", picklist=choices)
    info = ObjectInfo(name="p", label="p", fields=(*fields("T"), listed))
    (note,) = check(load(text, file="m.toml"), Catalog(objects=(info,), limits=CATALOG.limits))
    assert str(note) == "m.toml:6: no rule names the value Weg of S"


def test_a_stage_without_a_name_is_told_with_what_the_source_says_of_it(pipeline_text: str) -> None:
    stages = (
        StageInfo(id="1", label="Signed", order=1, category="won"),
        StageInfo(id="2", label="Waiting", order=2, category="open"),
    )
    pipeline = PipelineInfo(id="1", label="Sales", object="deals", stages=stages)
    catalog = CATALOG.model_copy(update={"pipelines": (pipeline,)})
    told = [str(note) for note in check(load(pipeline_text + MAPPING, file="m.toml"), catalog)]
    assert "m.toml:40: no stage has the label Signed; the source says that it is won" in told
    assert "m.toml:40: no stage has the label Waiting" in told

"""docs/reference/mapping.md names every key and every lens, and its examples are so."""

import re
import tomllib
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel
from tests.docs.pages import ROOT, blocks, text_of

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.compiler import MappingSettings, compile_mapping
from crmbridge.mapping.document import MappingDocument, load, overlay
from crmbridge.mapping.lenses.frame import Setting
from crmbridge.mapping.lenses.registry import BUILT_IN, build_lens
from crmbridge.mapping.outcome import Unmapped
from crmbridge.mapping.rules import CustomRule, FieldRule, MappingBody, ObjectRule, PipelineRule, StageRule
from crmbridge.model.custom import CustomType
from crmbridge.model.kinds import FieldSpec, FieldType
from crmbridge.model.money import Money

PAGE = ROOT / "docs" / "reference" / "mapping.md"
TEXT = text_of(PAGE)
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIELDS = {
    "integer": FieldType.INTEGER,
    "number": FieldType.NUMBER,
    "percent": FieldType.NUMBER,
    "money": FieldType.MONEY,
    "bool": FieldType.BOOL,
    "date": FieldType.DATE,
    "instant": FieldType.INSTANT,
    "epoch_ms": FieldType.INSTANT,
    "epoch_s": FieldType.INSTANT,
    "ref": FieldType.REF,
    "texts": FieldType.TEXTS,
    "json": FieldType.JSON,
}


def section(heading: str) -> str:
    """The text under a heading, up to the next of the same depth or above."""
    depth = heading.index(" ")
    found = re.search(rf"^{re.escape(heading)}.*?\n(.*?)(?=^#{{1,{depth}}} |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading}"
    return found[1]


def first_cells(text: str, head: str) -> list[str]:
    """The names in the first column of the tables with that head."""
    found = []
    for table in re.findall(rf"^\| {head} \|.*\n\| ---.*\n((?:\|.*\n)+)", text, re.MULTILINE):
        found += [re.sub(r".*\.|`", "", row.split("|")[1].strip()) for row in table.splitlines()]
    return found


def keys(model: type[BaseModel]) -> set[str]:
    return {info.alias or name for name, info in model.model_fields.items()}


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("### A pipeline", PipelineRule),
        ("### A stage", StageRule),
        ("### An object", ObjectRule),
    ],
)
def test_every_key_is_named(heading: str, model: type[BaseModel]) -> None:
    assert set(first_cells(section(heading), "key")) == keys(model)


def test_every_key_of_a_rule_is_named() -> None:
    assert set(first_cells(section("### A rule"), "key")) == keys(CustomRule) >= keys(FieldRule)


def test_every_top_key_and_every_custom_type_is_named() -> None:
    named = section("## The document").split("###")[0]
    assert {f"`{key}" for key in keys(MappingBody)} <= set(re.findall(r"^\| (`\w+)", named, re.MULTILINE))
    row = next(line for line in TEXT.splitlines() if line.startswith("| `type`"))
    assert set(re.findall(r"`(\w+)`", row.split("|")[3])) == {kept.value for kept in CustomType}


def test_every_lens_has_a_section_and_no_other() -> None:
    assert re.findall(r"^### ([a-z_]+)$", section("## Lenses"), re.MULTILINE) == list(
        dict.fromkeys(re.findall(r"^### ([a-z_]+)$", TEXT, re.MULTILINE))
    )
    assert set(re.findall(r"^### ([a-z_]+)$", TEXT, re.MULTILINE)) == set(BUILT_IN)


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_parameter_of_a_lens_is_named(name: str) -> None:
    text = section(f"### {name}")
    parameters = keys(BUILT_IN[name].parameters)
    named = set(first_cells(text, "parameter"))
    if "with the parameters of" in text:
        named |= set(re.findall(r"`(\w+)`", text.split("|")[0]))
    assert named == parameters


def setting(lens: str) -> Setting:
    if lens == "picklist":
        return Setting(FieldSpec("deal_type", FieldType.ENUM, values=("new", "upsell")), SHANGHAI, "USD")
    return Setting(FieldSpec("some_field", FIELDS.get(lens, FieldType.TEXT)), SHANGHAI, "USD")


def shown(value: object) -> str:
    match value:
        case LensFailure():
            return "*fails*"
        case Unmapped():
            return "*not listed*"
        case Money():
            return f"`{value.currency} {value.amount}`"
        case tuple():
            return f"`{', '.join(value)}`"
        case date():
            return f"`{value}`"
    return f"`{value}`"


def examples() -> list[tuple[str, str, str, str]]:
    found = []
    for name in BUILT_IN:
        rows = re.findall(r"^\| rule .*\n\| ---.*\n((?:\|.*\n)+)", section(f"### {name}"), re.MULTILINE)
        assert rows, f"no examples of {name}"
        for row in rows[0].splitlines():
            rule, source, expected = (cell.strip() for cell in row.strip("|").split("|"))
            found.append((name, rule.strip("`"), source.removeprefix("`").removesuffix("`"), expected))
    return found


@pytest.mark.parametrize(("name", "rule", "source", "expected"), examples())
def test_every_example_of_a_lens_is_so(name: str, rule: str, source: str, expected: str) -> None:
    parameters = tomllib.loads(f"rule = {{ {rule} }}")["rule"]
    lens, problems = build_lens(name, setting(name), parameters, plugins={})
    assert lens is not None, problems
    assert shown(lens.read(source)) == expected


def documents() -> list[MappingDocument]:
    whole = [block for block in blocks(PAGE) if "whole" in block.marks]
    base = load(whole[0].body, file=str(whole[0]))
    fragments = [block for block in blocks(PAGE) if "fragment" in block.marks]
    assert len(whole) + len(fragments) == len(blocks(PAGE)), "a block that no test checks"
    return [base, *(overlay(base, load("format = 1\n" + block.body, file=str(block))) for block in fragments)]


@pytest.mark.parametrize("document", documents(), ids=lambda d: d.layers[0][1].file)
def test_every_example_document_compiles(document: MappingDocument) -> None:
    compiled = compile_mapping(document, MappingSettings(SHANGHAI, "USD"))
    assert compiled.objects

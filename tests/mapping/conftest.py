"""Mappings made up on the spot, and the real files beside the repository."""

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.mapping.lenses.frame import Setting
from crmbridge.mapping.lenses.registry import build_lens, default_lens
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.outcome import Failed, Mapped
from crmbridge.model.kinds import FieldSpec, FieldType

SHANGHAI = ZoneInfo("Asia/Shanghai")

PIPELINE = """
format = 1

[pipelines.sales]
names = { en = "Sales", zh = "销售" }

[[pipelines.sales.stages]]
key = "talk"
names = { en = "Talk", zh = "初步接触" }
category = "open"
labels = ["Talking", "初步接触"]
write_label = "Talking"

[[pipelines.sales.stages]]
key = "won"
category = "won"
labels = ["Closed Won"]

[[pipelines.sales.stages]]
key = "lost"
category = "lost"
labels = ["Closed Lost", "Dropped"]

[[pipelines.sales.stages]]
key = "junk"
category = "void"
labels = ["Junk"]

[[pipelines.sales.stages]]
key = "after"
category = "post_sale"
labels = ["Delivery"]
"""


@pytest.fixture
def pipeline_text() -> str:
    """A document's head: one pipeline of deals with a stage of each category."""
    return PIPELINE


@pytest.fixture
def compiled() -> Callable[..., CompiledMapping]:
    """Compiles a mapping text in Shanghai and yuan."""

    def run(text: str, *, lenses: Mapping[str, object] | None = None, currency: str = "CNY") -> CompiledMapping:
        return compile_mapping(load(text, file="books.toml"), MappingSettings(SHANGHAI, currency), lenses=lenses)

    return run


@pytest.fixture
def deal(compiled: Callable[..., CompiledMapping]) -> Callable[..., CompiledObject]:
    """An object `deals` of the pipeline above with these field lines."""

    def run(fields: str = "", *, head: str = "", tail: str = "", **more: Any) -> CompiledObject:
        text = (
            f'{PIPELINE}\n[objects.deals]\nkind = "deal"\n{head}\n[objects.deals.fields]\nname = "N"\n{fields}\n{tail}'
        )
        return compiled(text, **more).object("deals")

    return run


@pytest.fixture
def values() -> Callable[[CompiledObject, Mapping[str, object]], dict[str, Any]]:
    """The filled columns of a payload that can be read, by name."""

    def run(mapped: CompiledObject, payload: Mapping[str, object]) -> dict[str, Any]:
        row = mapped.read(payload)
        assert isinstance(row, Mapped), row
        assert len(row.values) == len(mapped.kind.columns)
        return {c.name: v for c, v in zip(mapped.kind.columns, row.values, strict=True) if v is not None}

    return run


@pytest.fixture
def failures() -> Callable[[CompiledObject, Mapping[str, object]], dict[str, str]]:
    """The failures of a payload that cannot be read: field -> template."""

    def run(mapped: CompiledObject, payload: Mapping[str, object]) -> dict[str, str]:
        found = mapped.read(payload)
        assert isinstance(found, Failed), found
        return {one.field: one.failure.template for one in found.failures}

    return run


@pytest.fixture
def lens() -> Callable[..., Any]:
    """A lens by field type and parameters, in Shanghai and yuan; `name` names another lens, `field` the field."""

    def run(
        kind: FieldType, /, name: str | None = None, field: str = "f", allowed: tuple[str, ...] = (), **parameters: Any
    ) -> Any:
        setting = Setting(FieldSpec(field, kind, values=allowed), SHANGHAI, "CNY")
        chosen = name or default_lens(setting.field, parameters)
        made, wrong = build_lens(chosen, setting, parameters, plugins={})
        if wrong:
            raise wrong[0][1]
        return made

    return run


@pytest.fixture(scope="session")
def rows_of() -> Callable[..., list[dict[str, str]]]:
    """The rows of a real file beside the repository; skips where the shelf is not there."""
    shelf = Path(__file__).resolve().parents[3] / "shared" / "data"
    if not shelf.is_dir():
        pytest.skip("../shared/data is not here")

    def run(path: str, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
        file = shelf / path
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                data = archive.read(archive.namelist()[0])
        else:
            data = file.read_bytes()
        return list(csv.DictReader(io.StringIO(data.decode(encoding), newline="")))

    return run

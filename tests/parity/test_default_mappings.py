"""The mappings that come with the systems stand in one workspace: two systems are connected without a line by hand."""

from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from crmbridge.adapter.lens import LensFailure
from crmbridge.adapter.registry import discover
from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.mapping.lenses.picks import PicklistLens

PACKAGES = ("crmbridge_zoho", "crmbridge_fxiaoke")
READ_ONLY = {
    ("LeadsObj", "converted"),
    ("users", "active"),
}
"""What a system says of itself and lets nobody write."""


def compiled(package: str) -> CompiledMapping:
    text = files(package).joinpath("mapping.toml").read_text("utf-8")
    return compile_mapping(
        load(text, file=package), MappingSettings(ZoneInfo("UTC"), "EUR"), lenses=discover().lenses()
    )


def test_a_process_that_several_systems_have_is_one_and_the_same() -> None:
    zoho, fxiaoke = ({one.id: one for one in compiled(package).pipelines} for package in PACKAGES)
    assert zoho.keys() & fxiaoke.keys() == {"sales"}
    assert zoho["sales"] == fxiaoke["sales"], "each sync would undo the other, and it is refused"


@pytest.mark.parametrize("package", PACKAGES)
def test_of_several_values_that_mean_the_same_one_is_written(package: str) -> None:
    found = [
        (name, one.name, str(ours))
        for name, compiled_object in compiled(package).objects.items()
        for one in compiled_object.fields
        if isinstance(one.lens, PicklistLens) and (name, one.name) not in READ_ONLY
        for ours in one.lens.back
        if isinstance(one.lens.write(ours), LensFailure)
    ]
    assert found == []

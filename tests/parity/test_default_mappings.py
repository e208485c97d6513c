"""The mappings that come with the systems stand in one workspace: two systems are connected without a line by hand."""

from importlib.resources import files
from zoneinfo import ZoneInfo

from crmbridge.adapter.registry import discover
from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.document import load

PACKAGES = ("crmbridge_zoho", "crmbridge_fxiaoke")


def compiled(package: str) -> CompiledMapping:
    text = files(package).joinpath("mapping.toml").read_text("utf-8")
    return compile_mapping(
        load(text, file=package), MappingSettings(ZoneInfo("UTC"), "EUR"), lenses=discover().lenses()
    )


def test_a_process_that_several_systems_have_is_one_and_the_same() -> None:
    zoho, fxiaoke = ({one.id: one for one in compiled(package).pipelines} for package in PACKAGES)
    assert zoho.keys() & fxiaoke.keys() == {"sales"}
    assert zoho["sales"] == fxiaoke["sales"], "each sync would undo the other, and it is refused"

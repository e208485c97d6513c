"""Plugins are code of other people: found, asked, reported; never fatal, and never run before they are allowed."""

from collections.abc import Sequence

import pytest
from tests.adapter.conftest import ADAPTER, Site

from crmbridge.adapter import contract
from crmbridge.adapter.registry import PluginReport, Registry, discover
from crmbridge.model.errors import ConfigError

HOOKIMPL = "from crmbridge.adapter.hookspecs import hookimpl\n"
LENS = HOOKIMPL + "@hookimpl\ndef crmbridge_lenses():\n    return {{'{name}': lambda: None}}\n"
KPI = """
from crmbridge.adapter.hookspecs import KpiDefinition, hookimpl

@hookimpl
def crmbridge_kpis():
    return [KpiDefinition("acme_calls", {"unit": "count"})]
"""


def found(site: Site, *allowed: str) -> Registry:
    return discover(allowed, points=site.points(), environ={})


def report(registry: Registry, name: str) -> PluginReport:
    (only,) = (one for one in registry.reports if one.name == name)
    return only


def statuses(registry: Registry) -> Sequence[tuple[str, str]]:
    return [(one.name, one.status) for one in registry.reports]


def test_allowed_plugin_is_loaded(site: Site) -> None:
    site.install_adapter("acme-crm", "acme")
    registry = found(site, "acme-crm")
    assert statuses(registry) == [("acme_crm", "loaded")]
    assert registry.adapter("acme").title == "Made up"
    assert report(registry, "acme_crm").reason == ""


@pytest.mark.parametrize("spelling", ["acme-crm", "Acme_CRM", "acme.crm", " acme-crm "])
def test_distribution_is_allowed_in_any_spelling(site: Site, spelling: str) -> None:
    site.install_adapter("acme-crm", "acme")
    assert "acme" in found(site, spelling).adapters


def test_plugin_that_is_not_allowed_is_not_imported(site: Site) -> None:
    flag = site.path / "was-imported"
    site.install("acme-crm", f"open({str(flag)!r}, 'w').close()\n")
    registry = found(site, "another-one")
    assert statuses(registry) == [("acme_crm", "not allowed")]
    assert 'plugins = ["acme-crm"]' in report(registry, "acme_crm").reason
    assert not flag.exists()
    found(site, "acme-crm")
    assert flag.exists(), "the module of this test would not have shown an import"


def test_another_version_than_the_allowed_is_not_imported(site: Site) -> None:
    flag = site.path / "was-imported"
    site.install("acme-crm", f"open({str(flag)!r}, 'w').close()\n", version="1.3")
    registry = found(site, "acme-crm==1.2")
    assert report(registry, "acme_crm").reason == "version 1.3 is installed, and only 1.2 is allowed"
    assert not flag.exists()


def test_the_allowed_version_is_loaded(site: Site) -> None:
    site.install_adapter("acme-crm", "acme")
    assert "acme" in found(site, "acme-crm == 1.0").adapters


def test_switch_turns_all_plugins_off(site: Site) -> None:
    site.install_adapter("acme-crm", "acme")
    registry = discover(["acme-crm"], points=site.points(), environ={"CRMBRIDGE_NO_PLUGINS": "1"})
    assert (registry.reports, registry.adapters) == ([], {})


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_module_at_all\n", "no_such_module_at_all"),
        ("1 / 0\n", "division by zero"),
        ("def broken(:\n", "SyntaxError"),
        ("raise SystemExit(3)\n", "SystemExit"),
        (HOOKIMPL + "@hookimpl\ndef crmbridge_adapters():\n    raise OSError('disk')\n", "OSError: disk"),
        (HOOKIMPL + "@hookimpl\ndef crmbridge_lenses():\n    raise OSError('disk')\n", "OSError: disk"),
        (HOOKIMPL + "@hookimpl\ndef crmbridge_adapters():\n    return [{}]\n", "gave a dict"),
        (HOOKIMPL + "@hookimpl\ndef crmbridge_adapters(a, b):\n    return []\n", "PluginValidationError"),
        ("x = 1\n", "implements no hook"),
    ],
    ids=["import", "crash", "syntax", "exit", "adapters hook", "lenses hook", "type", "arguments", "empty"],
)
def test_broken_plugin_is_reported_and_not_fatal(site: Site, source: str, reason: str) -> None:
    site.install("broken", source)
    site.install_adapter("acme-crm", "acme")
    registry = found(site, "broken", "acme-crm")
    assert statuses(registry) == [("acme_crm", "loaded"), ("broken", "broken")]
    assert reason in report(registry, "broken").reason
    assert "acme" in registry.adapters
    assert registry.lenses() == {}


def test_misspelt_hook_is_reported(site: Site) -> None:
    site.install("acme-crm", ADAPTER.format(name="acme", version=1).replace("crmbridge_adapters", "crmbridge_adaptres"))
    registry = found(site, "acme-crm")
    assert report(registry, "acme_crm").status == "broken"
    assert "crmbridge_adaptres" in report(registry, "acme_crm").reason
    assert registry.adapters == {}


def test_hook_without_its_mark_is_reported(site: Site) -> None:
    source = ADAPTER.format(name="acme", version=1) + "\ndef crmbridge_lens():\n    return {}\n"
    site.install("acme-crm", source)
    reason = report(found(site, "acme-crm"), "acme_crm").reason
    assert reason == "crmbridge_lens is no hook: @hookimpl is missing, or crmbridge_lenses is meant"


def test_using_a_broken_adapter_says_why(site: Site) -> None:
    site.install("acme", "import no_such_module_at_all\n")
    with pytest.raises(ConfigError, match="no_such_module_at_all"):
        found(site, "acme").adapter("acme")


def test_unknown_adapter_names_the_nearest(site: Site) -> None:
    site.install_adapter("acme-crm", "acme")
    with pytest.raises(ConfigError, match="did you mean acme"):
        found(site, "acme-crm").adapter("acmee")


def test_second_adapter_of_one_name_is_refused(site: Site) -> None:
    site.install_adapter("acme-crm", "acme")
    site.install_adapter("zenith-crm", "acme")
    registry = found(site, "acme-crm", "zenith-crm")
    assert statuses(registry) == [("acme_crm", "loaded"), ("zenith_crm", "broken")]
    assert "already carries the adapter acme" in report(registry, "zenith_crm").reason


def test_no_plugin_takes_the_name_of_our_own(site: Site) -> None:
    site.install_adapter("aaa", "csv")
    site.install_adapter("crmbridge-csv", "csv", module="our_own")
    assert statuses(found(site, "aaa")) == [("our_own", "loaded"), ("aaa", "broken")]


def test_second_plugin_of_one_name_leaves_the_first_alone(site: Site) -> None:
    site.install("one", LENS.format(name="one"), point="same")
    site.install("two", LENS.format(name="two"), point="same")
    registry = found(site, "one", "two")
    assert statuses(registry) == [("same", "loaded"), ("same", "broken")]
    assert set(registry.lenses()) == {"one"}
    assert registry.manager.has_plugin("same")


def test_two_lenses_of_one_name_are_refused(site: Site) -> None:
    site.install("one", LENS.format(name="shared"))
    site.install("two", LENS.format(name="shared"))
    registry = found(site, "one", "two")
    assert statuses(registry) == [("one", "loaded"), ("two", "broken")]
    assert "already carries the lens shared" in report(registry, "two").reason


def test_kpis_of_plugins_are_collected(site: Site) -> None:
    site.install("acme-kpis", KPI)
    assert [kpi.id for kpi in found(site, "acme-kpis").kpis()] == ["acme_calls"]


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        (5, 5, ""),
        (5, 4, ""),
        (5, 6, "acme speaks contract version 6, this crmbridge 4, 5: a newer crmbridge is needed"),
        (5, 3, "acme speaks contract version 3, this crmbridge 4, 5: a newer version of it is needed"),
        (1, 1, ""),
        (1, 2, "acme speaks contract version 2, this crmbridge 1: a newer crmbridge is needed"),
        (1, 0, "acme speaks contract version 0, this crmbridge 1: a newer version of it is needed"),
    ],
)
def test_contract_of_this_version_and_the_one_before_is_accepted(
    site: Site, monkeypatch: pytest.MonkeyPatch, ours: int, theirs: int, reason: str
) -> None:
    monkeypatch.setattr(contract, "CONTRACT_VERSION", ours)
    site.install_adapter("acme-crm", "acme", version=theirs)
    registry = found(site, "acme-crm")
    assert statuses(registry) == [("acme_crm", "broken" if reason else "loaded")]
    assert ("acme" in registry.adapters) == (not reason)
    assert report(registry, "acme_crm").reason == reason


def test_the_first_version_of_the_contract_has_none_before() -> None:
    assert contract.FIRST_CONTRACT_VERSION == 1
    assert contract.CONTRACT_VERSION in contract.accepted_versions()


def test_reasons_can_be_shown_in_another_language(site: Site) -> None:
    site.install("broken", "import no_such_module_at_all\n")
    note = report(found(site, "broken"), "broken").note
    assert note is not None
    assert note.template == "it cannot be loaded: {error}: {message}"


def test_installed_plugins_are_found() -> None:
    registry = discover(environ={})
    assert report(registry, "csv").status == "loaded"

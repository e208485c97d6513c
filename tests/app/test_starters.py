"""The starter set: what stands there commented out is what is shipped, so it can never rot."""

import tomllib
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crmbridge.app import customer_ranks, customer_service, follow_up, forecasting, quality, scoring, starters
from crmbridge.app.bridge import Bridge
from crmbridge.app.starters import POLICIES, STAGES, commented, uncommented
from crmbridge.mapping import document
from crmbridge.mapping.compiler import MappingSettings, compile_mapping
from crmbridge.model.errors import ConfigError
from crmbridge.services import (
    customers_report,
    defaults,
    follow_up_document,
    forecast_report,
    quality_document,
    scores_document,
    service_document,
)
from crmbridge.services.cadence_document import built_in, load_cadence
from crmbridge.services.defaults import default_pipeline

TEXTS = starters.starters()


def shipped(name: str) -> str:
    return files(defaults.__package__ or "").joinpath(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", POLICIES)
def test_uncommented_it_is_what_is_shipped_and_commented_it_says_nothing(name: str) -> None:
    assert tomllib.loads(uncommented(TEXTS[name])) == tomllib.loads(shipped(POLICIES[name]))
    assert tomllib.loads(TEXTS[name]) == {"format": 1}


def test_a_setting_can_be_taken_back_and_a_remark_stays_one() -> None:
    text = '# A remark.\nformat = 1\n\n[a]\nb = [\n  "c",\n]\n# d = 1\n'
    assert commented(text) == '# A remark.\nformat = 1\n\n#[a]\n#b = [\n#  "c",\n#]\n# d = 1\n'
    assert uncommented(commented(text)) == text


def test_the_six_stages_are_those_that_are_shipped() -> None:
    text = "format = 1\n" + uncommented(TEXTS[STAGES])
    made = compile_mapping(document.load(text, file=STAGES), MappingSettings(ZoneInfo("UTC"), "CNY"))
    assert made.pipelines == (default_pipeline(),)
    assert len(default_pipeline().stages) == 7, "six, and a lost one"


def test_the_policies_of_the_documents_are_among_them() -> None:
    policies = load_cadence(uncommented(TEXTS["cadence.toml"])).policies
    assert policies == built_in().policies
    assert str(policies["prospect-weekly-mail"].steps[0].every) == "7d"
    assert str(policies["negotiation-call"].steps[0].every) == "2bd"


def test_init_writes_them_beside_the_configuration_and_they_change_nothing(tmp_path: Path) -> None:
    Bridge.init(tmp_path / "acme")
    assert all((tmp_path / "acme" / name).exists() for name in (*POLICIES, STAGES))
    with Bridge.open(tmp_path / "acme", environ={}) as bridge:
        assert customer_ranks.own_document(bridge.wiring) == customers_report.built_in()
        assert customer_service.own_document(bridge.wiring) == service_document.built_in()
        assert follow_up.own_document(bridge.wiring) == follow_up_document.built_in()
        assert forecasting.own_document(bridge.wiring) == forecast_report.built_in()
        assert quality.own_document(bridge.wiring) == quality_document.built_in()
        assert scoring.own_document(bridge.wiring) == scores_document.built_in()


def test_what_is_there_is_never_overwritten_and_what_is_missing_can_be_added(tmp_path: Path) -> None:
    mine = tmp_path / "customers.toml"
    mine.write_text("window_days = 90\n", encoding="utf-8")
    Bridge.init(tmp_path)
    assert mine.read_text(encoding="utf-8") == "window_days = 90\n"
    (tmp_path / "scores.toml").unlink()
    assert [row["file"] for row in Bridge.add_policies(tmp_path).rows] == [str(tmp_path / "scores.toml")]
    assert Bridge.add_policies(tmp_path).rows == ()
    with pytest.raises(ConfigError, match="is not a workspace"):
        Bridge.add_policies(tmp_path / "elsewhere")

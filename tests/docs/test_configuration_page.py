"""docs/reference/configuration.md names every key and every variable."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from tests.docs.pages import ROOT, blocks, text_of

from crmbridge.app import config, pair_config
from crmbridge.app.config import (
    AuditSection,
    ConnectionSection,
    LogSection,
    MetricsSection,
    RetentionSection,
    WorkspaceSection,
)
from crmbridge.app.jobs.kinds import KINDS
from crmbridge.app.jobs.section import JobSection
from crmbridge.app.notices.section import ChannelSection, NoticesSection, PersonSection, RuleSection
from crmbridge.app.pair_config import PairSection
from crmbridge.app.reckoning import FACTS_CACHE, KPI_FILE
from crmbridge.model import documents
from crmbridge.model.calendar.document import CalendarFile, YearSection
from crmbridge.services.kpi_document import Condition, Formula, Kpi

PAGE = ROOT / "docs" / "reference" / "configuration.md"
CLI = ROOT / "docs" / "reference" / "cli.md"
HOW_TO = ROOT / "docs" / "how-to"


def table(page: Path, heading: str) -> dict[str, str]:
    """Name and default of each row of the table under a heading."""
    text = text_of(page).split(heading, 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
    return dict(re.findall(r"^\| `([^`]+)` \| ([^|]*?) ?\|", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("## `[workspace]`", WorkspaceSection),
        ("## `[connections.NAME]`", ConnectionSection),
        ("## `[log]`", LogSection),
        ("## `[audit]`", AuditSection),
        ("## `[retention]`", RetentionSection),
        ("## `[metrics]`", MetricsSection),
        ("## `[notices]`\n", NoticesSection),
        ("### `[notices.channels.NAME]`", ChannelSection),
        ("### `[notices.rules.NAME]`", RuleSection),
        ('### `[notices.people."WHO"]`', PersonSection),
    ],
)
def test_every_key_is_named_with_its_default(heading: str, model: type[BaseModel]) -> None:
    named = table(PAGE, heading)
    assert set(named) == set(model.model_fields)
    for name, info in model.model_fields.items():
        if info.default not in {None, PydanticUndefined, ()} and name != "mapping":
            said = str(info.default)
            shown = f'"{said}"' if isinstance(info.default, str) else said.lower()
            assert named[name] == f"`{shown}`", name


def test_every_key_of_a_pair_is_named() -> None:
    assert set(table(PAGE, "## `[pairs.NAME]`")) == set(PairSection.model_fields)


def test_every_key_of_a_job_is_named_and_every_kind_with_its_arguments() -> None:
    keys, kinds = text_of(PAGE).split("## `[jobs.NAME]`", 1)[1].split("| kind | arguments", 1)
    assert re.findall(r"^\| `([^`]+)` \|", keys, re.MULTILINE) == [*JobSection.model_fields]
    named = re.findall(r"^\| `([^`]+)` \| ([^|]*)\|", kinds.split("\n## ", 1)[0], re.MULTILINE)
    assert {kind: re.findall(r"`([^`]+)`", told) for kind, told in named} == {
        name: [*kind.arguments.model_fields] for name, kind in KINDS.items()
    }


def test_the_command_that_adds_a_job_names_every_kind() -> None:
    (told,) = re.findall(r"^\| `KIND` \| What it does: (.*)\. \|$", text_of(CLI), re.MULTILINE)
    assert re.split(", | or ", told) == [*KINDS]


def test_every_variable_is_named() -> None:
    text = text_of(PAGE)
    sources = "".join(text_of(file) for file in (ROOT / "src" / "crmbridge").rglob("*.py"))
    variables = set(re.findall(r'"(CRMBRIDGE_[A-Z_]*[A-Z]|LC_ALL|LC_MESSAGES|LANG|NO_COLOR)"', sources))
    assert config.WORKSPACE_VARIABLE in variables
    assert not {name for name in variables if f"`{name}`" not in text}


def test_every_file_of_a_workspace_is_named() -> None:
    named = table(PAGE, "## Other files")
    assert {KPI_FILE, FACTS_CACHE.as_posix()} <= set(named)


def test_the_example_is_a_valid_configuration() -> None:
    whole, pair, jobs = blocks(PAGE)
    config.validated(f"{whole.body}\n{jobs.body}", Path(), {})
    with_pair = documents.parse(f'[workspace]\nname = "acme"\n{pair.body}', str(pair))
    section = documents.validate(with_pair, config.WorkspaceConfig).pairs["main"]
    assert not list(pair_config.problems(with_pair, {"main": section}, section.connections))


def test_every_key_of_a_calendar_is_named() -> None:
    named = {key.removeprefix("years.N.") for key in table(HOW_TO / "own-calendar.md", "| key | default |")}
    assert named == set(CalendarFile.model_fields) - {"years"} | set(YearSection.model_fields)


def test_every_key_of_a_kpi_is_named() -> None:
    page = HOW_TO / "own-kpis.md"
    named = {key.removeprefix("formula.") for key in table(page, "## The grammar")}
    assert set(Kpi.model_fields) - {"formula"} | set(Formula.model_fields) <= named
    comparisons = {info.alias or name for name, info in Condition.model_fields.items()} - {"field"}
    assert not {name for name in comparisons if f"`{name}`" not in text_of(page)}

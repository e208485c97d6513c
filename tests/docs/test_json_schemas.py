"""What commands give under --json is what the schemas say, shown on real answers."""

import contextlib
import copy
import io
import json
import shlex
from typing import Any

import jsonschema
import pytest
from tests.docs.pages import ROOT, blocks, text_of
from tests.docs.schemas import FOLDER, kept, problems

from crmbridge.app import demo
from crmbridge.cli import app

SMALL = demo.Size(users=4, accounts=8, contacts=12, leads=20, deals=40, activities=30, tasks=10)
AS_OF = "2026-06-30"
POLICIES = {
    "goals.toml": "set-goals.md",
    "incentives.toml": "measure-and-pay.md",
    "experiments.toml": "measure-and-pay.md",
}
"""Files of the workspace that a how-to page writes."""

ANSWERS = {
    "sync": "sync/1",
    "status": "status/1",
    "runs --limit 5": "runs/1",
    "quarantine": "quarantine/1",
    "adapters": "adapters/1",
    "fields": "fields/1",
    "doctor": "doctor/1",
    "config show --origin": "config/1",
    "mapping check": "mapping-check/1",
    "audit list": "audit/1",
    "audit verify": "audit-verify/1",
    "db verify": "db-verify/1",
    "metrics": "metrics/1",
    "outbox": "outbox/1",
    "funnel --by owner --explain": "funnel/1",
    "funnel --cohort --from 2026-01-01 --to 2026-03-31": "funnel/1",
    "kpi --by owner": "kpi/1",
    "forecast --target 2500000 --by owner": "forecast/1",
    "forecast --accuracy": "forecast_accuracy/1",
    "tiers": "customers/1",
    "scores --explain": "scores/1",
    "cadence --enrolments": "cadence/1",
    "queue --limit 0": "queue/1",
    "response": "response/1",
    "pool": "pool/1",
    "quality --by owner": "quality/1",
    "compliance --by stage": "compliance/1",
    "gates": "gates/1",
    "quotes --all": "quotes/1",
    "contracts": "contracts/1",
    "deliveries": "deliveries/1",
    "tickets": "tickets/1",
    "satisfaction": "satisfaction/1",
    "care": "care/1",
    "care occasions": "occasions/1",
    "care renewals": "renewals/1",
    "care churn": "churn/1",
    "care gaps": "contact_gaps/1",
    "care offers": "repeat/1",
    "help-wanted": "help-wanted/1",
    "risk": "risk/1",
    "risk add 'a rival cuts prices' --category competitor --probability 4 --impact 3": "risk-register/1",
    "compare --period 2026-Q2 --against 2026-Q1": "compare/1",
    "goals allocate 10000000 --year 2026": "goals-allocate/1",
    "goals lint": "goals-lint/1",
    "goals publish --reason plan --by Wang": "goals-publish/1",
    "goals show": "goals-show/1",
    "goals pace": "goals-pace/1",
    "goals plan revenue-2026": "goals-plan/1",
    "goals replan revenue-2026": "goals-replan/1",
    "scorecards --period 2026-Q2": "scorecards/1",
    "leaderboard --kpi deals_won --period 2026-Q2": "leaderboard/1",
    "payouts --viewer 冯枫 --period 2026-Q2": "payouts/1",
    "customer account/A-0001": "customer/1",
    "mapping explain deal/D-00018": "mapping-explain/1",
    "experiments": "experiments/1",
    "backlog add 'customers ask for an API' --stage S3 --author Li": "backlog/1",
    "report pack": "pack/1",
    "report actions add 'send the price list' --owner Li --due 2026-07-03": "actions/1",
    "schedule add nightly sync '0 2 * * *'": "schedule/1",
    "tick --dry-run": "tick-due/1",
    "notices list": "notices/1",
    "hooks list": "hooks/1",
    "links": "links/1",
    "review": "review/1",
    "conflicts": "conflicts/1",
}
"""Commands in a demo's workspace, in an order in which they can be run, and what each answers with."""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """Exit code and output of every command, run once."""
    folder, _ = demo.write_workspaces(demo.invent(size=SMALL), tmp_path_factory.mktemp("demo"))
    for name, page in POLICIES.items():
        (block,) = (one for one in blocks(ROOT / "docs" / "how-to" / page) if one.marks.get("file") == name)
        (folder / name).write_text(block.body, encoding="utf-8")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRMBRIDGE_WORKSPACE", str(folder))
        patch.chdir(folder)
        for line in ANSWERS:
            found[line] = _run(line)
    return found


def _run(line: str) -> tuple[int, str]:
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")) as out:
        code = app.run([*shlex.split(line), "--json", "--as-of", AS_OF])
        out.flush()
        return code, out.buffer.getvalue().decode()


@pytest.mark.parametrize("line", ANSWERS)
def test_an_answer_is_what_its_schema_says(line: str, answers: dict[str, tuple[int, str]]) -> None:
    _, text = answers[line]
    document = json.loads(text)
    assert document["definition"] == ANSWERS[line]
    assert not problems(document)


def test_figures_have_rows_to_look_at(answers: dict[str, tuple[int, str]]) -> None:
    empty = {line for line, (_, text) in answers.items() if not json.loads(text)["rows"]}
    assert not empty & {
        "funnel --by owner --explain",
        "kpi --by owner",
        "queue --limit 0",
        "risk",
        "care",
        "report pack",
    }


def test_every_schema_is_one_and_names_its_definition() -> None:
    for file in FOLDER.glob("*.json"):
        schema = json.loads(text_of(file))
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["properties"]["definition"]["const"] == schema["title"]
        assert file.name == f"{schema['title'].replace('/', '-')}.json"
    assert len(kept()) > 90


def test_a_wrong_answer_would_be_found(answers: dict[str, tuple[int, str]]) -> None:
    right = json.loads(answers["funnel --by owner --explain"][1])

    def broken(**cells: Any) -> list[str]:
        document = copy.deepcopy(right)
        document["rows"][0] |= cells
        return problems(document)

    assert not broken()
    assert broken(won="7")
    assert broken(won_amount=12.5)
    assert broken(win_rate={"n": 1, "value": 0.5})
    assert broken(brand_new=1)
    assert problems({**right, "as_of": "2026-03-31"})
    assert problems({**right, "definition": "nothing/1"})

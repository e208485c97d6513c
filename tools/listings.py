"""Every listing that crmbridge answers with, found in the code: its definition and the columns that it may have.

A listing is made by `Listing(definition, columns, ...)`. A definition that is no literal is that of the service whose
report the module shows: `DEFINITIONS` names it. Columns that depend on what there is to show are all taken.
"""

import ast
import importlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from writing import ROOT

from crmbridge.report.listing import Column
from crmbridge.services import (
    cadence,
    churn,
    compliance,
    contact_gaps,
    contracts,
    customer_file,
    customers,
    deliveries,
    experiments,
    forecast,
    forecast_kept,
    funnel,
    goal_pace,
    help_wanted,
    improvement,
    payouts,
    pool,
    quality,
    queue,
    quotes,
    renewals,
    repeat,
    response,
    risk,
    satisfaction,
    scorecards,
    scores,
    stage_gates,
    tickets,
)

SOURCE = ROOT / "src"
DEFINITIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("report.cadence", "cadence_listing"): (cadence.DEFINITION,),
    ("report.care", "listing"): (
        "care/1",
        "occasions/1",
        churn.DEFINITION,
        contact_gaps.DEFINITION,
        renewals.DEFINITION,
        repeat.DEFINITION,
    ),
    ("report.compared", "compared_listing"): (improvement.DEFINITION,),
    ("report.compliance", "compliance_listing"): (compliance.DEFINITION,),
    ("report.contracts", "contracts_listing"): (contracts.DEFINITION,),
    ("report.customer_file", "customer_listing"): (customer_file.DEFINITION,),
    ("report.customers", "customers_listing"): (customers.DEFINITION,),
    ("report.deliveries", "deliveries_listing"): (deliveries.DEFINITION,),
    ("report.erasures", "erasure_listing"): ("erase/1", "erase-look/1"),
    ("report.experiments", "experiments_listing"): (experiments.DEFINITION,),
    ("report.figures", "funnel_listing"): (funnel.DEFINITION,),
    ("report.forecast", "forecast_listing"): (forecast.DEFINITION,),
    ("report.forecast_accuracy", "accuracy_listing"): (forecast_kept.DEFINITION,),
    ("report.gates", "gates_listing"): (stage_gates.DEFINITION,),
    ("report.goals", "pace_listing"): (goal_pace.DEFINITION,),
    ("report.help_wanted", "help_listing"): (help_wanted.DEFINITION,),
    ("report.pack", "pack_listing"): ("pack/1", "one-to-one/1"),
    ("report.payouts", "payouts_listing"): (payouts.DEFINITION,),
    ("report.pool", "pool_listing"): (pool.DEFINITION,),
    ("report.quality", "quality_listing"): (quality.DEFINITION,),
    ("report.queue", "queue_listing"): (queue.DEFINITION,),
    ("report.quotes", "quotes_listing"): (quotes.DEFINITION,),
    ("report.response", "response_listing"): (response.DEFINITION,),
    ("report.risk", "risk_listing"): (risk.DEFINITION,),
    ("report.satisfaction", "satisfaction_listing"): (satisfaction.DEFINITION,),
    ("report.scorecards", "scorecards_listing"): (scorecards.DEFINITION,),
    ("report.scorecards", "board_listing"): (scorecards.BOARD,),
    ("report.scores", "scores_listing"): (scores.DEFINITION,),
    ("report.tickets", "tickets_listing"): (tickets.DEFINITION,),
}
"""What a listing is called where its definition comes with the report, by module and function."""

MADE_OF = {
    ("cli.demonstration", "_together"): ("crmbridge.report.figures", "_FUNNEL"),
    ("cli.three_systems", "_listing"): ("crmbridge.report.figures", "_FUNNEL"),
}
"""Where columns are chosen from another listing's: all of those."""


def listings() -> dict[str, tuple[Column, ...]]:
    """Every definition with its columns, by name."""
    found: dict[str, dict[str, Column]] = {}
    for file in sorted((SOURCE / "crmbridge").rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if "isting(" in text and "testing" not in file.parts:
            module = importlib.import_module(".".join(file.relative_to(SOURCE).with_suffix("").parts))
            for definition, columns in _in_module(module, ast.parse(text)):
                found.setdefault(definition, {}).update((one.name, one) for one in columns)
    return {definition: tuple(found[definition].values()) for definition in sorted(found)}


def _in_module(module: ModuleType, tree: ast.Module) -> Iterator[tuple[str, tuple[Column, ...]]]:
    name = module.__name__.removeprefix("crmbridge.")
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            said = _said(call)
            if said is None:
                continue
            definition, columns = said
            at = (name, function.name)
            is_literal = isinstance(definition, ast.Constant) and isinstance(definition.value, str)
            called = (str(definition.value),) if is_literal else DEFINITIONS.get(at, ())  # type: ignore[attr-defined]
            if called:
                made = _columns(module, function, columns)
                if at in MADE_OF:
                    made += vars(importlib.import_module(MADE_OF[at][0]))[MADE_OF[at][1]]
                yield from ((one, made) for one in called if made)


def _said(call: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """The expressions of definition and columns, where the call makes a listing."""
    if not isinstance(call.func, ast.Name) or call.func.id not in {"Listing", "listing", "replace"}:
        return None
    named = {one.arg: one.value for one in call.keywords}
    if call.func.id == "replace" and not {"definition", "columns"} <= set(named):
        return None
    definition = named.get("definition") or next(iter(call.args), None)
    columns = named.get("columns") or next(iter(call.args[1:]), None)
    return None if definition is None or columns is None else (definition, columns)


def _columns(module: ModuleType, function: ast.FunctionDef, said: ast.expr) -> tuple[Column, ...]:
    """The columns that an expression stands for: whole where it can be worked out, else all columns that it names."""
    if isinstance(said, ast.Call) and isinstance(said.func, ast.Name) and said.func.id == "tuple":
        (said,) = said.args
    told: list[ast.expr] = [said]
    if isinstance(said, ast.Name) and not hasattr(module, said.id):
        given = [node for node in ast.walk(function) if isinstance(node, ast.Assign | ast.AugAssign)]
        own = [node.value for node in given if said.id in _targets(node)]
        is_whole = len(own) == 1 and _value(module, own[0]) is not None
        told = own if is_whole else [node.value for node in given]
    found: dict[str, Column] = {}
    for expression in told:
        value = _value(module, expression)
        parts = [value] if value is not None else [_value(module, node) for node in ast.walk(expression)]
        for part in parts:
            columns = part if isinstance(part, tuple | list) else [part]
            found |= {one.name: one for one in columns if isinstance(one, Column)}
    return tuple(found.values())


def _targets(node: ast.Assign | ast.AugAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {one.id for one in targets if isinstance(one, ast.Name)}


def _value(module: ModuleType, node: ast.AST) -> Any:  # noqa: ANN401 - whatever stands there
    """What an expression of ours is worth in its module; None where that depends on more."""
    if not isinstance(node, ast.Call | ast.Tuple | ast.List | ast.ListComp | ast.Name | ast.BinOp):
        return None
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return None
    if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id == "Column"):
        return None
    try:
        return eval(compile(ast.Expression(node), module.__name__, "eval"), dict(vars(module)))  # noqa: S307 - our code
    except (NameError, TypeError):
        return None

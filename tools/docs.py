"""Writes the reference pages that are made from code: `docs.py write`, and `docs.py check` tells whether they are so.

Each page is a function without parameters that gives its text; `PAGES` names the files. A test runs `check`.
"""

import inspect
import re
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import json_schemas
import typer
from capabilities import capabilities_page
from public_names import public_names_page
from writing import REFERENCE, ROOT, page, table

from crmbridge.adapter import contract, courtesies
from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.features import PROTOCOLS
from crmbridge.app.metrics import families
from crmbridge.cli import exits, language
from crmbridge.cli.command import Run, command
from crmbridge.cli.help_page import COMMON, argument_name
from crmbridge.cli.lazy import Root, loaded
from crmbridge.cli.table import GROUPS, Entry
from crmbridge.facts import tables
from crmbridge.model import errors
from crmbridge.model.kinds import COMPUTED, ENVELOPE, KIND_NAMES, FieldSpec, FieldType, KindSpec, kind
from crmbridge.report import cadence as report_cadence
from crmbridge.report import care as report_care
from crmbridge.report import compliance as report_compliance
from crmbridge.report import contracts as report_contracts
from crmbridge.report import customer_file as report_customer_file
from crmbridge.report import customers as report_customers
from crmbridge.report import deliveries as report_deliveries
from crmbridge.report import experiments as report_experiments
from crmbridge.report import figures as report_figures
from crmbridge.report import forecast as report_forecast
from crmbridge.report import forecast_accuracy as report_accuracy
from crmbridge.report import gates as report_gates
from crmbridge.report import goals as report_goals
from crmbridge.report import help_wanted as report_help
from crmbridge.report import kpis as report_kpis
from crmbridge.report import pool as report_pool
from crmbridge.report import quality as report_quality
from crmbridge.report import queue as report_queue
from crmbridge.report import quotes as report_quotes
from crmbridge.report import response as report_response
from crmbridge.report import risk as report_risk
from crmbridge.report import satisfaction as report_satisfaction
from crmbridge.report import scores as report_scores
from crmbridge.report import tickets as report_tickets
from crmbridge.services import (
    cadence,
    compliance,
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
    pool,
    quality,
    queue,
    quotes,
    response,
    risk,
    satisfaction,
    scores,
    stage_gates,
    tickets,
)
from crmbridge.sync.outcome import SEVERITY
from crmbridge.testing.kit.conformance import AdapterConformance, kit_tests

# -- kinds -----------------------------------------------------------------------------------------------------

HOLDS = {
    FieldType.TEXT: "a text of at most 64 KiB",
    FieldType.LONG_TEXT: "a text of at most 1 MiB",
    FieldType.INTEGER: "a whole number",
    FieldType.NUMBER: "a number with at most six decimals",
    FieldType.MONEY: "an amount with at most four decimals, and its currency",
    FieldType.BOOL: "yes or no",
    FieldType.DATE: "a date, without a zone",
    FieldType.INSTANT: "an instant in UTC, and how exactly it is known: `exact` or `day`",
    FieldType.REF: "the id of another record",
    FieldType.ENUM: "one of a closed list of words",
    FieldType.TEXTS: "several texts",
    FieldType.JSON: "any JSON value",
}


def kinds_page() -> str:
    """Every kind with its fields."""
    intro = (
        "A record is of one kind. A mapping fills its fields; a field that no mapping fills is *unknown*, which is not "
        "empty and not zero. `required` fields must be filled, or the record waits in quarantine."
    )
    envelope = (
        f"Every kind has these fields too: {', '.join(f'`{name}`' for name in ENVELOPE)}. Times of the vendor stay "
        "apart from ours; `owner`, `created_by` and `modified_by` point at users."
    )
    types = table(("type", "holds", "columns in the ledger"), [(t.value, HOLDS[t], _kept(t)) for t in FieldType])
    parts: list[str | list[str]] = [intro, types, envelope]
    for name in KIND_NAMES:
        spec = kind(name)
        parts += [f"## {name}", inspect.cleandoc(spec.record.__doc__ or ""), _fields(spec)]
    return page("Kinds and their fields", *parts)


def _kept(field_type: FieldType) -> str:
    return ", ".join(f"`NAME{c.name[1:]}` {c.type.value}" for c in FieldSpec("x", field_type).columns)


def _fields(spec: KindSpec) -> list[str]:
    own = [field for name, field in spec.fields.items() if name not in ENVELOPE]
    return table(("field", "type", "what"), [(f"`{f.name}`", f.type.value, _what(spec, f)) for f in own])


def _what(spec: KindSpec, field: FieldSpec) -> str:
    said = ["**required**"] if field.required else []
    said += [f"of the kind {field.target}"] if field.target else []
    said += [", ".join(f"`{value}`" for value in field.values)] if field.values else []
    said += ["decided by the stage, never mapped"] if (spec.name, field.name) in COMPUTED else []
    return "; ".join(said)


# -- facts -----------------------------------------------------------------------------------------------------

ENVELOPE_COLUMNS = {
    "id": "our id of the record, a ULID",
    "subject": "`connection:external_id` of its first source",
    "connection": "the connection that its row is read from",
    "object": "the adapter's object",
    "external_id": "the id in that source",
    "lifecycle": "`active`, `suspect`, `archived`, `deleted` or `merged`",
    "merged_into": "the record that took its place",
    "first_seen_at": "when it was first delivered",
    "last_seen_at": "when a change of it was last delivered",
    "custom": "JSON: custom fields by name, each `{type, value, label?}`",
    "stage_dates": "JSON: `[stage, microseconds, precision]` for each column that tells when a stage was entered",
    "issues": "JSON: `[code, field, value]` for what could be read only in part",
    "history_quality": "how much of its stages is known: `full`, `observed`, `dates`, `current_only`",
}
COMPOSED = {
    tables.PERSONS: (
        "Which contacts and leads are one person, across systems: see [who is one](../explanation/who-is-one.md).",
        {
            "record_id": "the contact or lead",
            "kind": "`contact` or `lead`",
            "person_key": "the same for every record of one person",
            "known_by": "what the key is: `phone`, `email` or `record`",
            "records": "how many records are this person",
            "joined_by": "why they are one: `conversion`, `merge`, `phone`, `email`",
        },
    ),
    tables.PERSON_KEYS: (
        "Every key that a person is known by, now or before two became one; a key that was kept is found here.",
        {
            "key": "a telephone number, an e-mail address, or a record's own name",
            "what": "`phone`, `email` or `record`",
            "person_key": "whose it is",
        },
    ),
    tables.STAGE_EVENTS: (
        "Every entry into a stage, in order. Bare AT is a word of SQL: write `e.at`.",
        {
            "record_id": "the deal or lead",
            "kind": "`deal` or `lead`",
            "pipeline": "the pipeline of the stage",
            "seq": "1, 2, ... the order of a record's events; the last one is the present stage",
            "from_stage": "the stage before, where it is known",
            "to_stage": "the stage entered, `UNKNOWN` where no mapping names it",
            "at": "when; NULL where nobody knows since when",
            "at_precision": "`exact`, `day` or `sync` (between two syncs)",
            "origin": "`vendor`, `observed`, `import`, `manual` or `inferred`",
            "vendor_label": "the vendor's own word",
        },
    ),
    tables.STAGES: (
        "The stages of every pipeline.",
        {
            "pipeline": "its pipeline",
            "object": "`deal` or `lead`",
            "key": "its key, which survives renaming",
            "ord": "its place in the mapping, from 1",
            "rank": "1..k over open stages, k + 1 for won and post-sale, NULL for lost and void",
            "category": "`open`, `won`, `lost`, `void` or `post_sale`",
            "name_en": "its English name",
            "name_zh": "its Chinese name",
            "probability": "how often deals in it are won, 0..1",
            "forecast_category": "`omitted`, `pipeline`, `best_case`, `commit` or `closed`",
            "sla_days": "how long a deal may stay",
            "sla_unit": "`business` or `calendar` days",
            "sla_clock": "`visit` or `cumulative` over earlier visits",
        },
    ),
    tables.PIPELINES: (
        "The pipelines.",
        {
            "id": "its name in the mapping",
            "object": "`deal` or `lead`",
            "version": "as the mapping says",
            "active": "as the mapping says",
            "name_en": "its English name",
            "name_zh": "its Chinese name",
        },
    ),
    tables.CALENDAR_DAYS: (
        "The days of the business calendar. The workdays in (a, b] are the difference of two `workday_no`.",
        {
            "calendar": "the calendar's id",
            "day": "the day",
            "is_workday": "whether it is worked",
            "workday_no": "how many workdays there are up to and with it",
        },
    ),
}


def facts_page() -> str:
    """Every public fact table with its columns."""
    intro = (
        "The tables behind the figures. `crmbridge facts publish DIR` writes each as a Parquet file. They are made "
        "from the ledger and may be deleted at any time."
    )
    rules = [
        "- Amounts: `NAME_e4` counts 1/10,000 beside `NAME_currency`; in Parquet they are a decimal `NAME`.",
        "- Instants: UTC, with `NAME_precision` (`exact` or `day`).",
        "- References: `NAME_id` is our id, NULL until the target is known; `NAME_ref` the id as the source wrote it.",
        "- `vendor_created_at` and `vendor_modified_at` are called `created_at` and `modified_at`.",
        "- In Parquet `stage_events.at` is `entered_at` and `stages.ord` is `stage_order`.",
    ]
    parts: list[str | list[str]] = [intro, rules, "## Columns of every kind", _described(ENVELOPE_COLUMNS)]
    for name in tables.PUBLIC_TABLES:
        parts += [f"## {name}", *_fact_table(name)]
    return page("Fact tables", *parts)


def _described(columns: dict[str, str]) -> list[str]:
    return table(("column", "what"), [(f"`{name}`", what) for name, what in columns.items()])


def _fact_table(name: str) -> list[str | list[str]]:
    columns = [column for column in tables.columns(name) if column is not tables.ROW_NUMBER]
    if name in COMPOSED:
        what, described = COMPOSED[name]
        rows = [(f"`{c.name}`", c.type, described[c.name]) for c in columns]
        return [what, table(("column", "type", "what"), rows)]
    own = [(f"`{c.name}`", c.type) for c in columns if c.name not in ENVELOPE_COLUMNS]
    return [table(("column", "type"), own)]


# -- command line ----------------------------------------------------------------------------------------------


@command()
def _nothing(run: Run) -> None:
    """A command that has only the common options."""


def cli_page() -> str:
    """Every command with its arguments, options and examples."""
    language.speak("en")
    intro = (
        "Results go to standard output, everything said to a person to standard error. The codes that commands end "
        "with are in [exit codes](exit-codes.md)."
    )
    parts: list[str | list[str]] = [intro, "## Options of every command", _common()]
    for title, entries in GROUPS:
        parts.append(f"## {title.capitalize()}")
        for entry in entries:
            for words, child in _commands(entry, entry.name):
                parts += _command(words, child)
    return page("Commands", *parts)


def _commands(entry: Entry, words: str) -> Iterator[tuple[str, Entry]]:
    """The commands of an entry with the words that call them, however deep its groups go."""
    if not entry.children:
        yield words, entry
    for child in entry.children:
        yield from _commands(child, f"{words} {child.name}")


def _context(words: str, made: Any) -> typer.Context:  # noqa: ANN401 - typer's own classes are private
    root = typer.Context(Root(name="crmbridge"), info_name="crmbridge")
    return typer.Context(made, info_name=words, parent=root)


def _common() -> list[str]:
    app = typer.Typer(add_completion=False)
    app.command()(_nothing)
    made = typer.main.get_command(app)
    shown = [p for p in made.get_params(_context("x", made)) if getattr(p, "rich_help_panel", None) == COMMON]
    return _options(shown, _context("x", made))


def _options(params: list[Any], context: typer.Context) -> list[str]:
    return table(("option", "what"), [(f"`{_head(p, context)}`", str(p.help or "")) for p in params])


def _head(param: Any, context: typer.Context) -> str:  # noqa: ANN401 - typer's own classes are private
    record = param.get_help_record(context)
    return re.sub(r" <[^<>]+>$", "", str(record[0])) if record else str(param.name)


def _command(words: str, entry: Entry) -> Iterator[str | list[str]]:
    made = loaded(entry)
    context = _context(words, made)
    params: list[Any] = made.get_params(context)
    own = [p for p in params if getattr(p, "rich_help_panel", None) != COMMON and p.name != "help"]
    yield f"### crmbridge {words}"
    yield "\n\n".join(" ".join(block.split()) for block in (made.help or "").split("\n\n"))
    arguments = [p for p in own if p.param_type_name == "argument"]
    options = [p for p in own if p.param_type_name == "option"]
    if arguments:
        yield table(("argument", "what"), [(f"`{argument_name(p)}`", str(p.help or "")) for p in arguments])
    if options:
        yield _options(options, context)
    yield ["```console", *(f"$ {example}" for example in made.examples), "```"]


# -- exit codes ------------------------------------------------------------------------------------------------


def exit_codes_page() -> str:
    """The exit codes and the errors behind them, from `cli/exits.py` and `model/errors.py`."""
    language.speak("en")
    doc = inspect.cleandoc(exits.__doc__ or "")
    codes = [line for line in doc.splitlines() if line.startswith("|")]
    tree = textwrap.dedent((errors.__doc__ or "").split("\n\n")[1])
    classes = [c for c in vars(errors).values() if inspect.isclass(c) and issubclass(c, errors.CrmBridgeError)]
    rows = [(f"`{c.__name__}`", f"`{c.code}`", str(c.exit_code), _first_line(c)) for c in classes]
    rows = [row for row in rows if row[0] not in {"`CrmBridgeError`", "`ConfigErrors`"}]
    told = " ".join(doc[doc.index("A failure is told") :].split())
    for option in ("--json", "--format ndjson", "--debug", "CRMBRIDGE_DEBUG=1"):
        told = told.replace(option, f"`{option}`")
    order = ", ".join(str(code) for code in SEVERITY)
    several = f"Where several things went wrong, the code that needs a person most is given: {order}."
    return page(
        "Exit codes",
        codes,
        told,
        several,
        "## The errors",
        ["```text", tree, "```"],
        table(("error", "`code` in JSON", "exit code", "what to do"), rows),
    )


def _first_line(of: type) -> str:
    return (of.__doc__ or "").splitlines()[0]


# -- the adapter contract --------------------------------------------------------------------------------------


def adapter_contract_page() -> str:
    """The adapter contract and what the kit proves of it, from `adapter/contract.py` and `testing/kit`."""
    return page("The adapter contract", *_contract())


def _contract() -> Iterator[str | list[str]]:
    """The parts of the page."""
    yield " ".join(inspect.cleandoc(contract.__doc__ or "").replace("\n\n", " ").split())
    yield "## Mandatory"
    yield from _protocol(contract.Adapter)
    yield "## Powers"
    yield (
        "Each is found by looking at the opened adapter, and declared by its descriptor, with the reason in English and"
        " Chinese where it is absent or goes only so far."
    )
    for capability, protocol in PROTOCOLS.items():
        yield f"### {capability}"
        yield from _protocol(protocol)
    yield "### No capability, only a courtesy"
    for courtesy in (contract.Spends, courtesies.DescribesPart, courtesies.LooksUp, courtesies.Revokes):
        yield from _protocol(courtesy)
    declared = ", ".join(f"`{name}`" for name in Capability if name not in PROTOCOLS)
    yield f"Declared only, without a method: {declared}."
    yield "## What is handed over"
    yield from _shapes()
    yield "## What the kit holds an adapter to"
    yield "A test is skipped, with the reason that was declared, where the adapter lacks the power."
    for group, names in _groups().items():
        yield f"### {group}"
        yield [f"- `{name.removeprefix('test_')}`: {_said(getattr(AdapterConformance, name))}" for name in names]


def _protocol(protocol: type) -> Iterator[str | list[str]]:
    for name, method in vars(protocol).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            yield f"**`{name}{_signature(method)}`** — {_said(method)}"


def _signature(method: object) -> str:
    shown = inspect.signature(method)  # type: ignore[arg-type] # looked up above
    own = [parameter for parameter in shown.parameters.values() if parameter.name != "self"]
    return re.sub(r"[a-z_]+\.(?=[A-Za-z_.]*[A-Z])", "", str(shown.replace(parameters=own))).replace("'", "")


def _shapes() -> Iterator[str | list[str]]:
    for name, found in vars(contract).items():
        if inspect.isclass(found) and hasattr(found, "__dataclass_fields__") and found.__module__ == contract.__name__:
            fields = ", ".join(f"`{field}`" for field in found.__dataclass_fields__)
            yield f"**{name}**: {fields}. {_said(found)}"


def _groups() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, group in kit_tests().items():
        found.setdefault(group, []).append(name)
    return found


def _said(of: object) -> str:
    return " ".join(inspect.cleandoc(getattr(of, "__doc__", None) or "").split())


# -- JSON of figures -------------------------------------------------------------------------------------------

IN_JSON = {
    "text": "text; a reason is `{code, message, params}`; several are a list",
    "word": "one word of a closed list, the same in every language",
    "count": "a whole number",
    "number": "a number",
    "rate": "`{n, numerator, denominator, value}`, and `low`, `high` where they are known; `value` has four decimals",
    "money": "a text in the decimals of the currency, which `NAME_currency` beside it names",
    "days": "a number with four decimals",
    "percent": "the fraction, with four decimals",
    "date": "`2026-03-31`",
    "instant": "`2026-03-31T15:59:59Z`",
    "bool": "true or false",
    "json": "any JSON value",
    "value": "as its own type says: a number, a rate, an amount",
}
COLUMNS = "_COLUMNS"
FIGURE_ROWS: dict[str, tuple[str, ModuleType, str]] = {
    "funnel": (funnel.DEFINITION, report_figures, "_FUNNEL"),
    "kpi": ("kpi/1", report_kpis, "_KPI"),
    "forecast": (forecast.DEFINITION, report_forecast, COLUMNS),
    "forecast --accuracy": (forecast_kept.DEFINITION, report_accuracy, COLUMNS),
    "tiers": (customers.DEFINITION, report_customers, COLUMNS),
    "customer": (customer_file.DEFINITION, report_customer_file, COLUMNS),
    "scores": (scores.DEFINITION, report_scores, COLUMNS),
    "cadence": (cadence.DEFINITION, report_cadence, COLUMNS),
    "queue": (queue.DEFINITION, report_queue, COLUMNS),
    "response": (response.DEFINITION, report_response, COLUMNS),
    "pool": (pool.DEFINITION, report_pool, COLUMNS),
    "satisfaction": (satisfaction.DEFINITION, report_satisfaction, COLUMNS),
    "care": ("care/1", report_care, COLUMNS),
    "deliveries": (deliveries.DEFINITION, report_deliveries, COLUMNS),
    "tickets": (tickets.DEFINITION, report_tickets, COLUMNS),
    "help-wanted": (help_wanted.DEFINITION, report_help, COLUMNS),
    "experiments": (experiments.DEFINITION, report_experiments, COLUMNS),
    "experiments arm": ("experiment-arm/1", report_experiments, "_ARM_COLUMNS"),
    "quality": (quality.DEFINITION, report_quality, COLUMNS),
    "compliance": (compliance.DEFINITION, report_compliance, COLUMNS),
    "gates": (stage_gates.DEFINITION, report_gates, COLUMNS),
    "quotes": (quotes.DEFINITION, report_quotes, COLUMNS),
    "contracts": (contracts.DEFINITION, report_contracts, COLUMNS),
    "goals pace": (goal_pace.DEFINITION, report_goals, "_PACE"),
    "goals plan": ("goals-plan/1", report_goals, "_PAGE"),
    "risk show": (risk.DEFINITION, report_risk, COLUMNS),
    "risk list": ("risk-register/1", report_risk, "_ITEM_COLUMNS"),
}


def json_page() -> str:
    """What each command of figures gives under `--json`, from the columns of its listing."""
    intro = (
        "Every figure is one document: `definition` (what it is, with its version), `as_of`, `window` (what it is "
        "of), `rows`, `warnings` (each with `code`, `message`, `params`), `read` (each source and when it was last "
        "read) and, with `--explain`, `explain`. A row has a `section`, and the keys that apply to it: one that is "
        "not there does not apply, `null` is not known, and `NAME_unavailable` says why a figure cannot be given. "
        "What the figures mean is on [a page of its own](figures.md)."
    )
    kinds = table(("a cell of kind", "is in JSON"), IN_JSON.items())
    parts: list[str | list[str]] = [intro, kinds, *json_schemas.section()]
    for words, (definition, module, name) in FIGURE_ROWS.items():
        cells = [(f"`{column.name}`", column.kind, column.title) for column in vars(module)[name]]
        cells += [(f"`{key}`", "json", what) for key, what in json_schemas.beside(definition).items()]
        parts += [f"## crmbridge {words}", f"`definition` is `{definition}`.", table(("key", "kind", "what"), cells)]
    return page("The JSON of figures", *parts)


# -- requirements ----------------------------------------------------------------------------------------------


def requirements_page() -> str:
    """What the articles ask for, row by row, and what proves it; from `docs/requirements.toml`."""
    told = tomllib.loads((ROOT / "docs" / "requirements.toml").read_text("utf-8"))
    rows: dict[str, dict[str, Any]] = told["rows"]
    intro = (
        "crmbridge was made after five articles on managing sales. Each row is one thing that they ask for, and what "
        "shows that it is there: tests, which run with all others, or a command. `core`: the product is wrong without "
        "it; `should` and `could` are less; `out` is no matter of software on top of a CRM."
    )
    parts: list[str | list[str]] = [intro, _tally(rows)]
    for key, title in told["documents"].items():
        own = [(f"`{name}`", row) for name, row in rows.items() if name.startswith(f"{key}-")]
        lines = [(name, row["what"], row["service"], _weight(row), _proof(row, told["later"])) for name, row in own]
        parts += [f"## {key}: {title}", table(("row", "what", "part", "weight", "proof"), lines)]
    return page("What is asked for, and what proves it", *parts)


def _weight(row: dict[str, Any]) -> str:
    return "out" if row["weight"] == "oos" else str(row["weight"])


def _tally(rows: dict[str, dict[str, Any]]) -> list[str]:
    weights = ("core", "should", "could")
    found = {weight: [row for row in rows.values() if row["weight"] == weight] for weight in weights}
    lines = [(w, str(len(found[w])), str(sum("proof" in row for row in found[w]))) for w in weights]
    return table(("weight", "rows", "with a proof"), lines)


def _proof(row: dict[str, Any], later: dict[str, str]) -> str:
    if "reason" in row:
        return str(row["reason"])
    shown = [f"`{one}`" for one in row.get("proof", ())]
    shown += [f"not yet: {row['open']}"] if "open" in row else []
    shown += [f"not yet: {later[row['later']]}"] if "later" in row else []
    return "<br>".join(shown) or "not yet"


# -- metrics ---------------------------------------------------------------------------------------------------


def metrics_page() -> str:
    """Every metric that Prometheus is told."""
    intro = (
        "What `crmbridge metrics`, the file of `[metrics]` and `/metrics` tell: [watch it "
        "run](../how-to/watch-it-run.md). Every sample has the label `workspace` besides. Counters never fall, not "
        "even when `crmbridge db prune` lets old runs go; only a ledger that was put back from a backup counts on from "
        "there."
    )
    lines = [
        (f"`{one.name}`", one.type, ", ".join(f"`{label}`" for label in one.labels), one.help)
        for one in families.FAMILIES
    ]
    words = [
        ("`result`", ", ".join(f"`{word}`" for word in families.RESULT_WORDS)),
        ("`op`", ", ".join(f"`{word}`" for word in families.OPS)),
        ("`guard`", ", ".join(f"`{word}`" for word in families.GUARDS)),
    ]
    return page(
        "Metrics",
        textwrap.fill(intro, 120, break_long_words=False, break_on_hyphens=False),
        table(("metric", "type", "labels", "what"), lines),
        "## Labels of a closed set",
        table(("label", "values"), words),
        "`connection`, `object`, `pair`, `job_name` and `command` are names of the configuration and of jobs.",
    )


SCHEMAS = REFERENCE / "schemas"
PAGES: dict[str, Callable[[], str]] = {
    "json.md": json_page,
    "requirements.md": requirements_page,
    "kinds.md": kinds_page,
    "facts.md": facts_page,
    "cli.md": cli_page,
    "exit-codes.md": exit_codes_page,
    "metrics.md": metrics_page,
    "adapter-contract.md": adapter_contract_page,
    "public-names.md": public_names_page,
    "capabilities.md": capabilities_page,
}


def files() -> dict[Path, str]:
    """Every file that is made, with its text."""
    made = {REFERENCE / name: make() for name, make in PAGES.items()}
    return made | {SCHEMAS / name: text for name, text in json_schemas.schemas().items()}


def stale(made: dict[Path, str]) -> list[Path]:
    """The files that are not what the code says, or that it says nothing of."""
    left = [file for file in SCHEMAS.glob("*.json") if file not in made]
    return [file for file, text in made.items() if not file.exists() or file.read_text("utf-8") != text] + left


def main(task: str) -> int:
    """Runs one task and gives the exit code."""
    made = files()
    found = stale(made)
    if task == "write":
        for file in found:
            if file in made:
                file.parent.mkdir(exist_ok=True)
                file.write_text(made[file], encoding="utf-8")
            else:
                file.unlink()
        return 0
    for file in found:
        print(f"{file.relative_to(ROOT)} is not what the code says: run python tools/docs.py write")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))

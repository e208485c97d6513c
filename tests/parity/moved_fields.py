"""What two systems hold of everything that a company had, read anew by workspaces that know nothing of each other."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crmbridge.app.bridge import Bridge
from crmbridge.model.kinds import FieldType, kind

from .moved import Company

KINDS = ("account", "contact", "lead", "deal", "task", "activity")
OWN_WORDS = {"stage_raw", "status_raw"}
"""What a system calls what it shows; what it means is compared."""
HISTORY = "no system lets anybody write what happened before: stage history stays"
"""Told of the field of stages, and of no value that it shows now."""
NAMES = {"user": "email", "account": "name", "contact": "full_name", "lead": "full_name", "deal": "name"} | {
    "task": "title",
    "activity": "subject",
}
Held = Mapping[str, Mapping[str, Counter[str]]]


def held(moving: Company, name: str, folder: Path) -> Held:
    """For each kind and field how often a record of that name shows a value; ids are the names of what they mean."""
    records = dict(_records(moving, name, folder))
    called = {one["id"]: str(one[NAMES[kind_name]]) for kind_name, rows in records.items() for one in rows}
    return {
        kind_name: {
            field: Counter(
                f"{_name(one, kind_name)} {_value(one[field], is_ref=spec.type is FieldType.REF, called=called)}"
                for one in records[kind_name]
            )
            for field, spec in kind(kind_name).fields.items()
            if field not in OWN_WORDS
        }
        for kind_name in KINDS
    }


def _records(moving: Company, name: str, folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A workspace of that one connection, read; leads that have become something are none any more."""
    (folder / "mapping").mkdir(parents=True)
    text = (moving.folder / "crmbridge.toml").read_text("utf-8")
    head, *sections = text.split("[connections.")
    assert tomllib.loads(text)
    mine = next(one for one in sections if one.startswith(f"{name}]"))
    (folder / "crmbridge.toml").write_text(f"{head}[connections.{mine}", "utf-8")
    (folder / "mapping" / f"{name}.toml").write_text((moving.folder / "mapping" / f"{name}.toml").read_text("utf-8"))
    with Bridge.open(folder, environ=moving.environ) as bridge:
        assert bridge.sync().exit_code in {0, 1}
        for kind_name in NAMES:
            rows = [one for one in bridge.export(kind_name) if one["lifecycle"] == "active"]
            yield kind_name, [one for one in rows if kind_name != "lead" or not one["converted"]]


def _name(one: Mapping[str, Any], kind_name: str) -> str:
    return f"{one[NAMES[kind_name]]} {one.get('company_name', '')}"


def _value(value: Any, *, is_ref: bool, called: Mapping[str, str]) -> str:
    if value is None or value == []:
        return "-"
    if is_ref:
        return called.get(value, "?")
    if isinstance(value, list):
        return str(sorted(one.replace(" ", "") for one in value))
    return str(value)


def lost(there: Held, here: Held, told: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, int, int, list[str]]]:
    """Fields of which more values are missing here than was told: (kind, field, missing, told, examples)."""
    said: Counter[tuple[str, str]] = Counter()
    for row in told:
        if row.get("field") and row["reason"].template != HISTORY:
            said[row["kind"], row["field"]] += int(row["count"])
    found = []
    for kind_name, fields in there.items():
        for field, values in fields.items():
            missing = values - here[kind_name][field]
            count, known = missing.total(), said[kind_name, field]
            empty = sum(n for one, n in missing.items() if one.endswith(" -"))
            if count - empty > known:
                found.append((kind_name, field, count, known, [*missing][:3]))
    return found

"""Zoho's OpenAPI files as schemas an answer can be held against, without the parts that are not sound.

The files stand beside the repository (they carry no licence and are not ours to copy); what is wrong with them is
listed here in our words, each part with its reason. Everything not listed is enforced.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "vendors" / "zoho-oas"

# Rules that hold for all files: what is rewritten before use, and why.
REWRITTEN = {
    "$ref to raw.githubusercontent.com": "the address of an earlier repository; the file of that name is meant",
    "nullable": "OpenAPI 3.0's word for a type that may be null; JSON Schema has a list of types",
    "oneOf": "alternatives overlap (the generator wrote them without `required`), so that two match: anyOf is meant",
    "minLength/maxLength/format/pattern": "describe the field's column, not the answer (`pattern` even on integers)",
    "$ref to a file that is not among ours": "nothing is known about that part (attachments.json): anything goes",
    "responses by status": "nearly every error stands under 200; an answer may be any one of the operation's answers",
}

# (file, schema, what) -> reason. `what` is `required:name`, `enum:path`, `type:path` or `*` (the whole schema).
UNSOUND: dict[tuple[str, str, str], str] = {
    ("bulk_read", "Query", "*"): "describes the request, with every key required; the answer repeats what was sent",
    ("bulk_read", "Job_Detail", "required:result"): "there is no result before the job has ended (DOC7)",
    ("bulk_read", "Result", "required:next_page_token"): "there is no next page after the last (DOC7)",
}


@dataclass(frozen=True)
class Unsound:
    """One schema part that was taken away, for the report."""

    file: str
    schema: str
    what: str
    reason: str


def table() -> list[Unsound]:
    """Every part that is not enforced, with its reason."""
    return [Unsound(*key, reason) for key, reason in UNSOUND.items()]


@cache
def document(name: str) -> dict[str, Any]:
    """One file, its unsound parts taken away and its words translated to JSON Schema."""
    read = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    schemas = read.get("components", {}).get("schemas", {})
    for file, schema, what in UNSOUND:
        if file == name:
            _repair(schemas, schema, what)
    translated: dict[str, Any] = _translate(read)
    return translated


def _repair(schemas: dict[str, Any], name: str, what: str) -> None:
    """Takes one part away; a part that is not there is a mistake in the list."""
    schema = schemas[name]
    kind, _, path = what.partition(":")
    if kind == "*":
        schemas[name] = {}
    elif kind == "required":
        schema["required"].remove(path)
    else:
        steps = path.split(".")
        for step in steps:
            schema = schema["items"] if step == "[]" else schema["properties"][step]
        del schema[kind]


DROPPED = frozenset(
    {"minLength", "maxLength", "format", "pattern", "example", "description", "nullable", "discriminator"}
)


def _translate(part: Any) -> Any:
    """OpenAPI 3.0's dialect as JSON Schema draft 4, wherever it stands."""
    if isinstance(part, list):
        return [_translate(item) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return {"$ref": part["$ref"]}
    kept = {
        ("anyOf" if key == "oneOf" else key): _translate(value) for key, value in part.items() if key not in DROPPED
    }
    if part.get("nullable") is True:
        kept = _nullable(kept)
    return kept


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    return schema


def resolve(file: str, ref: str) -> tuple[str, Any]:
    """The file and the part a reference means."""
    address, _, pointer = ref.partition("#")
    name = Path(address).stem if address else file
    if not (FOLDER / f"{name}.json").is_file():
        return name, {}
    part: Any = document(name)
    for step in pointer.strip("/").split("/"):
        part = part[step.replace("~1", "/").replace("~0", "~")]
    return name, part


def bundled(file: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with everything it refers to inside `definitions`, so that no address is left."""
    definitions: dict[str, Any] = {}

    def walk(name: str, part: Any) -> Any:
        if isinstance(part, list):
            return [walk(name, item) for item in part]
        if not isinstance(part, dict):
            return part
        if isinstance(part.get("$ref"), str):
            target_file, target = resolve(name, part["$ref"])
            key = f"{target_file}.{part['$ref'].rsplit('/', 1)[-1]}"
            if key not in definitions:
                definitions[key] = {}
                definitions[key] = walk(target_file, target)
            return {"$ref": f"#/definitions/{key}"}
        return {key: walk(name, value) for key, value in part.items()}

    whole = walk(file, schema)
    return {**whole, "definitions": definitions}


@dataclass(frozen=True)
class Operation:
    """One operation of one file."""

    file: str
    method: str
    path: str

    @property
    def answers(self) -> Iterator[dict[str, Any]]:
        """The JSON schemas of all its answers, whatever their status."""
        for response in document(self.file)["paths"][self.path][self.method]["responses"].values():
            name, part = resolve(self.file, response["$ref"]) if "$ref" in response else (self.file, response)
            for content_type, content in part.get("content", {}).items():
                if "json" in content_type:
                    schema = content.get("schema", content)
                    yield bundled(name, schema)


@cache
def operations() -> tuple[Operation, ...]:
    """All operations of all files."""
    found = []
    for file in sorted(FOLDER.glob("*.json")):
        for path, item in document(file.stem).get("paths", {}).items():
            found += [Operation(file.stem, method, path) for method in item if method in METHODS]
    return tuple(found)


METHODS = frozenset({"get", "post", "put", "patch", "delete"})


@cache
def validators(operation: Operation) -> tuple[Draft4Validator, ...]:
    """A validator per answer of an operation."""
    return tuple(Draft4Validator(schema) for schema in operation.answers)


def match(method: str, path: str, *, file: str) -> Operation:
    """The operation of `file` this call is; fixed words win over `{placeholders}`."""
    parts = path.strip("/").split("/")
    best: tuple[int, Operation] | None = None
    for operation in operations():
        pattern = operation.path.strip("/").split("/")
        if operation.file != file or operation.method != method.lower() or len(pattern) != len(parts):
            continue
        pairs = list(zip(pattern, parts, strict=True))
        if all(want.startswith("{") or want == got for want, got in pairs):
            fixed = sum(want == got for want, got in pairs)
            if best is None or fixed > best[0]:
                best = (fixed, operation)
    if best is None:
        raise LookupError(f"{file}.json has no {method} {path}")
    return best[1]


def problems(operation: Operation, answer: Any) -> list[str]:
    """Why the answer is none of the operation's answers; empty when it is one of them."""
    closest: list[str] | None = None
    for validator in validators(operation):
        found = [f"{error.json_path}: {error.message}"[:300] for error in _leaves(validator.iter_errors(answer))]
        if not found:
            return []
        if closest is None or len(found) < len(closest):
            closest = found
    return closest if closest is not None else ["the file describes no JSON answer"]


def _leaves(errors: Any) -> Iterator[Any]:
    """The errors themselves; of alternatives those of the one that came closest."""
    for error in errors:
        if not error.context:
            yield error
            continue
        branches: dict[Any, list[Any]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        yield from _leaves(min(branches.values(), key=len))

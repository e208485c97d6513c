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
    "$ref to a file that is not among ours": "nothing is known about that part (attachments.json): anything goes",
    "nullable": "set where one sample happened to be null; empty fields are null everywhere (dossier 4.1)",
    "oneOf": "alternatives overlap (the generator wrote them without `required`), so that two match: anyOf is meant",
    "object without properties": "the generator's word for a type it did not know (`channel_id`, `time_zone`)",
    "integer of int64": "ids and zuids; live bodies carry them as text of digits (dossier 2.1): both are taken",
    "enum of `message`": "texts of a few samples; texts change, codes are the contract",
    "minLength/maxLength/format/pattern": "describe the field's column, not the answer (`pattern` even on integers)",
    "responses by status": "nearly every error stands under 200; an answer may be any one of the operation's answers",
}

ONE_FOR_ALL = "one schema for requests, answers and every kind of record: it requires whatever any of them may have"
UI_ONLY = (
    "requires keys that only the web page's own metadata calls carry; the API's answers differ by edition and kind"
)

# (file, schema, what) -> reason. `what` is `required` (the whole list), `required:name`, `enum:name`, `*` (all of it)
# or the name of one property.
UNSOUND: dict[tuple[str, str, str], str] = {
    ("bulk_read", "Query", "*"): "describes the request and requires every key; the answer repeats what was sent",
    ("bulk_read", "Job_Detail", "required:result"): "there is no result before the job has ended (DOC7)",
    ("bulk_read", "Result", "required:next_page_token"): "there is no next page after the last (DOC7)",
    ("blueprint", "API_Exception", "required"): "a mistaken transition has no details at all (the sample's own text)",
    ("blueprint", "Blue_Print", "required"): ONE_FOR_ALL,
    ("blueprint", "Field", "required"): ONE_FOR_ALL,
    (
        "conversion_option",
        "Conversion_Options",
        "module_preference",
    ): "refers to a whole module where a name and an id stand",
    ("custom_views", "custom_views", "required"): UI_ONLY,
    ("custom_views", "info", "required:translation"): UI_ONLY,
    ("fields", "fields", "required"): ONE_FOR_ALL,
    ("fields", "InvalidValueError", "enum:code"): (
        "lacks codes DOC7:create-custom-field names (DUPLICATE_DATA, DEPENDENT_MISMATCH, NOT_ALLOWED and others)"
    ),
    ("fields", "multiselectlookup", "required"): "an empty object stands here for every field of another type (OAS26)",
    ("layouts", "actions_allowed", "required"): UI_ONLY,
    ("layouts", "fields", "required"): ONE_FOR_ALL,
    ("layouts", "profiles", "required"): UI_ONLY,
    ("layouts", "properties", "required"): UI_ONLY,
    ("layouts", "layouts", "subform_properties"): UI_ONLY,
    ("layouts", "sections", "required:_delete"): "a key of requests (a section to be deleted)",
    ("modules", "modules", "required"): ONE_FOR_ALL,
    ("modules", "modules", "enum:generated_type"): "lacks field_tracker, picklisttracker and subform (OAS26c)",
    ("notes", "Note", "required"): "a list carries only the fields that were asked for and the id (dossier 4.1)",
    ("profiles", "Profile", "required"): "the list is short; sections and permissions come with a single profile",
    ("record", "API_Exception", "enum:code"): "lacks codes of the newer edition (MULTIPLE_OR_MULTI_ERRORS, OAS26)",
    ("users", "Response_Wrapper", "required:info"): "a single user comes without paging",
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
    """Takes one part away; a part that is not there is a mistake in the list (KeyError, ValueError)."""
    schema = schemas[name]
    kind, _, path = what.partition(":")
    if kind == "*":
        schemas[name] = {}
    elif kind == "enum":
        del schema["properties"][path]["enum"]
    elif kind == "required" and path:
        schema["required"].remove(path)
    elif kind == "required":
        for part in (schema, *schema["properties"].values()):
            part.pop("required", None)
    else:
        schema["properties"][kind] = {}


NULL = {"type": "null"}
DROPPED = frozenset(
    {"minLength", "maxLength", "format", "pattern", "example", "description", "nullable", "discriminator"}
)


def _translate(part: Any, name: str = "") -> Any:
    """OpenAPI 3.0's dialect as JSON Schema draft 4, wherever it stands; `name` is the key the part stands under."""
    if isinstance(part, list):
        return [_translate(item) for item in part]
    if not isinstance(part, dict):
        return part
    if isinstance(part.get("$ref"), str):
        return {"$ref": part["$ref"]}
    kept = {
        ("anyOf" if key == "oneOf" else key): _translate(value, key)
        for key, value in part.items()
        if key not in DROPPED
    }
    if name == "message":
        kept.pop("enum", None)
    if name == "properties":
        return {key: {"anyOf": [value, NULL]} if set(value) == {"$ref"} else value for key, value in kept.items()}
    if isinstance(part.get("type"), str):
        return _typed(kept, part)
    return kept


def _typed(kept: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A schema with a type: null is taken, an int64 may be text, an object without properties is anything."""
    if part["type"] == "object" and "properties" not in part:
        return {}
    types = [part["type"], "null"]
    if part["type"] == "integer" and part.get("format") == "int64":
        types.append("string")
    kept["type"] = types
    if "enum" in kept:
        kept["enum"] = [*kept["enum"], None]
    return kept


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
            key = target_file + part["$ref"].partition("#")[2].replace("/", ".")
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
def validators(operation: Operation) -> tuple[tuple[frozenset[str], Draft4Validator], ...]:
    """Per alternative answer of an operation its top keys and a validator."""
    made = []
    for schema in operation.answers:
        definitions = schema["definitions"]
        for alternative in _alternatives(schema, definitions):
            keys = frozenset(alternative.get("properties", {}))
            made.append((keys, Draft4Validator({**alternative, "definitions": definitions})))
    return tuple(made)


def _alternatives(schema: dict[str, Any], definitions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in schema:
        yield from _alternatives(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    elif "anyOf" in schema:
        for part in schema["anyOf"]:
            yield from _alternatives(part, definitions)
    else:
        yield {key: value for key, value in schema.items() if key != "definitions"}


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
    """Why the answer is none of the operation's answers; empty when it is one of them.

    Only an alternative that knows every key at the top counts: many have no `required` and would take anything.
    """
    closest: list[str] | None = None
    for keys, validator in validators(operation):
        if keys and not set(answer) <= keys:
            continue
        found = [f"{error.json_path}: {error.message}"[:300] for error in _leaves(validator.iter_errors(answer))]
        if not found:
            return []
        if closest is None or len(found) < len(closest):
            closest = found
    return closest if closest is not None else [f"no answer has the keys {sorted(answer)}"]


def _leaves(errors: Any) -> Iterator[Any]:
    """The errors themselves; of alternatives those of the one that came closest."""
    for error in errors:
        if not error.context:
            yield error
            continue
        branches: dict[Any, list[Any]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        told = [branch for branch in branches.values() if branch[0].validator_value != "null"]
        yield from _leaves(min(told or branches.values(), key=len))

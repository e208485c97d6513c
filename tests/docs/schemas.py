"""The schemas of docs/reference/schemas, and what a document has against its own."""

import json
from functools import cache
from typing import Any

import jsonschema
from tests.docs.pages import ROOT

from crmbridge.report import documents
from crmbridge.report.i18n import catalog
from crmbridge.report.listing import Listing

FOLDER = ROOT / "docs" / "reference" / "schemas"


@cache
def kept() -> dict[str, Any]:
    """Every schema by its definition."""
    found = [json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))]
    return {one["title"]: one for one in found}


@cache
def validator(definition: str) -> Any:
    return jsonschema.Draft202012Validator(kept()[definition])


def problems(document: Any) -> list[str]:
    """What is wrong with a document: against its schema, and keys of rows that the schema does not name."""
    definition = document["definition"]
    if definition not in kept():
        return [f"{definition} has no schema"]
    found = [
        f"{definition} {error.json_path}: {error.message[:200]}"
        for error in validator(definition).iter_errors(document)
    ]
    named = kept()[definition]["properties"]["rows"]["items"]["properties"]
    unnamed = {key for row in document["rows"] for key in row if key not in named}
    return [*found, *(f"{definition}: {key} is not in the schema" for key in sorted(unnamed))]


def as_document(listing: Listing) -> Any:
    """What a program gets of a listing."""
    return json.loads(documents.dump(documents.document(listing, catalog("en"))))

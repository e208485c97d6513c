"""Calls that make and read custom fields, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugins.sim.tests.conftest import Client

FIELDS = "/settings/fields"
OURS = {"field_label": "Source Key", "data_type": "text", "length": 80, "unique": {"casesensitive": False}}


def make(client: Client, *fields: object, module: str = "Leads", status: int = 201) -> list[dict[str, Any]]:
    answer = client.post(f"{FIELDS}?module={module}", {"fields": list(fields)})
    assert answer.status == status, answer.body
    items: list[dict[str, Any]] = answer.json()["fields"]
    return items


def refused(client: Client, field: object, *, module: str = "Leads", status: int = 400) -> tuple[str, str]:
    item = make(client, field, module=module, status=status)[0]
    assert item["status"] == "error"
    return item["code"], item["details"].get("json_path", "")


def described(client: Client, module: str = "Leads") -> dict[str, dict[str, Any]]:
    return {row["api_name"]: row for row in client.get(f"{FIELDS}?module={module}").json()["fields"]}


def insert(client: Client, module: str, *records: Mapping[str, object]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.post(f"/{module}", {"data": list(records)}).json()["data"]
    return items

"""Writes of one record as one line, for tests."""

from __future__ import annotations

from typing import Any

from plugins.sim.tests.conftest import Client

STANDARD = {"Pipeline": "Standard (Standard)", "Stage": "Qualification"}
Item = dict[str, Any]


def one(client: Client, module: str, **values: object) -> Item:
    answer = client.post(f"/{module}", {"data": [values]})
    item: Item = answer.json()["data"][0]
    return item


def add(client: Client, module: str, **values: object) -> str:
    item = one(client, module, **values)
    assert item["status"] == "success", item
    return str(item["details"]["id"])


def deal(client: Client, **values: object) -> str:
    return add(client, "Deals", **{"Deal_Name": "D", **STANDARD, **values})


def read(client: Client, module: str, record_id: str) -> Item:
    row: Item = client.get(f"/{module}/{record_id}").json()["data"][0]
    return row


def change(client: Client, module: str, record_id: str, **values: object) -> Item:
    item: Item = client.put(f"/{module}/{record_id}", {"data": [values]}).json()["data"][0]
    return item

"""Workspaces whose one CRM is a folder of CSV files: configuration, the head of the mapping, and writing them."""

from collections.abc import Mapping
from pathlib import Path

_CONFIG = """
[workspace]
name = "acme"
timezone = "Asia/Shanghai"
currency = "CNY"
calendar = "CN"
[connections.crm]
adapter = "csv"
path = "crm"
"""
_STAGE = """[[pipelines.sales.stages]]
key = "{key}"
category = "{category}"
labels = ["{label}"]
"""


def config(**keys: str) -> str:
    """A workspace of the files `crm/NAME.csv`, each with the column that is its key; todos may be written."""
    lines = [
        f'objects.{name} = {{ file = "{name}.csv", key = "{key}"{", writable = true" if name == "todos" else ""} }}'
        for name, key in keys.items()
    ]
    return _CONFIG + "\n".join(lines) + "\n"


def mapping(objects: str, **stages: str) -> str:
    """A mapping with one pipeline: the category of each stage, which is labelled as its key; then the objects."""
    made = (
        _STAGE.format(key=key, category=category, label=key[0].upper() + key[1:]) for key, category in stages.items()
    )
    return f"\nformat = 1\n[pipelines.sales]\n{''.join(made)}{objects.lstrip()}"


def write(folder: Path, files: Mapping[str, str]) -> None:
    """The files stand in the folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

"""The recordings that a plugin's tests replay: where they lie, and by what they are known."""

import json
from pathlib import Path

from crmbridge.http.masking import RECORDING as FORMAT

ENDING = ".recording.json"


def in_folder(folder: Path) -> list[Path]:
    """Every recording in the folder and below it."""
    return [file for file in sorted(folder.rglob(f"*{ENDING}")) if _is_one(file)]


def _is_one(file: Path) -> bool:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("format") == FORMAT and bool(told.get("exchanges"))

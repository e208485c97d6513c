"""How a page that is made from code is written: its head, its tables."""

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
MADE = "<!-- made by tools/docs.py; edit the code, then run `python tools/docs.py write` -->"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def page(title: str, *parts: str | list[str]) -> str:
    """The text of a page: its title, the mark that it is made, and its parts."""
    blocks = [f"# {title}", MADE, *("\n".join(part) if isinstance(part, list) else part for part in parts)]
    return "\n\n".join(block for block in blocks if block) + "\n"

"""Copies constraints.txt into pyproject.toml, where `uv run` reads it.

`uv sync` and `uv run` ignore constraint files but heed `[tool.uv] constraint-dependencies`; pip heeds the file. A test
holds the two equal. Neither names a download host.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def pins(text: str) -> list[str]:
    """The requirement lines of a constraints file, in order."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("#", "-"))]


def main() -> None:
    """Rewrites the list in pyproject.toml."""
    file = ROOT / "pyproject.toml"
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    listed = "".join(f'  "{pin}",\n' for pin in pins(constraints))
    old = re.compile(r"constraint-dependencies = \[.*?\n?\]", re.DOTALL)
    text = old.sub(lambda _: f"constraint-dependencies = [\n{listed}]", file.read_text(encoding="utf-8"), count=1)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Markdown pages as tests see them: their fenced blocks, their links, and the commands they name."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUR_PAGES = sorted(
    {
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
        *(ROOT / "plugins").glob("*/*.md"),
    }
)
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """One fenced block. The words behind the language say what a test does with it: `file=NAME`, `exit=N`."""

    page: Path
    line: int
    language: str
    body: str
    marks: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path) -> list[Block]:
    text, found = text_of(page), []
    for match in _FENCE.finditer(text):
        language, *words = match["info"].split()[:1] + match["info"].split()[1:] if match["info"].strip() else [""]
        marks = dict(word.partition("=")[::2] for word in words)
        body = "".join(line.removeprefix(match["indent"]) for line in match["body"].splitlines(keepends=True))
        found.append(Block(page, text.count("\n", 0, match.start()) + 1, language, body, marks))
    return found


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", text_of(page))


def links(page: Path) -> list[str]:
    return _LINK.findall(re.sub(_INLINE, "", prose(page)))


def inline_codes(page: Path) -> list[str]:
    return _INLINE.findall(prose(page))


def commands(block: Block) -> list[str]:
    """The command lines of a console block, without the prompt."""
    return [line.removeprefix("$ ") for line in block.body.splitlines() if line.startswith("$ ")]


def crmbridge_words(line: str) -> list[list[str]]:
    """The arguments of every crmbridge call in a command line, however it is started."""
    found = []
    for part in line.split("&&"):
        words = shlex.split(part, comments=True)
        if words[:2] == ["uv", "run"]:
            words = words[2:]
        if words[:1] == ["crmbridge"]:
            found.append(words[1:])
    return found

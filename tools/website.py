"""Makes the site of the documentation: `website.py` writes build/site, and fails where a link leads nowhere.

The pages are plain Markdown in their folders, as the forge shows them. What a site wants besides is added to a copy in
build/pages: a title above each example file, a plain word in place of a link to something that is no page. zensical
(dependency group `docs`) renders the copy; nothing is fetched, neither here nor by whoever reads.

`website.py FOLDER` works in another folder than build, `website.py FOLDER stage` only makes the copy.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from writing import ROOT

PARTS = {
    "Tutorials": "tutorial",
    "How-to": "how-to",
    "Reference": "reference",
    "Explanation": "explanation",
    "Decisions": "adr",
}
"""The parts of the navigation, and the folder of each below docs."""

SCHEMAS = Path("docs/reference/schemas")
GLOSSARY = Path("docs/reference/glossary.md")
ABOUT = ("CHANGELOG.md", "CONTRIBUTING.md")
_FENCE = re.compile(r"^( *)```(\w+)((?: [^\n`]+)?)$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
_BLOCKS = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Every page of the site, by its path in the repository."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    found += (ROOT / "plugins").glob("*/*.md")
    return sorted(file.relative_to(ROOT) for file in found)


def text(page: Path, known: set[Path]) -> str:
    """A page as the site wants it."""
    parts = _BLOCKS.split((ROOT / page).read_text(encoding="utf-8"))
    told = "".join(part if number % 2 else _linked(part, page, known) for number, part in enumerate(parts))
    return _FENCE.sub(_titled, told)


def _titled(fence: re.Match[str]) -> str:
    """A block with the name of its file as a title; the other marks are for tests alone."""
    file = re.search(r"file=(\S+)", fence[3])
    return f"{fence[1]}```{fence[2]}" + (f' title="{file[1]}"' if file else "")


def _linked(part: str, page: Path, known: set[Path]) -> str:
    """The text with each link to a page or a schema as it is, and what leads to anything else as plain words."""

    def made(link: re.Match[str]) -> str:
        if re.match(r"[a-z]+:|#", link[2]):
            return link[0]
        target, hash_, anchor = link[2].partition("#")
        file = (ROOT / page.parent / target).resolve().relative_to(ROOT)
        if file / "README.md" in known:
            target, file = f"{target.rstrip('/')}/README.md", file / "README.md"
        return f"[{link[1]}]({target}{hash_}{anchor})" if file in known or SCHEMAS in file.parents else link[1]

    return _LINK.sub(made, part)


def title(page: Path) -> str:
    """The first heading of a page."""
    found = re.search(r"^# (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    return found[1].replace("`", "") if found else page.stem


def navigation(known: list[Path]) -> list[dict[str, object]]:
    """What stands at the left: the parts in their order, and in each its pages, as the index of the docs has them."""
    order = re.findall(r"\]\(([\w/.-]+\.md)", (ROOT / "docs" / "README.md").read_text(encoding="utf-8"))
    places = {Path("docs") / name: number for number, name in enumerate(dict.fromkeys(order))}
    nav: list[dict[str, object]] = [{"crmbridge": "README.md"}, {"中文": "README.zh-CN.md"}]
    nav.append({"All pages": "docs/README.md"})
    for name, folder in PARTS.items():
        own = [page for page in known if page.parent == Path("docs") / folder and page != GLOSSARY]
        own.sort(key=lambda page: (page.name != "README.md", places.get(page, len(places)), page.name))
        nav.append({name: [{title(page): page.as_posix()} for page in own]})
    nav.append({title(GLOSSARY): GLOSSARY.as_posix()})
    plugins = [page for page in known if page.parts[0] in {"plugins", "examples"}]
    nav.append({"Adapters and examples": [{title(page): page.as_posix()} for page in plugins]})
    nav.append({"About": [{title(Path(name)): name} for name in ABOUT]})
    return nav


def config(nav: list[dict[str, object]]) -> str:
    """The configuration of zensical. JSON texts and lists are TOML too; tables are written inline."""
    return f"""[project]
site_name = "crmbridge"
site_description = "Keep the CRM you have and run sales by your own rules."
docs_dir = "pages"
site_dir = "site"
use_directory_urls = false
nav = {_toml(nav)}

[project.theme]
language = "en"
font = false
features = [
  "content.code.copy", "navigation.indexes", "navigation.sections", "navigation.top", "navigation.tracking",
  "toc.follow",
]

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"
toggle = {{ icon = "lucide/sun", name = "dark" }}

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"
toggle = {{ icon = "lucide/moon", name = "light" }}
"""


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return (
            "{ "
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {_toml(one)}" for key, one in value.items())
            + " }"
        )
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def stage(folder: Path) -> Path:
    """Writes the copy of the pages, and the configuration beside it, which it gives."""
    known, copy = pages(), folder / "pages"
    shutil.rmtree(copy, ignore_errors=True)
    for page in known:
        file = copy / page
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(page, set(known)), encoding="utf-8")
    shutil.copytree(ROOT / SCHEMAS, copy / SCHEMAS)
    written = folder / "zensical.toml"
    written.write_text(config(navigation(known)), encoding="utf-8")
    return written


def main(folder: str = "build", task: str = "build") -> int:
    """Builds the site, and gives the exit code of whoever renders it."""
    written = stage((ROOT / folder).resolve())
    if task == "stage":
        return 0
    words = [shutil.which("zensical") or "zensical", "build", "--clean", "--strict", "-f", str(written)]
    return subprocess.run(words, cwd=written.parent, check=False).returncode  # noqa: S603 - the group docs has it


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

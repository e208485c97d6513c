"""What a look at a plugin shows of the rules of the quality scale, beside what its tests show.

Each look gives None where nothing can be seen, an empty `Seen` where all is well, or why it is not.
"""

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.scale import Answers
from crmbridge.app.extending import recordings
from crmbridge.model.notes import Note

CODE = "KIT_LOOK"
LEAST_COVERED = 95.0
HTTP_LIBRARIES = frozenset(
    {"aiohttp", "httpcore", "httpx", "pycurl", "requests", "tenacity", "urllib3", "http.client", "urllib.request"}
)
SECRET_OPTIONS = frozenset(
    {
        "access_token",
        "api_key",
        "apikey",
        "app_secret",
        "client_secret",
        "passwd",
        "password",
        "refresh_token",
        "secret",
    }
)


@dataclass(frozen=True, slots=True)
class Plugin:
    """What is looked at: its folder, the card of its adapter, its answers, and where its coverage was measured."""

    folder: Path
    card: Mapping[str, Any]
    answers: Answers
    coverage: Path | None = None

    @property
    def package(self) -> Path:
        """The folder of its modules."""
        name = str(self.card["package"]).partition(".")[0]
        within = self.folder / "src" / name
        return within if within.is_dir() else self.folder / name


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen: `problem` is why the rule is not kept."""

    problem: Note | None = None


WELL = Seen()


def look(name: str, plugin: Plugin) -> Seen | None:
    """One look by its name in `scale.toml`."""
    return _LOOKS[name](plugin)


def _support(plugin: Plugin) -> Seen:
    missing = sorted(str(one) for one in Capability if str(one) not in plugin.card["support"])
    return _bad("{capabilities} is not declared", capabilities=", ".join(missing)) if missing else WELL


def _mapping(plugin: Plugin) -> Seen:
    problem = plugin.card["mapping"]
    if problem is None:
        return _bad("there is no default mapping: exempt, with the reason, is meant")
    return _bad("the default mapping cannot be used: {problem}", problem=problem) if problem else WELL


def _door(plugin: Plugin) -> Seen:
    found = sorted({f"{name} in {file.name}" for file, name in _imports(plugin.package) if name in HTTP_LIBRARIES})
    return (
        _bad("calls go through crmbridge.http alone, and it imports {found}", found=", ".join(found)) if found else WELL
    )


def _options(plugin: Plugin) -> Seen:
    found = sorted(SECRET_OPTIONS & set(plugin.card["options"]))
    return _bad("options that would hold a secret: {options}", options=", ".join(found)) if found else WELL


def _readme(plugin: Plugin) -> Seen:
    readme = plugin.folder / "README.md"
    there = readme.is_file() and readme.read_text(encoding="utf-8").strip()
    return WELL if there else _bad("there is no README.md")


def _budget(plugin: Plugin) -> Seen:
    through = any(name.startswith("crmbridge.http") for _, name in _imports(plugin.package))
    return WELL if through else _bad("no call goes through crmbridge.http, which keeps the budget")


def _login(plugin: Plugin) -> Seen:
    return WELL if plugin.card["login"] else _bad("the descriptor names no connector, so nobody can log in again")


def _owner(plugin: Plugin) -> Seen:
    return WELL if plugin.answers.owner else _bad("quality.toml names no owner")


def _coverage(plugin: Plugin) -> Seen | None:
    file = plugin.coverage or plugin.folder / "coverage.json"
    if not file.is_file():
        return None
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")).get("files", {})
    part = f"{plugin.package.name}/"
    own = [found["summary"] for name, found in told.items() if part in name.replace("\\", "/")]
    lines = sum(one["num_statements"] + one.get("num_branches", 0) for one in own)
    covered = sum(one["covered_lines"] + one.get("covered_branches", 0) for one in own)
    if not lines:
        return _bad("{file} tells nothing of {package}", file=file.name, package=plugin.package.name)
    percent = 100 * covered / lines
    if percent < LEAST_COVERED:
        return _bad("{percent} % of it is covered by tests, and {least} are asked", percent=f"{percent:.1f}", least=95)
    return WELL


def _recordings(plugin: Plugin) -> Seen:
    there = recordings.in_folder(plugin.folder / "tests")
    return WELL if there else _bad("there is no recording in its tests: crmbridge kit record makes one")


def _prompt(plugin: Plugin) -> Seen | None:
    support = plugin.card["support"]
    if all(_is_there(support, one) for one in (Capability.RECEIVE, Capability.SUBSCRIBE)):
        return WELL
    if _is_there(support, Capability.INCREMENTAL):
        return None
    return _bad("it neither subscribes to changes nor reads them alone")


def _todo(plugin: Plugin) -> Seen:
    left = plugin.answers.todo(but="zero-todo")
    return _bad("{count} rules are todo", count=len(left)) if left else WELL


def _is_there(support: Mapping[str, Mapping[str, str]], capability: Capability) -> bool:
    return support.get(str(capability), {}).get("level") in {"full", "partial"}


def _bad(template: str, **params: object) -> Seen:
    return Seen(Note(CODE, template, params))


def _imports(package: Path) -> Iterator[tuple[Path, str]]:
    """What each module imports when it runs, by its whole name and by its first word."""
    for file in sorted(package.rglob("*.py")):
        for name in _imported(ast.parse(file.read_text(encoding="utf-8"))):
            yield file, name
            yield file, name.partition(".")[0]


def _imported(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield child.module or ""
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        else:
            yield from _imported(child)


_LOOKS: dict[str, Callable[[Plugin], Seen | None]] = {
    "support": _support,
    "mapping": _mapping,
    "door": _door,
    "options": _options,
    "readme": _readme,
    "budget": _budget,
    "login": _login,
    "owner": _owner,
    "coverage": _coverage,
    "recordings": _recordings,
    "prompt": _prompt,
    "todo": _todo,
}

"""Makes a plugin: a distribution of its own that installs, is found, and passes the basic group of the kit at once.

It is there whole or not at all, and a folder that is there already is left alone.
"""

import re
import tempfile
from collections.abc import Iterator
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path

from crmbridge.adapter import scale
from crmbridge.model.errors import ConfigError, StoreError
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing

PREFIX = "crmbridge-"
MOST_LETTERS = 30
_SUFFIX = ".in"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TAKEN = ("crmbridge", "kit", "memory")
"""Names that would be mistaken for something else."""

DONE_AT_ONCE = frozenset(
    {
        "contract-version",
        "basic-kit-green",
        "declared-support-complete",
        "default-mapping-valid",
        "check-before-save",
        "unique-connection",
        "no-vendor-sdk-globals",
        "secrets-by-reference",
        "throttle-aware",
        "resumable-at-every-page",
        "stop-within-a-page",
        "errors-mapped",
        "quarantine-not-crash",
        "drift-reported",
    }
)
"""The rules of the quality scale that what is made here keeps; everything else is for its author to do."""


def make(name: str, folder: Path | None, *, taken: frozenset[str]) -> Listing:
    """The files made; ConfigError for a name that cannot be, StoreError where the folder is there."""
    check_name(name, taken)
    target = folder or Path(f"{PREFIX}{name}")
    if target.exists() or target.is_symlink():
        text = "{folder} is there already, and nothing was changed"
        raise StoreError(text, folder=str(target), hint="--folder DIR makes it elsewhere")
    made = files(name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
            whole = Path(scratch) / "made"
            for path, text in made.items():
                (whole / path).parent.mkdir(parents=True, exist_ok=True)
                (whole / path).write_text(text, encoding="utf-8", newline="\n")
            whole.rename(target)
    except OSError as error:
        raise StoreError("{folder} cannot be made: {reason}", folder=str(target), reason=str(error)) from error
    rows = tuple({"file": str(target / path)} for path in sorted(made))
    return Listing("plugin-new/1", (Column("file", mark("file")),), rows)


def check_name(name: str, taken: frozenset[str]) -> None:
    """Passes quietly; ConfigError with the nearest name that can be."""
    if _NAME.fullmatch(name) and len(name) <= MOST_LETTERS and not name.startswith(PREFIX):
        if name in {*taken, *_TAKEN}:
            text = "there is an adapter {name} already"
            near = nearest_name(f"my-{name}")
            raise ConfigError(text, name=name, nearest=near, hint="did you mean {nearest}?")
        return
    text = "{name} is no name of an adapter: small letters, digits and single hyphens, a letter first, {most} at most"
    near = nearest_name(name)
    raise ConfigError(text, name=name, most=MOST_LETTERS, nearest=near, hint="did you mean {nearest}?")


def nearest_name(name: str) -> str:
    """The name nearest to it that an adapter may have."""
    words = re.findall("[a-z0-9]+", re.sub("(?<=[a-z0-9])(?=[A-Z])", "-", name).lower())
    kept = "-".join(words)
    while kept.startswith((PREFIX, *"-0123456789")):
        kept = kept.removeprefix(PREFIX).lstrip("-0123456789")
    near = kept[:MOST_LETTERS].rstrip("-")
    return near if near and near not in _TAKEN else "acme"


def files(name: str) -> dict[str, str]:
    """The text of each file, by its path in the folder."""
    package = f"{PREFIX}{name}".replace("-", "_")
    words = {
        "@NAME@": name,
        "@DISTRIBUTION@": f"{PREFIX}{name}",
        "@PACKAGE@": package,
        "@TITLE@": " ".join(word.capitalize() for word in name.split("-")),
        "@CORE@": _core(),
        "@RULES@": _answers(),
    }
    found = {}
    for path, text in _templates(resources.files(__package__) / "template"):
        for word, put in words.items():
            text = text.replace(word, put)  # noqa: PLW2901 - one after the other
        found[_placed(path, package)] = text
    return found


def _placed(path: str, package: str) -> str:
    placed = path.removesuffix(_SUFFIX).replace("PACKAGE", package)
    return ".gitignore" if placed == "gitignore" else placed


def _templates(folder: Traversable, above: str = "") -> Iterator[tuple[str, str]]:
    for found in sorted(folder.iterdir(), key=lambda one: one.name):
        if found.is_dir():
            yield from _templates(found, f"{above}{found.name}/")
        elif found.name.endswith(_SUFFIX):
            yield f"{above}{found.name}", found.read_text(encoding="utf-8")


def _core() -> str:
    """This crmbridge and those that promise the same: until 1.0 a new minor release may change the contract."""
    major, minor, *_ = (int(part) for part in re.findall(r"\d+", metadata.version("crmbridge")))
    below = f"{major}.{minor + 1}" if major == 0 else f"{major + 1}"
    return f"crmbridge>={major}.{minor},<{below}"


def _answers() -> str:
    lines: list[str] = []
    for tier in scale.TIERS:
        own = [rule.name for rule in scale.rules() if rule.tier == tier]
        lines += [f"\n[{tier}]", *(f'{rule} = "{"done" if rule in DONE_AT_ONCE else scale.TODO}"' for rule in own)]
    return "\n".join(lines)

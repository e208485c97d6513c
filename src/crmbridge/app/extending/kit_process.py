"""Runs the conformance kit of a plugin as a process of its own, with the tests that the plugin has for it.

The kit is a part of crmbridge that only pytest loads; nothing of it is imported here.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crmbridge.model.errors import ConfigError, suggestion

GROUPS = (
    "basic",
    "write",
    "fetch",
    "find",
    "count",
    "delete",
    "history",
    "bulk",
    "receive",
    "subscribe",
    "schema",
)
"""The groups of the kit, in the order in which they are shown."""

_ALL_PASSED, _SOME_FAILED, _NONE_FOUND = 0, 1, 5


def check_groups(groups: Sequence[str]) -> None:
    """Passes quietly; ConfigError with the nearest group of the kit."""
    for name in groups:
        if name not in GROUPS:
            near = suggestion(name, GROUPS)
            raise ConfigError("the kit has no group {group}", group=name, nearest=near, hint="did you mean {nearest}?")


def results(folder: Path, groups: Sequence[str] = ()) -> dict[str, Any]:
    """What the kit found, as its report has it; what pytest says meanwhile goes to standard error.

    ConfigError where pytest is missing, where the plugin has no test of the kit, or where its tests cannot be run.
    """
    check_groups(groups)
    if importlib.util.find_spec("pytest") is None:
        raise ConfigError("the conformance kit needs pytest", hint='pip install "crmbridge[testing]"')
    with tempfile.TemporaryDirectory(prefix="crmbridge-kit-") as scratch:
        target = Path(scratch) / "results.json"
        options = [word for name in groups for word in ("--crmbridge-kit-group", name)]
        tests = folder / "tests"
        words = [str(tests if tests.is_dir() else folder), "-q", "--crmbridge-kit-only", *options]
        code = _pytest(folder, [*words, "--crmbridge-kit-report", str(target)])
        found = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    if code not in {_ALL_PASSED, _SOME_FAILED, _NONE_FOUND}:
        text = "pytest ended with {code}, so not everything was tested"
        raise ConfigError(text, code=code, hint="see above for why")
    if not found.get("adapters"):
        text = "there is no test of the conformance kit in {folder}"
        raise ConfigError(text, folder=str(folder), hint="subclass AdapterConformance, as crmbridge plugin new does")
    return dict(found)


def read(file: Path) -> dict[str, Any]:
    """The results in a file that pytest wrote by --crmbridge-kit-report; ConfigError where it is none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError("{file} cannot be read: {reason}", file=str(file), reason=str(error)) from error
    if not isinstance(found, dict) or not isinstance(found.get("adapters"), dict):
        hint = "pytest --crmbridge-kit-report FILE writes one"
        raise ConfigError("{file} holds no results of the conformance kit", file=str(file), hint=hint)
    return found


def only(found: Mapping[str, Any], adapter: str) -> dict[str, Any]:
    """The results of that adapter; ConfigError where it was not tested."""
    adapters: Mapping[str, dict[str, Any]] = found["adapters"]
    if adapter not in adapters:
        near = suggestion(adapter, adapters)
        text = "the adapter {name} was not tested, but {nearest}"
        raise ConfigError(text, name=adapter, nearest=near, hint="adapter in quality.toml is what connections call it")
    return adapters[adapter]


def _pytest(folder: Path, words: list[str]) -> int:
    around = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(  # noqa: S603 - our own interpreter, no shell
        [sys.executable, "-m", "pytest", *words], cwd=folder, env=around, stdout=sys.stderr.fileno(), check=False
    )
    return done.returncode

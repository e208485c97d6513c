"""Adds a job to a `crmbridge.toml` that a person wrote, or takes one out; not a byte of anything else changes."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from crmbridge.app import toml_text
from crmbridge.app.jobs import cron
from crmbridge.app.jobs.kinds import KINDS
from crmbridge.app.jobs.section import JobSection
from crmbridge.model.errors import ConfigError, suggestion

_HEADER = re.compile(r"^\s*\[")
_LIMIT = "limit_minutes"


def values_of(kind: str, schedule: str, settings: Sequence[str]) -> dict[str, object]:
    """The keys of a job's table, from settings such as `team=North`; ConfigError with the nearest valid choice."""
    if kind not in KINDS:
        raise ConfigError(
            "there is no kind of job called {kind}",
            kind=kind,
            nearest=suggestion(kind, KINDS),
            hint="did you mean {nearest}?",
        )
    cron.check(schedule)
    made: dict[str, object] = {"kind": kind, "schedule": schedule}
    given = dict(_setting(one) for one in settings)
    for key, text in given.items():
        made[key] = _value(kind, key, text)
    return made


def with_job(text: str, name: str, values: Mapping[str, object]) -> str:
    """The text with the job's table after it."""
    end = "\r\n" if "\r\n" in text else "\n"
    head = text if not text or text.endswith("\n") else text + end
    return head + "".join(line + end for line in toml_text.table(("jobs", name), values, {}))


def without_job(text: str, name: str) -> str:
    """The text without the job's table; ConfigError where it does not stand there as a table of its own."""
    before = tomllib.loads(text)
    kept, remarks, inside = list[str](), list[str](), False
    for line in text.splitlines(keepends=True):
        if _HEADER.match(line):
            inside = _names(line, name)
        if not inside:
            kept += [*remarks, line]
            remarks = []
        elif _is_remark(line) and (remarks or not kept or line.strip() or kept[-1].strip()):
            remarks.append(line)
        elif not _is_remark(line):
            remarks = []
    kept += remarks
    made = re.sub(r"(\r?\n)(?:[ \t]*\r?\n)+\Z", r"\1", "".join(kept))
    wanted = {**before, "jobs": {key: job for key, job in before.get("jobs", {}).items() if key != name}}
    if {"jobs": {}, **tomllib.loads(made)} != wanted:
        raise ConfigError(
            "{name} cannot be taken out of the file: it is no table of its own", name=name, hint="edit the file"
        )
    return made


def _is_remark(line: str) -> bool:
    """Whether a line says nothing: what stands behind the last key of a table is said of what comes after it."""
    return not line.strip() or line.lstrip().startswith("#")


def _names(line: str, name: str) -> bool:
    """Whether a line is the header of the job's table."""
    try:
        return tomllib.loads(line) == {"jobs": {name: {}}}
    except tomllib.TOMLDecodeError:
        return False


def _setting(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key.strip():
        raise ConfigError("{text} is no setting", text=text, hint="write KEY=VALUE, such as team=North")
    return key.strip(), value.strip()


def _value(kind: str, key: str, text: str) -> object:
    """The value of a setting, of the type that its key takes."""
    model = JobSection if key == _LIMIT else KINDS[kind].arguments
    if key not in model.model_fields or (model is JobSection and key != _LIMIT):
        known = [*KINDS[kind].arguments.model_fields, _LIMIT]
        raise ConfigError(
            "a job of the kind {kind} takes no {key}",
            kind=kind,
            key=key,
            nearest=suggestion(key, known),
            hint="did you mean {nearest}?",
        )
    is_list = get_origin(model.model_fields[key].annotation) is tuple
    given: object = [part.strip() for part in text.split(",") if part.strip()] if is_list else text
    base: dict[str, Any] = {"kind": kind, "schedule": "@daily"} if key == _LIMIT else {}
    try:
        checked = getattr(model.model_validate({**base, key: given}), key)
    except ValidationError as error:
        raise _refused(key, text, model.model_fields[key].annotation, error) from error
    return list(checked) if isinstance(checked, tuple) else checked


def _refused(key: str, text: str, annotation: Any, error: ValidationError) -> ConfigError:  # noqa: ANN401
    choices = [str(one) for one in _choices(annotation)]
    details = error.errors()[0]
    if choices and details["type"] == "literal_error":
        wrong = str(details["input"])
        near = suggestion(wrong, choices)
        return ConfigError(
            "{key} cannot be {value}", key=key, value=wrong, nearest=near, hint="did you mean {nearest}?"
        )
    return ConfigError("{key} cannot be {value}: {reason}", key=key, value=text, reason=details["msg"])


def _choices(annotation: Any) -> list[Any]:  # noqa: ANN401
    """The words of a Literal, also of one in a list."""
    found: list[Any] = []
    for part in get_args(annotation):
        found += [part] if isinstance(part, str) else _choices(part)
    return found

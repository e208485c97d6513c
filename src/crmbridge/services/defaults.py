"""What is shipped as data: the default pipeline, and documents of the services that a company's own file overlays."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from pydantic import BaseModel

from crmbridge.model import documents
from crmbridge.model.pipeline import Pipeline

Model = TypeVar("Model", bound=BaseModel)


@cache
def default_pipeline() -> Pipeline:
    """The six-stage pipeline of the documents, with its gates; `default_pipeline.toml` beside this file."""
    return Pipeline.model_validate(_shipped("default_pipeline.toml"))


def shipped(model: type[Model], default: str) -> Model:
    """What is shipped, read from the file of that name beside this module."""
    return model.model_validate(_shipped(default))


def overlaid(model: type[Model], default: str, text: str, *, file: str) -> Model:
    """A company's document over the shipped one: a table adds to it key by key, a list or a value takes its place.

    ConfigErrors naming every problem with file, line and nearest choice.
    """
    document = documents.parse(text, file)
    return documents.validate(document, model, data=documents.overlaid(_shipped(default), document.data))


def _shipped(default: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(default).read_text(encoding="utf-8"))

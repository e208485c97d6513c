"""What is shipped as data: the default pipeline. Nothing of it is spelled out in code."""

import tomllib
from functools import cache
from importlib.resources import files

from crmbridge.model.pipeline import Pipeline


@cache
def default_pipeline() -> Pipeline:
    """The six-stage pipeline of the documents, with its gates; `default_pipeline.toml` beside this file."""
    text = files(__package__).joinpath("default_pipeline.toml").read_text(encoding="utf-8")
    return Pipeline.model_validate(tomllib.loads(text))

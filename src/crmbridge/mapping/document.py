"""Mapping documents: TOML that says what a source's fields mean. SKELETON: signatures are final."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MappingDocument:
    """A validated mapping that still knows where each of its values stands."""


def load(source: Path | str, *, file: str | None = None) -> MappingDocument:
    """The mapping in a file (Path) or in a text (str); `file` is the name shown in messages. ConfigErrors names all."""
    raise NotImplementedError


def overlay(default: MappingDocument | None, own: MappingDocument) -> MappingDocument:
    """The adapter's default mapping with the connection's own on top."""
    raise NotImplementedError

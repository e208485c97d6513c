"""Makes a mapping document into functions that read and write records. SKELETON: signatures are final."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from crmbridge.mapping.document import MappingDocument
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class MappingSettings:
    """What a mapping takes from the workspace: the zone of times without one, the currency of amounts without one."""

    zone: ZoneInfo
    currency: str


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """A mapping ready for use. `hash` names this version: equal for any key order, spacing or comments.

    It covers the settings too, because they change what is read. `body` is the canonical JSON the hash was made of.
    """

    hash: str
    body: str
    pipelines: tuple[Pipeline, ...]
    objects: dict[str, CompiledObject]

    def object(self, name: str) -> CompiledObject:
        """The mapped object of that name; ConfigError with the nearest name otherwise."""
        raise NotImplementedError


def compile_mapping(
    document: MappingDocument, settings: MappingSettings, *, lenses: Mapping[str, object] | None = None
) -> CompiledMapping:
    """The document as functions. `lenses` are a registry's plugin lenses. ConfigErrors names every problem at once."""
    raise NotImplementedError

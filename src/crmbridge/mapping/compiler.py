"""Makes a mapping document into functions that read and write records.

Every problem of the document is found here or in its shape, before any record is read, and all of them are said at
once.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from zoneinfo import ZoneInfo

from crmbridge.mapping import labels as option_labels
from crmbridge.mapping import object_compiler, stages
from crmbridge.mapping.document import MappingDocument, raise_all
from crmbridge.mapping.fields import Workshop
from crmbridge.mapping.labels import Labels
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.rules import ObjectRule
from crmbridge.mapping.stage_meanings import Meanings
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.pipeline import Category, Pipeline

READING_VERSION = 1
"""Raised when a lens begins to read differently: every record is then read again."""


@dataclass(frozen=True, slots=True)
class MappingSettings:
    """What a mapping takes from around it: the zone of times without one, the currency of amounts without one.

    `meanings` is what the source says of its stages, for those that the mapping has no name for; `labels` the options
    that it wants by their labels.
    """

    zone: ZoneInfo
    currency: str
    meanings: Meanings = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """A mapping ready for use. `hash` names this version: equal for any key order, spacing or comments.

    It covers the settings too, because they change what is read. `body` is the canonical JSON the hash was made of.
    """

    hash: str
    body: str
    pipelines: tuple[Pipeline, ...]
    objects: dict[str, CompiledObject]
    settings: MappingSettings
    document: MappingDocument = field(repr=False, compare=False)
    _again: Callable[[MappingSettings], "CompiledMapping"] = field(repr=False, compare=False)
    _made: Callable[[MappingDocument, MappingSettings], "CompiledMapping"] = field(repr=False, compare=False)

    @property
    def meanings(self) -> dict[str, dict[str, Category]]:
        """What was taken from the source of stages that the mapping has no name for."""
        return _meanings(self.objects)

    def knowing(self, meanings: Meanings, labels: Labels | None = None) -> "CompiledMapping":
        """The mapping with what the source says of its stages and options; the very same where that changes nothing.

        `labels` None leaves the options as they are known.
        """
        named = self.settings.labels if labels is None else option_labels.wanted(self.document, labels)
        if named != self.settings.labels:
            return self._again(replace(self.settings, meanings={}, labels=named)).knowing(meanings)
        wanted = {name: found for name, one in self.objects.items() if (found := _unnamed(one, meanings.get(name)))}
        return self if wanted == self.meanings else self._again(replace(self.settings, meanings=wanted))

    def recast(self, rules: Mapping[str, ObjectRule]) -> "CompiledMapping":
        """The mapping with other rules for some of its objects."""
        body = self.document.body.model_copy(update={"objects": {**self.document.body.objects, **rules}})
        return self._made(replace(self.document, body=body), self.settings)

    def object(self, name: str) -> CompiledObject:
        """The mapped object of that name; ConfigError with the nearest name otherwise."""
        if name in self.objects:
            return self.objects[name]
        raise ConfigError(
            "the mapping has no object {object}",
            object=name,
            nearest=suggestion(name, self.objects),
            hint="did you mean {nearest}?",
        )


def compile_mapping(
    document: MappingDocument, settings: MappingSettings, *, lenses: Mapping[str, object] | None = None
) -> CompiledMapping:
    """The document as functions. `lenses` are a registry's plugin lenses. ConfigErrors names every problem at once."""
    raise_all(stages.problems(document))
    written, document = document, option_labels.labelled(document, settings.labels)
    workshop = Workshop(document, lenses or {}, settings.meanings)
    pipelines = stages.make_pipelines(document)
    compiled: dict[str, CompiledObject] = {}
    problems: list[ConfigError] = []
    for name in document.body.objects:
        maker = object_compiler.ObjectCompiler(workshop, name, pipelines, settings.zone, settings.currency)
        made = maker.compile()
        problems += maker.problems
        if made is not None:
            compiled[name] = made
    raise_all(problems)
    body = _body(document, settings, _meanings(compiled))
    again = partial(compile_mapping, written, lenses=lenses)
    hashed = hashlib.sha256(body.encode()).hexdigest()
    anew = partial(compile_mapping, lenses=lenses)
    return CompiledMapping(hashed, body, pipelines, compiled, settings, written, again, anew)


def _meanings(objects: Mapping[str, CompiledObject]) -> dict[str, dict[str, Category]]:
    tables = {name: one.staging.reader.table for name, one in objects.items() if one.staging}
    return {name: dict(table.meanings) for name, table in tables.items() if table.meanings}


def _unnamed(compiled: CompiledObject, meanings: Mapping[str, Category] | None) -> dict[str, Category]:
    return compiled.staging.reader.table.unnamed(meanings) if compiled.staging and meanings else {}


def _body(document: MappingDocument, settings: MappingSettings, meanings: Meanings) -> str:
    content: dict[str, object] = {
        "reading": READING_VERSION,
        "zone": settings.zone.key,
        "currency": settings.currency,
        "document": json.loads(document.canonical()),
        **({"meanings": meanings} if meanings else {}),
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

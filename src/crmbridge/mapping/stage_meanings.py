"""What a source says that its stages mean: asked where a mapping has no name for one.

A stage that nobody mapped stays UNKNOWN, but whether its records are won or lost the source often knows. Open is what
nothing says, so only the others are kept.
"""

from collections.abc import Mapping

from crmbridge.adapter.catalog import Catalog
from crmbridge.mapping.lenses.texts import fold
from crmbridge.model.pipeline import Category

Meanings = Mapping[str, Mapping[str, Category]]
"""Object -> id of a stage, folded -> what it means."""


def meanings_of(catalog: Catalog) -> dict[str, dict[str, Category]]:
    """The stages of each object that is told of, by the ids that records carry; an id of two meanings has none."""
    found: dict[str, dict[str, Category | None]] = {}
    for pipeline in catalog.pipelines:
        told = found.setdefault(pipeline.object, {})
        for stage in pipeline.stages:
            word, meaning = fold(stage.id), Category(stage.category) if stage.category else None
            told[word] = meaning if told.get(word, meaning) == meaning else None
    return {
        name: {word: meaning for word, meaning in told.items() if meaning not in {None, Category.OPEN}}
        for name, told in found.items()
    }

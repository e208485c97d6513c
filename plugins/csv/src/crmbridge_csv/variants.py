"""Other shapes of a proposed object: with another key, or cut down to the distinct values of one column."""

from collections.abc import Mapping


def keyed_by(objects: Mapping[str, object], name: str, column: str, *, alone: bool) -> dict[str, object]:
    """The options of an object with `column` as its key; `alone`: as a distinct list of that column."""
    own = objects[name]
    options = dict(own) if isinstance(own, Mapping) else {}
    options.pop("duplicates", None)
    options["key"] = column
    return options | ({"columns": [column]} if alone else {})

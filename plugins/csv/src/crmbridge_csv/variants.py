"""Other shapes of a proposed object: with another key, cut down to one column's values, or with a stage history."""

from collections.abc import Mapping

_OF_THE_FILE = ("file", "sheet", "encoding", "separator", "padding", "preamble", "header")


def keyed_by(objects: Mapping[str, object], name: str, column: str, *, alone: bool) -> dict[str, object]:
    """The options of an object with `column` as its key; `alone`: as a distinct list of that column."""
    own = objects[name]
    options = dict(own) if isinstance(own, Mapping) else {}
    options.pop("duplicates", None)
    options["key"] = column
    return options | ({"columns": [column]} if alone else {})


def history_of(
    objects: Mapping[str, object], own: Mapping[str, object], table: str, columns: Mapping[str, object]
) -> dict[str, object]:
    """The options of an object (`own`, so far) whose past changes of stage stand in the file of another one."""
    found = objects[table]
    layout = {name: found[name] for name in _OF_THE_FILE if name in found} if isinstance(found, Mapping) else {}
    return {**own, "history": {**layout, **columns}}

"""An answer of one place as all three must give it: ids, refs and external keys are the world's own keys.

Lists of records are sets that are told in the order of their ids; they are told in the order of the world's keys here.
Everything else stays as it is, byte for byte: the order of rows and of keys, and every digit.
"""

import json
import re
from typing import Any

from .records import Held

CONNECTION = "crm"
_SOURCES = re.compile(r"<section>\n<h2>(?:Sources|数据来源)</h2>.*?</section>\n", re.DOTALL)
_KEY = re.compile(r"cb1-[0-9a-f]{24}")
"""An external key is made of the vendor's id, so it is another in each place."""
_SUBJECT = re.compile(rf"\b{CONNECTION}:[0-9A-Za-z-]+")
_NODE = re.compile(r"^((?:rep|team)/)([0-9A-Za-z-]+)")
_READ = re.compile(r"<li>(?:last read|上次读取) [^<]*</li><li>(?:from|来源) [^<]*</li>")


class Number(str):
    """A number of JSON, digit for digit."""

    __slots__ = ()


def canonical_json(text: str, held: Held, *, is_sorted: bool = False) -> str:
    """A JSON answer; `is_sorted`: whose rows of equal rank stand in the order of keys that are other ones elsewhere."""
    names = _names(held)
    keys = set(names.values())
    told = json.loads(text, parse_float=Number, parse_int=Number)
    told.pop("read", None)  # when each place was read is its own matter
    found = _replaced(told, names, keys)
    if is_sorted:
        found["rows"] = [_comparable(row) for row in found["rows"] if row.get("part") != "content"]
        found["rows"].sort(key=json.dumps)
    return json.dumps(found, ensure_ascii=False, indent=1, default=str)


def canonical_page(text: str, held: Held) -> str:
    """A page of HTML, without what it says of where and when it was read."""
    page, count = _SOURCES.subn("", text)
    page, more = _READ.subn("", page)
    assert (count, more) == (1, 1), "the page says nothing of its source"
    names = _names(held)
    return re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True))).sub(
        lambda found: names[found[0]], page
    )


def _names(held: Held) -> dict[str, str]:
    """What is replaced: our ids, the vendor's, and subjects, each by the world's key."""
    subjects = {f"{CONNECTION}:{key}": f"{CONNECTION}:{name}" for key, name in held.vendor_ids.items()}
    return {**held.vendor_ids, **held.names, **subjects}


def _replaced(value: Any, names: dict[str, str], keys: set[str]) -> Any:
    if isinstance(value, dict):
        return {names.get(key, _node(key, names)): _replaced(one, names, keys) for key, one in value.items()}
    if isinstance(value, list):
        found = [_replaced(one, names, keys) for one in value]
        return sorted(found) if found and all(isinstance(one, str) and one in keys for one in found) else found
    if isinstance(value, Number):
        return f"number {value}"
    return names.get(value, _node(_within(value, names), names)) if isinstance(value, str) else value


def _node(value: str, names: dict[str, str]) -> str:
    """The key of a node of a tree of goals, which ends with a record."""
    return _NODE.sub(lambda found: found[1] + names.get(found[2], found[2]), value)


def _within(value: str, names: dict[str, str]) -> str:
    """A text that names a record within it, as an enrolment does; external keys are left out."""
    return _SUBJECT.sub(lambda found: names.get(found[0], found[0]), _KEY.sub("cb1-", value))


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    """A row without its place among equals, and without the content of calls, which one place alone reads (LACKING)."""
    lacks = {"lacks": [name for name in row["lacks"] if name != "content"]} if "lacks" in row else {}
    return {key: value for key, value in row.items() if key != "place"} | lacks

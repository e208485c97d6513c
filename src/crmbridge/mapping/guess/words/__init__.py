"""The words that guesses rest on, as data: one TOML file for each matter, English and Chinese side by side.

Headers and values are compared by `squeeze`: without case, spaces and punctuation, full-width letters as plain ones.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_BRACKETS = re.compile(r"[(\[【{<《].*?[)\]】}>》]")
_STARS = re.compile(r"^\s*\*+\s*|\s*\*+\s*$|必填项?|选填")


def squeeze(text: str) -> str:
    """The letters and digits of a text, NFKC and case folded."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


@cache
def forms(header: str) -> tuple[str, ...]:
    """What a header may be looked up as: without brackets, whole, without a vendor's prefix or ending."""
    plain = unicodedata.normalize("NFKC", header)
    bare = _STARS.sub("", _BRACKETS.sub("", plain))
    ending = re.sub(r"__[cr]$", "", bare)
    found = [bare, plain, ending]
    if " - " in bare:
        found.append(bare.rpartition(" - ")[2])
    return tuple(dict.fromkeys(form for form in map(squeeze, found) if form))


@cache
def table(name: str) -> dict[str, Any]:
    """One of the TOML files beside this one."""
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def field_words(kind: str) -> Mapping[str, tuple[str, ...]]:
    """For each field of a kind the squeezed headers that mean it, the likeliest first; "*" before an ending."""
    words = table("fields")
    own = dict(words["kinds"].get(kind, {}))
    groups = own.pop("uses", [])
    for group in groups:
        own |= {name: headers for name, headers in words["groups"][group].items() if name not in own}
    return {name: tuple(dict.fromkeys(map(_word, headers))) for name, headers in own.items()}


def _word(header: str) -> str:
    """A header as it is looked up; one after "*" is looked for at the end of others."""
    return ("*" if header.startswith("*") else "") + squeeze(header)


@cache
def kinds() -> tuple[str, ...]:
    """The kinds whose headers are known."""
    return tuple(table("fields")["kinds"])


@cache
def known_by(form: str) -> int:
    """How many kinds know a header: the more, the less it says."""
    return sum(any(form in headers for headers in field_words(kind).values()) for kind in kinds())


@cache
def members(field: str) -> Mapping[str, str]:
    """For a closed field as `kind.field`: squeezed value -> ours."""
    listed = table("choices")["members"].get(field, {})
    return {squeeze(label): ours for ours, labels in listed.items() for label in (ours, *labels)}


@cache
def placeholders() -> frozenset[str]:
    """Cells that say that nothing is known, case folded."""
    return frozenset(table("choices")["placeholders"])

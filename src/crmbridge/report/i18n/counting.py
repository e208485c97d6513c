"""One record, two records: what English makes of a template that is written for several.

    "{count} records of {pipeline} have no owner"     1 -> "{count} record of {pipeline} has no owner"

Templates stay as they are, so that nobody writes a text twice; Chinese has no need of it. Only nouns that crmbridge
counts are known here: any other text is left alone.
"""

import re
from collections.abc import Mapping

_NOUNS = (
    "amounts|bytes|calls|cells|changes|characters|checks|columns|complaints|credits|customers|dates|days|deals|"
    "decimals|decisions|differences|employees|fields|files|findings|groups|hours|leads|lines|minutes|moves|"
    "notices|numbers|objects|pages|plans|problems|purchases|questions|records|rows|runs|seconds|sheets|steps|"
    "tasks|texts|things|touches|users|values|weeks|workdays|writes|years"
)
_VERBS = {"have": "has", "are": "is", "were": "was", "do": "does", "lie": "lies", "stand": "stands", "wait": "waits"}
_SINGULAR = {"touches": "touch"}
_COUNTED = re.compile(
    r"\{(?P<name>\w+)\} (?P<kind>(?:(?!of |in |the |to |and |or |than )[a-z-]+ ){0,2}?)"
    rf"(?P<noun>{_NOUNS})\b"
    rf"(?:(?P<of>(?: (?:of|could)(?: [\w{{}}]+){{1,4}}?)?) (?P<verb>{'|'.join(_VERBS)})\b)?"
)


def singular(template: str, params: Mapping[str, object]) -> str:
    """The template in the singular wherever the value before a noun is one."""
    return _COUNTED.sub(lambda found: _one(found) if _is_one(params.get(found["name"])) else found[0], template)


def _is_one(value: object) -> bool:
    return value == "1" or (isinstance(value, int) and not isinstance(value, bool) and value == 1)


def _one(found: re.Match[str]) -> str:
    noun = _SINGULAR.get(found["noun"]) or found["noun"].removesuffix("s")
    verb = f"{found['of']} {_VERBS[found['verb']]}" if found["verb"] else ""
    return f"{{{found['name']}}} {found['kind']}{noun}{verb}"

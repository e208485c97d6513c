"""JQL as tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crmbridge_sim.jira.errors import Refusal

_PATTERN = re.compile(
    r"""\s*(?:
    "(?P<double>(?:[^"\\]|\\.)*)"
    | '(?P<single>(?:[^'\\]|\\.)*)'
    | (?P<sign>!=|!~|<=|>=|[=<>~(),])
    | (?P<word>[^\s"'=!<>~(),&|]+)
    | (?P<logic>&&|\|\||!)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a quoted text or a sign, and where it stands."""

    text: str
    kind: str  # word | text | sign | end
    at: int

    def says(self, *words: str) -> bool:
        """Whether it is one of these unquoted words or signs."""
        return self.kind in {"word", "sign"} and self.text.lower() in words


def syntax(text: str, at: int) -> Refusal:
    """A syntax error is 400 (dossier A3)."""
    return Refusal(400, f"Error in the JQL Query: {text} (line 1, character {at + 1})")


def read(jql: str) -> list[Token]:
    """The tokens of a query, an end token last."""
    found: list[Token] = []
    at = 0
    rest = jql.rstrip()
    while at < len(rest):
        match = _PATTERN.match(rest, at)
        if match is None:
            stray = rest[at:].lstrip()[:1]
            raise syntax(f"The character '{stray}' is a reserved JQL character. You must enclose it in a string.", at)
        name = match.lastgroup or ""
        start, text = match.start(name), match[name]
        if name in {"double", "single"}:
            found.append(Token(re.sub(r"\\(.)", r"\1", text), "text", start - 1))
        elif name == "logic":
            found.append(Token({"&&": "and", "||": "or", "!": "not"}[text], "word", start))
        else:
            found.append(Token(text, "sign" if name == "sign" else "word", start))
        at = match.end()
    return [*found, Token("", "end", len(rest))]

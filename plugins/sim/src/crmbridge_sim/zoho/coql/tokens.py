"""COQL text cut into tokens, each with its line and column for the error answers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crmbridge_sim.zoho.predicate import Malformed

_TOKEN = re.compile(
    r"""(?P<blank>\s+)
      | (?P<text>'(?:[^'\\]|''|\\.)*')
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<word>\$?[A-Za-z_][\w$]*(?:\.\$?[A-Za-z_][\w$]*)*)
      | (?P<mark><=|>=|!=|=|<|>|\(|\)|,|\*)""",
    re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(r"''|\\(.)")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `kind` is text, number, word, mark or end; `value` has quotes and escapes taken away."""

    kind: str
    value: str
    line: int
    column: int

    @property
    def word(self) -> str:
        """The word in lower case; nothing for other kinds (a quoted `and` is a text)."""
        return self.value.lower() if self.kind == "word" else ""


def tokens(query: str) -> list[Token]:
    """All tokens of a query and an `end`; raises Malformed at a character that starts none."""
    return list(_read(query))


def _read(query: str) -> Iterator[Token]:
    at, line, line_start = 0, 1, 0
    while at < len(query):
        found = _TOKEN.match(query, at)
        if found is None:
            raise syntax_error(Token("mark", query[at], line, at - line_start + 1))
        kind, text = str(found.lastgroup), found.group()
        if kind == "blank":
            newlines = text.count("\n")
            if newlines:
                line += newlines
                line_start = at + text.rindex("\n") + 1
        else:
            value = _ESCAPE.sub(lambda m: m.group(1) or "'", text[1:-1]) if kind == "text" else text
            yield Token(kind, value, line, at - line_start + 1)
        at = found.end()
    yield Token("end", "", line, at - line_start + 1)


def syntax_error(token: Token) -> Malformed:
    """The answer to text that cannot be read: SYNTAX_ERROR with line, column and near (OAS25 coql.json)."""
    return Malformed(
        "SYNTAX_ERROR",
        "error occurred while parsing the query",
        line=token.line,
        column=token.column,
        near=token.value or "<EOF>",
    )


def missing_clause(clause: str) -> Malformed:
    """The answer to a query without a clause it must have (OAS26: "missing clause", `details.clause`)."""
    return Malformed("SYNTAX_ERROR", "missing clause", clause=clause)

"""JQL as a tree."""

from __future__ import annotations

from dataclasses import dataclass

from crmbridge_sim.jira.jql.tokens import Token, read, syntax

SIGNS = ("=", "!=", "<", "<=", ">", ">=", "~", "!~")
RESERVED = ("and", "or", "not", "in", "is", "order", "by", "asc", "desc", "was", "changed", "empty", "null")


@dataclass(frozen=True, slots=True)
class Operand:
    """A value, ``EMPTY`` or a function."""

    text: str
    kind: str  # value | empty | function


@dataclass(frozen=True, slots=True)
class Clause:
    """A field compared with one operand or several."""

    field: str
    operator: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Parts under ``and``, ``or`` or ``not``."""

    word: str
    parts: tuple[Node, ...]


Node = Clause | Group


@dataclass(frozen=True, slots=True)
class Query:
    """What is sought and in which order; each order is a field and whether it falls."""

    where: Node | None
    orders: tuple[tuple[str, bool], ...]


def parse(jql: str) -> Query:
    """Reads a query; what is none raises Jira's 400."""
    return _Parser(read(jql)).query()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._at = tokens, 0

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        found = self._now
        if found.kind != "end":
            self._at += 1
        return found

    def query(self) -> Query:
        """The whole of it."""
        where = None if self._now.kind == "end" or self._now.says("order") else self._any()
        orders: list[tuple[str, bool]] = []
        if self._now.says("order"):
            self._next()
            self._expect("by")
            while True:
                orders.append((self._name("field"), self._falls()))
                if not self._now.says(","):
                    break
                self._next()
        if self._now.kind != "end":
            raise self._wrong("either 'OR' or 'AND'")
        return Query(where, tuple(orders))

    def _falls(self) -> bool:
        if self._now.says("asc", "desc"):
            return self._next().says("desc")
        return False

    def _any(self) -> Node:
        parts = [self._all()]
        while self._now.says("or"):
            self._next()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Group("or", tuple(parts))

    def _all(self) -> Node:
        parts = [self._one()]
        while self._now.says("and"):
            self._next()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Group("and", tuple(parts))

    def _one(self) -> Node:
        if self._now.says("not"):
            self._next()
            return Group("not", (self._one(),))
        if self._now.says("("):
            self._next()
            inner = self._any()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Clause:
        field = self._name("field")
        if self._now.says(*SIGNS):
            return Clause(field, self._next().text, (self._operand(),))
        negated = self._now.says("not")
        if negated:
            self._next()
        if self._now.says("in"):
            self._next()
            return Clause(field, "not in" if negated else "in", self._several())
        if not negated and self._now.says("is"):
            self._next()
            negated = self._now.says("not")
            if negated:
                self._next()
            if not self._now.says("empty", "null"):
                raise self._wrong("EMPTY or NULL")
            self._next()
            return Clause(field, "is not" if negated else "is", (Operand("", "empty"),))
        raise self._wrong("an operator such as '=', '!=', 'in', 'is'")

    def _several(self) -> tuple[Operand, ...]:
        if not self._now.says("("):
            one = self._operand()
            if one.kind == "function":
                return (one,)
            raise self._wrong("'('")
        self._next()
        found = [self._operand()]
        while self._now.says(","):
            self._next()
            found.append(self._operand())
        self._expect(")")
        return tuple(found)

    def _operand(self) -> Operand:
        token = self._now
        if token.kind == "text":
            return Operand(self._next().text, "value")
        if token.kind != "word" or (token.says(*RESERVED) and not token.says("empty", "null")):
            raise self._wrong("a value, list or function")
        self._next()
        if token.says("empty", "null"):
            return Operand("", "empty")
        if self._now.says("("):
            self._next()
            self._expect(")")
            return Operand(token.text.lower(), "function")
        return Operand(token.text, "value")

    def _name(self, what: str) -> str:
        if self._now.kind not in {"word", "text"} or self._now.says(*RESERVED):
            raise self._wrong(f"a {what} name")
        return self._next().text

    def _expect(self, word: str) -> None:
        if not self._now.says(word):
            raise self._wrong(f"'{word}'")
        self._next()

    def _wrong(self, expected: str) -> Exception:
        got = f"'{self._now.text}'" if self._now.kind != "end" else "the end of the query"
        return syntax(f"Expecting {expected} but got {got}.", self._now.at)

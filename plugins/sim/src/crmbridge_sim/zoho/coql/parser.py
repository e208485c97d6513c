"""Reads COQL and holds it to the documented limits (DOC8:COQL-Limitations, DOC3, KZ#171, KZ#183; dossier 2.8)."""

import re
from decimal import Decimal
from typing import Literal

from crmbridge_sim.zoho.coql.query import FUNCTIONS, Column, Order, Query
from crmbridge_sim.zoho.coql.tokens import Token, missing_clause, syntax_error, tokens
from crmbridge_sim.zoho.predicate import Condition, Group, Malformed, Operator, Predicate, Value, count

DEFAULT_LIMIT = 200
MOST_ROWS = 2_000
MOST_OFFSET = 100_000
MOST_COLUMNS = 500
MOST_CONDITIONS = 25
MOST_IN_VALUES = 100
MOST_ORDER = 10
MOST_GROUP = 4
MOST_AGGREGATES = 5

_ALIAS = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_COMPARISONS = {
    "=": Operator.EQUAL,
    "!=": Operator.NOT_EQUAL,
    "<": Operator.LESS_THAN,
    "<=": Operator.LESS_EQUAL,
    ">": Operator.GREATER_THAN,
    ">=": Operator.GREATER_EQUAL,
}
_NEGATED = {Operator.IN: Operator.NOT_IN, Operator.LIKE: Operator.NOT_LIKE, Operator.BETWEEN: Operator.NOT_BETWEEN}
_RESERVED = frozenset(
    [
        "select",
        "from",
        "where",
        "and",
        "or",
        "not",
        "in",
        "like",
        "is",
        "null",
        "between",
        "group",
        "order",
        "by",
        "limit",
        "offset",
        "as",
        "asc",
        "desc",
        "true",
        "false",
    ]
)


def parse(text: str) -> Query:
    """The query; raises Malformed with the code the service would answer."""
    return _Parser(tokens(text)).query()


def _exceeded(clause: str, limit: int) -> Malformed:
    return Malformed("LIMIT_EXCEEDED", "maximum limit exceeded", clause=clause, limit=limit)


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, read: list[Token]) -> None:
        self.read = read
        self.at = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self.read[self.at]

    def take(self) -> Token:
        """The next token, stepping over it."""
        token = self.token
        self.at = min(self.at + 1, len(self.read) - 1)
        return token

    def word(self, *words: str) -> bool:
        """Steps over the words if they come next, all of them."""
        if [token.word for token in self.read[self.at : self.at + len(words)]] != list(words):
            return False
        self.at += len(words)
        return True

    def mark(self, mark: str) -> bool:
        """Steps over a mark if it comes next."""
        if self.token.kind == "mark" and self.token.value == mark:
            self.at += 1
            return True
        return False

    def need(self, mark: str) -> None:
        """Steps over a mark or refuses."""
        if not self.mark(mark):
            raise syntax_error(self.token)

    def name(self) -> str:
        """A name that is no reserved word."""
        if self.token.kind != "word" or self.token.word in _RESERVED:
            raise syntax_error(self.token)
        return self.take().value

    def query(self) -> Query:
        """The whole text."""
        if not self.word("select"):
            raise missing_clause("select")
        columns = self.columns()
        if not self.word("from"):
            raise missing_clause("from") if self.token.kind == "end" else syntax_error(self.token)
        # A custom view's id may stand for the module since v7 (KZ#183).
        source = self.take().value if self.token.kind == "number" else self.name()
        if not self.word("where"):
            raise missing_clause("where")
        where = self.where()
        group = self.group()
        order = self.order()
        limit, offset = self.limit()
        if self.token.kind != "end":
            raise syntax_error(self.token)
        return Query(columns, source, where, group, order, limit, offset)

    def columns(self) -> tuple[Column, ...]:
        """The selected columns, held to 500 columns and 5 aggregates, with names of their own."""
        columns = [self.column()]
        while self.mark(","):
            columns.append(self.column())
        if len(columns) > MOST_COLUMNS:
            raise _exceeded("select", MOST_COLUMNS)
        if sum(1 for column in columns if column.function) > MOST_AGGREGATES:
            raise _exceeded("select", MOST_AGGREGATES)
        _refuse_twins(columns)
        return tuple(columns)

    def column(self) -> Column:
        """`path`, `function(path)`, each perhaps `as alias`."""
        name = self.name()
        function: str | None = None
        if self.mark("("):
            function = name.lower()
            if function not in FUNCTIONS:
                raise Malformed("INVALID_QUERY", "invalid query formed", column_name=name, reason="unknown function")
            name = "id" if self.mark("*") else self.name()
            self.need(")")
        alias = self.alias() if self.word("as") else None
        return Column(name, function, alias)

    def alias(self) -> str:
        """An alias: letters, digits and underscores, no reserved word, quoted or not."""
        token = self.take()
        if token.kind == "end":
            raise syntax_error(token)
        if token.kind not in {"word", "text"} or token.word in _RESERVED or not _ALIAS.fullmatch(token.value):
            raise Malformed("INVALID_ALIAS", "alias given seems to be invalid", alias=token.value)
        return token.value

    def where(self) -> Predicate:
        """The predicate, held to 25 conditions."""
        predicate = self.predicate()
        if count(predicate) > MOST_CONDITIONS:
            raise _exceeded("where", MOST_CONDITIONS)
        return predicate

    def predicate(self) -> Predicate:
        """One term, or two joined; a third at the same level must be bracketed (DOC3, KZ#171)."""
        left = self.term()
        word = self.joiner()
        if word is None:
            return left
        right = self.term()
        if self.token.word in {"and", "or"}:
            raise syntax_error(self.token)
        return Group(word, (left, right))

    def joiner(self) -> Literal["and", "or"] | None:
        """The next `and` or `or`."""
        if self.word("and"):
            return "and"
        return "or" if self.word("or") else None

    def term(self) -> Predicate:
        """A predicate in brackets or one condition."""
        if self.mark("("):
            inner = self.predicate()
            self.need(")")
            return inner
        return self.condition()

    def condition(self) -> Condition:
        """`path operator value(s)`."""
        path = self.name()
        token = self.token
        if token.kind == "mark" and token.value in _COMPARISONS:
            self.take()
            return Condition(path, _COMPARISONS[token.value], (self.value(),))
        if self.word("is"):
            empty = not self.word("not")
            if not self.word("null"):
                raise syntax_error(self.token)
            return Condition(path, Operator.IS_NULL if empty else Operator.IS_NOT_NULL)
        negated = self.word("not")
        operator, values = self.worded()
        return Condition(path, _NEGATED[operator] if negated else operator, values)

    def worded(self) -> tuple[Operator, tuple[Value, ...]]:
        """`in (..)`, `like '..'` or `between .. and ..`."""
        if self.word("like"):
            return Operator.LIKE, (self.value(),)
        if self.word("between"):
            low = self.value()
            if not self.word("and"):
                raise syntax_error(self.token)
            return Operator.BETWEEN, (low, self.value())
        if not self.word("in"):
            raise syntax_error(self.token)
        self.need("(")
        values = [self.value()]
        while self.mark(","):
            values.append(self.value())
        self.need(")")
        if len(values) > MOST_IN_VALUES:
            raise _exceeded("in", MOST_IN_VALUES)
        return Operator.IN, tuple(values)

    def value(self) -> Value:
        """A literal: text in single quotes, number, true or false (datetimes are texts)."""
        token = self.take()
        if token.kind == "text":
            return token.value
        if token.kind == "number":
            return Decimal(token.value)
        if token.word in {"true", "false"}:
            return token.word == "true"
        raise syntax_error(token)

    def group(self) -> tuple[str, ...]:
        """`group by a, b`, at most 4."""
        if not self.word("group", "by"):
            return ()
        names = [self.name()]
        while self.mark(","):
            names.append(self.name())
        if len(names) > MOST_GROUP:
            raise _exceeded("group by", MOST_GROUP)
        return tuple(names)

    def order(self) -> tuple[Order, ...]:
        """`order by a asc, b desc`, at most 10."""
        if not self.word("order", "by"):
            return ()
        order = [self.key()]
        while self.mark(","):
            order.append(self.key())
        if len(order) > MOST_ORDER:
            raise _exceeded("order by", MOST_ORDER)
        return tuple(order)

    def key(self) -> Order:
        """One key of the order, ascending unless told otherwise."""
        name = self.name()
        if self.mark("("):
            inner = "id" if self.mark("*") else self.name()
            self.need(")")
            name = f"{name.upper()}({inner})"
        descending = self.word("desc")
        if not descending:
            self.word("asc")
        return Order(name, descending)

    def limit(self) -> tuple[int, int]:
        """`limit n`, `limit offset, n` or `limit n offset m`; 200 rows where nothing is said."""
        limit, offset = DEFAULT_LIMIT, 0
        if self.word("limit"):
            limit = self.whole()
            if self.mark(","):
                limit, offset = self.whole(), limit
        if self.word("offset"):
            offset = self.whole()
        if limit > MOST_ROWS:
            raise _exceeded("limit", MOST_ROWS)
        # Rows up to number 100,000 can be reached, not beyond (DOC8).
        if offset + limit > MOST_OFFSET:
            raise _exceeded("offset", MOST_OFFSET)
        return limit, offset

    def whole(self) -> int:
        """A whole number that is not negative."""
        token = self.take()
        if token.kind != "number" or not token.value.isdigit():
            raise syntax_error(token)
        return int(token.value)


def _refuse_twins(columns: list[Column]) -> None:
    """Refuses a column or alias named twice (OAS25: DUPLICATE_DATA, DUPLICATE_ALIAS)."""
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            code = "DUPLICATE_ALIAS" if column.alias else "DUPLICATE_DATA"
            raise Malformed(code, "duplicate data", column_name=column.name)
        seen.add(column.name)

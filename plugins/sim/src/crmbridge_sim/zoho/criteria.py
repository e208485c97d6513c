r"""Search criteria: `((Last_Name:starts_with:Li)and(Email:equals:a@b.example))` (DOC7:search; dossier 2.7).

Parentheses, commas and backslashes inside a value are escaped by a backslash: `(Company:equals:Nord \(North\)\, AB)`.
A query has at most 10 conditions (the OpenAPI file of module_search names 15, DOC7 says 10) and `in` at most 100
values. Which operators a field takes depends on its type and is checked by `check`.
"""

from dataclasses import dataclass
from typing import Literal

from crmbridge_sim.zoho.predicate import Condition, Group, Malformed, Operator, Predicate, conditions, count

MOST_CONDITIONS = 10
MOST_IN_VALUES = 100

_BETWEEN_VALUES = 2
_PARTS = 3

# The words of the search language (DOC7:search).
OPERATORS = {
    "equals": Operator.EQUAL,
    "not_equal": Operator.NOT_EQUAL,
    "starts_with": Operator.STARTS_WITH,
    "in": Operator.IN,
    "greater_equal": Operator.GREATER_EQUAL,
    "greater_than": Operator.GREATER_THAN,
    "less_equal": Operator.LESS_EQUAL,
    "less_than": Operator.LESS_THAN,
    "between": Operator.BETWEEN,
}

_WORDS = {operator: word for word, operator in OPERATORS.items()}
_ORDER = ("greater_equal", "greater_than", "less_equal", "less_than", "between")
_TEXT = ("equals", "not_equal", "starts_with", "in")
_NUMBER = ("equals", "not_equal", *_ORDER, "in")
_CHOICE = ("equals", "not_equal", "in")
_BOOLEAN = ("equals", "not_equal")
_LONG_TEXT = ("equals", "not_equal", "starts_with")

# data type -> operators it takes (DOC7:search; dossier 2.7 "Operators").
OPERATORS_BY_TYPE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("text", "email", "phone", "website"), _TEXT),
    **dict.fromkeys(("date", "datetime", "integer", "bigint", "double", "currency", "percent"), _NUMBER),
    **dict.fromkeys(("picklist", "lookup", "ownerlookup", "userlookup", "autonumber", "multiselectpicklist"), _CHOICE),
    "boolean": _BOOLEAN,
    "textarea": _LONG_TEXT,
}


def parse(text: str) -> Predicate:
    """The criteria as a predicate; raises Malformed where the text is not one."""
    reader = _Reader(text.strip())
    predicate = reader.expression()
    reader.end()
    if count(predicate) > MOST_CONDITIONS:
        raise Malformed(
            "CRITERIA_LIMIT_EXCEEDED",
            f"no of criterium that can be given exceed the limit {MOST_CONDITIONS}",
        )
    return predicate


def check(predicate: Predicate, data_types: dict[str, str]) -> None:
    """Refuses unknown fields and operators a field's type does not take."""
    for condition in conditions(predicate):
        data_type = data_types.get(condition.path)
        if data_type is None:
            raise _invalid("the field name given seems to be invalid", condition.path)
        word = _WORDS[condition.operator]
        # `id` is searched like a lookup; types the docs do not list take what a lookup takes.
        allowed = OPERATORS_BY_TYPE.get(data_type, _CHOICE)
        if word not in allowed:
            raise Malformed(
                "INVALID_QUERY",
                "Invalid query formed",
                reason="invalid operator found",
                api_name=condition.path,
                operator=word,
            )


def _invalid(reason: str, api_name: str = "") -> Malformed:
    return Malformed("INVALID_QUERY", "Invalid query formed", reason=reason, api_name=api_name)


@dataclass(slots=True)
class _Reader:
    """Walks over the text once; `at` is the next character."""

    text: str
    at: int = 0

    def expression(self) -> Predicate:
        """`item (and item)*`; and/or of one level are taken from left to right."""
        left = self.item()
        while (word := self.joiner()) is not None:
            right = self.item()
            if isinstance(left, Group) and left.word == word:
                left = Group(word, (*left.parts, right))
            else:
                left = Group(word, (left, right))
        return left

    def item(self) -> Predicate:
        """`(expression)` or `(Field:operator:value)`."""
        self.blanks()
        if self.peek() != "(":
            raise _invalid("an opening bracket is expected")
        self.at += 1
        self.blanks()
        inner = self.expression() if self.peek() == "(" else self.condition()
        self.blanks()
        if self.peek() != ")":
            raise _invalid("a closing bracket is missing")
        self.at += 1
        return inner

    def joiner(self) -> Literal["and", "or"] | None:
        """The next `and` or `or`, if there is one."""
        self.blanks()
        rest = self.text[self.at : self.at + 3].lower()
        if rest == "and":
            self.at += 3
            return "and"
        if rest.startswith("or"):
            self.at += 2
            return "or"
        return None

    def condition(self) -> Condition:
        """The inside of one pair of brackets; values are cut at commas that are not escaped."""
        values = self.raw()
        head = values[0].split(":", 2)
        if len(head) < _PARTS:
            raise _invalid("a condition is field:operator:value", head[0].strip())
        name, word = head[0].strip(), head[1].strip().lower()
        if word not in OPERATORS:
            raise Malformed(
                "INVALID_QUERY",
                "Invalid query formed",
                reason="invalid operator found",
                api_name=name,
                operator=word,
            )
        return _condition(name, OPERATORS[word], [head[2], *values[1:]])

    def raw(self) -> list[str]:
        """Texts up to the closing bracket, cut at commas, their escapes taken away."""
        pieces: list[str] = []
        piece: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\\" and self.at + 1 < len(self.text):
                piece.append(self.text[self.at + 1])
                self.at += 2
                continue
            if char in "()":
                break
            self.at += 1
            if char == ",":
                pieces.append("".join(piece))
                piece = []
            else:
                piece.append(char)
        pieces.append("".join(piece))
        return pieces

    def peek(self) -> str:
        """The next character, or nothing at the end."""
        return self.text[self.at : self.at + 1]

    def blanks(self) -> None:
        """Steps over blanks."""
        while self.peek().isspace():
            self.at += 1

    def end(self) -> None:
        """Refuses anything left over."""
        self.blanks()
        if self.at < len(self.text):
            raise _invalid("unexpected text after the criteria")


def _condition(name: str, operator: Operator, values: list[str]) -> Condition:
    """A condition whose number of values fits its operator."""
    given = [value.strip() for value in values]
    if operator is Operator.BETWEEN:
        if len(given) != _BETWEEN_VALUES:
            raise _invalid("between needs two values", name)
    elif operator is Operator.IN:
        if len(given) > MOST_IN_VALUES:
            raise Malformed(
                "INVALID_QUERY",
                f'Only {MOST_IN_VALUES} values are allowed in "IN" criteria',
                api_name=name,
                param_name="criteria",
            )
    elif len(given) > 1:
        # A comma that was not escaped: the docs ask for the backslash, so the query is refused.
        raise _invalid("special characters must be escaped", name)
    return Condition(name, operator, tuple(given))

"""JSON as the contract wants it: exact numbers, nothing guessed, nothing lost.

Python's own reader takes NaN, turns 1e400 into infinity, lets the last of two equal keys win, and stops with errors of
its own at 5,000 digits or 100,000 brackets. Here all of these are one error, and a text that ends early is told apart
from one that is wrong: the first may be asked for again.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NoReturn

from crmbridge.model.errors import ContractError

LONGEST_NUMBER = 1000
DEEPEST = 200
LARGEST_EXPONENT = 308
"""As far as every other reader of JSON goes."""

_CUT_WORDS = frozenset(word[:end] for word in ("true", "false", "null") for end in range(1, len(word)))
_CUT_NUMBERS = frozenset({"-", ".", "e", "E", "e+", "E+", "e-", "E-"})
_ESCAPE = 6


class UnreadableBody(ContractError):
    """An answer is no JSON that can be trusted. `cut` where it ends too early: it is incomplete, not empty."""

    code = "unreadable"

    def __init__(self, message: str, *, cut: bool = False, hint: str | None = None, **context: object) -> None:
        super().__init__(message, hint=hint, **context)
        self.cut = cut


def decode(body: bytes) -> object:
    """The JSON value; every number with a fraction or an exponent is a Decimal.

    UnreadableBody for NaN, Infinity, an exponent beyond 308, more than 1,000 digits, a repeated key, nesting beyond
    200, an encoding other than UTF-8, an empty text, and a text that ends early.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        cut = error.end >= len(body) and error.reason == "unexpected end of data"
        raise UnreadableBody("the answer is not UTF-8", cut=cut) from None
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        problem = (error.msg, error.pos, _ends_early(text, error))
    except RecursionError:
        raise UnreadableBody("the answer is nested too deeply") from None
    else:
        _check_depth(value)
        return value
    message, position, cut = problem
    if cut:
        raise UnreadableBody("the answer ends early, after {count} characters", cut=True, count=len(text))
    raise UnreadableBody("the answer is no JSON: {problem} at {position}", problem=message, position=position)


def encode(value: object) -> bytes:
    """The value as UTF-8 JSON, Decimals exactly; ContractError for a float, and for what JSON cannot hold."""
    try:
        return "".join(_pieces(value, 0)).encode()
    except UnicodeEncodeError:
        raise ContractError("a text holds half a character and cannot be sent") from None


def _pieces(value: object, depth: int) -> list[str]:
    if depth > DEEPEST:
        raise ContractError("what is to be sent is nested too deeply")
    if value is None or isinstance(value, (str, bool)) or type(value) is int:
        return [json.dumps(value, ensure_ascii=False)]
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= LARGEST_EXPONENT:
        return [format(value, "f")]
    if isinstance(value, Mapping):
        return ["{", *_joined([[*_key(key), *_pieces(one, depth + 1)] for key, one in value.items()]), "}"]
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return ["[", *_joined([_pieces(one, depth + 1) for one in value]), "]"]
    raise ContractError("a value of type {type} cannot be sent as JSON", type=type(value).__name__)


def _key(key: object) -> list[str]:
    if not isinstance(key, str):
        raise ContractError("a key of type {type} cannot be sent as JSON", type=type(key).__name__)
    return [json.dumps(key, ensure_ascii=False), ":"]


def _joined(parts: list[list[str]]) -> list[str]:
    return [piece for number, part in enumerate(parts) for piece in ([","] if number else []) + part]


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableBody("the answer repeats a key in one object")
    return found


def _fraction(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER:
        raise UnreadableBody("a number of the answer is too long")
    number = Decimal(text)
    if number and abs(number.adjusted()) > LARGEST_EXPONENT:
        raise UnreadableBody("a number of the answer is beyond all use")
    return number


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise UnreadableBody("a number of the answer is too long")
    return int(text)


def _no_constant(text: str) -> NoReturn:
    raise UnreadableBody("the answer holds {word}, which is no number", word=text)


_DECODER = json.JSONDecoder(
    parse_float=_fraction, parse_int=_whole, parse_constant=_no_constant, object_pairs_hook=_unique
)


def _check_depth(value: object) -> None:
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(DEEPEST):
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise UnreadableBody("the answer is nested too deeply")


def _ends_early(text: str, error: json.JSONDecodeError) -> bool:
    """Whether more text could have mended it: the reader wanted more, or stopped in the middle of a word."""
    rest = text[error.pos :].rstrip()
    if not rest or error.msg.startswith("Unterminated"):
        return True
    if error.msg.startswith("Invalid \\u") or error.msg.startswith("Invalid \\escape"):
        return len(text) - error.pos <= _ESCAPE
    return rest in _CUT_WORDS or rest in _CUT_NUMBERS

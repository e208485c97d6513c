"""JSON as the contract wants it: exact numbers, nothing guessed, nothing lost."""

from crmbridge.model.errors import ContractError


class UnreadableBody(ContractError):
    """An answer is no JSON that can be trusted. `cut` where it ends too early: it is incomplete, not empty."""

    code = "unreadable"
    cut = False


def decode(body: bytes) -> object:
    """The JSON value; every number with a fraction or an exponent is a Decimal.

    UnreadableBody for NaN, Infinity, a number beyond Decimal's use (1e400), more than 1,000 digits, a repeated key,
    nesting beyond 200, an encoding other than UTF-8, an empty text, and a text that ends early.
    """
    raise NotImplementedError


def encode(value: object) -> bytes:
    """The value as UTF-8 JSON, Decimals exactly; ContractError for a float, and for what JSON cannot hold."""
    raise NotImplementedError

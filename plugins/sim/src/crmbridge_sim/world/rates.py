"""Exchange rates of a world's present, for tenants with several currencies."""

from __future__ import annotations

from collections.abc import Iterable

# Against USD; what one unit costs in the base currency is derived.
_IN_USD = {"USD": 1.0, "EUR": 1.1, "CNY": 0.14, "JPY": 0.0065, "KWD": 3.25, "SEK": 0.095, "GBP": 1.3, "INR": 0.012}


def rates(currencies: Iterable[str]) -> tuple[tuple[str, float], ...]:
    """The currencies with their rate to the first one, the base; unknown codes are refused."""
    codes = tuple(dict.fromkeys(currencies)) or ("USD",)
    unknown = [code for code in codes if code not in _IN_USD]
    if unknown:
        raise ValueError(f"no exchange rate for {', '.join(unknown)}; known: {', '.join(_IN_USD)}")
    base = _IN_USD[codes[0]]
    return tuple((code, round(base / _IN_USD[code], 7)) for code in codes)

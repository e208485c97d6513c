"""hypothesis strategies for what sources really hold: the texts, numbers and dates that break readers.

Every list here is drawn from `reliability.md` 2.4. Money and dates are texts, as they stand in cells.
"""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

HOSTILE_TEXTS = (
    "",
    " ",
    "\u3000",
    "\u00a0",
    "\ufeff",
    "\u200b",
    "null",
    "NULL",
    "None",
    "NaN",
    "#N/A",
    "-",
    "谈判",
    "𠮷野家",
    "🧑🏽‍💻",
    "Cafe\u0301",
    "Caf\u00e9",
    "\u202egnp.exe\u202c",
    "שלום עולם",
    "ＡＢＣ１２３",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "＝1+1",
    'a "quoted" b',
    "a,b;c|d",
    "two\nlines",
    "two\r\nlines",
    "'; DROP TABLE deal; --",
    "<script>alert(1)</script>",
    "{name} %s {{ x }}",
    "../../etc/passwd",
    "00042",
    "12345678901234567",
    "1e5",
    "TRUE",
    "2026-03-04",
)
UNSTORABLE_TEXTS = ("\x00", "a\x00b", "\ud800", "\udfff", "a\ud83d", "\udc80b")
"""NUL, and lone surrogates: no UTF-8 file and no PostgreSQL text can hold them."""

_CURRENCY_SIGNS = ("", "¥", "￥", "$", "US$", "€", "£", "R$", "CNY ", "元")
_MULTIPLIERS = ("", "K", "M", "千", "万", "万元", "亿")
_DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d %b, %Y", "%Y%m%d", "%Y年%m月%d日")
_SCRIPTS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")


def texts(*, max_size: int = 40) -> SearchStrategy[str]:
    """Any text that a store can hold: hostile ones, all scripts, right to left, four bytes, combining marks."""
    marks = st.characters(categories=("Mn", "Cf"))
    composed = st.lists(_SCRIPTS | marks, max_size=max_size).map("".join)
    return st.sampled_from(HOSTILE_TEXTS).map(lambda text: text[:max_size]) | composed


def unstorable_texts() -> SearchStrategy[str]:
    """Texts with a NUL or a lone surrogate somewhere in them: to be refused with their place, never cut or replaced."""
    return st.tuples(texts(max_size=5), st.sampled_from(UNSTORABLE_TEXTS), texts(max_size=5)).map("".join)


def ids() -> SearchStrategy[str]:
    """External ids: seventeen digits, leading zeros, vendor prefixes, other scripts; never empty, never padded."""
    digits = st.text("0123456789", min_size=1, max_size=19)
    return digits | st.from_regex(r"[A-Za-z]{1,4}-[0-9]{1,8}", fullmatch=True) | st.text("甲乙丙丁", min_size=1)


def exact_numbers() -> SearchStrategy[int | Decimal]:
    """Numbers of a JSON payload, exact: huge, tiny, negative, with trailing zeros; never a float."""
    fractions = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**17), max_value=10**17, places=4)
    return (
        st.integers(-(2**80), 2**80) | fractions | st.sampled_from((Decimal("0.1"), Decimal("1.10"), Decimal("1E-9")))
    )


def payload_values() -> SearchStrategy[object]:
    """One value of a payload: null, boolean, exact number, text, or lists and objects of them."""
    plain = st.none() | st.booleans() | exact_numbers() | texts()
    return st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(max_size=10), inner, max_size=4),
        max_leaves=8,
    )


def payloads(*names: str) -> SearchStrategy[dict[str, object]]:
    """A payload that has some of those fields, and perhaps others."""
    own: SearchStrategy[dict[str, object]] = st.fixed_dictionaries({}, optional=dict.fromkeys(names, payload_values()))
    return st.tuples(st.dictionaries(texts(max_size=10), payload_values(), max_size=3), own).map(
        lambda pair: {**pair[0], **pair[1]}
    )


def money_texts() -> SearchStrategy[str]:
    """Amounts as people type them: signs, thousands, full-width digits, K and 万, brackets for negative."""
    amounts = st.decimals(min_value=0, max_value=10**11, places=2)
    grouped = amounts.map(lambda amount: f"{amount:,}") | amounts.map(str)
    parts = st.tuples(st.sampled_from(_CURRENCY_SIGNS), grouped, st.sampled_from(_MULTIPLIERS))
    typed = parts.map("".join)
    return typed | typed.map(lambda text: f"({text})") | typed.map(lambda text: f"-{text}") | typed.map(_full_width)


def broken_money_texts() -> SearchStrategy[str]:
    """What stands in an amount column and is none."""
    return st.sampled_from(
        ("NaN", "inf", "-Infinity", "1e400", "1.2.3", "12,34,", "¥", "十二", "1 2 3 x", "--5", "0x1F")
    )


def days() -> SearchStrategy[date]:
    """Days that sales data has, leap days and year ends among them."""
    edges = (date(2024, 2, 29), date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 31), date(1999, 12, 31))
    return st.dates(date(1990, 1, 1), date(2099, 12, 31)) | st.sampled_from(edges)


def date_texts() -> SearchStrategy[tuple[str, str, date]]:
    """A day as text, the format it is written in, and the day."""
    return st.tuples(days(), st.sampled_from(_DATE_FORMS)).map(
        lambda pair: (pair[0].strftime(pair[1]), pair[1], pair[0])
    )


def broken_date_texts() -> SearchStrategy[str]:
    """What stands in a date column and is no day."""
    return st.sampled_from(
        (
            "2026-02-30",
            "2025-02-29",
            "0000-00-00",
            "31/31/2026",
            "20261301",
            "tomorrow",
            "44927",
            "2026-3",
            "9999-99-99",
        )
    )


def _full_width(text: str) -> str:
    """The digits of a text as a Chinese input method gives them."""
    return text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})

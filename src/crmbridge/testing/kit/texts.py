"""The texts that a field must keep as they are, each by the name under which a harness may decline it."""

TEXTS = {
    "chinese": "谈判：第3轮，￥1,234.50元（含税）",
    "four bytes": "𠮷野家 🧑🏽‍💻 🇨🇳",
    "combining": "Cafe\u0301 and Caf\u00e9 are two texts",
    "right to left": "שלום \u202egnp.exe\u202c مرحبا",
    "quotes": 'say "hi", it\'s; 50% off \\ back|pipe',
    "line break": "first line\nsecond line",
    "carriage return": "first line\r\nsecond line",
    "tab": "left\tright",
    "padded": "  two spaces each side  ",
    "full-width": "ＡＢＣ１２３　ｄ",
    "no-break space": "1\u00a0234\u202f567\u3000",
    "zero width": "a\u200bb\ufeffc",
    "formula": "=1+1",
    "at sign": "@SUM(A1)",
    "markup": "<b>bold</b> & <script>alert(1)</script>",
    "template": "{name} %s ${x} {{ y }}",
}
"""Short ones; `LONG` is apart."""

NUMERIC_TEXTS = {
    "leading zeros": "007",
    "17 digits": "12345678901234567",
    "trailing zero": "1.50",
    "exponent": "1e5",
    "minus zero": "-0",
    "plus": "+8613800138000",
    "decimal comma": "1.234,56",
    "date-like": "2026-03-04",
    "true-like": "TRUE",
    "null-like": "NULL",
}
"""Texts that tempt a reader to make numbers, dates and the like of them."""

LONG = "长文本 long text · " * 3_600 + "end"
"""About 64,000 characters, 97,000 bytes in UTF-8."""

LITERAL_VALUES = (
    "' OR '1'='1",
    '"; DROP TABLE deals; --',
    "%",
    "_cme",
    "*",
    "Acm?",
    ".*",
    "Acme) or (Name:starts_with:A",
    "a,b;c",
    "back\\slash",
    "{placeholder}",
)
"""Values that mean something to a query language, and only themselves to a search by value."""

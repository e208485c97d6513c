"""Where a rule's value is taken from in a payload: one vendor field, several joined, or the first that is filled."""

import re
from collections.abc import Callable
from typing import Any

from crmbridge.adapter.contract import Payload
from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.lenses.texts import clean_text, fold
from crmbridge.mapping.rules import FieldRule

Source = str | Callable[[Payload], Any]
"""A vendor field's name, or a function for what is more than one lookup."""

_HAN = re.compile(r"[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def source(rule: FieldRule, *, currency_from: str | None = None) -> Source:
    """The way to a rule's raw value; with `currency_from` a pair (amount, currency), None where there is no amount."""
    single = len(rule.source) == 1
    if single and not (rule.fallback or rule.part or rule.empty or currency_from):
        return rule.source[0]
    filled = filled_of(rule)

    def take(payload: Payload, name: str) -> object:
        value = payload.get(name)
        if rule.part is not None and type(value) is dict:
            value = value.get(rule.part)
        return filled(value)

    def first(payload: Payload) -> object:
        if single:
            value = take(payload, rule.source[0])
        else:
            value = joined([take(payload, name) for name in rule.source], " " if rule.join is None else rule.join)
        for name in rule.fallback:
            if value is None or value == "":
                value = take(payload, name)
        return value

    if currency_from is None:
        return first

    def pair(payload: Payload) -> object:
        amount = first(payload)
        return None if amount is None or amount == "" else (amount, payload.get(currency_from))

    return pair


def filled_of(rule: FieldRule) -> Callable[[object], object]:
    """What turns a vendor value into None where it is one of the rule's words for nothing, or only white space."""
    empty = frozenset(fold(text) for text in rule.empty)

    def filled(value: object) -> object:
        return None if type(value) is str and (value.isspace() or (empty and fold(value) in empty)) else value

    return filled


def joined(values: list[object], separator: str) -> str | LensFailure | None:
    """The filled values as one text. White space is left out between two Chinese characters: 张 and 三 are 张三."""
    result: str | None = None
    for value in values:
        text = clean_text(value)
        if isinstance(text, LensFailure):
            return text
        if text is None:
            continue
        if result is None:
            result = text
            continue
        chinese = separator.isspace() and _HAN.match(result[-1]) and _HAN.match(text[0])
        result += text if chinese else separator + text
    return result


def vendor_fields(rule: FieldRule) -> tuple[str, ...]:
    """Every vendor field that a rule looks at."""
    also = rule.parameters.get("currency_from")
    return (*rule.source, *rule.fallback, *([also] if isinstance(also, str) else []))

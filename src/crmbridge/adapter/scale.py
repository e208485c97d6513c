"""The quality scale of adapters: its rules as data, and what a plugin's quality.toml answers to each.

A plugin's own test of its answers is one line: `scale.read(path)` names everything that is wrong with them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

from crmbridge.model.errors import ConfigError, ConfigErrors, suggestion

TIERS = ("bronze", "silver", "gold", "platinum")
"""From the lowest to the highest: what is promised by one rests on those before."""

HEADS = ("adapter", "owner", "checked_against_docs")
SHORTEST_REASON = 12
"""A shorter reason for an exemption says nothing."""

TODO = "todo"
EXEMPT_FROM_DOCS = "exempt: "
State = Literal["done", "todo", "exempt"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `by` says who can tell that it is kept, the rest by what; see `scale.toml`."""

    name: str
    tier: str
    by: Literal["kit", "reviewer"]
    tests: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a plugin says of one rule; `reason` is why it is exempt."""

    state: State
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """A plugin's quality.toml. `owner` is empty where nobody answers for it, `checked` where that is not known."""

    adapter: str
    owner: str
    checked: str
    by_rule: Mapping[str, Answer]

    def todo(self, *, but: str = "") -> list[str]:
        """The rules that are not done yet, without that one."""
        return [name for name, answer in self.by_rule.items() if answer.state == TODO and name != but]


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, tier by tier."""
    told = tomllib.loads((resources.files(__package__) / "scale.toml").read_text(encoding="utf-8"))
    return tuple(
        Rule(
            name,
            tier,
            rule["by"],
            tests=tuple(rule.get("tests", ())),
            groups=tuple(rule.get("groups", ())),
            looks=tuple(rule.get("looks", ())),
        )
        for tier in TIERS
        for name, rule in told[tier].items()
    )


def read(path: Path) -> Answers:
    """The answers in that file; ConfigErrors with everything that is wrong with them, ConfigError where it is no TOML.

    Every rule of every tier is answered: done, todo, or exempt with a reason.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError("{file} cannot be read: {reason}", file=str(path), reason=str(error)) from error
    problems = [*_problems_of_heads(told, path), *_problems_of_rules(told, path)]
    if problems:
        raise ConfigErrors(tuple(problems))
    answers = {rule.name: _answer(told[rule.tier][rule.name]) for rule in rules()}
    owner, checked = (str(told[name]).strip() for name in HEADS[1:])
    return Answers(str(told["adapter"]), _known(owner), _known(checked), answers)


def _known(text: str) -> str:
    return "" if text == TODO else text


def _answer(told: object) -> Answer:
    if isinstance(told, Mapping):
        return Answer("exempt", str(told["exempt"]))
    return Answer("done" if told == "done" else "todo")


def _problems_of_heads(told: Mapping[str, object], path: Path) -> list[ConfigError]:
    known = (*HEADS, *TIERS)
    missing = [name for name in HEADS if not isinstance(told.get(name), str)]
    return [
        *(ConfigError("{file} does not say {key}", file=str(path), key=name) for name in missing),
        *(_unknown(path, name, suggestion(name, known)) for name in told if name not in known),
    ]


def _problems_of_rules(told: Mapping[str, object], path: Path) -> list[ConfigError]:
    found = []
    for tier in TIERS:
        table = told.get(tier)
        given = table if isinstance(table, Mapping) else {}
        names = [rule.name for rule in rules() if rule.tier == tier]
        for name in names:
            if name not in given:
                text = "{file} does not answer the rule {rule} of {tier}"
                found.append(ConfigError(text, file=str(path), rule=name, tier=tier, hint="done, todo or exempt"))
            elif not _is_answer(given[name]):
                text = "{file} answers the rule {rule} with neither done nor todo nor a reason for an exemption"
                found.append(ConfigError(text, file=str(path), rule=name, hint='done, todo or {{ exempt = "..." }}'))
        found += [_unknown(path, f"{tier}.{name}", suggestion(name, names)) for name in given if name not in names]
    return found


def _is_answer(told: object) -> bool:
    if isinstance(told, Mapping):
        return set(told) == {"exempt"} and len(str(told["exempt"])) >= SHORTEST_REASON
    return told in {"done", TODO}


def _unknown(path: Path, name: str, near: str) -> ConfigError:
    text = "{file} says {key}, which the scale does not know"
    return ConfigError(text, file=str(path), key=name, nearest=near, hint="did you mean {nearest}?")

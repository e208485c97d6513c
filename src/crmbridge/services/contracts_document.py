"""How long the steps of a contract may take and which clauses it must have: `contracts.toml` over the shipped one."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.model.names import name_key
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.quotes_document import InDays, Texts

_SHIPPED = "default_contracts.toml"
Words = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Strict):
    """The workdays that a step may take, and what contracts call it."""

    days: Annotated[int, Field(ge=0, le=3650)]
    words: Words


class Asked(_Strict):
    """A task about a contract, due within some days."""

    enabled: bool
    within: InDays
    title: Texts


class ContractsConfig(_Strict):
    """The whole document."""

    format: Literal[1] = 1
    language: str
    steps: Mapping[str, Step]
    clauses: Mapping[str, Words]
    escalation: Asked
    not_ready: Asked
    review: Asked

    @model_validator(mode="after")
    def _each_word_once(self) -> Self:
        for named in ({name: step.words for name, step in self.steps.items()}, self.clauses):
            seen: dict[str, str] = {}
            for name, word in ((name, word) for name, words in named.items() for word in words):
                if seen.setdefault(name_key(word), name) != name:
                    raise ValueError(f"{word} is a word of {seen[name_key(word)]} and of {name}")
        return self

    def step(self, word: str) -> str | None:
        """The step that a contract calls so; None for one that the document does not name."""
        return _named({name: step.words for name, step in self.steps.items()}, word)

    def clause(self, word: str) -> str | None:
        """The clause that a checklist calls so; None for one that the document does not name."""
        return _named(self.clauses, word)


def _named(words: Mapping[str, tuple[str, ...]], word: str) -> str | None:
    wanted = name_key(word)
    return next((name for name, some in words.items() if wanted in map(name_key, (name, *some))), None)


def load_contracts(text: str, *, file: str = "contracts.toml") -> ContractsConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(ContractsConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> ContractsConfig:
    """What is shipped."""
    return shipped(ContractsConfig, _SHIPPED)

"""What happened in the CRMs: every deed of people and of the engine, in one order. The checker reads nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Op = Literal["create", "edit", "delete", "restore"]
Who = Literal["user", "engine"]


@dataclass(frozen=True, slots=True)
class Deed:
    """One change of one record. `before` and `after` hold the fields that it touched, by our names.

    `is_blind` says that the engine wrote over something that it could not have seen, in a CRM that does not ask what a
    write is based on: nobody can do better there. `calls` had been made when the engine sent it.
    """

    number: int
    at_us: int
    who: Who
    op: Op
    crm: str
    external_id: str
    mark: str | None
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    is_blind: bool = False
    calls: int = 0

    def __str__(self) -> str:
        fields = ", ".join(f"{name}: {self.before.get(name)!r} -> {value!r}" for name, value in self.after.items())
        return f"{self.who} {self.op} {self.crm}/{self.external_id} ({self.mark}) {fields}{' BLIND' * self.is_blind}"


@dataclass(frozen=True, slots=True)
class Call:
    """What the engine asked of a CRM, after so many deeds; `missing` are the ids that a fetch did not find."""

    what: str
    crm: str
    deeds: int
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said to a question about one field. `deeds` happened before.

    `is_informed` says that both CRMs showed just what the person was asked about.
    """

    deeds: int
    crms: tuple[str, str]
    mark: str
    name: str
    value: str | None
    is_informed: bool

    def __str__(self) -> str:
        return f"answer {self.mark}.{self.name}: {self.value!r}{'' if self.is_informed else ' (they have moved)'}"


@dataclass(slots=True)
class Chronicle:
    """The deeds, the oldest first, what people said and the engine asked; `lines` is the trace where one is wanted."""

    deeds: list[Deed] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    lines: list[str] | None = None

    def add(self, deed: Deed) -> None:
        """This happened now."""
        self.deeds.append(deed)
        self.tell(f"  {deed}")

    def ask(self, what: str, crm: str, missing: Iterable[str] = ()) -> None:
        """The engine asks that now."""
        self.calls.append(Call(what, crm, len(self.deeds), frozenset(missing)))

    def say(self, answer: Answer) -> None:
        """A person said this now."""
        self.answers.append(answer)
        self.tell(f"  {answer}")

    def tell(self, line: str) -> None:
        """A line of the trace."""
        if self.lines is not None:
            self.lines.append(line)

    def of(self, who: Who) -> list[Deed]:
        """What people did, or what the engine did."""
        return [deed for deed in self.deeds if deed.who == who]

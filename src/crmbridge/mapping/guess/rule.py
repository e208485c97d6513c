"""What a guess is made of: rules with their evidence, questions, and objects that have to be added to the source."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from crmbridge.adapter.catalog import ObjectInfo
from crmbridge.model.notes import Note

Table = Literal["fields", "stage_dates", "custom"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column can be read: parameters of the lens, what they rest on, what has to be asked.

    `is_sure` false means that nobody can tell: the rule is written as a comment. `others` are then the other ways.
    """

    options: Mapping[str, object] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    questions: tuple[Note, ...] = ()
    is_sure: bool = True
    others: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the mapping. Where `is_live` is false it is written as a comment, under its question."""

    table: Table
    name: str
    options: Mapping[str, object]
    evidence: tuple[str, ...]
    questions: tuple[Note, ...] = ()
    is_live: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule reads."""
        found: list[str] = []
        for key in ("from", "fallback", "currency_from"):
            value = self.options.get(key, ())
            found += [value] if isinstance(value, str) else [str(one) for one in value]  # type: ignore[attr-defined] # lists only
        return tuple(found)


@dataclass(frozen=True, slots=True)
class KindGuess:
    """One object with the kind it is taken for. `columns` are those known for each field, the likeliest first."""

    info: ObjectInfo
    kind: str
    score: float
    second: str | None
    second_score: float
    columns: Mapping[str, tuple[str, ...]]
    is_named: bool
    is_shown: bool = False

    def label(self, column: str) -> str:
        """A column's name with what the source calls it, where that is something else."""
        found = next((one for one in self.info.fields if one.name == column), None)
        return column if found is None or found.label in {"", column} else f"{column} {found.label}"

    @property
    def is_close(self) -> bool:
        """Whether another kind is nearly as likely."""
        return self.second is not None and not self.is_shown and self.second_score > self.score * 0.85

    @property
    def evidence(self) -> str:
        """What the kind rests on, with the score and the runner-up."""
        if self.is_shown:
            return f"{self.kind}: its records are those that other objects name as their owners"
        said = "its name and " if self.is_named else ""
        beside = f"; next {self.second} {self.second_score:.1f}" if self.second else ""
        known = sum(1 for name in self.columns if not name.startswith("_"))
        return f"{self.kind}: {self.score:.1f} by {said}{known} known headers{beside}"


@dataclass(frozen=True, slots=True)
class Projection:
    """An object to be added to the source: the distinct values of one column of another object."""

    name: str
    object: str
    column: str
    kind: str
    evidence: Note


@dataclass(frozen=True, slots=True)
class Rekey:
    """Another key for an object: the column that other objects name its records by."""

    object: str
    column: str
    evidence: Note


@dataclass(frozen=True, slots=True)
class HistoryGuess:
    """A table that is no object of its own: the past changes of stage of `home`, an object of deals.

    `options` name its columns (`record`, `to`, `at` ...) and how times are written. `labels` are the stages it knows.
    """

    home: str
    table: str
    options: Mapping[str, object]
    labels: tuple[str, ...]
    evidence: Note


@dataclass(frozen=True, slots=True)
class Guess:
    """A mapping with its evidence.

    `keys`, `projections` and `histories` are what the source has to be told for it to be right.
    """

    text: str
    kinds: Mapping[str, str]
    summaries: tuple[Note, ...]
    questions: tuple[Note, ...]
    keys: tuple[Rekey, ...] = ()
    projections: tuple[Projection, ...] = ()
    histories: tuple[HistoryGuess, ...] = ()

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a person is told: what was made of each object, then every question, and what no answer can mend."""
        asked = (replace(note, sort="question") if "?" in note.template else note for note in self.questions)
        return (*(replace(note, sort="remark") for note in self.summaries), *asked)

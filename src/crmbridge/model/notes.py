"""What a result has to say beside its figures: a code for programs, a template and its values for people."""

from dataclasses import dataclass, field
from typing import Literal

from crmbridge.model.errors import render


@dataclass(frozen=True, slots=True)
class Note:
    """A warning or a reason. `template` is English and the key of its Chinese text; `params` fill it.

    `sort` is how a person takes it: a `remark` only says what something rests on, a `question` waits for an answer.
    """

    code: str
    template: str
    params: dict[str, object] = field(default_factory=dict)
    sort: Literal["warning", "remark", "question"] = "warning"

    def __str__(self) -> str:
        return render(self.template, self.params)

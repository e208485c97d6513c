"""What a result has to say beside its figures: a code for programs, a template and its values for people."""

from dataclasses import dataclass, field

from crmbridge.model.errors import render


@dataclass(frozen=True, slots=True)
class Note:
    """A warning or a reason. `template` is English and the key of its Chinese text; `params` fill it."""

    code: str
    template: str
    params: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return render(self.template, self.params)

"""The lens of several texts in one field: a JSON list, or one text cut at separators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from crmbridge.adapter.lens import Lens, LensFailure
from crmbridge.mapping.lenses.contacts import PhoneParameters, make_email, make_phone
from crmbridge.mapping.lenses.frame import LensKind, Parameters, Setting, excerpt, wrong_type
from crmbridge.mapping.lenses.texts import LONGEST_LONG_BYTES, TextParameters, clean_text, make_text

_Separators = Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)]


@dataclass(frozen=True, slots=True)
class TextsLens:
    """Several texts: a list, or one text cut at the separators. `item` reads each; blanks between are dropped."""

    item: Lens
    separators: tuple[str, ...]
    as_list: bool
    most: int | None = None

    def read(self, value: object) -> tuple[str, ...] | LensFailure | None:
        """The texts in order, each once; None where there is none."""
        if type(value) is list:
            parts: Sequence[object] = value
        else:
            text = clean_text(value, LONGEST_LONG_BYTES)
            if not isinstance(text, str):
                return text
            parts = self._cut(text)
        found: dict[str, None] = {}
        for part in parts:
            read = self.item.read(part.strip() if isinstance(part, str) else part)
            if isinstance(read, LensFailure):
                return read
            if isinstance(read, str):
                found[read] = None
        return tuple(found) or None

    def _cut(self, text: str) -> list[str]:
        for separator in self.separators[1:]:
            text = text.replace(separator, self.separators[0])
        return text.split(self.separators[0])

    def write(self, value: object) -> object:
        """The texts as a list or joined by the first separator; a failure for a text that holds a separator."""
        if value is None:
            return None
        if not isinstance(value, tuple | list):
            return wrong_type(value, "list of texts")
        items = [self.item.write(item) for item in value]
        failed = next((item for item in items if isinstance(item, LensFailure)), None) or self._excess(len(items))
        if failed is not None:
            return failed
        if self.as_list:
            return items
        text = self.separators[0].join(str(item) for item in items)
        if self.read(text) == (tuple(value) or None):
            return text
        return LensFailure("{value} holds the separator of the list", {"value": excerpt(text)})

    def _excess(self, count: int) -> LensFailure | None:
        if self.most is None or count <= self.most:
            return None
        return LensFailure(
            "there are {count} values, and there is room for {most}", {"count": count, "most": self.most}
        )


class TextsParameters(PhoneParameters):
    """`separator`: where one text is cut (";", "；" and line ends by default); `list`: written as a list.

    `most`: so many may be written, where the vendor takes no more.
    `values`: vendor's text -> ours, of each item but phones and emails.
    """

    separator: Annotated[_Separators, Field(min_length=1)] = (";", "；", "\n")
    as_list: bool = Field(default=False, alias="list")
    most: int | None = Field(default=None, ge=1)
    values: Mapping[str, str] = Field(default_factory=dict)


def make_texts(setting: Setting, parameters: TextsParameters) -> Lens:
    """The lens of a list; the items of `phones` and `emails` are read as such."""
    items: dict[str, Lens] = {"phones": make_phone(setting, parameters), "emails": make_email(setting, Parameters())}
    item = items.get(setting.field.name) or make_text(setting, TextParameters(values=parameters.values))
    return TextsLens(item, parameters.separator, parameters.as_list, parameters.most)


KINDS: tuple[LensKind[Any], ...] = (LensKind("texts", TextsParameters, make_texts),)

"""One field rule, compiled: the lens it names, where its value comes from, and how the value is stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from crmbridge.adapter.lens import Lens, LensFailure
from crmbridge.mapping.document import MappingDocument
from crmbridge.mapping.lenses.frame import Setting
from crmbridge.mapping.lenses.iso_instants import iso_us
from crmbridge.mapping.lenses.lists import TextsLens
from crmbridge.mapping.lenses.money import MoneyLens
from crmbridge.mapping.lenses.picks import RefLens
from crmbridge.mapping.lenses.registry import BUILT_IN, build_lens, default_lens
from crmbridge.mapping.lenses.texts import LONGEST_BYTES, LONGEST_LONG_BYTES, TextLens, text_reader
from crmbridge.mapping.lenses.times import InstantLens
from crmbridge.mapping.outcome import Unmapped
from crmbridge.mapping.rules import FieldRule
from crmbridge.mapping.sources import Source, source, vendor_fields
from crmbridge.mapping.stage_meanings import Meanings
from crmbridge.mapping.stored import Encode
from crmbridge.model.errors import ConfigError, render
from crmbridge.model.kinds import FieldSpec, FieldType

Path = tuple[str | int, ...]
Read = Callable[[object], Any]
_CACHED = 32_768
_UNKEPT = frozenset({FieldType.LONG_TEXT, FieldType.JSON})
SURELY_SHORT = 512
"""An ASCII text of so many characters fits every field."""


@dataclass(frozen=True, slots=True)
class CompiledField:
    """A rule ready for use. `path` is where it stands in the document; `constant` what it stores where it is one.

    `read` reads a text, `fast` too (it remembers them where the same come again and again), `slow` anything; all give
    what is stored, None, a LensFailure or Unmapped, and never raise.
    """

    spec: FieldSpec
    path: Path
    rule: FieldRule
    lens_name: str
    lens: Lens
    source: Source
    read: Read
    fast: Read
    slow: Read
    constant: object = None

    @property
    def name(self) -> str:
        """The neutral field's name."""
        return self.spec.name

    @property
    def is_constant(self) -> bool:
        """Whether the value stands in the mapping itself."""
        return self.rule.value is not None

    @property
    def is_spread(self) -> bool:
        """Whether it is a list that is read from several vendor fields, and can be written back to them."""
        lens, rule = self.lens, self.rule
        return len(rule.source) > 1 and isinstance(lens, TextsLens) and not rule.part and rule.join in lens.separators

    @property
    def vendor_field(self) -> str | None:
        """The main vendor field; None of a constant."""
        return self.rule.source[0] if self.rule.source else None

    @property
    def vendor_fields(self) -> tuple[str, ...]:
        """Every vendor field looked at, the main one first."""
        return vendor_fields(self.rule)


@dataclass(frozen=True, slots=True)
class GuardedLens:
    """A plugin's lens: whatever it raises becomes a failure of the record."""

    name: str
    inner: Lens

    def read(self, value: object) -> object:
        """What the plugin's lens reads, or the failure."""
        try:
            return self.inner.read(value)
        except Exception as error:  # noqa: BLE001 - somebody else's code: the record waits, the run goes on
            return self._failure(error)

    def write(self, value: object) -> object:
        """What the plugin's lens writes, or the failure."""
        try:
            return self.inner.write(value)
        except Exception as error:  # noqa: BLE001 - as above
            return self._failure(error)

    def _failure(self, error: Exception) -> LensFailure:
        reason = f"{type(error).__name__}: {error}"
        return LensFailure("the lens {lens} broke: {reason}", {"lens": self.name, "reason": reason})


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all rules of a document are compiled with. `meanings` is what the source says of its stages."""

    document: MappingDocument
    plugins: Mapping[str, object]
    meanings: Meanings = field(default_factory=dict)

    def compile(
        self, setting: Setting, rule: FieldRule, path: Path, *, encode: Encode, lens: str | None = None
    ) -> tuple[CompiledField | None, list[ConfigError]]:
        """The compiled rule, or every problem it has; `lens` is the default one."""
        if found := self._shape(rule, path):
            return None, found
        parameters = rule.parameters
        name = rule.lens or lens or default_lens(setting.field, parameters)
        made, wrong = build_lens(name, setting, parameters, plugins=self.plugins)
        if made is None:
            return None, [self.placed(error, *path, *([key] if key else [])) for key, error in wrong]
        kept = made if name in BUILT_IN else GuardedLens(name, made)
        currency_from = rule.parameters.get("currency_from") if name == "money" else None
        taken = "" if rule.value is not None else source(rule, currency_from=currency_from)
        read, slow = _readers(setting.field, kept, encode)
        is_kept = setting.field.type not in _UNKEPT
        fast = lru_cache(_CACHED)(read) if is_kept else read
        field = CompiledField(setting.field, path, rule, name, kept, taken, read, fast, slow)
        return self._constant(field) if field.is_constant else (field, [])

    def _shape(self, rule: FieldRule, path: Path) -> list[ConfigError]:
        if (rule.value is None) == (not rule.source):
            return [self.document.problem("needs either from or value", *path)]
        if rule.join is not None and len(rule.source) == 1:
            return [self.document.problem("join needs several fields in from", *path)]
        if rule.value is not None and (rule.fallback or rule.part or rule.empty):
            return [self.document.problem("a constant has no fallback, part or empty", *path)]
        return []

    def _constant(self, field: CompiledField) -> tuple[CompiledField | None, list[ConfigError]]:
        value = field.rule.value
        stored = field.fast(value) if type(value) is str else field.slow(value)
        if isinstance(stored, LensFailure):
            reason = render(stored.template, stored.params)
            return None, [self.document.problem("{reason}", *field.path, reason=reason)]
        if stored is None or isinstance(stored, Unmapped):
            template = "the constant {value} is no value of this field"
            return None, [self.document.problem(template, *field.path, value=value)]
        return replace(field, constant=stored), []

    def placed(self, error: ConfigError, *path: str | int) -> ConfigError:
        """A problem without a place, at that path of the document."""
        return self.document.problem(error.message, *path, hint=error.hint, **error.context)


def _readers(field: FieldSpec, lens: Lens, encode: Encode) -> tuple[Read, Read]:
    """The reader of texts, which goes the shortest way where nothing is special, and the one of anything."""

    def slow(value: object) -> object:
        return value if isinstance(value, LensFailure) else encode(lens.read(value))

    if field.name.startswith(("custom.", "stage_dates.")):
        return slow, slow
    return _quick_reader(field, lens, slow) or slow, slow


def _quick_reader(field: FieldSpec, lens: Lens, slow: Read) -> Read | None:
    """The reader of texts that gives at once what `slow` gives after all its checks; None for lenses without one."""
    if isinstance(lens, TextLens) and not lens.exact and field.type in {FieldType.TEXT, FieldType.LONG_TEXT}:
        limit = LONGEST_LONG_BYTES if field.type is FieldType.LONG_TEXT else LONGEST_BYTES
        return text_reader(limit)

    def amount(text: Any) -> object:  # noqa: ANN401 - a text
        count = plain(text)
        return slow(text) if count is None else (count, currency)

    def instant(text: Any) -> object:  # noqa: ANN401 - a text
        at_us = iso_us(text)
        return slow(text) if at_us is None else (at_us, "exact")

    def reference(text: Any) -> object:  # noqa: ANN401 - a text
        is_safe = text.isascii() and len(text) <= SURELY_SHORT and "\0" not in text and not text.isspace()
        return text if is_safe and text else slow(text)

    if isinstance(lens, MoneyLens) and lens.is_plain and field.type is FieldType.MONEY:
        plain, currency = lens.count_plain, lens.currency
        return amount
    if isinstance(lens, InstantLens) and lens.reads_iso and field.type is FieldType.INSTANT:
        return instant
    return reference if isinstance(lens, RefLens) and not lens.exact and field.type is FieldType.REF else None

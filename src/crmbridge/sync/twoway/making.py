"""What a record becomes where a migration makes it: in which object, with which values, and what is shown otherwise.

A system may keep calls, meetings and notes in objects of their own, or in one; its objects may ask for a field that the
other system leaves empty, have one place for a link where the other has two, and take shorter texts. What is bent so is
kept with the write: the side shows it in a form of its own, which is nobody's edit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.fields import CompiledField
from crmbridge.mapping.objects import CompiledObject
from crmbridge.mapping.writing import room
from crmbridge.model.canonical import Value
from crmbridge.model.kinds import FieldType
from crmbridge.sync.twoway.one_way import DOINGS, LINKS, TYPE, Recipient, Slot
from crmbridge.sync.twoway.pairs import End

NEAREST: Mapping[str, Sequence[str]] = {
    "visit": ("meeting", "note"),
    "meeting": ("visit", "note"),
    "call": ("note",),
    "email": ("note",),
    "im": ("note",),
    "sms": ("note",),
    "form": ("note",),
    "web_event": ("note",),
}
"""What an activity is made as where a system knows none of its type, the nearest first."""
STANDS_FOR: Mapping[str, Sequence[str]] = {
    "content": ("subject", "title"),
    "title": ("content",),
    "subject": ("content",),
}
"""Which text goes into a field that a system asks for and that is empty."""
_TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT})


@dataclass(frozen=True, slots=True)
class Home:
    """One object in which a record may be made. `shown` are values that it shows in another form than was decided."""

    compiled: CompiledObject
    wanted: dict[str, Value]
    shown: dict[str, Value] = field(default_factory=dict)

    def with_text(self, name: str, given: Mapping[str, Value]) -> "Home | None":
        """The same with another text in a field that is asked for; None where there is none."""
        texts = (given.get(other) for other in STANDS_FOR.get(name, ()))
        text = next((one for one in texts if isinstance(one, str) and one), None)
        if text is None or name in self.wanted:
            return None
        return Home(self.compiled, {**self.wanted, name: text}, {**self.shown, name: text})


def homes(end: End, kind_name: str, given: Mapping[str, Value], board: str | None = None) -> list[Home]:
    """The objects in which a record may be made, the best first; the board alone where one is named."""
    objects = end.objects(kind_name)
    if not isinstance(end, Recipient):
        return [Home(next((one for one in objects if one.object == board), objects[0]), dict(given))]
    if kind_name not in DOINGS:
        return [_home(end, objects[0], given, {})]
    word = given.get(TYPE)
    if not isinstance(word, str):
        return [_home(end, one, given, {}) for one in objects]
    found: dict[str, Home] = {}
    for name in (word, *NEAREST.get(word, ())):
        for one in (*_made_for(objects, name), *_naming(end, objects, name)):
            found.setdefault(one.object, _home(end, one, given, {} if name == word else {TYPE: name}))
    return [*found.values()]


def lacking(end: End, compiled: CompiledObject, written: Mapping[str, object]) -> str | None:
    """The first field that this system asks of a new record, that the mapping knows, and that stays empty."""
    filled = {name for name, value in written.items() if value is not None and value != ""}
    own = {name for one in compiled.fields for name in one.rule.source} if compiled.kind.name in DOINGS else set()
    filled |= {name for one in compiled.fields if filled & {*one.rule.source} for name in one.rule.fallback} - own
    empty = end.required.get(compiled.object, frozenset()) - filled
    found = [one.name for one in compiled.fields if empty.intersection(one.rule.source)]
    found += ["stage"] if compiled.writer.stage_field in empty else []
    return next((name for name in found if name in STANDS_FOR), next(iter(found), None))


def why_lacking(name: str, value: Value | None) -> LensFailure:
    """What is to be done about a record that the vendor would refuse."""
    params: dict[str, object] = {"field": name}
    if name == "owner" and isinstance(value, str):
        why = (
            "this system takes no record without an owner, and {who} is nobody in it: users are joined by their "
            'e-mail where both mappings give them keys = ["email"], and both systems the same address'
        )
        params["who"] = value
    elif name == "owner":
        why = "this system takes no record without an owner, and nobody owns it in the other one"
    else:
        why = "this system takes no record without {field}, which is empty or unknown in the other one"
    return LensFailure(why, params)


def _home(end: Recipient, compiled: CompiledObject, given: Mapping[str, Value], shown: Mapping[str, Value]) -> Home:
    taken, bent = end.tells(compiled), dict(shown)
    wanted = {name: bent.get(name, value) for name, value in _in_order(given) if name in taken}
    for name, value in wanted.items():
        made = _fitted(end, compiled, name, value)
        if made != value:
            wanted[name] = bent[name] = made
    return Home(compiled, wanted, bent)


def _in_order(given: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """The values, the surest links first: of two that would go into one vendor field the later is refused."""
    yield from ((name, given[name]) for name in LINKS if name in given)
    yield from ((name, value) for name, value in given.items() if name not in LINKS)


def _fitted(end: Recipient, compiled: CompiledObject, name: str, value: Value) -> Value:
    """What there is room for: the first of a list, and of a text its beginning."""
    one = compiled.writer.fields.get(name)
    if one is None:
        return value
    if isinstance(value, tuple) and one.spec.type is FieldType.TEXTS:
        most = room(one)
        return value if most is None else value[:most]
    longest = _slot(end, compiled, one).longest if one.spec.type in _TEXTS else None
    if not isinstance(value, str) or longest is None or len(value) <= longest:
        return value
    return value[: longest - 1].rstrip() + "…"


def _made_for(objects: Sequence[CompiledObject], word: str) -> Iterator[CompiledObject]:
    """Objects of which every record is of that type."""
    for one in objects:
        told = one.writer.fields.get(TYPE)
        if told is not None and told.is_constant and told.rule.value == word:
            yield one


def _naming(end: Recipient, objects: Sequence[CompiledObject], word: str) -> Iterator[CompiledObject]:
    """Objects whose records name their type, and can name that one."""
    for one in objects:
        told = one.writer.fields.get(TYPE)
        if told is None or told.is_constant or TYPE not in end.tells(one):
            continue
        form, choices = told.lens.write(word), _slot(end, one, told).choices
        if not isinstance(form, LensFailure) and (not choices or form in choices):
            yield one


def _slot(end: Recipient, compiled: CompiledObject, one: CompiledField) -> Slot:
    known = end.room.get(compiled.object, {})
    return known.get(one.vendor_field or "", Slot())

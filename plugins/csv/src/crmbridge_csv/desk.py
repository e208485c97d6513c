"""What becomes of each change to one file, decided in order over the rows it touches, before anything is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from crmbridge.adapter.contract import Applied, Change, Outcome, RawRecord, Rejected, Stale
from crmbridge.model.errors import suggestion
from crmbridge_csv.limits import MAX_CELL_CHARS
from crmbridge_csv.plan import Plan
from crmbridge_csv.problems import is_no_text
from crmbridge_csv.shape import joint_key, revision_of

_NOT_KEPT = Rejected("NOT_KEPT", "the file cannot hold this row so that it is read again as it was written")


@dataclass(slots=True)
class Desk:
    """The rows that some changes speak of, and what is to be done with them.

    `read_back` tells which record a row of such cells will be read as, once it is written. `rows` are live records
    by id; `repeated` ids stand in several rows; `by_external_key` finds what a create with
    the same key made before. Afterwards `edits`, `deleted` and `created` say what the file needs.
    """

    plan: Plan
    file: str
    names: tuple[str, ...]
    encoding: str
    read_back: Callable[[list[str]], tuple[str, list[str]] | None]
    rows: dict[str, list[str]] = field(default_factory=dict)
    positions: dict[str, str] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)
    by_external_key: dict[str, str] = field(default_factory=dict)
    edits: dict[str, dict[int, str]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    created: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_dirty(self) -> bool:
        """Whether the file has to be written."""
        return bool(self.edits or self.deleted or self.created)

    def decide(self, change: Change) -> Outcome:
        """What becomes of one change; the rows are as it leaves them."""
        if change.external_id is None:
            return self._refused(change) or self._create(change)
        if change.external_id in self.repeated:
            return Rejected("AMBIGUOUS", "several rows of {file} have the key {id}", self._row(change.external_id))
        if change.external_id not in self.rows:
            if change.base_revision is not None:
                return Stale(None)
            return Rejected("NOT_FOUND", "{file} has no row with the key {id}", self._row(change.external_id))
        if change.base_revision not in {None, self._revision(change.external_id)}:
            return Stale(self._record(change.external_id))
        return self._delete(change.external_id) if change.delete else self._refused(change) or self._update(change)

    def _refused(self, change: Change) -> Rejected | None:
        """Why the fields of a change cannot be written, or None."""
        for name, value in change.fields.items():
            if name not in self.names:
                message = "{file} has no column {column}"
                params = {"file": self.file, "column": name, "nearest": suggestion(name, self.names)}
                return Rejected("UNKNOWN_COLUMN", message, params, name, "did you mean {nearest}?")
            refusal = self._unfit(name, value)
            if refusal:
                return refusal
        return None

    def _unfit(self, name: str, value: JsonValue) -> Rejected | None:
        if isinstance(value, bool) or not isinstance(value, (str, int, type(None))):
            return Rejected("NOT_TEXT", "a cell holds text, not {type}", {"type": type(value).__name__}, name)
        text = as_cell(value)
        if len(text) > MAX_CELL_CHARS:
            return Rejected("TOO_LONG", "a cell holds at most {count} characters", {"count": MAX_CELL_CHARS}, name)
        if is_no_text(text):
            return Rejected("NOT_TEXT", "a cell holds neither NUL nor half a character", field=name)
        dialect = self.plan.layout.dialect
        if not dialect.quote and any(char in text for char in (dialect.separator, "\r", "\n")):
            return Rejected("NEEDS_QUOTES", "the file has no quotes, and this text needs them", field=name)
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError as error:
            params = {"encoding": self.encoding, "character": text[error.start]}
            return Rejected("NOT_ENCODABLE", "{encoding} has no {character!r}", params, name)
        return None

    def _create(self, change: Change) -> Outcome:  # noqa: PLR0911 - one return for each outcome
        external = self.plan.options.external_key
        values = {name: self._canonical(value) for name, value in change.fields.items()}
        if external is not None:
            made = self.by_external_key.get(change.key)
            if made is not None:
                return Applied(made, self._revision(made))
            if values.setdefault(external, change.key) != change.key:
                message = "{column} is where crmbridge keeps its own key"
                return Rejected("EXTERNAL_KEY", message, {"column": external}, external)
        keys = self.plan.options.key
        if len(keys) == 1 and not values.get(keys[0]):
            # A file gives out no ids: the correlation key becomes the id, and a second create finds it.
            values[keys[0]] = change.key
            if change.key in self.rows:
                return Applied(change.key, self._revision(change.key))
        missing = next((name for name in keys if not values.get(name)), None)
        if missing is not None:
            return Rejected("KEY_REQUIRED", "a new row needs {column}", {"column": missing}, missing)
        new_id = values[keys[0]] if len(keys) == 1 else joint_key([values[name] for name in keys])
        if new_id in self.rows or new_id in self.repeated:
            return Rejected("DUPLICATE_KEY", "{file} already has a row with the key {id}", self._row(new_id), keys[0])
        cells = [values.get(name, "") for name in self.names]
        if self.read_back(cells) != (new_id, cells):
            return _NOT_KEPT
        self.rows[new_id] = self.created[new_id] = cells
        if external is not None:
            self.by_external_key[change.key] = new_id
        return Applied(new_id, self._revision(new_id))

    def _update(self, change: Change) -> Outcome:
        external_id = change.external_id or ""
        cells = self.rows[external_id]
        changed = {self.names.index(name): self._canonical(value) for name, value in change.fields.items()}
        changed = {place: value for place, value in changed.items() if cells[place] != value}
        for name in self.plan.options.key:
            if self.names.index(name) in changed:
                message = "{column} is the key of {file}; it cannot be changed"
                return Rejected("KEY_IS_FIXED", message, {"file": self.file, "column": name}, name)
        wanted = [changed.get(place, cell) for place, cell in enumerate(cells)]
        if changed and self.read_back(wanted) != (external_id, wanted):
            return _NOT_KEPT
        cells[:] = wanted
        if changed and external_id not in self.created:
            self.edits.setdefault(external_id, {}).update(changed)
        return Applied(external_id, self._revision(external_id))

    def _delete(self, external_id: str) -> Outcome:
        cells = self.rows.pop(external_id)
        self.edits.pop(external_id, None)
        if self.created.pop(external_id, None) is None:
            self.deleted.add(external_id)
        if self.plan.options.external_key is not None:
            self.by_external_key.pop(cells[self.names.index(self.plan.options.external_key)], None)
        return Applied(external_id)

    def _canonical(self, value: JsonValue) -> str:
        """The cell as it will be read back: declared padding does not survive reading."""
        return as_cell(value).strip(self.plan.layout.padding) if self.plan.layout.padding else as_cell(value)

    def _row(self, external_id: str) -> dict[str, object]:
        return {"file": self.file, "id": external_id}

    def _revision(self, external_id: str) -> str:
        return revision_of("\0".join(self.rows[external_id]))

    def _record(self, external_id: str) -> RawRecord:
        payload: Mapping[str, object] = dict(zip(self.names, self.rows[external_id], strict=True))
        return RawRecord(
            self.plan.name,
            external_id,
            payload,
            self._revision(external_id),
            position=self.positions.get(external_id),
        )


def as_cell(value: JsonValue) -> str:
    """A value as the text of a cell; nothing is the empty cell."""
    return "" if value is None else str(value)

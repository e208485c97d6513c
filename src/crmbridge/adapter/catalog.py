"""What a source holds, as its adapter describes it. Equal sources give equal catalogs, so drift can be seen."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PicklistValue(_Frozen):
    """One choice of a picklist: what is stored, and what people read."""

    value: str
    label: str


class FieldInfo(_Frozen):
    """One vendor field. `type` is the vendor's own word; `required` means on create."""

    name: str
    label: str
    type: str
    required: bool = False
    writable: bool = True
    unique: bool = False
    custom: bool = False
    max_length: int | None = None
    target: str | None = None
    picklist: tuple[PicklistValue, ...] = ()


class StageInfo(_Frozen):
    """One vendor stage; `id` is what records carry, `category` where the vendor says it."""

    id: str
    label: str
    order: int
    category: Literal["open", "won", "lost", "void"] | None = None
    probability: str | None = None


class PipelineInfo(_Frozen):
    """One vendor pipeline."""

    id: str
    label: str
    object: str
    stages: tuple[StageInfo, ...]


class ObjectInfo(_Frozen):
    """One vendor object. `readable` false carries the reason in `note`: the rest of the sync goes on.

    `external_key_field` is the field that keeps the key of a create (`Change.key`), so that `find` finds what was made;
    None where there is none. `has_history` false: the adapter lists stage changes, of this object there are none, and
    nobody asks for them. `is_fixed`: it is described alike in every account and for ever, without asking anybody.
    `stands_for` are objects that the account lacks, and whose records are written, and found again, as ones of this.
    """

    name: str
    label: str
    fields: tuple[FieldInfo, ...]
    key_field: str | None = None
    external_key_field: str | None = None
    has_modified_time: bool = False
    has_history: bool = True
    readable: bool = True
    writable: bool = False
    note: str | None = None
    is_fixed: bool = False
    stands_for: tuple[str, ...] = ()


class Limits(_Frozen):
    """The vendor's bounds, as data; None where there is none.

    `find_lag_s`: so many seconds, at most, a search does not find a record that was made.
    """

    page_size: int
    batch_size: int
    calls_per_window: int | None = None
    window_seconds: int | None = None
    concurrency: int = 1
    daily_credits: int | None = None
    longest_text: int | None = None
    longest_id_list: int | None = None
    find_lag_s: int | None = None


class Catalog(_Frozen):
    """Everything a source describes."""

    objects: tuple[ObjectInfo, ...]
    pipelines: tuple[PipelineInfo, ...] = ()
    limits: Limits
    extra: dict[str, JsonValue] = {}

    def external_key_fields(self) -> dict[str, str]:
        """For each object that has one the field that keeps the key of a create."""
        keyed = [(one, one.external_key_field) for one in self.objects if one.external_key_field is not None]
        return {name: field for one, field in keyed for name in (one.name, *one.stands_for)}

    def required_fields(self) -> dict[str, frozenset[str]]:
        """For each object the fields that a new record must have."""
        return {
            one.name: frozenset(told.name for told in one.fields if told.required and told.writable)
            for one in self.objects
        }

    def object(self, name: str) -> ObjectInfo | None:
        """The object of that name, or None."""
        return next((found for found in self.objects if found.name == name), None)

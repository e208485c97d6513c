"""One mapped vendor object: reads its payloads into neutral rows and writes patches back. SKELETON."""

from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.adapter.contract import Payload
from crmbridge.mapping.outcome import Failed, Mapped
from crmbridge.model.kinds import KindSpec

Patch = Mapping[str, object]
Written = dict[str, object]


@dataclass(frozen=True, slots=True)
class CompiledObject:
    """One vendor object that feeds one kind.

    `vendor_fields` are all the vendor fields that a pull must bring; `ref_targets` says for each mapped reference
    field which object of this connection its external ids belong to; `keys` are the hard identity fields; `unknown`
    the fields of the kind that this source cannot supply.
    """

    object: str
    kind: KindSpec
    vendor_fields: frozenset[str]
    ref_targets: dict[str, str]
    keys: tuple[str, ...]
    unknown: frozenset[str]

    def read(self, payload: Payload) -> Mapped | Failed:
        """The neutral row of a payload, or every field that fails. Never raises, whatever the payload holds."""
        raise NotImplementedError

    def write(self, patch: Patch) -> Written | Failed:
        """The vendor fields for a patch of neutral fields (None empties), or every field that cannot be written."""
        raise NotImplementedError

"""A pair: two connections that are kept in step, and by which rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.kinds import FieldType, KindSpec, kind
from crmbridge.sync.twoway.becoming import CONVERSION, LEAD
from crmbridge.sync.twoway.merging import Policy, Rule, Side
from crmbridge.sync.twoway.mirror import Mirror

NEVER = frozenset(
    {
        *("vendor_created_at", "vendor_modified_at", "created_by", "modified_by", "last_touch_at", "history_quality"),
        *("category", "stage_raw", "status_raw", "outcome", "tier", "lifecycle_state", "score"),
        *("next_touch_at", "last_result", "external_key"),
    }
)
"""What a system says of itself and in its own words, the key under which a record was made there, what follows from
another field, what we compute: never merged."""
CAREFUL = frozenset({"stage", "pipeline", "owner", "amount"})
"""Fields about which a person is asked, unless the pair names another policy for them."""


@dataclass(frozen=True, slots=True)
class End:
    """One side of a pair: a connection with its mapping. `stamps` says whether its modified times can be trusted.

    `required` are for each object the vendor fields that a new record must have, as the vendor describes them; `absent`
    the optional objects of the mapping that the account has not.
    """

    side: Side
    connection: str
    connection_id: int
    mapping: CompiledMapping
    zone: ZoneInfo
    stamps: bool = True
    required: Mapping[str, frozenset[str]] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()

    def objects(self, kind_name: str) -> list[CompiledObject]:
        """The mapped objects that are read and feed a kind."""
        return [one for one in self.mapping.objects.values() if one.is_read and one.kind.name == kind_name]

    def writable(self, kind_name: str) -> frozenset[str]:
        """The neutral fields of a kind that can be written to every object that feeds it and is there."""
        found = [written_by(one) for one in self.objects(kind_name) if one.object not in self.absent]
        return frozenset.intersection(*found) if found else frozenset()

    def readable(self, kind_name: str) -> frozenset[str]:
        """The neutral fields of a kind that every object that feeds it supplies."""
        found = [frozenset(one.kind.fields) - one.unknown for one in self.objects(kind_name)]
        return frozenset.intersection(*found) if found else frozenset()

    def tables(self, kind_name: str) -> tuple[str, ...]:
        """The kinds as which this end's records of a kind are kept."""
        return (kind_name,)


@dataclass(frozen=True)
class Pair:
    """Two ends and their rules. `policies` name a field (`stage`, `deal.stage`) that has another policy than the pair.

    `creates` are the sides on which records may be made that the other side has; `deletes` whether a deletion on one
    side is carried to the other, `create_probable` whether a record is made although it is probably there already,
    `mirror` which records are made at all, and where.
    """

    name: str
    left: End
    right: End
    kinds: Sequence[str]
    policy: Policy = Policy.REVIEW
    policies: Mapping[str, Policy] = field(default_factory=dict)
    creates: frozenset[Side] = frozenset(Side)
    deletes: bool = False
    create_probable: bool = False
    mirror: Mirror = field(default_factory=Mirror)

    def end(self, side: Side) -> End:
        """One of the ends."""
        return self.left if side is Side.LEFT else self.right

    @cached_property
    def rules(self) -> dict[str, dict[str, Rule]]:
        """For each kind the fields that both ends know and at least one can take, each with its rule."""
        return {name: self._rules(kind(name)) for name in self.kinds}

    def _rules(self, spec: KindSpec) -> dict[str, Rule]:
        both = self.left.readable(spec.name) & self.right.readable(spec.name)
        taken = self.left.writable(spec.name) | self.right.writable(spec.name)
        never = NEVER | CONVERSION if spec.name == LEAD else NEVER
        return {
            name: Rule(self._policy(spec.name, name), is_set=spec.fields[name].type is FieldType.TEXTS)
            for name in spec.fields
            if name in both & taken - (never if spec.name != "activity" else never - {"outcome"})
        }

    def _policy(self, kind_name: str, name: str) -> Policy:
        named = self.policies.get(f"{kind_name}.{name}") or self.policies.get(name)
        return named or (Policy.REVIEW if name in CAREFUL else self.policy)


def written_by(compiled: CompiledObject) -> frozenset[str]:
    """What the mapping can write: no constant, no text joined from several; the stage where it has a field."""
    plain = {
        one.name for one in compiled.fields if not one.is_constant and (len(one.rule.source) == 1 or one.is_spread)
    }
    staged = {"stage": compiled.writer.stage_field, "pipeline": compiled.writer.pipeline_field}
    written = plain | {name for name, vendor in staged.items() if vendor}
    return frozenset(name for name in compiled.kind.fields if name in written)

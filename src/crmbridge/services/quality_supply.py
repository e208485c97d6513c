"""Which fields each source supplies: a field that a source cannot give is not blank there, it is not asked for.

A mapping says what it cannot fill; where nobody says, a field that is filled on no record of a source counts as such.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crmbridge.facts.tables import fact_name, plural
from crmbridge.model.kinds import FieldSpec, FieldType, kind
from crmbridge.services.world import World

Unfilled = Mapping[tuple[str, str], frozenset[str]]
"""For each (connection, object) the fields that its mapping cannot fill."""

_TEXTUAL = {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.ENUM}
_LISTS = {FieldType.TEXTS, FieldType.JSON}


def filled(spec: FieldSpec, alias: str = "r") -> str:
    """SQL for whether a field holds something; never NULL."""
    column = f'{alias}."{fact_name(spec.name)}'
    if spec.type is FieldType.REF:
        return f"(nullif({column}_ref\", '') IS NOT NULL OR {column}_id\" IS NOT NULL)"
    if spec.type is FieldType.MONEY:
        return f'({column}_e4" IS NOT NULL)'
    if spec.type in _TEXTUAL:
        return f"coalesce(trim({column}\") <> '', false)"
    if spec.type in _LISTS:
        return f"coalesce({column}\" NOT IN ('', '[]', '{{}}', 'null'), false)"
    return f'({column}" IS NOT NULL)'


@dataclass(frozen=True, slots=True)
class Source:
    """One object of one connection: how many records of a kind it gave, and which fields it supplies."""

    connection: str | None
    object: str | None
    records: int
    supplies: frozenset[str]


@dataclass(frozen=True, slots=True)
class Supply:
    """The sources of one kind."""

    kind: str
    sources: tuple[Source, ...]

    @property
    def join(self) -> str:
        """The join that `is_supplied` needs."""
        same = " AND ".join(f'src."{name}" IS NOT DISTINCT FROM r."{name}"' for name in ("connection", "object"))
        return f"LEFT JOIN {self._table} src ON {same}"

    @property
    def _table(self) -> str:
        return f"svc_sources_{self.kind}"

    def is_supplied(self, field: str) -> str:
        """SQL for whether a record's source supplies the field: `true` or `false` where all sources agree."""
        told = [field in source.supplies for source in self.sources if source.records]
        if all(told):
            return "true" if told else "false"
        return f"coalesce(list_contains(src.supplies, '{field}'), false)" if any(told) else "false"

    def write(self, world: World) -> None:
        """The temporary table behind `join`."""
        world.sql(
            f"CREATE OR REPLACE TEMP TABLE {self._table} (connection VARCHAR, object VARCHAR, supplies VARCHAR[])"
        )
        for source in self.sources:
            world.sql(
                f"INSERT INTO {self._table} VALUES ($connection, $object, $supplies)",  # noqa: S608 - our own name
                connection=source.connection,
                object=source.object,
                supplies=sorted(source.supplies),
            )


def supply(world: World, kind_name: str, fields: Iterable[str], unfilled: Unfilled) -> Supply:
    """What each source of a kind supplies of these fields."""
    names = sorted(set(fields))
    spec = kind(kind_name)
    counted = "".join(f", bool_or({filled(spec.field(name))}) AS f{place}" for place, name in enumerate(names))
    rows = world.rows_once("quality_sources", {"table": f'"{plural(kind_name)}"', "counted": counted})
    sources = []
    for row in rows:
        blank = unfilled.get((row["connection"], row["object"]))
        found = {name for place, name in enumerate(names) if row[f"f{place}"]}
        if blank is not None:
            found |= {name for name in names if name not in blank}
        sources.append(Source(row["connection"], row["object"], row["records"], frozenset(found)))
    return Supply(kind_name, tuple(sources))

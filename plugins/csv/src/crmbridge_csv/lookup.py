"""Single records found by reading through the files: slow beside an index, and always true to what stands there."""

from collections.abc import Generator, Sequence
from contextlib import closing

from crmbridge.adapter.contract import RawRecord
from crmbridge_csv.plan import Plan
from crmbridge_csv.reading import Reading, columns_of, payload_columns
from crmbridge_csv.shape import known_field


def records(plan: Plan) -> Generator[RawRecord]:
    """Every record of an object, in order."""
    with closing(Reading(plan).items()) as items:
        yield from (item for item in items if isinstance(item, RawRecord))


def fetch(plan: Plan, external_ids: Sequence[str]) -> list[RawRecord | None]:
    """One answer for each id, in one pass that ends when all are found."""
    wanted = set(external_ids)
    found: dict[str, RawRecord] = {}
    with closing(records(plan)) as every:
        for record in every:
            if record.external_id in wanted:
                found[record.external_id] = record
                if len(found) == len(wanted):
                    break
    return [found.get(external_id) for external_id in external_ids]


def find(plan: Plan, field_name: str, values: Sequence[str]) -> list[list[RawRecord]]:
    """For each value, the records whose column is exactly that, in one pass."""
    known_field(payload_columns(plan, columns_of(plan)), field_name, plan)
    found: dict[str, list[RawRecord]] = {value: [] for value in values}
    for record in records(plan):
        matching = found.get(str(record.payload.get(field_name)))
        if matching is not None and field_name in record.payload:
            matching.append(record)
    return [found[value] for value in values]


def count(plan: Plan) -> int:
    """How many records a full pull yields."""
    return sum(1 for _ in records(plan))

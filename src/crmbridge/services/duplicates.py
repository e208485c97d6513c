"""Records that are probably one: groups by hard keys, by company and place, by name; and which one should survive.

An equal registration number, telephone (E.164) or e-mail is certain; an equal normalised company with the same city or
domain is probable, and so is a person of the same name at the same company or domain; an equal name alone is possible
and never more. Merging stays in the vendor's system. Keys are made once a distinct value and grouped in DuckDB: nothing
is compared pairwise.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

import orjson

from crmbridge.facts.store import Facts
from crmbridge.facts.tables import plural
from crmbridge.model import phones
from crmbridge.model.kinds import kind
from crmbridge.model.names import keys
from crmbridge.services.quality_supply import filled
from crmbridge.services.session import Session

Certainty = Literal["certain", "probable", "possible"]
CERTAINTIES: tuple[Certainty, ...] = ("certain", "probable", "possible")
KINDS = ("account", "contact", "lead")


class Queries(Protocol):
    """A cursor over the facts: a `Session`, or the `World` of a report."""

    def tuples(self, name: str, fragments: Mapping[str, str] | None = None, **more: object) -> list[tuple[Any, ...]]:
        """The rows of a named query."""

    def sql(self, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a statement."""


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Records that are one, by one sort of evidence. `records` begin with the proposed survivor.

    `subjects` are the same records as the systems that hold them name them ("crm:1042").
    `evidence` are what they share: ("phone", "+8613800138000"), ("name_city", "acme|berlin") ...
    """

    kind: str
    certainty: Certainty
    records: tuple[str, ...]
    subjects: tuple[str, ...]
    evidence: tuple[tuple[str, str], ...]

    @property
    def survivor(self) -> str:
        """The most complete record, of equal ones the oldest."""
        return self.records[0]


def duplicates(
    facts: Facts, *, as_of: datetime, region: str | None = None, free_mail: Sequence[str] = ()
) -> tuple[DuplicateGroup, ...]:
    """Every group of accounts, of contacts and of leads, the surest first, then by what its records share.

    `region` ("CN") is where numbers without a country code are dialled; sharing a domain of `free_mail` says nothing.
    """
    session = Session(facts, cut=as_of)
    write_keys(session, region=region, free_mail=free_mail)
    return groups(session)


def write_keys(queries: Queries, *, region: str | None, free_mail: Sequence[str]) -> None:
    """The temporary tables of keys: what each record can be recognised by, and which telephones are none."""
    queries.tuples("duplicate_cells")
    texts = [text for (text,) in queries.sql("SELECT DISTINCT text FROM svc_cells WHERE what = 'phone'")]
    _write_texts(queries, "svc_phone_numbers", {text: phones.e164(text, region) for text in texts})
    judged = [text for text in texts if phones.is_judgeable(text, region)]
    _write_texts(queries, "svc_phones_judged", dict.fromkeys(judged))
    for table, query, is_company in (
        ("svc_companies", "duplicate_companies", True),
        ("svc_names", "duplicate_names", False),
    ):
        _write_texts(queries, table, keys((text for (text,) in queries.tuples(query)), company=is_company))
    queries.tuples("duplicate_named")
    queries.tuples("duplicate_domains", free_mail=sorted(domain.lower() for domain in free_mail))
    queries.tuples("duplicate_keys")


def groups(queries: Queries) -> tuple[DuplicateGroup, ...]:
    """The groups of records that share keys. A group says nothing new where a surer one holds all of it already."""
    found: list[tuple[str, Certainty, frozenset[str], tuple[tuple[str, str], ...]]] = []
    surer: dict[tuple[str, str, str], int] = {}
    for certainty in CERTAINTIES:
        shared: dict[str, list[tuple[tuple[str, str], list[str]]]] = defaultdict(list)
        for kind_name, what, key, records in queries.tuples("duplicate_groups", certainty=certainty):
            shared[kind_name].append(((what, key), records))
        for kind_name in sorted(shared):
            for number, (records, evidence) in enumerate(_components(shared[kind_name])):
                if not _is_known(surer, kind_name, records):
                    found.append((kind_name, certainty, frozenset(records), evidence))
                surer |= {(kind_name, certainty, record): number for record in records}
    order = _survivors(queries, [(kind_name, records) for kind_name, _, records, _ in found])
    made = []
    for kind_name, certainty, records, evidence in found:
        placed = sorted(order[kind_name][record] + (record,) for record in records)
        ids, subjects = tuple(record for _, _, record in placed), tuple(subject for _, subject, _ in placed)
        made.append(DuplicateGroup(kind_name, certainty, ids, subjects, evidence))
    return tuple(sorted(made, key=lambda g: (CERTAINTIES.index(g.certainty), KINDS.index(g.kind), g.evidence)))


def write_members(queries: Queries, found: Sequence[DuplicateGroup]) -> None:
    """The temporary table of the records in certain and probable groups, each with the surest."""
    surest: dict[tuple[str, str], str] = {}
    for group in found:
        if group.certainty != "possible":
            for record in group.records:
                surest.setdefault((group.kind, record), group.certainty)
    columns = [[part[0] for part in surest], [part[1] for part in surest], list(surest.values())]
    queries.sql(
        "CREATE OR REPLACE TEMP TABLE svc_duplicates AS SELECT unnest(from_json($kinds, '[\"VARCHAR\"]')) AS kind, "
        "unnest(from_json($records, '[\"VARCHAR\"]')) AS record_id, "
        "unnest(from_json($certainties, '[\"VARCHAR\"]')) AS certainty",
        **{
            name: orjson.dumps(c).decode() for name, c in zip(("kinds", "records", "certainties"), columns, strict=True)
        },
    )


def _components(
    shared: Sequence[tuple[tuple[str, str], Sequence[str]]],
) -> list[tuple[list[str], tuple[tuple[str, str], ...]]]:
    """The records joined by common keys, each group with the keys that join it; union-find, nearly linear."""
    parent: dict[str, str] = {}

    def root(record: str) -> str:
        top = record
        while parent.setdefault(top, top) != top:
            top = parent[top]
        while parent[record] != top:
            parent[record], record = top, parent[record]
        return top

    for _, records in shared:
        first = root(records[0])
        for other in records[1:]:
            parent[root(other)] = first
    members: dict[str, list[str]] = defaultdict(list)
    for record in parent:
        members[root(record)].append(record)
    evidence: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, records in shared:
        evidence[root(records[0])].append(key)
    made = [(sorted(records), tuple(sorted(evidence[top]))) for top, records in members.items()]
    return sorted(made)


def _is_known(surer: Mapping[tuple[str, str, str], int], kind_name: str, records: Sequence[str]) -> bool:
    """Whether one surer group holds all these records."""
    for certainty in CERTAINTIES:
        held = {surer.get((kind_name, certainty, record)) for record in records}
        if len(held) == 1 and None not in held:
            return True
    return False


def _survivors(queries: Queries, found: Iterable[tuple[str, frozenset[str]]]) -> dict[str, dict[str, tuple[int, str]]]:
    """The place and the subject of each grouped record: most complete first, then the oldest, then by subject."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for kind_name, records in found:
        wanted[kind_name] |= records
    made = {}
    for kind_name, members in sorted(wanted.items()):
        complete = " + ".join(f"CAST({filled(spec)} AS BIGINT)" for spec in kind(kind_name).fields.values())
        fragments = {"table": f'"{plural(kind_name)}"', "complete": complete}
        rows = queries.tuples("duplicate_survivors", fragments, ids=sorted(members))
        made[kind_name] = {record: (place, subject) for place, (record, subject) in enumerate(rows)}
    return made


def _write_texts(queries: Queries, table: str, found: Mapping[str, str | None]) -> None:
    """A temporary table from each text to its key, written at once."""
    queries.sql(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT unnest(from_json($texts, '[\"VARCHAR\"]')) AS text, "
        "unnest(from_json($keys, '[\"VARCHAR\"]')) AS key",
        texts=orjson.dumps(list(found)).decode(),
        keys=orjson.dumps(list(found.values())).decode(),
    )

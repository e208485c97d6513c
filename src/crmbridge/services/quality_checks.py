"""The checks that any kind can have. Each is two fragments of SQL: to which records it applies, and which fail.

A check names what it needs; a need that no source meets makes it unavailable, one that some meet limits it to those.
`r` is the record, `st` the state of a deal or lead, `src` its source; values travel as parameters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crmbridge.facts.tables import columns, plural
from crmbridge.model.kinds import kind
from crmbridge.services.dimensions import LEADS_JOIN, STATES_JOIN
from crmbridge.services.quality_supply import filled

KINDS = ("deal", "lead", "account", "contact", "activity", "task", "order")
"""The kinds that are judged, the most telling first."""

_OWNED = ("deal", "lead", "account", "contact")
_DATED = ("deal", "lead", "account", "contact", "activity", "task")
_PLAIN_LIVE = (
    "coalesce(r.lifecycle, 'active') NOT IN ('deleted', 'merged') AND (r.created_at IS NULL OR r.created_at <= $cut)"
)
STAGES_OF_LEADS = "LEFT JOIN stages lst ON lst.object = 'lead' AND lst.pipeline = r.pipeline AND lst.key = r.stage"
_FOLDED = "regexp_replace(lower(r.status_raw), '[^\\p{L}\\p{N}]', '', 'g')"
BLOCKED = (
    "(coalesce(r.status IN ('disqualified', 'void'), false) OR coalesce(lst.category IN ('lost', 'void'), false) "
    f"OR coalesce(list_contains($blocking, {_FOLDED}), false))"
)
"""SQL for a lead that its own status or stage has given up."""

LEAD_OPEN = f"(NOT st.is_converted AND NOT {BLOCKED})"
OWNER_JOIN = 'LEFT JOIN "users" r_owner ON r_owner.id = r."owner_id"'
"""The user who owns a record; the text of the registry of dimensions, so that one join serves both."""

_IS_OPEN: dict[str, tuple[str, tuple[str, ...]]] = {
    "deal": ("st.class = 'open'", ()),
    "lead": (LEAD_OPEN, (STAGES_OF_LEADS,)),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one kind. `needs` are its fields, `a|b` met by either, `@name` something that the facts must hold.

    `parts` split what fails: a name and SQL each.
    """

    id: str
    kind: str
    applies: str
    fails: str
    needs: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)


def base(kind_name: str) -> tuple[tuple[str, ...], str]:
    """The joins that every check of a kind may use, and SQL for the records that are judged at all."""
    if kind_name == "deal":
        return (STATES_JOIN,), "st.deal_no IS NOT NULL AND st.class <> 'void'"
    if kind_name == "lead":
        return (LEADS_JOIN,), "st.id IS NOT NULL AND coalesce(r.status, '') <> 'void'"
    return (), _PLAIN_LIVE


def generic() -> Iterator[Check]:
    """The checks that are the same for several kinds."""
    for name in _OWNED:
        yield from _owners(name)
    for name in _DATED:
        yield Check(
            "modified_before_creation",
            name,
            "r.created_at IS NOT NULL AND r.modified_at IS NOT NULL",
            "svc_span_us(r.created_at, r.created_at_precision, r.modified_at, r.modified_at_precision, $zone) < 0",
            ("vendor_created_at", "vendor_modified_at"),
        )
    for name in KINDS:
        yield _repeats(name)
    for name in ("account", "contact", "lead"):
        yield Check(
            "duplicates",
            name,
            "true",
            "dup.record_id IS NOT NULL",
            (_IDENTIFYING[name],),
            (f"LEFT JOIN svc_duplicates dup ON dup.kind = '{name}' AND dup.record_id = r.id",),
            (("certain", "dup.certainty = 'certain'"), ("probable", "dup.certainty = 'probable'")),
        )
        yield Check(
            "phones",
            name,
            "pho.record_id IS NOT NULL",
            "pho.is_wrong",
            ("phones", "@phones"),
            (f"LEFT JOIN svc_phones pho ON pho.kind = '{name}' AND pho.record_id = r.id",),
        )
    for name in ("deal", "order"):
        yield Check("amount_negative", name, "r.amount_e4 IS NOT NULL", "r.amount_e4 < 0", ("amount",))


_IDENTIFYING = {
    "account": "name|registration_no|phones|emails",
    "contact": "full_name|phones|emails",
    "lead": "full_name|company_name|phones|emails",
}


def _owners(name: str) -> Iterator[Check]:
    is_open, joins = _IS_OPEN.get(name, ("true", ()))
    owned = filled(kind(name).field("owner"))
    if name == "deal":
        yield Check("unassigned", name, "true", f"NOT {owned}", ("owner",))
    if name == "lead":
        waited = "(r.created_at IS NULL OR r.created_at <= $unassigned_before)"
        yield Check("unassigned", name, waited, f"NOT {owned}", ("owner",))
    yield Check("owner_unknown", name, owned, "r.owner_id IS NULL", ("owner", "@user"))
    left = "coalesce(NOT r_owner.active, false) OR coalesce(r_owner.lifecycle IN ('archived', 'deleted'), false)"
    yield Check(
        "owner_inactive",
        name,
        f"r_owner.id IS NOT NULL AND {is_open}",
        left,
        ("owner", "@user.active"),
        (OWNER_JOIN, *joins),
    )


def _repeats(name: str) -> Check:
    """Rows without an id of their own that say the same as an earlier one (their key ends in #2, #3 ...)."""
    table = f'"{plural(name)}"'
    told = [column.name for column in columns(plural(name))]
    own = [n for n in told if n not in {"id", "subject", "external_id", "first_seen_at", "last_seen_at", "merged_into"}]
    same = {side: "hash(" + ", ".join(f'{side}."{n}"' for n in own) + ")" for side in ("x", "y")}
    join = (
        f"LEFT JOIN (SELECT DISTINCT x.id FROM {table} x JOIN {table} y "  # noqa: S608 - our own names
        "ON y.external_id = regexp_replace(x.external_id, '#[0-9]+$', '') "
        'AND y.connection IS NOT DISTINCT FROM x.connection AND y."object" IS NOT DISTINCT FROM x."object" '
        f"AND {same['x']} = {same['y']} WHERE regexp_matches(x.external_id, '#[0-9]+$')) rep ON rep.id = r.id"
    )
    return Check("repeats", name, "r.external_id IS NOT NULL", "rep.id IS NOT NULL", (), (join,))

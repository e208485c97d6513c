"""Users: a short list, read whole each time, the deleted ones too, because records go on naming them."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from crmbridge.adapter.catalog import FieldInfo, ObjectInfo
from crmbridge.adapter.contract import Page, Problem, PullRequest, RawRecord
from crmbridge_zoho import cursor as cursors
from crmbridge_zoho.cursor import Cursor, Walk
from crmbridge_zoho.fields import KEY
from crmbridge_zoho.payload import reference
from crmbridge_zoho.session import API, Session
from crmbridge_zoho.times import literal, parse_or_none

USERS = "Users"
_TYPES = ("AllUsers", "DeletedUsers")
_FIELDS = {
    "full_name": "text",
    "first_name": "text",
    "last_name": "text",
    "alias": "text",
    "email": "email",
    "phone": "phone",
    "mobile": "phone",
    "status": "picklist",
    "confirm": "boolean",
    "role": "lookup",
    "profile": "lookup",
    "Reporting_To": "ownerlookup",
    "time_zone": "text",
    "locale": "text",
    "language": "text",
    "country": "text",
    "zuid": "text",
    "type__s": "text",
    "created_time": "datetime",
    "Modified_Time": "datetime",
}


def users_info() -> ObjectInfo:
    """Users as an object: Zoho describes no fields of them (dossier 2.13)."""
    key = FieldInfo(name=KEY, label="ID", type="id", writable=False, unique=True)
    own = [
        FieldInfo(name=name, label=name, type=kind, writable=False, target=USERS if name == "Reporting_To" else None)
        for name, kind in sorted(_FIELDS.items())
    ]
    return ObjectInfo(name=USERS, label=USERS, fields=(key, *own), key_field=KEY, has_modified_time=True, is_fixed=True)


def users(session: Session, request: PullRequest) -> Iterator[Page]:
    """The pages of all users."""
    known = cursors.parse(request.cursor)
    walk = known.walk if known is not None and known.walk is not None else Walk(_TYPES[0], parts=_TYPES[1:])
    began = parse_or_none(walk.begun)
    while True:
        params = {"type": walk.way, "page": walk.batch, "per_page": session.options.page_size}
        answer = session.get(f"{API}/users", params)
        began = began or session.now(answer.server_time)
        rows = answer.rows("users")
        following = _following(walk, has_more=bool(rows) and answer.has_more, began=began)
        at = _cursor(request.cursor, following, began)
        records, problems = _records(rows)
        yield Page(records, at, problems=problems, whole=following is None and request.cursor is None)
        if following is None or session.context.stop.is_set():
            return
        walk = following


def _following(walk: Walk, *, has_more: bool, began: datetime) -> Walk | None:
    begun = literal(began)
    if has_more:
        return walk.moved(batch=walk.batch + 1, begun=begun)
    return Walk(walk.parts[0], begun=begun, parts=walk.parts[1:]) if walk.parts else None


def _cursor(before: str | None, following: Walk | None, began: datetime) -> str:
    at = Cursor(began if following is None else None, "", following).text()
    return at if at != before else Cursor(began, "", following, turn=1).text()


def _records(rows: list[object]) -> tuple[list[RawRecord], list[Problem]]:
    found: dict[str, RawRecord] = {}
    problems: list[Problem] = []
    for row in rows:
        identity = row.get(KEY) if isinstance(row, Mapping) else None
        if not isinstance(row, Mapping) or not isinstance(identity, str) or not identity:
            problems.append(Problem("RECORD_UNUSABLE", "a record of {object} has no id", {"object": USERS}))
            continue
        payload = {**row, "Reporting_To": reference(row.get("Reporting_To"))}
        modified = row.get("Modified_Time")
        revision = modified if isinstance(modified, str) else None
        found[identity] = RawRecord(USERS, identity, payload, revision, parse_or_none(modified))
    return list(found.values()), problems

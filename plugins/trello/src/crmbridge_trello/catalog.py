"""What Trello holds: cards with their fields, lists as the stages of a board, members and comments."""

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo, PicklistValue, PipelineInfo, StageInfo
from crmbridge.model.errors import ConfigError, ScopeError
from crmbridge_trello.cards import ASIDE, CANCELLED, CREATED, DONE, KEY, LINK, MEMBER, OPEN, SAID, STATE, TEXT, Boards
from crmbridge_trello.config import COMMENTS, USERS
from crmbridge_trello.outgoing import LONGEST
from crmbridge_trello.reader import EMAIL
from crmbridge_trello.session import CALLS, WINDOW_S, Json, Session, mapping

BATCH = 10
_GIVEN = {
    "id": "id",
    "desc": "text",
    "idBoard": "id",
    "idMembers": "ids",
    "idLabels": "ids",
    "dateLastActivity": "time",
    "badges": "object",
    "shortLink": "text",
    "shortUrl": "text",
    CREATED: "time",
    SAID: "text",
}
_OF_USERS = {"id": "id", "fullName": "text", "username": "text", EMAIL: "text"}
_OF_COMMENTS = {"id": "id", "card": "id", "member": "id", "text": "text", "date": "time", "edited": "time"}


def catalog_of(session: Session, only: frozenset[str] | None = None) -> Catalog:
    """Everything, or only those objects; one whose board cannot be read is there with the reason."""
    session.me()
    boards = Boards(session)
    objects: list[ObjectInfo] = []
    pipelines: list[PipelineInfo] = []
    for name, options in session.options.objects.items():
        if only is not None and name not in only:
            continue
        try:
            board = mapping(session.board(options.board, params={"fields": "name,closed"}))
            told = boards.lists(options.board).values()
        except (ScopeError, ConfigError) as error:
            objects.append(ObjectInfo(name=name, label=options.board, fields=(), readable=False, note=str(error)))
            continue
        lists = sorted(told, key=lambda one: (bool(one.get("closed")), one.get("pos") or 0))
        label = str(board.get("name") or options.board)
        objects.append(_cards(name, label, lists))
        stages = [StageInfo(id=one["id"], label=_name(one), order=place) for place, one in enumerate(lists, 1)]
        pipelines.append(PipelineInfo(id=options.board, label=label, object=name, stages=tuple(stages)))
    objects += [one for one in (_users(), _comments()) if only is None or one.name in only]
    limits = Limits(
        page_size=session.options.page_size,
        batch_size=BATCH,
        calls_per_window=CALLS,
        window_seconds=WINDOW_S,
        longest_text=LONGEST,
    )
    return Catalog(objects=tuple(objects), pipelines=tuple(pipelines), limits=limits)


def _cards(name: str, label: str, lists: list[Json]) -> ObjectInfo:
    choices = tuple(PicklistValue(value=one["id"], label=_name(one)) for one in lists)
    states = tuple(PicklistValue(value=one, label=one) for one in (OPEN, DONE, CANCELLED, ASIDE))
    fields = [
        FieldInfo(name="name", label="name", type="text", required=True, max_length=LONGEST),
        FieldInfo(name=TEXT, label="description", type="text", max_length=LONGEST),
        FieldInfo(name=LINK, label="link to the CRM", type="url", custom=True),
        FieldInfo(name=KEY, label="crmbridge key", type="text", custom=True),
        FieldInfo(name=STATE, label="state", type="picklist", picklist=states),
        FieldInfo(name=MEMBER, label="who has to do it", type="id", target=USERS),
        FieldInfo(name="idList", label="list", type="picklist", picklist=choices),
        *(FieldInfo(name=one, label=one, type="time") for one in ("due", "start")),
        *(FieldInfo(name=one, label=one, type="bool") for one in ("dueComplete", "closed")),
        *_given(_GIVEN),
    ]
    return ObjectInfo(
        name=name,
        label=label,
        fields=tuple(sorted(fields, key=lambda one: one.name)),
        key_field="id",
        external_key_field=KEY,
        has_modified_time=True,
        writable=True,
    )


def _users() -> ObjectInfo:
    return ObjectInfo(
        name=USERS,
        label="members",
        fields=tuple(_given(_OF_USERS)),
        key_field="id",
        has_history=False,
        is_fixed=True,
    )


def _comments() -> ObjectInfo:
    ours = FieldInfo(name="ours", label="ours", type="bool", writable=False)
    return ObjectInfo(
        name=COMMENTS,
        label="comments on our cards",
        fields=(*_given(_OF_COMMENTS), ours),
        key_field="id",
        has_modified_time=True,
        has_history=False,
        is_fixed=True,
    )


def _given(types: dict[str, str]) -> list[FieldInfo]:
    return [
        FieldInfo(name=name, label=name, type=kind, writable=False, unique=name == "id") for name, kind in types.items()
    ]


def _name(told: Json) -> str:
    return str(told.get("name") or told["id"])

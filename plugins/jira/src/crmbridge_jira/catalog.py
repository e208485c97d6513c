"""What a site holds: the objects of the connection with the fields of their screens, and statuses as pipelines."""

from collections.abc import Iterator, Mapping, Sequence

from crmbridge.adapter.catalog import Catalog, FieldInfo, Limits, ObjectInfo, PicklistValue, PipelineInfo, StageInfo
from crmbridge.model.errors import ConfigError, ScopeError, suggestion
from crmbridge_jira.config import COMMENTS, USERS, ObjectOptions
from crmbridge_jira.errors import GONE, Refused
from crmbridge_jira.issues import COMMENT, FIXED, KEY, LINK, STATE, object_of
from crmbridge_jira.made import FIND_LAG_S
from crmbridge_jira.session import Json, Session, mapping, part, rows

BATCH = 10
LONGEST_LINE = 255
_GIVEN = frozenset({"project", "issuetype"})
_SET_BY_JIRA = frozenset({"created", "updated", "resolutiondate", "resolution", "creator", "reporter", COMMENT})
_STEP = 50


class Projects:
    """What the site says of its projects, asked once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._fields: dict[tuple[str, str], list[FieldInfo]] = {}

    def fields(self, name: str) -> list[str]:
        """The names of all fields of an object of issues."""
        return [one.name for one in self.infos(object_of(self._session.options, name))]

    def infos(self, options: ObjectOptions) -> list[FieldInfo]:
        """Its fields: those of the create screen, those that Jira keeps, and our own."""
        place = (options.project, options.type)
        if place not in self._fields:
            project = part(options.project)
            chosen = _chosen(self._types(options), options)
            screen = [
                _info(one)
                for kind in chosen[:1]
                for one in self._listed(f"/issue/createmeta/{project}/issuetypes/{part(str(kind['id']))}", "fields")
            ]
            there = {one.name for one in screen}
            rest = [_system(name) for name in FIXED if name not in there]
            ours = [FieldInfo(name="id", label="id", type="string", writable=False, unique=True)]
            ours += [FieldInfo(name="key", label="Key", type="string", writable=False, unique=True)]
            ours += [FieldInfo(name=KEY, label="crmbridge key", type="string", custom=True), _state()]
            ours += [FieldInfo(name=LINK, label="Link to the task", type="string", custom=True)]
            self._fields[place] = sorted([*screen, *rest, *ours], key=lambda one: one.name)
        return self._fields[place]

    def type_id(self, options: ObjectOptions) -> str:
        """The id of the type that a create names; ConfigError where none is configured, or none is so called."""
        if options.type.isdigit():
            return options.type
        types = self._types(options)
        if not options.type:
            known = ", ".join(str(one.get("name")) for one in types)
            text = "the objects of {project} name no type, so nothing can be made"
            raise ConfigError(text, project=options.project, known=known, hint="set type: {known}")
        return str(_chosen(types, options)[0]["id"])

    def pipeline(self, name: str, options: ObjectOptions) -> PipelineInfo:
        """The statuses of the project, in the order that Jira tells them."""
        told = self._session.get(f"/project/{part(options.project)}/statuses")
        kinds = [mapping(one) for one in told] if isinstance(told, list) else []
        wanted = [one for one in kinds if not options.type or options.type in {one.get("id"), one.get("name")}]
        stages: dict[str, StageInfo] = {}
        for kind in wanted or kinds:
            for status in rows(kind, "statuses"):
                stage = _stage(status, len(stages) + 1)
                stages.setdefault(stage.id, stage)
        return PipelineInfo(id=options.project, label=options.project, object=name, stages=tuple(stages.values()))

    def _types(self, options: ObjectOptions) -> list[Json]:
        """The types that the account may create in a project; ScopeError where it does not see the project."""
        try:
            return list(self._listed(f"/issue/createmeta/{part(options.project)}/issuetypes", "issueTypes"))
        except Refused as error:
            if error.status == GONE:
                self._session.see(options.project)
            raise

    def _listed(self, path: str, key: str) -> Iterator[Json]:
        """The items of a list by offsets; Data Center calls them `values`."""
        start = 0
        while True:
            told = mapping(self._session.get(path, {"startAt": start, "maxResults": _STEP}))
            page = rows(told, key if key in told else "values")
            yield from page
            start += len(page)
            total = told.get("total")
            if not page or (total is None and len(page) < _STEP) or (isinstance(total, int) and start >= total):
                return


def catalog_of(session: Session, projects: Projects, only: frozenset[str] | None = None) -> Catalog:
    """Everything, or only those objects; one whose project cannot be read is there with the reason."""
    objects: list[ObjectInfo] = []
    pipelines: list[PipelineInfo] = []
    session.me()
    for name, options in session.options.objects.items():
        if only is not None and name not in only:
            continue
        label = f"{options.project} {options.type}".strip()
        try:
            fields = tuple(projects.infos(options))
            pipelines.append(projects.pipeline(name, options))
        except (Refused, ScopeError) as error:
            objects.append(ObjectInfo(name=name, label=label, fields=(), readable=False, note=str(error)))
            continue
        objects.append(
            ObjectInfo(
                name=name,
                label=label,
                fields=fields,
                key_field="id",
                external_key_field=KEY,
                has_modified_time=True,
                has_history=False,
                writable=True,
            )
        )
    objects += [one for one in (_users(), _comments()) if only is None or one.name in only]
    return Catalog(objects=tuple(objects), pipelines=tuple(pipelines), limits=limits(session))


def limits(session: Session) -> Limits:
    """Jira's bounds."""
    return Limits(
        page_size=session.options.page_size,
        batch_size=BATCH,
        longest_text=LONGEST_LINE,
        longest_id_list=100,
        find_lag_s=FIND_LAG_S,
    )


def _chosen(types: Sequence[Json], options: ObjectOptions) -> list[Json]:
    """The type that is meant, or all where none is named."""
    if not options.type:
        return [one for one in types if not one.get("subtask")]
    found = [one for one in types if options.type in {one.get("id"), one.get("name")}]
    if not found:
        names = [str(one.get("name")) for one in types]
        text = "the project {project} has no type {type} that the account may create"
        near = suggestion(options.type, names)
        raise ConfigError(text, project=options.project, type=options.type, nearest=near, hint="known: {nearest}")
    return found


def _info(told: Json) -> FieldInfo:
    name = str(told.get("fieldId") or told.get("key"))
    schema, allowed = told.get("schema"), told.get("allowedValues")
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    is_asked = bool(told.get("required")) and not told.get("hasDefaultValue")
    values = [one for one in allowed if isinstance(one, Mapping)] if isinstance(allowed, list) else []
    choices = {str(one.get("id")): str(one.get("name") or one.get("value") or one.get("id")) for one in values}
    return FieldInfo(
        name=name,
        label=str(told.get("name") or name),
        type=str(kind or "any"),
        required=is_asked and name not in _GIVEN,
        writable=name not in _GIVEN | _SET_BY_JIRA,
        custom=name.startswith("customfield_"),
        max_length=LONGEST_LINE if name == "summary" else None,
        picklist=tuple(PicklistValue(value=value, label=label) for value, label in choices.items()),
    )


def _system(name: str) -> FieldInfo:
    is_ours_to_write = name not in _GIVEN | _SET_BY_JIRA
    return FieldInfo(name=name, label=name, type="any", writable=is_ours_to_write)


def _state() -> FieldInfo:
    values = tuple(PicklistValue(value=one, label=one) for one in ("open", "done", "cancelled"))
    return FieldInfo(name=STATE, label="State", type="option", picklist=values)


def _stage(status: Json, order: int) -> StageInfo:
    """A status as a stage: Jira says whether it is open, and not whether it is won."""
    category = status.get("statusCategory")
    key = category.get("key") if isinstance(category, Mapping) else None
    name = str(status.get("name"))
    return StageInfo(
        id=str(status.get("id")), label=name, order=order, category="open" if key in {"new", "indeterminate"} else None
    )


def _users() -> ObjectInfo:
    names = ("accountId", "name", "displayName", "emailAddress", "active", "timeZone", "locale", "accountType")
    return _fixed(USERS, "Users", names, "accountId")


def _comments() -> ObjectInfo:
    names = ("id", "issue", "author", "updateAuthor", "body", "created", "updated", "ours")
    return _fixed(COMMENTS, "Comments", names, None)


def _fixed(name: str, label: str, names: Sequence[str], key: str | None) -> ObjectInfo:
    fields = tuple(FieldInfo(name=one, label=one, type="any", writable=False) for one in names)
    is_timed = name == COMMENTS
    return ObjectInfo(
        name=name, label=label, fields=fields, key_field=key, has_modified_time=is_timed, has_history=False,
        is_fixed=True,
    )  # fmt: skip

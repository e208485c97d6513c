"""What a company holds, as the contract describes it: objects with their fields, stages, people, limits."""

from concurrent.futures import ThreadPoolExecutor

from crmbridge.adapter.catalog import Catalog, Limits, ObjectInfo, PipelineInfo
from crmbridge.model.errors import ContractError, ScopeError
from crmbridge_fxiaoke import people
from crmbridge_fxiaoke.fields import object_info, pipeline_of
from crmbridge_fxiaoke.judge import WINDOW_S
from crmbridge_fxiaoke.objects import Listed, Objects
from crmbridge_fxiaoke.session import Session
from crmbridge_fxiaoke.tasks import TASKS, read_from

EXPECTED = ("LeadsObj", "AccountObj", "ContactObj")
OPPORTUNITIES = ("NewOpportunityObj", "OpportunityObj")
"""The present object of opportunities, and the old one: a company uses one of them (dossier 2.2)."""
LONGEST_TEXT = 10_000
LONGEST_IN = 100


def problems(objects: Objects) -> list[str]:
    """What a person should know of the objects that are missing."""
    text = "the object {name} is not there, or the acting employee may not see it"
    found = [text.format(name=name) for name in EXPECTED if not objects.has(name)]
    if not any(objects.has(name) for name in OPPORTUNITIES):
        found.append("there is no object of opportunities: neither NewOpportunityObj nor OpportunityObj")
    return found


def catalog_of(session: Session, objects: Objects, *, only: frozenset[str] | None = None) -> Catalog:
    """The catalog; an object that may not be read is there with the reason, and stops no other.

    With `only` those objects of it.
    """
    listed = [one for one in objects.listed() if only is None or one.name in only]
    key, tasks_in = session.options.external_id_field, read_from(session, objects, TASKS)
    with ThreadPoolExecutor(session.options.concurrency, thread_name_prefix="fxiaoke-describe") as pool:
        found = list(pool.map(lambda one: _described(objects, one, key, tasks_in), listed))
    wanted = session.options.objects
    directory = [people.info(name) for name in sorted(people.OBJECTS) if not wanted or name in wanted]
    infos = [one for one, _ in found] + [one for one in directory if only is None or one.name in only]
    return Catalog(
        objects=tuple(sorted(infos, key=lambda one: one.name)),
        pipelines=tuple(pipeline for _, pipeline in found if pipeline is not None),
        limits=Limits(
            page_size=session.options.page_size,
            batch_size=1,
            calls_per_window=session.options.calls_per_window,
            window_seconds=int(WINDOW_S),
            concurrency=session.options.concurrency,
            daily_credits=session.options.daily_calls,
            longest_text=LONGEST_TEXT,
            longest_id_list=LONGEST_IN,
            find_lag_s=session.options.index_lag_s,
        ),
        extra={
            "style": session.credentials.style,
            "files_beside": True,
            "opportunities": next((name for name in OPPORTUNITIES if objects.has(name)), None),
            "tasks": objects.has("TaskObj"),
        },
    )


def _described(objects: Objects, one: Listed, key: str | None, tasks_in: str) -> tuple[ObjectInfo, PipelineInfo | None]:
    try:
        described, fields = objects.described(one.name), objects.fields(one.name)
    except (ScopeError, ContractError) as error:
        return ObjectInfo(name=one.name, label=one.label, fields=(), readable=False, note=str(error)), None
    info = object_info(one.name, described, fields)
    has_key = any(field.name == key and field.type == "text" for field in info.fields)
    more = {"label": one.label, "external_key_field": key if has_key else None}
    stands_for = (TASKS,) if one.name == tasks_in != TASKS else ()
    return info.model_copy(update={**more, "stands_for": stands_for}), pipeline_of(one.name, fields)

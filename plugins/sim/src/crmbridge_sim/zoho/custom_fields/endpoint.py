"""``/crm/v8/settings/fields``: create, change and delete custom fields.

Sources: OAS25 fields.json (shapes of answers and refusals), DOC7:create-custom-field and delete-custom-fields (keys,
limits, codes, messages). Which HTTP status a mixed answer has is not documented: 207, as that of records.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.custom_fields import placing
from crmbridge_sim.zoho.custom_fields.definition import read_definition, read_label, read_length
from crmbridge_sim.zoho.custom_fields.options import read_options
from crmbridge_sim.zoho.custom_fields.sent import Sent
from crmbridge_sim.zoho.duplicates import has_equal_values
from crmbridge_sim.zoho.errors import ApiError, RecordError
from crmbridge_sim.zoho.metadata import field_of_path
from crmbridge_sim.zoho.outcomes import Item, Outcomes, success
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.schema import Field, Module

MOST_FIELDS = 5
# Custom fields of a module by edition (DOC7). Of Free nothing is told: as Standard. CRM Plus is Ultimate's.
EDITIONS = {"free": 10, "standard": 10, "professional": 155, "enterprise": 300, "ultimate": 500, "crmplus": 500}
WITHOUT = frozenset({"Notes"})  # not among the supported modules (DOC7)
# Keys of a definition that a PATCH takes in Zoho and not here.
NOT_CHANGED = ("data_type", "api_name", "pick_list_values", "decimal_place", "currency", "textarea", "lookup")


def create_fields(ctx: Ctx, request: Request) -> Response:
    """``POST ?module=``: an outcome per field with its id alone; the api name is read from the metadata."""
    del request
    return _each(ctx, partial(_create, ctx, _module(ctx)), good=201)


def update_fields(ctx: Ctx, request: Request, field: str = "") -> Response:
    """``PATCH ?module=``: every field names itself by ``id``, or the path does."""
    del request
    return _each(ctx, partial(_update, ctx, _module(ctx), field))


def delete_field(ctx: Ctx, request: Request, field: str) -> Response:
    """``DELETE /{id}?module=``: "only the custom fields can be deleted" (DOC7)."""
    del request
    module = _module(ctx)
    found = field_of_path(module, field)
    if not found.custom:
        raise ApiError("NOT_ALLOWED", {"resource_path_index": 2}, message="Only the custom fields can be deleted")
    placing.remove_field(ctx.sim, module, found.api_name)
    return Response.of_json({"fields": [success({"id": str(found.id)}, "field deleted")]})


def _module(ctx: Ctx) -> Module:
    """The module, for somebody who may customise it; the name of the permission is ours."""
    module = ctx.param_module(right="Edit")
    if not ctx.user.is_admin:
        raise ApiError("NO_PERMISSION", {"permissions": ["Crm_Implied_Customize_Zoho_CRM"]})
    if module.api_name in WITHOUT:
        raise ApiError("INVALID_MODULE", {"api_name": "module"})
    return module


def _each(ctx: Ctx, work: Callable[[Any, str], Item], *, good: int = 200) -> Response:
    """The fields of the body, at most five (DOC7); refusals of the whole stand in ``fields`` too (OAS25)."""
    outcomes = Outcomes(good=good)
    body = Sent(ctx.body(), "$")
    try:
        fields = body.need("fields", "jsonarray")
        if len(fields) > MOST_FIELDS:
            raise _limit(MOST_FIELDS, body.place("fields"))
    except RecordError as error:
        outcomes.refuse(error)
    else:
        for number, sent in enumerate(fields):
            outcomes.add(partial(work, sent, f"$.fields[{number}]"))
    return outcomes.response("fields")


def _limit(most: int, place: dict[str, object]) -> RecordError:
    return RecordError("LIMIT_EXCEEDED", {"limit": most, "limit_due_to": [place]})


def _create(ctx: Ctx, module: Module, value: object, path: str) -> Item:
    sent = Sent.of(value, "fields", path)
    field = read_definition(ctx, module, sent)
    most = EDITIONS[ctx.org.edition]
    if sum(one.custom for one in module.fields.values()) >= most:
        raise _limit(most, sent.place("field_label"))
    if field.unique:
        _check_unique_limit(ctx, module, sent)
    placing.add_field(ctx.sim, module, field, module.layouts[:1])  # "in your standard layout" (DOC7)
    return success({"id": str(field.id)}, "field created")


def _check_unique_limit(ctx: Ctx, module: Module, sent: Sent) -> None:
    """Two unique fields a module in all editions (DOC7)."""
    most = ctx.switches.number("unique_fields_limit")
    if most and sum(one.unique for one in module.fields.values()) >= most:
        raise _limit(most, sent.place("unique"))


def _update(ctx: Ctx, module: Module, field_id: str, value: object, path: str) -> Item:
    """Changes a label, a length or options; the field stays as it was when anything is wrong."""
    sent = Sent.of(value, "fields", path)
    wanted = field_id or str(sent.need("id", "string"))
    field = next((one for one in module.fields.values() if str(one.id) == wanted and one.custom), None)
    if field is None:
        raise RecordError("INVALID_DATA", sent.place("id"), message="the id given seems to be invalid")
    for key in NOT_CHANGED:
        if key in sent.values:
            raise RecordError("NOT_SUPPORTED", sent.place(key), status=400)
    changed = dataclasses.replace(field)
    if "field_label" in sent.values:
        changed.label = read_label(module, sent, own=field)
    if "length" in sent.values and field.length:
        changed.length = read_length(sent, field.data_type)
    read_options(ctx, module, sent, changed)
    if changed.unique and not field.unique:
        _become_unique(ctx, module, field, sent)
    for name in ("label", "length", "unique", "external", "tooltip", "filterable", "visible", "read_only"):
        setattr(field, name, getattr(changed, name))
    ctx.schema.touch()
    return success({"id": wanted}, "field updated")


def _become_unique(ctx: Ctx, module: Module, field: Field, sent: Sent) -> None:
    """A field whose values repeat cannot become unique (UNCERTAIN, no source: the cautious reading)."""
    _check_unique_limit(ctx, module, sent)
    if has_equal_values(ctx, module, field.api_name):
        raise RecordError("DUPLICATE_DATA", sent.place("unique"))


_FIELDS = "/crm/v8/settings/fields"
ROUTES = (
    Route("POST", _FIELDS, create_fields, scope="settings.fields.CREATE"),
    Route("PATCH", _FIELDS, update_fields, scope="settings.fields.UPDATE"),
    Route("PATCH", f"{_FIELDS}/{{field}}", update_fields, scope="settings.fields.UPDATE"),
    Route("DELETE", f"{_FIELDS}/{{field}}", delete_field, scope="settings.fields.DELETE"),
)

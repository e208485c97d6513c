"""`/crm/v8/actions/watch`: enable, list, replace, patch and disable channels (OAS26c, DOC7, DOC6; dossier 7)."""

from __future__ import annotations

from functools import partial
from typing import Any

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho import times
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError, RecordError, empty
from crmbridge_sim.zoho.outcomes import Item, Outcomes, success
from crmbridge_sim.zoho.routing import Route
from crmbridge_sim.zoho.watch.channels import HOUR_S, OPERATIONS, WEEK_S, Channel, fields_of

MOST_CHANNELS = 50
MOST_TOKEN = 50
MOST_URL = 255
MOST_CONDITIONS = 2
MOST_FIELDS = 10
PER_PAGE = 200
SUBSCRIBED = "Successfully subscribed for actions-watch of the given module"
UPDATED = "Successfully updated the subscribe details"
REMOVED = "Successfully removed the subscribe details"
UNSUBSCRIBED = "Successfully un-subscribed from actions-watch"


def enable(ctx: Ctx, request: Request) -> Response:
    """Subscribes: 201, mixed 207; every item has its own outcome."""
    del request
    return _each(ctx, lambda item, number: _subscribed(ctx, item, number), good=201)


def replace(ctx: Ctx, request: Request) -> Response:
    """PUT: keys that are left out are dropped (DOC21, OAS26c)."""
    del request

    def one(item: dict[str, Any], number: int) -> dict[str, Any]:
        _living(ctx, item.get("channel_id"))
        return _done(ctx, _keep(ctx, item, number), UPDATED)

    return _each(ctx, one, good=200)


def patch(ctx: Ctx, request: Request) -> Response:
    """PATCH: only given keys change; `_delete_events` takes events away (DOC6)."""
    del request

    def one(item: dict[str, Any], number: int) -> dict[str, Any]:
        channel = _living(ctx, item.get("channel_id"))
        if item.get("_delete_events") is True:
            return _without_events(ctx, channel, item)
        merged = {**_written(ctx, channel), **item}
        return _done(ctx, _keep(ctx, merged, number), UPDATED)

    return _each(ctx, one, good=200)


def disable(ctx: Ctx, request: Request) -> Response:
    """DELETE ?channel_ids=1,2."""
    ids = [part.strip() for part in request.params.get("channel_ids", "").split(",") if part.strip()]
    if not ids:
        raise ApiError("REQUIRED_PARAM_MISSING", {"param_name": "channel_ids"})

    def one(channel_id: str) -> Item:
        channel = _living(ctx, channel_id)
        ctx.sim.features.channels.drop(channel)
        module = channel.modules[0] if channel.modules else ""
        details = {"resource_uri": _uri(ctx, module), "resource_id": _module_id(ctx, module), "channel_id": channel.id}
        return success(details, UNSUBSCRIBED)

    outcomes = Outcomes()
    for text in ids:
        outcomes.add(partial(one, text))
    return outcomes.response("watch")


def listing(ctx: Ctx, request: Request) -> Response:
    """One entry per channel and module; none -> 204 (OAS26c)."""
    params = request.params
    entries = [
        {
            **_event(ctx, channel, module),
            "events": channel.events_of(module),
            "notify_url": channel.notify_url,
            "token": channel.token,
            "fields": None,
            "notify_on_related_action": channel.on_related,
            "return_affected_field_values": channel.returns_values,
        }
        for channel in ctx.sim.features.channels.living(ctx.user.id, ctx.now)
        if params.get("channel_id") in {None, "", channel.id}
        for module in channel.modules
        if params.get("module") in {None, "", module}
    ]
    page, per_page = ctx.number_param("page", 1), ctx.number_param("per_page", PER_PAGE, most=PER_PAGE)
    shown = entries[(page - 1) * per_page : page * per_page]
    if not shown:
        return empty()
    info = {"per_page": per_page, "count": len(shown), "page": page, "more_records": len(entries) > page * per_page}
    return Response.of_json({"watch": shown, "info": info})


def _each(ctx: Ctx, one: Any, *, good: int) -> Response:  # noqa: ANN401 -- a function of item and number
    items = ctx.body().get("watch")
    if not isinstance(items, list) or not items:
        raise ApiError("MANDATORY_NOT_FOUND", {"api_name": "watch", "json_path": "$.watch"})
    if len(items) > MOST_CHANNELS:
        raise ApiError("LIMIT_EXCEEDED", {"maximum_length": MOST_CHANNELS, "api_name": "watch"})
    outcomes = Outcomes(good=good)
    for number, item in enumerate(items):
        outcomes.add(partial(_outcome, one, item, number))
    return outcomes.response("watch")


def _outcome(one: Any, item: Any, number: int) -> Item:  # noqa: ANN401 -- as above, and JSON
    if not isinstance(item, dict):
        place = {"api_name": "watch", "json_path": f"$.watch[{number}]", "expected_data_type": "jsonobject"}
        raise RecordError("INVALID_DATA", place)
    done: Item = one(item, number)
    return done


def _subscribed(ctx: Ctx, item: dict[str, Any], number: int) -> dict[str, Any]:
    return _done(ctx, _keep(ctx, item, number), SUBSCRIBED)


def _keep(ctx: Ctx, item: dict[str, Any], number: int) -> Channel:
    """Checks what was sent and keeps it as a channel."""
    for name in ("channel_id", "events", "notify_url"):
        if item.get(name) in (None, "", []):
            raise RecordError("MANDATORY_NOT_FOUND", _place(name, number))
    if not str(item["channel_id"]).isdigit():
        raise RecordError("INVALID_DATA", {**_place("channel_id", number), "expected_data_type": "long"})
    if not isinstance(item["events"], list):
        raise RecordError("INVALID_DATA", {**_place("events", number), "expected_data_type": "jsonarray"})
    conditions = item.get("notification_condition") or []
    if not isinstance(conditions, list) or len(conditions) > MOST_CONDITIONS or not all(map(_is_condition, conditions)):
        raise RecordError("INVALID_DATA", _place("notification_condition", number))
    for name, most in (("token", MOST_TOKEN), ("notify_url", MOST_URL)):
        if len(str(item.get(name) or "")) > most:
            raise RecordError("INVALID_DATA", {**_place(name, number), "maximum_length": most})
    events = [str(event) for event in item["events"]]
    for event in events:
        module, _, word = event.partition(".")
        if word not in OPERATIONS or (module not in ctx.schema and module != "users"):
            raise RecordError("INVALID_DATA", _place("events", number))
    channel = Channel(
        id=str(item["channel_id"]),
        user_id=ctx.user.id,
        zone=ctx.zone,
        notify_url=str(item["notify_url"]),
        events=events,
        expires=_expiry(ctx, item.get("channel_expiry")),
        token=item.get("token"),
        returns_values=item.get("return_affected_field_values") is True,
        on_related=item.get("notify_on_related_action") is not False,
        conditions=conditions,
    )
    ctx.sim.features.channels.put(channel)
    return channel


def _is_condition(condition: object) -> bool:
    """A field selection of at most ten fields, on one module (DOC7)."""
    if not isinstance(condition, dict) or not isinstance(condition.get("module"), dict):
        return False
    selection = condition.get("field_selection")
    return isinstance(selection, dict) and 1 <= len(fields_of(selection)) <= MOST_FIELDS


def _place(name: str, number: int) -> dict[str, Any]:
    return {"api_name": name, "json_path": f"$.watch[{number}].{name}"}


def _expiry(ctx: Ctx, text: object) -> int:
    """At most a week; missing, longer or past falls back to one hour, silently (DOC7, DOC6, DOC3)."""
    wanted = times.parse_instant(text, ctx.zone) if isinstance(text, str) else None
    if wanted is None or not ctx.now < wanted <= ctx.now + WEEK_S:
        return ctx.now + HOUR_S
    return wanted


def _living(ctx: Ctx, channel_id: object) -> Channel:
    """The channel; an expired one is forgotten: 400 NOT_SUBSCRIBED (DOC6; GH:53156566316)."""
    channel = ctx.sim.features.channels.get(ctx.user.id, str(channel_id), ctx.now)
    if channel is None:
        raise RecordError("NOT_SUBSCRIBED", {}, message="Not subscribed to actions-watch", status=400)
    return channel


def _without_events(ctx: Ctx, channel: Channel, item: dict[str, Any]) -> dict[str, Any]:
    gone = {str(event) for event in item.get("events") or channel.events}
    modules = [module for module in channel.modules if any(event in gone for event in channel.events_of(module))]
    channel.events = [event for event in channel.events if event not in gone]
    if not channel.events:
        ctx.sim.features.channels.drop(channel)
    module = modules[0] if modules else ""
    details = {"resource_uri": _uri(ctx, module), "resource_id": _module_id(ctx, module), "channel_id": channel.id}
    return success(details, REMOVED)


def _written(ctx: Ctx, channel: Channel) -> dict[str, Any]:
    """A channel as it would be sent again."""
    return {
        "channel_id": channel.id,
        "events": channel.events,
        "notify_url": channel.notify_url,
        "token": channel.token,
        "channel_expiry": ctx.instant(channel.expires),
        "return_affected_field_values": channel.returns_values,
        "notify_on_related_action": channel.on_related,
        "notification_condition": channel.conditions,
    }


def _done(ctx: Ctx, channel: Channel, message: str) -> dict[str, Any]:
    return success({"events": [_event(ctx, channel, module) for module in channel.modules]}, message)


def _event(ctx: Ctx, channel: Channel, module: str) -> dict[str, Any]:
    conditions = [
        condition for condition in channel.conditions if condition.get("module", {}).get("api_name", module) == module
    ]
    return {
        "channel_expiry": ctx.instant(channel.expires),
        "resource_uri": _uri(ctx, module),
        "resource_id": _module_id(ctx, module),
        "resource_name": module,
        "channel_id": channel.id,
        "notification_condition": conditions,
    }


def _uri(ctx: Ctx, module: str) -> str:
    return f"{ctx.sim.api_url}/crm/v8/{module}"


def _module_id(ctx: Ctx, module: str) -> str:
    return str(ctx.schema[module].id) if module in ctx.schema else ""


WATCH = "/crm/v8/actions/watch"
ROUTES = (
    Route("POST", WATCH, enable, scope="notifications.CREATE"),
    Route("GET", WATCH, listing, scope="notifications.READ"),
    Route("PUT", WATCH, replace, scope="notifications.UPDATE"),
    Route("PATCH", WATCH, patch, scope="notifications.UPDATE"),
    Route("DELETE", WATCH, disable, scope="notifications.DELETE"),
)

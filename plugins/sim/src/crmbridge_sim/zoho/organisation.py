"""Org, users and currencies (dossier 2.13, 3)."""

from __future__ import annotations

from collections.abc import Callable

from crmbridge_sim.wire import Request, Response
from crmbridge_sim.zoho.context import Ctx
from crmbridge_sim.zoho.errors import ApiError, empty
from crmbridge_sim.zoho.people import User
from crmbridge_sim.zoho.projection import SYMBOLS
from crmbridge_sim.zoho.routing import Route

_KINDS: dict[str, Callable[[User], bool]] = {
    "AllUsers": lambda _: True,
    "ActiveUsers": lambda user: user.status == "active",
    "DeactiveUsers": lambda user: user.status == "disabled",
    "DeletedUsers": lambda user: user.status == "deleted",
    "ConfirmedUsers": lambda user: user.confirmed,
    "NotConfirmedUsers": lambda user: not user.confirmed,
    "ActiveConfirmedUsers": lambda user: user.status == "active" and user.confirmed,
    "AdminUsers": lambda user: user.is_admin,
    "ActiveConfirmedAdmins": lambda user: user.is_admin and user.status == "active" and user.confirmed,
}

# What every org says alike here.
SAME_OF_ORGS: dict[str, object] = {
    "currency_locale": "en_US",
    "country": "Sweden",
    "country_code": "SE",
    "city": None,
    "state": None,
    "street": None,
    "zip": None,
    "phone": None,
    "mobile": None,
    "fax": None,
    "website": None,
    "alias": None,
    "description": None,
    "photo_id": None,
    "employee_count": "85",
    "zia_portal_id": None,
    "gapps_enabled": False,
    "translation_enabled": False,
    "hipaa_compliance_enabled": False,
    "lite_users_enabled": False,
    "deletable_org_account": True,
    "max_per_page": 200,
    "call_icon": "DESKTOP",
    "oauth_presence": True,
    "privacy_settings": False,
    "type": "Production",
    "hierarchy_preferences": {"type": "Role_Hierarchy", "strictly_reporting": False},
    "checkin_preferences": {"restricted_event_types": ""},
}


def get_org(ctx: Ctx, request: Request) -> Response:
    """``GET /org``: ``license_details.paid_type`` decides concurrency (dossier 2.13: OAS26c, AB)."""
    del request
    org = ctx.org
    content: dict[str, object] = {
        **SAME_OF_ORGS,
        "id": str(org.id),
        "zgid": str(org.zgid),
        "company_name": org.company_name,
        "time_zone": org.time_zone,
        "currency": org.iso_code,
        "iso_code": org.iso_code,
        "currency_symbol": SYMBOLS.get(org.iso_code, org.iso_code),
        "domain_name": f"org{org.zgid}",
        "primary_email": ctx.sim.api_user.email,
        "primary_zuid": str(ctx.sim.api_user.zuid),
        "zia_zgid": org.zgid,
        "ezgid": f"e{org.zgid}",
        "mc_status": len(org.currencies) > 1,
        "created_time": ctx.instant(org.created),
        "license_details": {
            "paid": org.edition != "free",
            "paid_type": org.edition,
            "paid_expiry": None,
            "trial_type": None,
            "trial_expiry": None,
            "trial_action": None,
            "users_license_purchased": org.licences,
        },
    }
    return Response.of_json({"org": [content]})


def list_users(ctx: Ctx, request: Request) -> Response:
    """``GET /users?type=AllUsers&page&per_page`` (dossier 2.13: OAS26)."""
    kind = request.params.get("type") or "AllUsers"
    if kind == "CurrentUser":
        return Response.of_json({"users": [_user(ctx, ctx.user)], "info": _info(1, 1, 1, more=False)})
    wanted = _KINDS.get(kind)
    if wanted is None:
        raise ApiError("INVALID_DATA", {"param_name": "type"})
    page = ctx.number_param("page", 1)
    per_page = ctx.number_param("per_page", 200, most=200)
    users = [user for user in ctx.people if wanted(user)]
    shown = users[(page - 1) * per_page : page * per_page]
    if not shown:
        return empty()
    info = _info(per_page, len(shown), page, more=len(users) > page * per_page)
    return Response.of_json({"users": [_user(ctx, user) for user in shown], "info": info})


def get_user(ctx: Ctx, request: Request, user: str) -> Response:
    """``GET /users/{id}``; nobody -> 204."""
    del request
    found = ctx.people.get(ctx.record_id(user))
    if found is None:
        return empty()
    return Response.of_json({"users": [_user(ctx, found)]})


def _info(per_page: int, count: int, page: int, *, more: bool) -> dict[str, object]:
    return {"per_page": per_page, "count": count, "page": page, "more_records": more}


def _user(ctx: Ctx, user: User) -> dict[str, object]:
    manager = ctx.people.get(user.reports_to) if user.reports_to else None
    admin = ctx.sim.api_user
    return {
        "id": str(user.id),
        "full_name": user.full_name,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "zuid": str(user.zuid),
        "status": user.status,
        "confirm": user.confirmed,
        "role": {"name": user.role, "id": ctx.sim.named_id("role", user.role)},
        "profile": {"name": user.profile, "id": ctx.sim.named_id("profile", user.profile)},
        "Reporting_To": {"name": manager.full_name, "id": str(manager.id)} if manager else None,
        "time_zone": user.time_zone or ctx.org.time_zone,
        "locale": user.locale,
        "language": user.locale,
        "country_locale": user.locale,
        "type__s": "Regular User",
        "created_time": ctx.instant(user.created),
        "created_by": {"name": admin.full_name, "id": str(admin.id)},
        "Modified_Time": ctx.instant(user.modified or user.created),
        "Modified_By": {
            "name": admin.full_name,
            "id": str(admin.id),
            "first_name": admin.first_name,
            "last_name": admin.last_name,
        },
        "offset": 0,
        "phone": None,
        "mobile": None,
        "alias": None,
        "Isonline": False,
    }


def list_currencies(ctx: Ctx, request: Request) -> Response:
    """``GET /org/currencies``: the exchange rate is text (dossier 3: SDK8)."""
    del request
    admin = {"name": ctx.sim.api_user.full_name, "id": str(ctx.sim.api_user.id)}
    made = [
        {
            "id": ctx.sim.named_id("currency", code),
            "name": f"{code} - {code}",
            "iso_code": code,
            "symbol": SYMBOLS.get(code, code),
            "exchange_rate": f"{rate:.7f}",
            "is_base": code == ctx.org.iso_code,
            "is_active": True,
            "prefix_symbol": True,
            "format": {
                "decimal_separator": "Period",
                "thousand_separator": "Comma",
                "decimal_places": {"JPY": "0", "KWD": "3"}.get(code, "2"),
            },
            "created_time": ctx.instant(ctx.org.created),
            "created_by": admin,
            "modified_time": ctx.instant(ctx.org.created),
            "modified_by": admin,
        }
        for code, rate in ctx.org.currencies
    ]
    return Response.of_json({"currencies": made}) if len(made) > 1 else empty()


ROUTES = (
    Route("GET", "/crm/v8/org", get_org, scope="org.READ"),
    Route("GET", "/crm/v8/users", list_users, scope="users.READ"),
    Route("GET", "/crm/v8/users/{user}", get_user, scope="users.READ"),
    Route("GET", "/crm/v8/org/currencies", list_currencies, scope="settings.currencies.READ"),
)

"""Which permission a call needs, so that a message can name it, and what a connection asks for."""

READING = (
    "ZohoCRM.modules.READ",
    "ZohoCRM.settings.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.READ",
    "ZohoCRM.settings.pipeline.READ",
)
"""What reading needs, and nothing more (dossier 1.7)."""

_BY_PATH = (
    ("/crm/bulk/v8/read", "ZohoCRM.bulk.READ"),
    ("/crm/v8/coql", "ZohoCRM.coql.READ"),
    ("/crm/v8/org", "ZohoCRM.org.READ"),
    ("/crm/v8/users", "ZohoCRM.users.{op}"),
    ("/crm/v8/settings/pipeline", "ZohoCRM.settings.pipeline.{op}"),
    ("/crm/v8/settings/recycle_bin", "ZohoCRM.settings.recycle_bin.READ"),
    ("/crm/v8/settings", "ZohoCRM.settings.{op}"),
    ("/crm/v8/actions/watch", "ZohoCRM.notifications.ALL"),
)
_OPS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "PATCH": "UPDATE", "DELETE": "DELETE"}


def scope_for(method: str, path: str) -> str:
    """The scope that a call of the API needs."""
    op = _OPS.get(method, "ALL")
    for prefix, scope in _BY_PATH:
        if path == prefix or path.startswith((prefix + "/", prefix + "?")):
            return scope.format(op=op)
    if path.endswith("/search"):
        return "ZohoSearch.securesearch.READ"
    return f"ZohoCRM.modules.{op}"

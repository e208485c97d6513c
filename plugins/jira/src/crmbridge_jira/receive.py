"""Notifications of an administrator's webhook: signed with its secret, and only a hint at what to read."""

import hashlib
import hmac
import json
from collections.abc import Mapping

from crmbridge.model.errors import AuthError
from crmbridge_jira.config import COMMENTS, JiraOptions

HEADER, METHOD = "x-hub-signature", "sha256="
LONGEST_BODY = 1 << 20


def receive(options: JiraOptions, headers: Mapping[str, str], body: bytes, secret: str) -> list[tuple[str, str]]:
    """The records that a genuine notification speaks of; AuthError for any other."""
    given = next((value for name, value in headers.items() if name.lower() == HEADER), "")
    right = METHOD + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not secret or len(body) > LONGEST_BODY or not hmac.compare_digest(right.encode(), given.encode()):
        raise AuthError("the notification is not signed with the secret of this connection")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, Mapping) or not isinstance(told.get("webhookEvent"), str):
        raise AuthError("the notification is none of Jira's")
    issue, comment = told.get("issue"), told.get("comment")
    if not isinstance(issue, Mapping) or not isinstance(issue.get("id"), str):
        return []
    found = [(name, issue["id"]) for name in _objects(options, issue)]
    if isinstance(comment, Mapping) and isinstance(comment.get("id"), str):
        found.append((COMMENTS, f"{issue['id']}/{comment['id']}"))
    return found


def _objects(options: JiraOptions, issue: Mapping[str, object]) -> list[str]:
    """The objects that hold the issue: those of its project, and where no project fits, all."""
    project = str(issue.get("key", "")).rpartition("-")[0]
    mine = [name for name, one in options.objects.items() if one.project == project]
    return mine or list(options.objects)

"""Notifications of an administrator's webhook: signed with its secret, and only a hint at what to read."""

import hashlib
import hmac
import json
from collections.abc import Mapping

from crmbridge.adapter.hearing import HandMade
from crmbridge.model.errors import AuthError
from crmbridge_jira.config import COMMENTS, JiraOptions

HEADER, METHOD = "x-hub-signature", "sha256="
LONGEST_BODY = 1 << 20
_STEPS = (
    "In Jira open System, WebHooks, and create a webhook with this URL and this secret; choose the events of issues "
    "(created, updated, deleted) and of comments, and as JQL the projects of the connection."
)
_STEPS_ZH = (
    "在 Jira 中打开 System → WebHooks，用此 URL 和此密钥（secret）新建 webhook；"
    "勾选事务的创建、更新、删除事件和评论事件，并在 JQL 中填写该连接的项目。"
)


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


def by_hand(secret: str) -> HandMade:
    """What an administrator enters."""
    return HandMade(secret, _STEPS, _STEPS_ZH)

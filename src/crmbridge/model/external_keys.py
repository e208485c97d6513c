"""External keys: what a record that crmbridge makes in a CRM is known by, the same in every run and after any loss."""

import hashlib

_PREFIX = "cb1-"
_HEX = 24


def task_key(policy_id: str, object_kind: str, subject: str, *, enrolment: int, occurrence: int) -> str:
    """The key of a task that a policy wants (services.md 7.4); `subject` is `connection:vendor_id`.

    The version of the policy is no part of it: whoever edits a template makes no task twice.
    """
    return key_of(policy_id, object_kind, subject, str(enrolment), str(occurrence))


def key_of(*parts: str) -> str:
    """The key of anything else that shall be made once, or told once, by the parts that make it that one."""
    body = "|".join(part.replace("%", "%25").replace("|", "%7C") for part in parts)
    return f"{_PREFIX}{hashlib.sha256(body.encode()).hexdigest()[:_HEX]}"

"""What Zoho's answers mean: every code that is known, in one table, and the shapes they come in.

An error is a bare object `{code, details, message, status: "error"}` or stands inside `data`, one for each record,
under any HTTP status, 200 included (dossier 2.1, 6): so the body decides, never the status alone. A code that is not in
the table is fatal for the record or the call that got it, and never success.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crmbridge.model.errors import ContractError


class Meaning(StrEnum):
    """What the one who called has to do about a code."""

    SUCCESS = "success"
    """It was done, or accepted."""
    DONE = "done"
    """It had been done before: nothing is left to do."""
    RENEW = "renew"
    """The token is refused: refresh it once, then log in again."""
    SCOPE = "scope"
    """The login lacks a scope: connect again and allow it."""
    PERMISSION = "permission"
    """The user's profile, or the organisation's edition, does not allow it: somebody must change that in Zoho."""
    THROTTLE = "throttle"
    """Too many calls: wait."""
    UNAVAILABLE = "unavailable"
    """Zoho failed: try again."""
    STALE = "stale"
    """The record moved since it was read: read it again."""
    LATER = "later"
    """This record is held up by a lock, an approval, a merge: try it again after hours, never in a loop."""
    REJECTED = "rejected"
    """This record is refused as it is: sending it again will not help."""
    PAGING = "paging"
    """The walk cannot go on this way: take a token, a new window, or begin again."""
    GONE = "gone"
    """What was asked for is not there."""
    REQUEST = "request"
    """The call itself is wrong: the adapter, the mapping or the configuration must change."""


TABLE: Mapping[str, Meaning] = {
    "SUCCESS": Meaning.SUCCESS,
    "ADDED_SUCCESSFULLY": Meaning.SUCCESS,
    "SCHEDULED": Meaning.SUCCESS,
    # 401, 403: who asks
    "INVALID_TOKEN": Meaning.RENEW,
    "INVALID_OAUTHTOKEN": Meaning.RENEW,
    "AUTHENTICATION_FAILURE": Meaning.RENEW,
    "OAUTH_SCOPE_MISMATCH": Meaning.SCOPE,
    "NO_PERMISSION": Meaning.PERMISSION,
    "AUTHORIZATION_FAILED": Meaning.PERMISSION,
    "NOT_SUPPORTED": Meaning.PERMISSION,
    "FEATURE_NOT_ENABLED": Meaning.PERMISSION,
    "FEATURE_PERMISSION": Meaning.PERMISSION,
    # 429, 5xx: not now
    "TOO_MANY_REQUESTS": Meaning.THROTTLE,
    "RATE_LIMIT_EXCEEDED": Meaning.THROTTLE,
    "INTERNAL_ERROR": Meaning.UNAVAILABLE,
    "INTERNAL_SERVER_ERROR": Meaning.UNAVAILABLE,
    "SERVICE_UNAVAILABLE": Meaning.UNAVAILABLE,
    "REQUEST_TIMEOUT": Meaning.UNAVAILABLE,
    "PROCESSING_STOPPED": Meaning.UNAVAILABLE,
    # one record
    "ALREADY_MODIFIED": Meaning.STALE,
    "RECORD_LOCKED": Meaning.LATER,
    "NOT_APPROVED": Meaning.LATER,
    "NOT_REVIEWED": Meaning.LATER,
    "DEPENDENT_SERVICE_ERROR": Meaning.LATER,
    "INVALID_DATA": Meaning.REJECTED,
    "MANDATORY_NOT_FOUND": Meaning.REJECTED,
    "DUPLICATE_DATA": Meaning.REJECTED,
    "DUPLICATE_LINKING_DATA": Meaning.REJECTED,
    "MULTIPLE_OR_MULTI_ERRORS": Meaning.REJECTED,
    "DEPENDENT_FIELD_MISSING": Meaning.REJECTED,
    "DEPENDENT_MISMATCH": Meaning.REJECTED,
    "EXPECTED_FIELD_MISSING": Meaning.REJECTED,
    "MAPPING_MISMATCH": Meaning.REJECTED,
    "RECORD_IN_BLUEPRINT": Meaning.REJECTED,
    "CONVERTED_RECORD": Meaning.REJECTED,
    "CANNOT_PERFORM_ACTION": Meaning.REJECTED,
    "NOT_ALLOWED": Meaning.REJECTED,
    "LIMIT_REACHED_FOR_RECORD": Meaning.REJECTED,
    "ROLLBACK_PERFORMED": Meaning.REJECTED,
    "ID_ALREADY_CONVERTED": Meaning.DONE,
    # 400: walks
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": Meaning.PAGING,
    "PAGINATION_LIMIT_EXCEEDED": Meaning.PAGING,
    "TOKEN_BOUND_DATA_MISMATCH": Meaning.PAGING,
    "EXPIRED_VALUE": Meaning.PAGING,
    "LIMIT_REACHED": Meaning.PAGING,
    "PAGE_RANGE_EXCEEDED": Meaning.PAGING,
    # 404: things
    "RESOURCE_NOT_FOUND": Meaning.GONE,
    "NOT_SUBSCRIBED": Meaning.GONE,
    "INVALID_MODULE": Meaning.GONE,
    # 4xx: our own call
    "REQUIRED_PARAM_MISSING": Meaning.REQUEST,
    "EXPECTED_PARAM_MISSING": Meaning.REQUEST,
    "LIMIT_EXCEEDED": Meaning.REQUEST,
    "AMBIGUITY_DURING_PROCESSING": Meaning.REQUEST,
    "PATTERN_NOT_MATCHED": Meaning.REQUEST,
    "INVALID_REQUEST": Meaning.REQUEST,
    "INVALID_REQUEST_METHOD": Meaning.REQUEST,
    "INVALID_URL_PATTERN": Meaning.REQUEST,
    "UNABLE_TO_PARSE_DATA_TYPE": Meaning.REQUEST,
    "MEDIA_TYPE_NOT_SUPPORTED": Meaning.REQUEST,
    "SYNTAX_ERROR": Meaning.REQUEST,
    "INVALID_QUERY": Meaning.REQUEST,
    "DUPLICATE_ALIAS": Meaning.REQUEST,
    "INVALID_ALIAS": Meaning.REQUEST,
    "FIELD_NOT_AVAILABLE": Meaning.REQUEST,
    "INVALID_CRITERIA": Meaning.REQUEST,
    "FIELD_IN_CRITERIA_NOT_SUPPORTED": Meaning.REQUEST,
    "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED": Meaning.REQUEST,
    "AMBIGUOUS_CRITERIA": Meaning.REQUEST,
    "AMBIGUOUS_GROUP_IN_CRITERIA": Meaning.REQUEST,
    "VALUE_TYPE_NOT_SUPPORTED": Meaning.REQUEST,
    "GROUP_OPERATOR_NOT_SUPPORTED": Meaning.REQUEST,
    "INVALID_CALLBACK_METHOD": Meaning.REQUEST,
    "INVALID_CALLBACK_URL": Meaning.REQUEST,
    "INVALID_REFERENCE": Meaning.REQUEST,
    "LOOPING_FOUND": Meaning.REQUEST,
}
"""Every known code of the API (dossier 1.5, 2.8-2.12, 6). The codes of the accounts server are in `auth`."""

WHOLE_CALL = frozenset({Meaning.RENEW, Meaning.SCOPE, Meaning.THROTTLE, Meaning.UNAVAILABLE})
"""What concerns the call and not a record, even where it stands inside `data`."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error as Zoho said it."""

    code: str
    message: str = ""
    details: Mapping[str, object] = field(default_factory=dict)
    status: int = 400

    @property
    def meaning(self) -> Meaning | None:
        """What to do about it; None for a code that nobody knows, which is fatal and never success."""
        return meaning(self.code)

    @property
    def what(self) -> str | None:
        """The field or parameter that it is about, where Zoho names one."""
        for key in ("api_name", "param_name", "column_name", "clause", "resource", "mapped_field"):
            if isinstance(named := self.details.get(key), str):
                return named
        return None


class Refused(ContractError):
    """Zoho refused a call, and trying it again will not help; `refusal` is what it said."""

    def __init__(self, refusal: Refusal, *, path: str) -> None:
        message = "Zoho refused {path}: {refused} ({said})"
        if refusal.what:
            message = "Zoho refused {path}: {refused} ({said}), about {what}"
        super().__init__(message, path=path, refused=refusal.code, said=refusal.message or "-", what=refusal.what)
        self.refusal = refusal


def meaning(code: str) -> Meaning | None:
    """What a code means; None for one that is not known."""
    return TABLE.get(code)


def refusal_of(item: object, *, status: int = 400) -> Refusal | None:
    """The error that an object is, or None where it is none.

    An object is an error where its `status` says so, or where it has a code that is no success and no status at all.
    """
    if not isinstance(item, Mapping):
        return None
    code, said = item.get("code"), item.get("status")
    if not isinstance(code, str) or not code:
        return Refusal("UNKNOWN", str(item.get("message", "")), status=status) if said == "error" else None
    if said == "success" or (said is None and TABLE.get(code) is Meaning.SUCCESS):
        return None
    if said not in {None, "error"}:
        return None
    details = item.get("details")
    kept = dict(details) if isinstance(details, Mapping) else {}
    return Refusal(code, str(item.get("message", "")), kept, status)


def refusal_in(body: object, *, status: int) -> Refusal | None:
    """The error of a whole reading call: the body itself, or the first item of `data` where that is one."""
    if not isinstance(body, Mapping):
        return None
    found = None if "data" in body else refusal_of(body, status=status)
    if found is not None:
        return found
    data = body.get("data")
    return refusal_of(data[0], status=status) if isinstance(data, list) and data else None

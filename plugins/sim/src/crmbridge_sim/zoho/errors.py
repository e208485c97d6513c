"""Zoho's error shapes: ``{code, details, message, status}``, bare or per record (dossier 6, OAS26)."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge_sim.wire import Response

# HTTP status and message of each code whose message does not depend on the case (dossier 1.5, 2.2 and 6).
CATALOGUE: Mapping[str, tuple[int, str]] = {
    "ALREADY_MODIFIED": (412, "the record has been already modified"),
    "AMBIGUITY_DURING_PROCESSING": (400, "ambiguity while processing the request"),
    "AUTHENTICATION_FAILURE": (401, "Authentication failed"),
    "CANNOT_PERFORM_ACTION": (400, "cannot perform the action"),
    "CONVERTED_RECORD": (400, "can't update the converted record"),
    "DEPENDENT_FIELD_MISSING": (400, "One or more dependent fields are missing"),
    "DEPENDENT_MISMATCH": (400, "The dependent fields seems to be invalid or missing"),
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": (
        400,
        "You can only get the first 2000 records without using page_token param",
    ),
    "DUPLICATE_DATA": (400, "duplicate data"),
    "EXPECTED_DEPENDENT_FIELD_MISSING": (400, "Either global_picklist or picklist values is expected"),
    "EXPECTED_PARAM_MISSING": (400, "Expected parameter missing"),
    "EXPIRED_VALUE": (400, "Page token expired"),
    "ID_ALREADY_CONVERTED": (400, "id already converted"),
    "INTERNAL_ERROR": (500, "Internal Server Error"),
    "INVALID_DATA": (400, "invalid data"),
    "INVALID_MODULE": (400, "the module name given seems to be invalid"),
    "INVALID_REQUEST_METHOD": (400, "The http request method type is not a valid one"),
    "INVALID_TOKEN": (401, "invalid oauth token"),
    "INVALID_URL_PATTERN": (404, "Please check if the URL trying to access is a correct one"),
    "LIMIT_EXCEEDED": (400, "limit exceeded"),
    "LIMIT_REACHED": (400, "limit reached"),
    "MANDATORY_NOT_FOUND": (400, "required field not found"),
    "MAPPING_MISMATCH": (400, "Pipeline doesn't contain the Stage"),
    "MEDIA_TYPE_NOT_SUPPORTED": (415, "media type is not supported"),
    "NOT_ALLOWED": (400, "not allowed"),
    "NOT_APPROVED": (400, "record is not approved"),
    "NOT_SUPPORTED": (403, "the operation is not supported"),
    "NO_PERMISSION": (403, "permission denied"),
    "OAUTH_SCOPE_MISMATCH": (401, "invalid oauth scope to access this URL"),
    "PAGINATION_LIMIT_EXCEEDED": (400, "pagination limit exceeded"),
    "PATTERN_NOT_MATCHED": (400, "Please check whether the input values are correct"),
    "RATE_LIMIT_EXCEEDED": (429, "Too many requests. Please try again later."),
    "RECORD_IN_BLUEPRINT": (400, "Stage cannot be updated as it is in the blueprint"),
    "RECORD_LOCKED": (400, "record is locked"),
    "REQUIRED_PARAM_MISSING": (400, "One of the expected parameter is missing"),
    "RESERVED_KEYWORD_NOT_ALLOWED": (400, "System-defined keywords not allowed in the API name"),
    "RESOURCE_NOT_FOUND": (404, "the resource is not found"),
    "SERVICE_UNAVAILABLE": (503, "service unavailable"),
    "TOKEN_BOUND_DATA_MISMATCH": (400, "page token does not fit the other parameters"),
    "TOO_MANY_REQUESTS": (429, "too many requests. please try again after some time"),
    "UNABLE_TO_PARSE_DATA_TYPE": (400, "either the request body or parameters is in wrong format"),
}


def failure(code: str, details: Mapping[str, object] | None = None, *, message: str = "") -> dict[str, object]:
    """One error object; also an item of ``data`` for a record that failed."""
    text = message or (CATALOGUE[code][1] if code in CATALOGUE else code.replace("_", " ").lower())
    return {"code": code, "details": dict(details or {}), "message": text, "status": "error"}


class ApiError(Exception):
    """A call ends with a bare error object; the router turns it into the response."""

    def __init__(
        self,
        code: str,
        details: Mapping[str, object] | None = None,
        *,
        message: str = "",
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code} {dict(details or {})}")
        self.code = code
        self.status = status if status is not None else CATALOGUE.get(code, (400, ""))[0]
        self.body = failure(code, details, message=message)
        self.headers = dict(headers or {})

    def response(self, *, wrapped: bool = False) -> Response:
        """The error as Zoho sends it: bare, or a 400 ``wrapped`` in ``data`` (dossier 2.1: OAS26)."""
        in_data = wrapped and self.status == 400  # noqa: PLR2004  # HTTP
        return Response.of_json(
            {"data": [self.body]} if in_data else self.body, status=self.status, headers=self.headers
        )


class RecordError(Exception):
    """One record of a batch fails; the others go on. ``status`` rules when the whole call failed alike."""

    def __init__(
        self, code: str, details: Mapping[str, object] | None = None, *, message: str = "", status: int | None = None
    ) -> None:
        super().__init__(f"{code} {dict(details or {})}")
        self.code = code
        self.status = status if status is not None else CATALOGUE.get(code, (400, ""))[0]
        self.item = failure(code, details, message=message)


def empty(status: int = 204) -> Response:
    """204 or 304 with a body of zero bytes (OAS26, DOC7; dossier 2.1)."""
    return Response(status, {}, b"")

"""What Zoho's answers mean: the table, the shapes, and what the door makes of them."""

import re
from pathlib import Path

import pytest

from crmbridge.http import Call, Doubt, Exhausted, Fail, Ok, Renew, Reply, Retry, Verdict
from crmbridge.model.errors import ContractError, ScopeError
from crmbridge_zoho.errors import TABLE, Meaning, Refused, meaning, refusal_in, refusal_of
from crmbridge_zoho.judge import judge

URL = "https://www.zohoapis.com/crm/v8/Deals"
READ = Call("GET", URL, safe=True)
WRITE = Call("POST", URL, safe=False)
JSON = {"content-type": "application/json"}
_CODES = """
INVALID_DATA MANDATORY_NOT_FOUND DUPLICATE_DATA MULTIPLE_OR_MULTI_ERRORS DEPENDENT_FIELD_MISSING DEPENDENT_MISMATCH
EXPECTED_FIELD_MISSING DEPENDENT_SERVICE_ERROR MAPPING_MISMATCH RECORD_LOCKED RECORD_IN_BLUEPRINT NOT_APPROVED
NOT_REVIEWED CONVERTED_RECORD ID_ALREADY_CONVERTED INVALID_MODULE REQUIRED_PARAM_MISSING EXPECTED_PARAM_MISSING
LIMIT_EXCEEDED DISCRETE_PAGINATION_LIMIT_EXCEEDED PAGINATION_LIMIT_EXCEEDED TOKEN_BOUND_DATA_MISMATCH EXPIRED_VALUE
AMBIGUITY_DURING_PROCESSING PATTERN_NOT_MATCHED INVALID_REQUEST_METHOD AUTHORIZATION_FAILED NOT_SUPPORTED
UNABLE_TO_PARSE_DATA_TYPE CANNOT_PERFORM_ACTION DUPLICATE_LINKING_DATA INVALID_TOKEN AUTHENTICATION_FAILURE
OAUTH_SCOPE_MISMATCH INVALID_OAUTHTOKEN NO_PERMISSION INVALID_URL_PATTERN RESOURCE_NOT_FOUND MEDIA_TYPE_NOT_SUPPORTED
ALREADY_MODIFIED TOO_MANY_REQUESTS RATE_LIMIT_EXCEEDED INTERNAL_ERROR INTERNAL_SERVER_ERROR SERVICE_UNAVAILABLE
LIMIT_REACHED SYNTAX_ERROR INVALID_QUERY DUPLICATE_ALIAS INVALID_ALIAS PAGE_RANGE_EXCEEDED FIELD_NOT_AVAILABLE
INVALID_CRITERIA REQUEST_TIMEOUT PROCESSING_STOPPED ROLLBACK_PERFORMED INVALID_REFERENCE LOOPING_FOUND NOT_SUBSCRIBED
"""
DOSSIER_CODES = _CODES.split()


def error(code: str) -> dict[str, object]:
    return {"code": code, "details": {}, "message": "no", "status": "error"}


def verdict(body: object, status: int = 400, call: Call = READ, **headers: str) -> Verdict:
    import orjson  # noqa: PLC0415 - only to make a body

    told = {**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return judge(call, Reply(status, headers=told, body=b"" if body is None else orjson.dumps(body)))


@pytest.mark.parametrize("code", DOSSIER_CODES)
def test_every_code_of_the_dossier_is_in_the_table(code: str) -> None:
    assert meaning(code) is not None


def test_the_readme_documents_every_code() -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([A-Z][A-Z_]+)`", text))
    assert set(TABLE) - told == set()


@pytest.mark.parametrize("code", sorted(TABLE))
@pytest.mark.parametrize("shape", ["bare", "wrapped"])
@pytest.mark.parametrize("status", [200, 202, 400])
def test_an_error_is_never_taken_for_success_whatever_its_shape_and_status(code: str, shape: str, status: int) -> None:
    body = error(code) if shape == "bare" else {"data": [error(code)]}
    found = verdict(body, status)
    if TABLE[code] is Meaning.RENEW:
        assert isinstance(found, Renew)
    elif TABLE[code] in {Meaning.THROTTLE, Meaning.UNAVAILABLE}:
        assert isinstance(found, Retry)
        assert found.throttled is (TABLE[code] is Meaning.THROTTLE)
    else:
        assert isinstance(found, Fail)


def test_an_unknown_code_is_fatal_and_never_success() -> None:
    found = verdict(error("SOMETHING_NEW"), 200)
    assert isinstance(found, Fail)
    assert isinstance(found.error, Refused)
    assert found.error.refusal.meaning is None


def test_a_missing_scope_and_a_missing_right_are_told_apart_and_name_what_to_do() -> None:
    scope = verdict(error("OAUTH_SCOPE_MISMATCH"), 401)
    right = verdict({**error("NO_PERMISSION"), "details": {"permissions": ["Crm_Implied_View_Deals"]}}, 403)
    assert isinstance(scope, Fail)
    assert isinstance(right, Fail)
    assert isinstance(scope.error, ScopeError)
    assert "ZohoCRM.modules.READ" in str(scope.error)
    assert isinstance(right.error, ScopeError)
    assert "Crm_Implied_View_Deals" in str(right.error)
    assert "profile" in str(right.error)


def test_empty_answers_are_empty_and_not_errors() -> None:
    assert isinstance(verdict(None, 204), Ok)
    assert isinstance(verdict(None, 304), Ok)


def test_a_page_of_html_is_no_data() -> None:
    html = Reply(200, headers={"content-type": "text/html"}, body=b"<html>Bad gateway</html>")
    assert isinstance(judge(READ, html), Retry)
    assert isinstance(judge(WRITE, html), Retry | Doubt)


def test_half_a_document_is_an_error_for_a_read_and_a_doubt_for_a_write() -> None:
    half = Reply(200, headers=JSON, body=b'{"data": [{"id": "1"')
    assert isinstance(judge(READ, half), Fail)
    assert isinstance(judge(WRITE, half), Doubt)


def test_results_of_a_write_are_left_to_the_writer_whatever_the_status() -> None:
    body = {"data": [error("INVALID_DATA"), {"code": "SUCCESS", "status": "success", "details": {"id": "1"}}]}
    for status in (200, 201, 202, 207, 400):
        assert isinstance(verdict(body, status, WRITE), Ok)
    assert isinstance(verdict({"data": [error("INVALID_TOKEN")]}, 401, WRITE), Renew)
    assert isinstance(verdict(error("INVALID_DATA"), 400, WRITE), Fail)


def test_a_throttle_with_no_credits_left_stops_everybody() -> None:
    assert isinstance(verdict(error("TOO_MANY_REQUESTS"), 429), Retry)
    assert isinstance(verdict(error("TOO_MANY_REQUESTS"), 429, X_API_CREDITS_REMAINING="3"), Exhausted)


def test_success_without_a_status_key_is_success_and_silence_is_no_error() -> None:
    assert refusal_of({"code": "SUCCESS"}) is None
    assert refusal_of({"id": "1"}) is None
    assert refusal_in({"data": []}, status=200) is None
    found = refusal_of({"status": "error", "message": "?"})
    assert found is not None
    assert found.meaning is None


def test_a_refusal_is_a_contract_error_that_names_what_it_is_about() -> None:
    found = refusal_of({**error("INVALID_DATA"), "details": {"api_name": "Stage"}})
    assert found is not None
    told = Refused(found, path="/crm/v8/Deals")
    assert isinstance(told, ContractError)
    assert "Stage" in str(told)

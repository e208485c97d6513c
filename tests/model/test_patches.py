from crmbridge.model.patches import Clear, Patch, Set


def test_absent_is_not_cleared_and_cleared_is_not_set_to_nothing() -> None:
    patch: Patch = {"name": Set("Acme"), "city": Clear()}
    assert "region" not in patch
    assert patch["city"] == Clear()
    nothing: Set | Clear = Set(None)
    assert patch["city"] != nothing

"""Requirement S4-02: each stage has a policy, a metric and an owner; a missing one is warned of."""

from crmbridge.model.pipeline import Pipeline
from crmbridge.services.cadence_document import built_in, load_cadence
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.stage_care import uncared


def codes(pipeline: Pipeline, cadence: str = "") -> dict[str, object]:
    config = load_cadence(cadence) if cadence else built_in()
    return {note.code: note.params["stages"] for note in uncared([pipeline], config)}


def changed(key: str, **fields: object) -> Pipeline:
    pipeline = default_pipeline()
    stages = tuple(one.model_copy(update=fields) if one.key == key else one for one in pipeline.stages)
    return pipeline.model_copy(update={"stages": stages})


def test_every_stage_of_the_default_pipeline_is_cared_for() -> None:
    assert codes(default_pipeline()) == {}


def test_a_stage_without_policy_metric_or_owner_is_warned_of() -> None:
    off = "[policies.quote-follow-up]\nenabled = false\n"
    assert codes(default_pipeline(), off) == {"STAGE_UNFOLLOWED": "default: Quoted"}
    assert codes(changed("quoted", sla_days=None)) == {"STAGE_UNMEASURED": "default: Quoted"}
    assert codes(changed("negotiation", owner_role=None)) == {"STAGE_UNOWNED": "default: Negotiation"}


def test_a_pipeline_out_of_use_is_not_warned_of() -> None:
    idle = changed("quoted", sla_days=None).model_copy(update={"active": False})
    assert codes(idle) == {}

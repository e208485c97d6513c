"""Whether each stage of a process is cared for: by a policy that names it, a time limit, and a role that answers."""

from collections.abc import Iterator, Sequence

from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline, Stage
from crmbridge.services.cadence_document import CadenceConfig, Policy


def uncared(pipelines: Sequence[Pipeline], config: CadenceConfig) -> Iterator[Note]:
    """What open stages of pipelines in use lack, one note for each lack: `{stages}` are named as people read them."""
    stages = [(pipeline, stage) for pipeline in pipelines if pipeline.active for stage in pipeline.open_stages]
    policies = [policy for _, policy in config.in_use]
    unfollowed = [_called(*one) for one in stages if not any(_is_for(policy, *one) for policy in policies)]
    unmeasured = [_called(*one) for one in stages if one[1].sla_days is None]
    unowned = [_called(*one) for one in stages if one[1].owner_role is None]
    if unfollowed:
        yield Note("STAGE_UNFOLLOWED", "no policy names the stages: {stages}", {"stages": ", ".join(unfollowed)})
    if unmeasured:
        template = "no time limit (sla_days) is set for: {stages}"
        yield Note("STAGE_UNMEASURED", template, {"stages": ", ".join(unmeasured)})
    if unowned:
        template = "no role answers (owner_role) for: {stages}"
        yield Note("STAGE_UNOWNED", template, {"stages": ", ".join(unowned)})


def _called(pipeline: Pipeline, stage: Stage) -> str:
    return f"{pipeline.id}: {stage.names.get('en') or stage.key}"


def _is_for(policy: Policy, pipeline: Pipeline, stage: Stage) -> bool:
    to = policy.applies_to
    if pipeline.object not in to.object or "open" not in to.category:
        return False
    wanted = {name.casefold() for name in to.stage or ()}
    return bool(wanted & {name.casefold() for name in (stage.key, *stage.names.values())})

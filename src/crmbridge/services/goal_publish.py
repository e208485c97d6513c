"""New versions of goals: from what `goals.toml` says now, or from a proposal. What is there already makes none."""

from dataclasses import dataclass

from crmbridge.model.errors import ConfigError
from crmbridge.services.goal_desk import GoalDesk
from crmbridge.services.goal_plans import PlannedGoal
from crmbridge.services.goal_replan import Proposal
from crmbridge.services.goal_versions import is_edited, is_same, version_body
from crmbridge.services.goals_document import GoalEntry


@dataclass(frozen=True, slots=True)
class Publication:
    """A version to be kept, or None where the last one says the same (`number` is that one's then)."""

    goal: PlannedGoal
    number: int
    body: str | None


def publication(desk: GoalDesk, entry: GoalEntry, *, by: str, reason: str) -> Publication:
    """The next version of a goal as `goals.toml` and the teams have it; a re-planned one stays until these change."""
    draft, versions = desk.draft(entry), desk.kept.versions.get(entry.id, ())
    if versions:
        _, last = versions[-1]
        is_replanned = last["mode"] is not None and not is_edited(entry, last)
        if is_same(draft, {**last, "parts": _parts(draft)} if is_replanned else last):
            return Publication(draft, last["version"], None)
    number = versions[-1][1]["version"] + 1 if versions else 1
    return Publication(draft, number, version_body(draft, number=number, by=by, reason=reason))


def replanned(proposal: Proposal, *, by: str, reason: str) -> Publication:
    """The version that a proposal makes; ConfigError for a goal that nobody has published yet."""
    last = proposal.goal.version
    if last is None:
        text = "the goal {goal} is not published: there is no version to change"
        raise ConfigError(text, goal=proposal.goal.entry.id, hint="crmbridge goals publish {goal}")
    if proposal.is_empty:
        return Publication(proposal.goal, last, None)
    body = version_body(proposal.changed, number=last + 1, by=by, reason=reason, mode=proposal.mode)
    return Publication(proposal.changed, last + 1, body)


def _parts(goal: PlannedGoal) -> dict[str, dict[str, str]]:
    return {key: {label: str(target) for label, target in own.items()} for key, own in goal.parts.items()}

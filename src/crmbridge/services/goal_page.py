"""A goal as a project: what shall be reached, what is to be done for it and is done, how it stands, how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from crmbridge.services.goal_desk import GoalDesk
from crmbridge.services.goal_pace import rows_of
from crmbridge.services.goal_pace_report import PaceRow
from crmbridge.services.goal_plans import PlannedGoal
from crmbridge.services.goal_versions import Review

TaskState = Literal["open", "overdue", "done", "cancelled"]


@dataclass(frozen=True, slots=True)
class GoalTask:
    """Something to be done for a goal: a step of `goals.toml`, or a task of a CRM that names the goal as #ID."""

    title: str
    due: date | None
    owner: str | None
    state: TaskState
    done_on: date | None
    source: Literal["goals.toml", "crm"]
    id: str | None = None


@dataclass(frozen=True, slots=True)
class GoalPage:
    """All of a goal on one page. Cancelled tasks are in neither count; `checks` are the weeks that were kept."""

    goal: PlannedGoal
    rows: tuple[PaceRow, ...]
    tasks: tuple[GoalTask, ...]
    checks: tuple[Mapping[str, Any], ...]
    review: Review | None

    @property
    def done(self) -> int:
        """How many tasks are done."""
        return sum(task.state == "done" for task in self.tasks)

    @property
    def total(self) -> int:
        """How many tasks there are."""
        return sum(task.state != "cancelled" for task in self.tasks)


def goal_page(desk: GoalDesk, goal: PlannedGoal) -> GoalPage:
    """The page of a goal as of the day of the desk."""
    rows = tuple(rows_of(desk, goal))
    checked = [desk.kept.checks[key] for key in sorted(desk.kept.checks, key=_by_week) if _is_of(key, goal)]
    tasks = sorted([*_steps(desk, goal), *_tasks(desk, goal)], key=lambda one: (one.due or date.max, one.title))
    return GoalPage(goal, rows, tuple(tasks), tuple(checked), desk.kept.reviews.get(goal.entry.id))


def _by_week(subject: str) -> tuple[str, str]:
    goal, node, week = subject.rsplit("|", 2)
    return f"{goal}|{week}", node


def _is_of(subject: str, goal: PlannedGoal) -> bool:
    return subject.startswith(f"{goal.entry.id}|{goal.tree.key}|")


def _steps(desk: GoalDesk, goal: PlannedGoal) -> list[GoalTask]:
    """The steps as the document has them now: ticking one off makes no version."""
    entry = next((one for one in desk.request.config.goals if one.id == goal.entry.id), goal.entry)
    return [
        GoalTask(
            step.title,
            step.due,
            step.owner,
            _state(step.due, desk.day, is_done=step.done is not None and step.done <= desk.day),
            step.done,
            "goals.toml",
        )
        for step in entry.steps
    ]


def _tasks(desk: GoalDesk, goal: PlannedGoal) -> Sequence[GoalTask]:
    """The tasks that name the goal as #ID."""
    rows = desk.world.rows("goal_tasks", named=f"#{goal.entry.id}($|[^a-z0-9_-])")
    return [
        GoalTask(
            row["title"],
            row["due"],
            row["owner"],
            "cancelled" if row["status"] == "cancelled" else _state(row["due"], desk.day, is_done=row["is_done"]),
            row["done_on"],
            "crm",
            row["id"],
        )
        for row in rows
    ]


def _state(due: date | None, day: date, *, is_done: bool) -> TaskState:
    if is_done:
        return "done"
    return "overdue" if due is not None and due < day else "open"

"""The site as it is set up: two projects with their own workflows, screens and fields (dossier A2, A4, C)."""

from __future__ import annotations

from crmbridge_sim.jira.model import Field, IssueType, Project, Status, Transition

CATEGORIES = {
    "undefined": (1, "No Category"),
    "new": (2, "To Do"),
    "done": (3, "Done"),
    "indeterminate": (4, "In Progress"),
}
STATUSES = {
    one.id: one
    for one in (
        Status("10003", "To Do", "new"),
        Status("10005", "Doing", "indeterminate"),
        Status("10006", "Waiting", "indeterminate"),
        Status("10004", "Done", "done"),
        Status("10007", "Cancelled", "done"),
        Status("10020", "待办", "new"),
        Status("10021", "进行中", "indeterminate"),
        Status("10022", "完成", "done"),
    )
}
PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}
RESOLUTIONS = {"10000": "Done", "10001": "Won't Do", "10002": "Duplicate"}
LINK_TYPES = {"10000": ("Blocks", "is blocked by", "blocks"), "10003": ("Relates", "relates to", "relates to")}
FIELDS = {
    one.id: one
    for one in (
        Field("summary", "Summary", "string"),
        Field("description", "Description", "text"),
        Field("issuetype", "Issue Type", "issuetype"),
        Field("project", "Project", "project"),
        Field("assignee", "Assignee", "user"),
        Field("reporter", "Reporter", "user"),
        Field("labels", "Labels", "labels"),
        Field("duedate", "Due date", "date"),
        Field("priority", "Priority", "priority"),
        Field("resolution", "Resolution", "resolution"),
        Field("parent", "Parent", "issuelink"),
        Field("customfield_10050", "Context", "text", custom=True),
        Field("customfield_10051", "CRM reference", "string", custom=True),
        Field("customfield_10052", "Effort", "number", custom=True),
        Field("customfield_10053", "Channel", "option", custom=True, options=(("10100", "Mail"), ("10101", "Phone"))),
        Field("status", "Status", "status", settable=False),
        Field("created", "Created", "datetime", settable=False),
        Field("updated", "Updated", "datetime", settable=False),
        Field("resolutiondate", "Resolved", "datetime", settable=False),
        Field("creator", "Creator", "user", settable=False),
        Field("comment", "Comment", "comments-page", settable=False),
        Field("issuelinks", "Linked Issues", "issuelinks", settable=False),
        Field("subtasks", "Sub-tasks", "issuelinks", settable=False),
    )
}
_ALWAYS = {"summary", "issuetype", "project", "description", "labels", "parent"}
FOLLOW_UP = (
    _ALWAYS | {"assignee", "reporter", "duedate", "priority"} | {name for name in FIELDS if name[:6] == "custom"}
)
TASK = _ALWAYS | {"assignee", "priority"}  # no due date on this screen: the 400 of dossier A2


def projects(lead: str) -> dict[str, Project]:
    """SALE as the dossier advises to set a project up; OPS with names of its own, one way through, and a screen."""
    start, finish = Transition("11", "Start", "10005"), Transition("31", "Done", "10004", resolution="10000")
    cancel, back = Transition("41", "Cancel", "10007", resolution="10001"), Transition("51", "Reopen", "10003")
    sale = {
        "10003": [start, finish, cancel],
        "10005": [Transition("21", "Wait", "10006"), finish, cancel, back],
        "10006": [start, finish, cancel],
        "10004": [back],
        "10007": [back],
    }
    ops = {
        "10020": [Transition("61", "开始", "10021")],
        "10021": [Transition("71", "完成", "10022", screen=("resolution",)), Transition("81", "退回", "10020")],
        "10022": [Transition("81", "退回", "10020")],
    }
    sale_types = [
        IssueType("10002", "Follow-up"),
        IssueType("10008", "Task"),
        IssueType("10009", "Sub-task", subtask=True),
    ]
    ops_types = [IssueType("10012", "Follow-up"), IssueType("10018", "任务")]
    return {
        "SALE": Project(
            "10000", "SALE", "Sales", sale_types, sale,
            {"10002": set(FOLLOW_UP), "10008": set(TASK), "10009": set(FOLLOW_UP)}, lead=lead,
        ),
        "OPS": Project(
            "10001", "OPS", "Operations", ops_types, ops, {"10012": set(FOLLOW_UP), "10018": set(TASK)},
            team_managed=True, lead=lead,
        ),
    }  # fmt: skip

"""Changes behind the adapter's back, as people in the browser make them. Every public method is a control action.

Texts are plain; people are named by account id, name, display name or e-mail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crmbridge_sim.jira import changing, commenting, issues, site, transitions, values
from crmbridge_sim.jira.context import Ctx
from crmbridge_sim.jira.events import Hook
from crmbridge_sim.jira.model import Issue, User

if TYPE_CHECKING:
    from crmbridge_sim.jira.simulator import JiraSimulator


class Backdoor:
    """The simulator's lock is held by whoever calls."""

    def __init__(self, sim: JiraSimulator) -> None:
        self._sim = sim

    def create(
        self,
        summary: str,
        project: str = "SALE",
        fields: Mapping[str, Any] | None = None,
        type_id: str = "",
        user: str = "",
    ) -> str:
        """A new issue; returns its id."""
        kind = type_id or self._sim.projects[project].types[0].id
        sent = {"project": {"key": project}, "issuetype": {"id": kind}, "summary": summary, **(fields or {})}
        told: dict[str, str] = issues.create(self._ctx(user, {"fields": sent})).json()
        return told["id"]

    def edit(self, issue: str, fields: Mapping[str, Any], user: str = "") -> None:
        """An edit of fields, written as the API takes them in v2."""
        issues.edit(self._ctx(user, {"fields": dict(fields)}, issue))

    def edit_some(self, count: int = 1) -> list[str]:
        """Edits the issues changed longest ago; returns their ids."""
        rows = sorted(self._sim.store, key=lambda one: (one.updated, one.id))[:count]
        for one in rows:
            self.edit(str(one.id), {"summary": f"{one.values['summary']}+"})
        return [str(one.id) for one in rows]

    def labels(self, issue: str, add: Sequence[str] = (), remove: Sequence[str] = (), user: str = "") -> None:
        """Labels come and go."""
        operations = [*({"add": one} for one in add), *({"remove": one} for one in remove)]
        issues.edit(self._ctx(user, {"update": {"labels": operations}}, issue))

    def transition(self, issue: str, status: str, resolution: str = "", user: str = "") -> None:
        """Goes to a status (id, name or category) by however many steps that takes."""
        found = self._issue(issue)
        known = [site.STATUSES[one] for one in self._sim.projects[found.project].workflow]
        target = next(one.id for one in known if status in {one.id, one.name, one.category})
        picked = next((key for key, name in site.RESOLUTIONS.items() if resolution in {key, name}), "")
        changes = {"status": target, **transitions.consequences(found, target, picked, self._sim.now_ms())}
        ctx = self._ctx(user)
        changing.change(self._sim, found, changes, ctx.me, seen_at=ctx.seen_at)

    def assign(self, issue: str, assignee: str = "", user: str = "") -> None:
        """Somebody gets it, or nobody."""
        ctx = self._ctx(user)
        who = self._person(assignee).account_id if assignee else None
        changing.change(self._sim, self._issue(issue), {"assignee": who}, ctx.me, seen_at=ctx.seen_at)

    def comment(self, issue: str, text: str, user: str = "") -> str:
        """A comment; returns its id."""
        ctx = self._ctx(user)
        return commenting.add_comment(ctx, self._issue(issue), values.comment_body(ctx, text), {}).id

    def edit_comment(self, issue: str, comment: str, text: str, user: str = "") -> None:
        """Another text."""
        commenting.edit(self._ctx(user, {"body": text}, issue, comment=comment))

    def delete_comment(self, issue: str, comment: str, user: str = "") -> None:
        """Away."""
        commenting.delete(self._ctx(user, None, issue, comment=comment))

    def copy(self, issue: str, user: str = "") -> str:
        """A clone: labels are copied, properties by switch, comments not (dossier A7). Returns its id."""
        old, ctx = self._issue(issue), self._ctx(user)
        kept = {
            name: value for name, value in old.values.items() if name not in {"status", "resolution", "resolutiondate"}
        }
        kept["summary"] = f"CLONE - {old.values['summary']}"
        kept["labels"] = list(old.values["labels"])
        project = self._sim.projects[old.project]
        new = changing.create(self._sim, project, old.type_id, kept, ctx.me, seen_at=ctx.seen_at)
        if self._sim.switches.flag("clone_copies_properties"):
            new.properties.update(old.properties)
        self._sim.store.keep(new, seen_at=ctx.seen_at)
        return str(new.id)

    def move(self, issue: str, project: str, user: str = "") -> str:
        """To another project: same id, new key, a status of the same category there. Returns the new key."""
        found, there, ctx = self._issue(issue), self._sim.projects[project], self._ctx(user)
        there.issue_count += 1
        category = site.STATUSES[found.values["status"]].category
        status = next(one for one in there.workflow if site.STATUSES[one].category == category)
        before, after = found.key, f"{project}-{there.issue_count}"
        line = {"fieldtype": "jira", "from": None, "to": None}
        items = [
            {**line, "field": "Key", "fieldId": "issuekey", "fromString": before, "toString": after},
            {**line, "field": "project", "fieldId": "project", "fromString": found.project, "toString": project},
        ]
        if status != found.values["status"]:
            items.append(changing.item(self._sim, "status", found.values["status"], status))
        kinds = {one.name: one.id for one in there.types}
        found.type_id = kinds.get(self._sim.type_of(found).name, there.types[0].id)
        found.key, found.project = after, project
        found.values["status"] = status
        changing.note(self._sim, found, items, ctx.me, seen_at=ctx.seen_at, told="issue_moved")
        return after

    def delete(self, issue: str, user: str = "") -> None:
        """For good, subtasks too."""
        ctx = self._ctx(user)
        changing.delete(self._sim, self._issue(issue), ctx.me, seen_at=ctx.seen_at)

    def archive(self, issue: str, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a control action
        """Archives an issue, or brings it back."""
        found, ctx = self._issue(issue), self._ctx("")
        found.archived = bool(on)
        self._sim.store.keep(found, seen_at=ctx.seen_at)

    def set_property(self, issue: str, key: str, value: Any) -> None:  # noqa: ANN401  # JSON
        """As another app sets it."""
        found = self._issue(issue)
        found.properties[key] = value
        self._sim.store.keep(found, seen_at=self._ctx("").seen_at)

    def vanish(self, issue: str, seconds: float = 30) -> None:
        """Search does not see an issue for a while, unless it is reconciled (dossier A3)."""
        self._sim.store.vanished[self._issue(issue).id] = self._sim.now_ms() + int(seconds * 1000)

    def revoke_tokens(self, user: str = "") -> None:
        """The tokens of somebody die, or all."""
        self._sim.accounts.revoke(self._person(user) if user else None)

    def new_token(self, days: float = 365, kind: str = "plain", scopes: Sequence[str] = ()) -> str:
        """Another token of the caller: plain, scoped, access or pat."""
        more = {"scopes": tuple(scopes)} if scopes else {}
        return self._sim.accounts.issue(self._sim.caller, kind, days=days, **more)

    def consent(self, user: str = "") -> str:
        """Somebody lets the app in; returns the code to exchange."""
        return self._sim.accounts.code(self._person(user) if user else self._sim.caller)

    def hide_project(self, project: str, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a control action
        """The callers lose sight of a project, or get it back."""
        _switched(self._sim.hidden, project, on=on)

    def lack(self, right: str, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a control action
        """The callers lose a right (``USER_PICKER``, ``TRANSITION_ISSUES``), or get it back."""
        _switched(self._sim.lacking, right, on=on)

    def off_screen(self, field: str, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a control action
        """A field leaves all screens, or comes back."""
        _switched(self._sim.off_screen, field, on=on)

    def require(self, project: str, field: str, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a control action
        """A field becomes required on create, or optional again."""
        _switched(self._sim.projects[project].required, field, on=on)

    def not_assignable(self, user: str, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a control action
        """Somebody may not have issues any more, or may again."""
        _switched(self._sim.not_assignable, self._person(user).account_id, on=on)

    def deactivate(self, user: str, on: bool = True) -> None:  # noqa: FBT001, FBT002  # a control action
        """Somebody leaves, or comes back."""
        self._person(user).active = not on

    def set_zone(self, zone: str, user: str = "") -> None:
        """The profile time zone of somebody, by default of the caller."""
        (self._person(user) if user else self._sim.caller).zone = ZoneInfo(zone)

    def exhaust_points(self) -> None:
        """The points of the hour are used up."""
        self._sim.gate.exhaust()

    def add_webhook(self, url: str, events: Sequence[str], jql: str = "", secret: str = "") -> int:
        """An administrator's webhook; returns its id."""
        hook = Hook(self._sim.next_hook(), url, tuple(events), jql, self._sim.admin.account_id, "control", secret)
        self._sim.events.hooks[hook.id] = hook
        return hook.id

    def _ctx(self, user: str, body: Any = None, issue: str = "", **args: str) -> Ctx:  # noqa: ANN401  # JSON
        who = self._person(user) if user else list(self._sim.people.values())[2]
        return self._sim.ctx(who, body=body, args={"issue": issue, **args})

    def _issue(self, name: str) -> Issue:
        found = self._sim.store.find(str(name))
        if found is None:
            raise KeyError(f"no issue {name}")
        return found

    def _person(self, name: str) -> User:
        for one in self._sim.people.values():
            if name in {one.account_id, one.name, one.display_name, one.email}:
                return one
        raise KeyError(f"no user {name}")


def _switched(held: set[str], name: str, *, on: bool) -> None:
    (held.add if on else held.discard)(name)

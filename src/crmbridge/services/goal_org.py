"""Who goals are for: company, teams and reps, out of users and teams of the facts, or receivers that are named."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.services.goals_document import GoalsConfig, Receiver
from crmbridge.services.working_time import own_calendar
from crmbridge.services.world import World

NodeKind = Literal["company", "team", "rep", "unassigned"]
COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree. `key` tells it for ever: `company`, `team/<id>`, `rep/<id>`.

    `calendar` is the id of its own calendar and `zone` its zone, None where it is that of the node above. `user_id` and
    `manager_id` are users of ours. A receiver that is no user of ours has no `user_id`, and so no figures.
    """

    key: str
    kind: NodeKind
    name: str
    user_id: str | None = None
    manager_id: str | None = None
    children: tuple["Node", ...] = ()
    fte: Decimal = Decimal(1)
    ramp: Decimal = Decimal(1)
    leave: frozenset[date] = frozenset()
    history: Decimal | Fraction = Decimal(0)
    given: str | None = None
    calendar: str | None = None
    zone: str | None = None
    owners: frozenset[str] = field(default_factory=frozenset)

    def walk(self, path: tuple["Node", ...] = ()) -> Iterator[tuple[tuple["Node", ...], "Node"]]:
        """This node and all under it, parents first, each with those above it, the nearest last."""
        yield path, self
        for child in self.children:
            yield from child.walk((*path, self))

    def own(self, default: Calendar) -> Calendar:
        """The calendar it works by."""
        if self.calendar is None and self.zone is None:
            return default
        return own_calendar(default, self.calendar, self.zone) or default


@dataclass(frozen=True, slots=True)
class People:
    """Users and teams as the facts hold them, with the tree of the company."""

    tree: Node
    users: Mapping[str, Mapping[str, Any]]

    def user(self, name: str) -> str | None:
        """The id of the user of that name, address or id; None where there is none, or more than one."""
        wanted = name.strip().casefold()
        found = [id_ for id_, row in self.users.items() if wanted in row["called"]]
        return found[0] if len(found) == 1 else None

    def named(self, written: str) -> Node:
        """The node that a goal is for: `company`, `team/NAME`, `rep/NAME` or a name alone; ConfigError with nearest."""
        kind, slash, name = written.partition("/")
        if not slash:
            kind, name = "", written
        wanted = name.strip().casefold()
        for _, node in self.tree.walk():
            if kind in {"", node.kind} and wanted in self._calls(node):
                return node
        if kind in {"", "rep"} and (user := self.user(name)) is not None:
            return _rep(self.users[user])
        known = [node.name if node.kind == COMPANY else f"{node.kind}/{node.name}" for _, node in self.tree.walk()]
        raise ConfigError(
            "there is no team and no user {name}",
            name=written,
            nearest=suggestion(written, known),
            hint="did you mean {nearest}?",
        )

    def _calls(self, node: Node) -> set[str]:
        """What a node is called."""
        called = {node.key.partition("/")[2].casefold() or node.key, node.name.strip().casefold()}
        user = self.users.get(node.user_id or "")
        return called | (set() if user is None else set(user["called"]))


def people(world: World, company: str, config: GoalsConfig) -> People:
    """The users and teams of the facts, and the tree of those who have a share of the company's goals."""
    users = {row["id"]: {**row, "called": _called(row)} for row in world.rows("goal_people")}
    teams = {row["id"]: row for row in world.rows("goal_teams")}
    leading = {row["manager_id"] for row in users.values()} if not config.org.managers else set()
    selling = [row for row in users.values() if row["active"] is not False and row["id"] not in leading]
    placed = [row for row in selling if row["team_id"] in teams] if teams else selling
    children = tuple(_teams(None, teams, placed)) if teams else tuple(map(_rep, placed))
    whose: dict[str | None, set[str]] = {}
    for row in users.values():
        whose.setdefault(row["team_id"], set()).add(row["id"])
    tree = Node(COMPANY, "company", company, children=tuple(_owning(child, whose) for child in children))
    return People(tree, users)


def receivers(found: People, node: Node, given: Sequence[Receiver]) -> Node:
    """The node with the receivers that are named under it in place of its own."""
    return replace(node, children=tuple(_receiver(found, node, one, str(n)) for n, one in enumerate(given)))


def _receiver(found: People, above: Node, one: Receiver, place: str) -> Node:
    if one.members:
        made = Node(f"team/{above.key}.{place}", "team", one.name, history=one.history, given=one.target)
        under = tuple(_receiver(found, made, member, f"{place}.{n}") for n, member in enumerate(one.members))
        owners = frozenset(owner for child in under for owner in child.owners)
        return replace(made, children=under, owners=owners)
    user = found.user(one.name)
    node = _rep(found.users[user]) if user is not None else Node(f"rep/{one.name}", "rep", one.name)
    return replace(
        node, fte=one.weight, ramp=Decimal(1), history=one.history, given=one.target, leave=frozenset(one.leave)
    )


def _teams(
    above: str | None, teams: Mapping[str, Mapping[str, Any]], users: Sequence[Mapping[str, Any]]
) -> Iterator[Node]:
    """The teams under one that have anybody, each with its teams and then its reps."""
    for row in teams.values():
        parent = row["parent_id"] if row["parent_id"] in teams and row["parent_id"] != row["id"] else None
        if parent != above:
            continue
        reps = tuple(_rep(user) for user in users if user["team_id"] == row["id"])
        under = (*_teams(row["id"], teams, users), *reps)
        if under:
            key, calendar = f"team/{row['id']}", row["calendar"]
            yield Node(key, "team", row["name"], manager_id=_lead(reps), children=under, calendar=calendar)


def _owning(node: Node, whose: Mapping[str | None, set[str]]) -> Node:
    """The node with everybody whose records are its own: a team's are those of all its users, managers too."""
    if node.kind == "rep":
        return node
    under = tuple(_owning(child, whose) for child in node.children)
    mine = whose.get(node.key.partition("/")[2], set())
    return replace(node, children=under, owners=frozenset(mine).union(*(child.owners for child in under)))


def _lead(reps: Sequence[Node]) -> str | None:
    """The manager of the most of a team."""
    counted: dict[str, int] = {}
    for rep in reps:
        if rep.manager_id is not None:
            counted[rep.manager_id] = counted.get(rep.manager_id, 0) + 1
    return min(counted, key=lambda one: (-counted[one], one)) if counted else None


def _rep(row: Mapping[str, Any]) -> Node:
    return Node(
        key=f"rep/{row['id']}",
        kind="rep",
        name=row["name"],
        user_id=row["id"],
        manager_id=row["manager_id"],
        fte=Decimal(1) if row["fte"] is None else row["fte"],
        ramp=Decimal(1) if row["ramp"] is None else row["ramp"],
        calendar=row["calendar"],
        zone=row["zone"],
        owners=frozenset({row["id"]}),
    )


def _called(row: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(
        str(row[name]).strip().casefold() for name in ("name", "email", "id", "external_id") if row[name] is not None
    )

"""The tree of goals as one person may see it: the own share, those of whom one leads, and the team above.

What others have is one row of its own, so that what is seen still sums up to the team's goal. A tree holds targets and
figures of sales, and never what anybody is paid: that is `services/payouts.py`, by the same rule of who sees whom.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from crmbridge.services.goal_org import Node
from crmbridge.services.goal_pace_report import PaceRow

OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose shares a person sees: users of ours, by id."""

    users: frozenset[str]


def seen(rows: Sequence[PaceRow], sight: Sight | None) -> tuple[PaceRow, ...]:
    """The rows of whole goals that a person sees, in order; None sees all.

    Who sees a share sees the team just above it. A node above is seen where all under it is.
    """
    if sight is None:
        return tuple(rows)
    found: list[PaceRow] = []
    for goal in dict.fromkeys((row.goal, row.period.label) for row in rows):
        mine = [row for row in rows if (row.goal, row.period.label) == goal]
        found += _of_goal(mine, sight)
    return tuple(found)


def _of_goal(rows: Sequence[PaceRow], sight: Sight) -> Iterator[PaceRow]:
    top = min(row.depth for row in rows)
    keys = frozenset(key for row in rows if row.depth == top for key in _seen_keys(row.node, sight))
    for row in rows:
        if row.node.key in keys:
            yield row
            if row.node.children and (rest := _others(row, rows, keys)) is not None:
                yield rest


def _seen_keys(node: Node, sight: Sight) -> Iterator[str]:
    leaves = [leaf for _, leaf in node.walk() if not leaf.children]
    has_own = any(_is_own(child, sight) for child in node.children if not child.children)
    if _is_own(node, sight) or has_own or (node.children and all(_is_own(leaf, sight) for leaf in leaves)):
        yield node.key
    for child in node.children:
        yield from _seen_keys(child, sight)


def _is_own(node: Node, sight: Sight) -> bool:
    return node.user_id in sight.users


def _others(row: PaceRow, rows: Sequence[PaceRow], keys: frozenset[str]) -> PaceRow | None:
    """What all those have together whom one does not see; a target, and no figures. Rates have no such sum."""
    hidden = [child.key for child in row.node.children if child.key not in keys]
    if not hidden or not row.metric.is_additive:
        return None
    targets = [one.target for one in rows if one.node.key in hidden]
    node = Node(f"{row.node.key}/{OTHERS}", "team", OTHERS)
    bare = PaceRow(
        goal=row.goal,
        names=row.names,
        metric=row.metric,
        unit=row.unit,
        node=node,
        depth=row.depth + 1,
        level=row.level,
        period=row.period,
        target=None,
        expected=None,
        actual=None,
        version=row.version,
    )
    return replace(bare, target=sum((one or Fraction(0) for one in targets), Fraction(0)))

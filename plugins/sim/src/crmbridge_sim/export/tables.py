"""The tables of an export: their headers, and their rows as texts, made one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from crmbridge_sim.export.cells import Cells
from crmbridge_sim.world import World
from crmbridge_sim.world.model import PROBABILITY

Row = tuple[str, ...]
Rows = Callable[[World, Cells], Iterator[Row]]
LOGIN_USER = ("user-api", "Api User", "Api", "User", "api@fjordtech.example", "administrator", "", "Yes")
"""Whom integrations sign in as: every simulated tenant has this user beside the world's colleagues."""


class Table(NamedTuple):
    """One file: its name, its header, its rows."""

    name: str
    header: Row
    rows: Rows


def user_key(world: World, number: int) -> str:
    """The key of the n-th colleague."""
    return world.colleagues[number].key


def _users(world: World, cells: Cells) -> Iterator[Row]:
    yield LOGIN_USER
    for one in world.colleagues:
        manager = LOGIN_USER[0] if one.manager is None else user_key(world, one.manager)
        name = f"{one.first_name} {one.last_name}"
        yield (one.key, name, one.first_name, one.last_name, one.email, one.role, manager, cells.flag(not one.left))


def _accounts(world: World, cells: Cells) -> Iterator[Row]:
    for one in world.accounts():
        yield (
            one.key,
            one.name,
            one.kind,
            one.industry,
            one.segment,
            one.phone,
            one.website,
            one.street,
            one.city,
            one.code,
            one.country,
            str(one.revenue),
            one.currency,
            str(one.employees),
            "" if one.parent is None else _account(one.parent),
            user_key(world, one.owner),
            cells.instant(one.created),
            cells.instant(one.modified),
        )


def _contacts(world: World, cells: Cells) -> Iterator[Row]:
    for one in world.contacts():
        yield (
            one.key,
            f"{one.first_name} {one.last_name}",
            one.first_name,
            one.last_name,
            one.email,
            one.phone,
            one.mobile,
            one.title,
            one.department,
            one.source,
            _account(one.account),
            user_key(world, one.owner),
            cells.instant(one.created),
            cells.instant(one.modified),
        )


def _leads(world: World, cells: Cells) -> Iterator[Row]:
    for one in world.leads():
        became: Row = ("No", "", "", "", "")
        if one.deal is not None:
            account, contact = _parties(world, one.deal)
            became = ("Yes", cells.instant(one.modified), account, contact, _deal(one.deal))
        yield (
            one.key,
            f"{one.first_name} {one.last_name}",
            one.first_name,
            one.last_name,
            one.company,
            one.email,
            one.phone,
            one.title,
            one.source,
            one.status,
            one.city,
            one.country,
            *became,
            user_key(world, one.owner),
            cells.instant(one.created),
            cells.instant(one.modified),
        )


def _deals(world: World, cells: Cells) -> Iterator[Row]:
    leads = {one.deal: one.key for one in world.leads() if one.deal is not None}
    for number, one in enumerate(world.deals()):
        stage = one.moves[-1][0]
        yield (
            one.key,
            one.name,
            _account(one.account),
            _contact(one.contact),
            one.pipeline,
            stage,
            cells.money(one.amount, one.currency),
            one.currency,
            str(PROBABILITY[stage] if one.probability is None else one.probability),
            cells.day(one.closing),
            one.kind,
            one.source,
            one.segment,
            one.loss or "",
            one.next_step or "",
            ";".join(one.tags),
            leads.get(number, ""),
            user_key(world, one.owner),
            cells.instant(one.created),
            cells.instant(one.modified),
        )


def _tasks(world: World, cells: Cells) -> Iterator[Row]:
    for one in world.tasks():
        yield (
            one.key,
            one.subject,
            "done" if one.done else "open",
            one.priority,
            cells.day(one.due),
            cells.instant(one.done),
            _deal(one.deal),
            *_parties(world, one.deal),
            user_key(world, one.owner),
            cells.instant(one.created),
            cells.instant(one.done or one.created),
        )


def _meetings(world: World, cells: Cells) -> Iterator[Row]:
    for one in world.meetings():
        yield (
            one.key,
            one.title,
            cells.instant(one.start),
            cells.instant(one.end),
            one.place,
            _deal(one.deal),
            *_parties(world, one.deal),
            user_key(world, one.owner),
            cells.instant(one.created),
            cells.instant(one.created),
        )


def _calls(world: World, cells: Cells) -> Iterator[Row]:
    for one in world.calls():
        ended = cells.instant(min(one.start + one.seconds, world.end))
        yield (
            one.key,
            one.subject,
            "in" if one.inbound else "out",
            cells.instant(one.start),
            str(one.seconds),
            one.result,
            _deal(one.deal),
            *_parties(world, one.deal),
            user_key(world, one.owner),
            ended,
            ended,
        )


def _notes(world: World, cells: Cells) -> Iterator[Row]:
    for number, one in enumerate(world.notes()):
        yield (
            f"note-{number:06d}",
            one.title,
            one.text,
            _deal(one.deal),
            *_parties(world, one.deal),
            user_key(world, one.owner),
            cells.instant(one.created),
            cells.instant(one.created),
        )


def _history(world: World, cells: Cells) -> Iterator[Row]:
    """One row for each stage that a deal entered, the first one among them."""
    for one in world.deals():
        before = ""
        for stage, at in one.moves:
            yield (one.key, one.pipeline, before, stage, cells.instant(at), user_key(world, one.owner))
            before = stage


def _account(number: int) -> str:
    return f"account-{number:05d}"


def _contact(number: int) -> str:
    return f"contact-{number:05d}"


def _deal(number: int) -> str:
    return f"deal-{number:06d}"


def _parties(world: World, deal: int) -> tuple[str, str]:
    """The account and the contact of a deal."""
    account = world.account_of(deal)
    return _account(account), _contact(world.contact_of(deal, account))


def _header(text: str) -> Row:
    return tuple(text.split("|"))


_AUDIT = "Owner|Created|Modified"
TABLES: tuple[Table, ...] = (
    Table("users", _header("World Key|Name|First Name|Last Name|Email|Role|Manager|Active"), _users),
    Table(
        "accounts",
        _header(
            "World Key|Account Name|Type|Industry|Segment|Phone|Website|Street|City|Postal Code|Country"
            f"|Annual Revenue|Currency|Employees|Parent Account|{_AUDIT}"
        ),
        _accounts,
    ),
    Table(
        "contacts",
        _header(
            f"World Key|Full Name|First Name|Last Name|Email|Phone|Mobile|Title|Department|Source|Account|{_AUDIT}"
        ),
        _contacts,
    ),
    Table(
        "leads",
        _header(
            "World Key|Full Name|First Name|Last Name|Company|Email|Phone|Title|Source|Status|City|Country|Converted"
            f"|Converted At|Converted Account|Converted Contact|Converted Deal|{_AUDIT}"
        ),
        _leads,
    ),
    Table(
        "deals",
        _header(
            "World Key|Deal Name|Account|Contact|Pipeline|Stage|Amount|Currency|Probability|Closing Date|Type|Source"
            f"|Segment|Loss Reason|Next Step|Tags|Lead|{_AUDIT}"
        ),
        _deals,
    ),
    Table(
        "tasks",
        _header(f"World Key|Subject|Status|Priority|Due Date|Completed At|Deal|Account|Contact|{_AUDIT}"),
        _tasks,
    ),
    Table("meetings", _header(f"World Key|Title|Start|End|Place|Deal|Account|Contact|{_AUDIT}"), _meetings),
    Table("calls", _header(f"World Key|Subject|Direction|Start|Seconds|Result|Deal|Account|Contact|{_AUDIT}"), _calls),
    Table("notes", _header(f"World Key|Title|Text|Deal|Account|Contact|{_AUDIT}"), _notes),
    Table("stage_history", _header("Deal|Pipeline|From Stage|To Stage|Entered At|By"), _history),
)
